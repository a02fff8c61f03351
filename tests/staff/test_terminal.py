from __future__ import annotations

import io

import pytest

from bot import terminal
from bot.knowledge import compose
from bot.knowledge.reply import Reply


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_pipe_gets_the_text_unchanged(knowledge):
    reply = compose.answer(knowledge, ["smoking", "age"])
    assert terminal.shown(reply, io.StringIO()) == reply.text


@pytest.mark.parametrize("width", [40, 60, 88])
def test_a_terminal_gets_lines_that_fit_and_the_same_words(knowledge, width):
    reply = compose.answer(knowledge, ["smoking", "age"])
    text = terminal.wrapped(reply, width, bold=False)
    assert text.split() == reply.text.split()
    assert [line for line in text.splitlines() if len(line) > width and " " in line.strip()] == []


def test_sources_are_numbered_with_a_hanging_indent(knowledge):
    lines = terminal.wrapped(compose.answer(knowledge, ["smoking"]), 50, bold=False).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("[1] "))
    assert lines[at + 1].startswith("    ")


def test_headings_stand_out_and_no_color_is_honoured(knowledge, monkeypatch):
    reply = compose.answer(knowledge, ["smoking", "age"])
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = terminal.shown(reply, Terminal())
    assert "\x1b[1mSmoking and semen\x1b[0m" in shown
    assert "\x1b[1mNext step:\x1b[0m" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in terminal.shown(reply, Terminal())


def test_the_level_of_a_care_card_stands_out():
    assert terminal.wrapped(Reply("care", "EMERGENCY: call\nnow", care="emergency"), 80, bold=True).startswith("\x1b[1mEMERGENCY: call\x1b[0m")
