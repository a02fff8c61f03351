"""What redaction takes out, what it leaves, and that it asks nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.paths import ROOT
from bot.privacy.redaction import redact

# Every number below is invented or reserved for examples.
TAKEN_OUT = [
    ("write to jo.bloggs+x@example.co.uk please", "write to [e-mail address] please"),
    ("it is jo@nowhere.invalid", "it is [e-mail address]"),
    ("ring 020 7946 0958", "ring [phone number]"),
    ("ring +44 7700 900123 today", "ring [phone number] today"),
    ("my cell is (212) 555-0142", "my cell is [phone number]"),
    ("98765 43210 is mine", "[phone number] is mine"),
    ("my NHS number is 943 476 5919", "my NHS number is [number]"),
    ("9434765919", "[number]"),
    ("hospital number: H123456", "[number]"),
    ("mrn 44512", "[number]"),
    ("it says 1234 567 on top", "it says [number] on top"),
    ("NI is AB 12 34 56 C", "NI is [number]"),
    ("paid by 4111 1111 1111 1111", "paid by [card number]"),
    ("to GB82 WEST 1234 5698 7654 32", "to [account number]"),
    ("from 192.168.3.4", "from [IP address]"),
    ("from 2001:db8::1", "from [IP address]"),
    ("born 12/03/1986", "born [date]"),
    ("born 1986-03-12", "born [date]"),
    ("the operation was on 3rd March 2024", "the operation was on [date]"),
    ("seen on 12 May", "seen on [date]"),
    ("seen on April 3, 2025", "seen on [date]"),
    ("seen in march 2021", "seen in [date]"),
    ("see https://forum.example/thread/7?me=1", "see [web address]"),
    ("see www.forum.example", "see [web address]"),
    ("see instagram.com/some.body", "see [web address]"),
    ("posted on forum.co.uk", "posted on [web address]"),
    ("I am @some_body there", "I am [user name] there"),
    ("I am u/throwaway77 there", "I am [user name] there"),
    ("I live at SW1A 1AA", "I live at [postcode]"),
    ("I live at m1 1ae", "I live at [postcode]"),
    ("call 020 7946 0958 or a@b.example", "call [phone number] or [e-mail address]"),
]

LEFT = [
    "I am 38, smoke 15 a day.my husband had a TURP in 2019, no children.is it permanent?",
    "pain 7/10, 120/80, aged 35-40, day 12-14 of the cycle, at 10:30 and 11:15",
    "15 million per ml, 1.5 ml, 32 % moving, after 2 or 3 days",
    "we tried.no luck",
    "he may 2 times a week",
    "vitamin b12 1000 mcg, tamsulosin 400 mcg, metformin 500 mg twice",
    "type 2 diabetes since 2011",
    "dry orgasm / nothing comes out, why???",
]

#: Not found, as the person is told. When one of these is found some day, the notice can promise more.
NOT_FOUND = ["my husband Dennis Example says no", "I work at the bakery in Ambridge", "Dr Example at Example General saw him",
             "at 12 example street", "we married the week of the coronation"]


@pytest.mark.parametrize(("text", "redacted"), TAKEN_OUT)
def test_it_takes_out(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize("text", LEFT)
def test_it_leaves_the_question(text):
    assert redact(text) == text


@pytest.mark.parametrize("text", NOT_FOUND)
def test_names_and_places_are_not_found_so_the_person_has_to_take_them_out(text):
    assert redact(text) == text


PIECES = st.sampled_from([*(text for text, _ in TAKEN_OUT), *LEFT, *" .,-()[]@/:+0159", "[phone number]", "2024", "12", "\n", "é", "\U0001f600"])


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=120)))
def test_redacting_twice_changes_nothing_more(text):
    once = redact(text)
    assert redact(once) == once


# Python tells its audit hooks of every look-up and connection; a hook cannot be taken away again.
WATCH = """
import json, os, sys
seen = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        seen.append(event)
        raise OSError("no network")
sys.addaudithook(hook)
{code}
print(json.dumps(seen))
"""
OURS = ("from bot.privacy.redaction import redact\n"
        "assert redact('a@forum.example 020 7946 0958 www.forum.example') == '[e-mail address] [phone number] [web address]'")
STOCK = ("from presidio_analyzer.predefined_recognizers import EmailRecognizer\n"
         "EmailRecognizer().analyze('a@forum.example', ['EMAIL_ADDRESS'])")


def watched(code, home):
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", WATCH.format(code=code)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_opens_no_socket_and_leaves_no_word(tmp_path):
    assert watched(OURS, tmp_path) == []
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        assert b"forum" not in file.read_bytes()


def test_the_watch_sees_the_look_ups_of_the_unchanged_library(tmp_path):
    assert "socket.getaddrinfo" in watched(STOCK, tmp_path)


def test_it_is_not_loaded_before_it_is_needed():
    code = "import sys, bot.privacy.opt_in; sys.exit('presidio_analyzer' in sys.modules or 'spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0
