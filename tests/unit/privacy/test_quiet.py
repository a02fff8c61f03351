"""The process of each test is a fresh one: quiet logs are for good."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.paths import ROOT

CANARY = "canary-9023"
START = f"""
import logging, sys, warnings, asyncio, threading
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
if "--loud" not in sys.argv:
    from bot.privacy.quiet import quiet, quiet_loop
    quiet()
word = "{CANARY}"
"""
WAYS = {
    "a foreign message": "logging.getLogger('rasa.core').error('text %s', word)",
    "a foreign debug line": "logging.getLogger('rasa.core').debug(word)",
    "a foreign traceback": "\ntry:\n    raise ValueError(word)\nexcept ValueError:\n    logging.getLogger('sanic.error').exception('failed')",
    "our own traceback": "\ntry:\n    raise ValueError(word)\nexcept ValueError:\n    logging.getLogger('bot.x').exception('failed')",
    "a warning": "warnings.warn(word)",
    "an uncaught error": "raise ValueError(word)",
    "an error in a thread": "\ndef fail():\n    raise ValueError(word)\nt = threading.Thread(target=fail); t.start(); t.join()",
    "a task nobody awaited": ("\nasync def fail():\n    raise ValueError(word)\nasync def main():\n    quiet_loop(asyncio.get_running_loop()) if "
                              "'--loud' not in sys.argv else None\n    t = asyncio.ensure_future(fail()); await asyncio.sleep(0.01); del t\n"
                              "    import gc; gc.collect()\nasyncio.run(main())"),
    "an error in a finaliser": "\nclass X:\n    def __del__(self):\n        raise ValueError(word)\nx = X(); del x",
    "structlog": "\nimport structlog, rasa.utils.log_utils as u\nu.configure_structlog(10)\nstructlog.get_logger('rasa').error('e', text=word, "
                 "user_text=word, other=word)",
    "rasa's own warning": "\nimport rasa.shared.utils.io as io\nio.raise_warning(word)",
}


def run(code, *arguments):
    done = subprocess.run([sys.executable, "-c", START + code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


@pytest.mark.parametrize("way", WAYS, ids=WAYS)
def test_no_word_reaches_a_log(way):
    assert CANARY not in run(WAYS[way])


@pytest.mark.parametrize("way", ["a foreign message", "an uncaught error", "a warning", "an error in a finaliser", "an error in a thread"])
def test_without_it_they_do(way):
    """The control: the same lines do leak in a process that is not quiet."""
    assert CANARY in run(WAYS[way], "--loud")


def test_place_and_type_of_a_fault_are_still_said():
    said = run(WAYS["a foreign traceback"])
    assert "sanic.error" in said
    assert "ValueError" in said


def test_our_own_sentences_stay():
    assert "a turn failed with KeyError" in run("logging.getLogger('bot.front_door.door').error('a turn failed with %s', 'KeyError')")


def test_memory_is_not_dumped():
    code = "import resource, ctypes\nprint(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    assert "(0, 0) 0" in run(code)
    assert "(0, 0) 0" not in run(code, "--loud")
