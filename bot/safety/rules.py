"""Finds red flags in raw text by the table's rules: deterministic, in linear time, without any model."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import re2

from bot.safety.prefilter import Prefilter
from bot.safety.table import RedFlag, Request, Rule, Table, expand
from bot.safety.text import Speller, plain

_WORD = re2.compile(r"[a-z]{5,}")
_SPACE = ord(" ")


#: Expressions that are looked for in one pass: with many more their common automaton grows without bound, with fewer the passes do.
_TOGETHER = 16
_OPTIONS = re2.Options()
_OPTIONS.max_mem = 64 * 1024 * 1024
_OPTIONS.log_errors = False


def _bounded(expression: str) -> bytes:
    return rf"(?:^|[ .])(?:{expression})(?:$|[ .])".encode()


def _compiled(expression: str) -> Any:
    return re2.compile(_bounded(expression), _OPTIONS)


class _Expressions:
    """All expressions of the table by number.

    Attributes:
        patterns: each compiled on its own, for where it stands.
        prefilter: which can match at all.
    """

    def __init__(self, expressions: Sequence[str]) -> None:
        self.patterns = [_compiled(expression) for expression in expressions]
        self.prefilter = Prefilter(expressions)
        self._sets = []
        for start in range(0, len(expressions), _TOGETHER):
            together = re2.Set.SearchSet(_OPTIONS)
            for expression in expressions[start:start + _TOGETHER]:
                together.Add(_bounded(expression))
            together.Compile()
            self._sets.append(together)

    def found(self, group: int, text: bytes) -> set[int]:
        """Numbers of one group's expressions that a text holds."""
        return {group * _TOGETHER + place for place in self._sets[group].Match(text) or ()}


