"""Fault drills on a real server: with no model in service the care cards and numbers still come, from the same process, in time."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from real_server import running

from bot.paths import ROOT

NO_MODEL = """
import sys
from bot.rasa_quiet import settle_environment, settle_logging
settle_environment()
import rasa.core.run
from rasa.core.utils import AvailableEndpoints
settle_logging()
rasa.core.run.serve_application(
    model_path="models/there-is-none.tar.gz", interface="127.0.0.1", port=int(sys.argv[1]), enable_api=False,
    credentials="credentials.yml", endpoints=AvailableEndpoints.read_endpoints("endpoints.yml"))
"""


@pytest.fixture(scope="module")
def crippled(tmp_path_factory):
    """A server without a model and without an action server."""
    with running(tmp_path_factory.mktemp("server") / "log.txt", [sys.executable, "-c", NO_MODEL], wait_for=503) as server:
        yield server


@pytest.mark.parametrize(("message", "flag", "number"), [
    ("sudden terrible pain in my left testicle since an hour", "RF-01", "999"),
    ("i want to kill myself", "RF-14", "116 123"),
    ("my husband has diabetes and is vomiting and very drowsy", "RF-09", "999"),
])
def test_a_care_card_comes_without_a_model(crippled, message, flag, number):
    token, _ = crippled.open()
    started = time.monotonic()
    reply = crippled.say(token, message)
    assert time.monotonic() - started < 1
    assert (reply["outcome"], reply["red_flag"]) == ("care", flag)
    assert number in reply["text"]


def test_without_a_model_everything_else_says_so_with_the_numbers(crippled):
    token, greeting = crippled.open()
    assert greeting["outcome"] == "unavailable"
    reply = crippled.say(token, "could smoking be the reason")
    assert reply["outcome"] == "unavailable"
    assert "999" in reply["text"]
    assert "help_now" in [choice["id"] for choice in reply["choices"]]
    status, _, reply = crippled.send("POST", "/chat", {"conversation": token, "choice": "help_now"})
    assert (status, reply["outcome"]) == (200, "care")


def test_no_words_reach_the_log_of_a_crippled_server(crippled):
    token, _ = crippled.open()
    crippled.say(token, "canary-7715 sudden severe testicle pain")
    crippled.say(token, "canary-7715 something else")
    assert "canary-7715" not in crippled.log.read_text()


def test_the_check_needs_neither_rasa_nor_a_model_nor_a_server():
    """In a process that cannot import Rasa, with no semantic layer and no encoder, the rules still find the flag."""
    code = (
        "import sys; sys.modules['rasa'] = None; sys.modules['tensorflow'] = None\n"
        "from pathlib import Path\n"
        "from bot.safety.check import load_check\n"
        "from bot.paths import CONTENT\n"
        "check = load_check(CONTENT, Path('nowhere.npz'), Path('nowhere'))\n"
        "print(check('sudden severe pain in my testicle').flags)\n")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "RF-01" in done.stdout, done.stderr[-800:]
