"""Replies on a terminal: wrapped, with headings that stand out. Into a pipe goes the plain text, unchanged."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from typing import TextIO

from bot.knowledge.reply import Reply

_WIDEST = 88
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_NUMBERED = re.compile(r"(\[\d+\] |- )")


def wrapped(reply: Reply, width: int, bold: bool) -> str:
    """A reply's text with no line longer than ``width`` characters where words and addresses allow it.

    Args:
        reply: any reply.
        width: in characters.
        bold: whether headings and the next step's label are set in bold.
    """
    headings = {block.title for block in reply.blocks}
    lines = []
    for number, line in enumerate(reply.text.split("\n")):
        start = _NUMBERED.match(line)
        indent = " " * len(start.group()) if start else ""
        filled = textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        label = re.match(r"[A-Z][a-z ]+:", line) if line.startswith(("Next step", "Sources:")) else None
        if bold and (line in headings or (number == 0 and reply.outcome == "care")):
            filled = f"{_BOLD}{filled}{_PLAIN}"
        elif bold and label:
            filled = f"{_BOLD}{filled[:label.end()]}{_PLAIN}{filled[label.end():]}"
        lines.append(filled)
    return "\n".join(lines)


def shown(reply: Reply, out: TextIO) -> str:
    """The reply as it should be printed on a stream: wrapped on a terminal, plain in a pipe. ``NO_COLOR`` is honoured."""
    if not out.isatty():
        return reply.text
    return wrapped(reply, max(40, min(shutil.get_terminal_size().columns, _WIDEST)), bold="NO_COLOR" not in os.environ)