class _Text:
    """A message in plain form (ASCII but for other scripts); where each expression stands is looked up once.

    Attributes:
        candidates: numbers of the expressions that may be found in it.
    """

    def __init__(self, text: str, expressions: _Expressions) -> None:
        self._text = text.encode()
        self._expressions = expressions
        self.candidates = expressions.prefilter(set(text.split(" ")))
        self._there: dict[int, set[int]] = {}

    def holds(self, number: int) -> bool:
        """Whether an expression is found."""
        if number not in self.candidates:
            return False
        group = number // _TOGETHER
        if group not in self._there:
            self._there[group] = self._expressions.found(group, self._text)
        return number in self._there[group]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each word begins."""
        return [0] + [i + 1 for i, c in enumerate(self._text) if c == _SPACE]

    def places(self, number: int) -> list[tuple[int, int]]:
        """First and last word of every match."""
        places = []
        start = 0
        while (match := self._expressions.patterns[number].search(self._text, start)) is not None:
            begin, end = match.span()
            first = begin + (self._text[begin:begin + 1] in (b" ", b"."))
            places.append((bisect_right(self._starts, first) - 1, bisect_right(self._starts, max(end - 2, first)) - 1))
            start = max(end - 1, begin + 1)  # the space behind may be the one before the next
        return places


@dataclass(frozen=True)
class Raised:
    """A flag that a rule has raised.

    Attributes:
        flag: its id.
        rule: which of its phrases ("p0", "p1", ...) or rules ("r0", ...) did.
        words: from the first to the last word of the rule's parts; 0 for a phrase.
        firm: no denial and no doubt lowers it (self-harm, violence, poisoning).
    """

    flag: str
    rule: str
    words: int
    firm: bool


@dataclass(frozen=True)
class _Compiled:
    """A flag or request ready for matching: numbers of expressions."""

    id: str
    deniable: bool
    phrases: tuple[int, ...]
    rules: tuple[tuple[tuple[int, ...], int, tuple[int, ...]], ...]


class Rules:
    """The compiled table.

    Args:
        table: the table.
        english: words spelt right, for the spelling correction; empty turns nothing off but corrects more.
    """

    def __init__(self, table: Table, english: frozenset[str] = frozenset()) -> None:
        self._numbers: dict[str, int] = {}
        shared = table.shared
        self._flags = [self._compile(flag, {**shared.words, **flag.words}, not flag.never_denied) for flag in table.flags]
        self._requests = [self._compile(request, shared.words, False) for request in shared.requests]
        self._expressions = _Expressions(list(self._numbers))
        self._figures = _joined(shared.figures_of_speech, shared.words)
        self._denials = _joined(shared.denials, shared.words)
        self._speller = Speller(_literals(self._numbers), english)

    def _compile(self, entry: RedFlag | Request, words: dict[str, tuple[str, ...]], deniable: bool) -> _Compiled:
        def number(expression: str) -> int:
            whole = expand(f"{{{expression}}}" if expression in words else expression, words)
            return self._numbers.setdefault(whole, len(self._numbers))

        def rule(one: Rule) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
            return tuple(map(number, one.near)), one.within, tuple(map(number, one.unless))

        return _Compiled(entry.id, deniable, tuple(map(number, entry.phrases)), tuple(map(rule, entry.rules)))

    def read(self, text: str) -> tuple[list[str], list[str]]:
        """Ids of the flags and of the requests that a raw text raises, each once, in the table's order."""
        raised, requests = self.look(text)
        return list(dict.fromkeys(found.flag for found in raised)), requests

    def only_denies(self, text: str) -> bool:
        """Whether a message is nothing but explicit denials ("no pain, no blood")."""
        said = _blot(_blot(self._speller(plain(text)), self._figures), self._denials)
        return "-" in said and not any(c.isalnum() for c in said)

    def look(self, text: str) -> tuple[list[Raised], list[str]]:
        """Everything that a raw text raises, in the table's order, and the ids of the requests."""
        said = _blot(self._speller(plain(text)), self._figures)
        whole = _Text(said, self._expressions)
        denied = _blot(said, self._denials)
        affirmed = whole if denied == said else _Text(denied, self._expressions)
        raised = [found for flag in self._flags for found in _raised(flag, affirmed if flag.deniable else whole)]
        return raised, [request.id for request in self._requests if any(_raised(request, whole))]


def _raised(entry: _Compiled, text: _Text) -> Iterator[Raised]:
    for number, phrase in enumerate(entry.phrases):
        if text.holds(phrase):
            yield Raised(entry.id, f"p{number}", 0, not entry.deniable)
    for number, (near, within, unless) in enumerate(entry.rules):
        if text.candidates.issuperset(near) and all(map(text.holds, near)) and not any(map(text.holds, unless)):
            words = _span([text.places(part) for part in near])
            if words <= within:
                yield Raised(entry.id, f"r{number}", words, not entry.deniable)


def _joined(parts: Sequence[str], words: dict[str, tuple[str, ...]]) -> Any:
    return _compiled("|".join(expand(part, words) for part in parts)) if parts else None


def _blot(text: str, pattern: Any) -> str:
    """The text with every match replaced by a word that no rule knows."""
    return text if pattern is None else pattern.sub(b" - ", text.encode()).decode()


def _span(places: Sequence[Sequence[tuple[int, int]]]) -> int:
    """Words of the shortest window that holds a place of each group; linear in the number of places but for sorting."""
    merged = sorted((first, last, group) for group, found in enumerate(places) for first, last in found)
    latest: dict[int, tuple[int, int]] = {}
    shortest = sys.maxsize
    for first, last, group in merged:
        latest[group] = (first, last)
        if len(latest) == len(places):
            shortest = min(shortest, max(end for _, end in latest.values()) - min(start for start, _ in latest.values()) + 1)
    return shortest


def _literals(patterns: Iterable[str]) -> set[str]:
    """The plain words of the expressions, for the spelling correction."""
    return {word for pattern in patterns for word in _WORD.findall(pattern)}
