"""What changed between two versions of a card: statement by statement, and within a statement word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Change:
    """One value that differs.

    Attributes:
        where: its place, such as "short 2 text".
        words: runs of words in reading order, each with what became of it.
    """

    where: str
    words: tuple[tuple[Kind, str], ...]

    def __str__(self) -> str:
        before = "".join(text for kind, text in self.words if kind != "added").strip()
        after = "".join(text for kind, text in self.words if kind != "removed").strip()
        return "\n".join([self.where, *([f"  - {before}"] if before else []), *([f"  + {after}"] if after else [])])


def _values(data: Any, where: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every value with its place; short lists such as cites are one value."""
    if isinstance(data, dict):
        return [found for key, value in data.items() for found in _values(value, (*where, str(key)))]
    if isinstance(data, list) and not all(isinstance(item, (str, int)) for item in data):
        return [found for number, value in enumerate(data, 1) for found in _values(value, (*where, str(number)))]
    text = ", ".join(str(item) for item in data) if isinstance(data, list) else str(data)
    return [(" ".join(where).replace("_", " "), text)]


def _by_words(before: str, after: str) -> tuple[tuple[Kind, str], ...]:
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    runs: list[tuple[Kind, str]] = []
    for _, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if old[i:j] == new[k:m]:
            runs.append(("same", "".join(old[i:j])))
        else:
            runs += [("removed", "".join(old[i:j]))] if j > i else []
            runs += [("added", "".join(new[k:m]))] if m > k else []
    return tuple(runs)


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The values that differ between two cards as read from their files, without their reviews.

    A statement that only moved is found by its text and not reported.
    """
    old = _values({key: value for key, value in before.items() if key != "review"}, ())
    new = _values({key: value for key, value in after.items() if key != "review"}, ())
    found = []
    for kind, i, j, k, m in SequenceMatcher(None, [text for _, text in old], [text for _, text in new], autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone, come = old[i:j], new[k:m]
        for number in range(max(len(gone), len(come))):
            where = come[number][0] if number < len(come) else gone[number][0]
            found.append(Change(where, _by_words(gone[number][1] if number < len(gone) else "", come[number][1] if number < len(come) else "")))
    return found
