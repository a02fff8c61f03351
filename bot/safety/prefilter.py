"""Tells which expressions cannot match a text, by words that every match must begin a word with.

For an expression a set of prefixes is worked out from its syntax tree such that each of its matches holds a word beginning with
one of them. A text's words are looked up once; expressions without such a set are always tried. Only speed depends on this.
"""

from __future__ import annotations

import sre_parse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Optional

Prefixes = Optional[frozenset[str]]


def _better(one: Prefixes, other: Prefixes) -> Prefixes:
    """The set that rules out more: the one whose shortest prefix is longer."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other, key=lambda found: (min(map(len, found)), -len(found)))


def _ends_open(tree: Any) -> bool:
    """Whether everything that the tree matches ends with a space, so that a new word begins behind it."""
    if not len(tree):
        return False
    operator, value = tree[-1]
    if operator is sre_parse.LITERAL:
        return bool(chr(value) == " ")
    if operator is sre_parse.SUBPATTERN:
        return _ends_open(value[3])
    if operator is sre_parse.BRANCH:
        return all(_ends_open(branch) for branch in value[1])
    return False


def prefixes(tree: Any, at_start: bool = True) -> Prefixes:
    """Prefixes of words, one of which stands in every match of the tree; None where there is no such set.

    Args:
        tree: as ``sre_parse.parse`` gives it.
        at_start: whether a word begins where the tree begins.
    """
    best: Prefixes = None
    run = ""
    for operator, value in tree:
        if operator is sre_parse.LITERAL:
            letter = chr(value)
            if letter == " ":
                best = _better(best, frozenset([run]) if run else None)
                run, at_start = "", True
            elif at_start or run:
                run += letter
                at_start = False
            continue
        best = _better(best, frozenset([run]) if run else None)
        run = ""
        if operator in (sre_parse.MAX_REPEAT, sre_parse.MIN_REPEAT):
            least, _, inner = value
            if least > 0:
                best = _better(best, prefixes(inner, at_start))
            at_start = (at_start or least > 0) and _ends_open(inner)
        elif operator is sre_parse.SUBPATTERN:
            best = _better(best, prefixes(value[3], at_start))
            at_start = _ends_open(value[3])
        elif operator is sre_parse.BRANCH:
            own = [prefixes(branch, at_start) for branch in value[1]]
            known = [found for found in own if found is not None]
            if len(known) == len(own):
                best = _better(best, frozenset().union(*known))
            at_start = all(_ends_open(branch) for branch in value[1])
        else:
            at_start = False
    return _better(best, frozenset([run]) if run else None)


class Prefilter:
    """Which of some expressions may match a text.

    Args:
        expressions: in the order of their numbers.
    """

    def __init__(self, expressions: Sequence[str]) -> None:
        self._always: set[int] = set()
        self._by_prefix: dict[str, list[int]] = defaultdict(list)
        for number, expression in enumerate(expressions):
            found = prefixes(sre_parse.parse(expression))
            if found is None:
                self._always.add(number)
            for prefix in found or ():
                self._by_prefix[prefix].append(number)
        self._longest = max(map(len, self._by_prefix), default=0)

    def __call__(self, words: Iterable[str]) -> set[int]:
        """Numbers of the expressions that may match a text of these words."""
        candidates = set(self._always)
        for word in words:
            for end in range(1, min(len(word), self._longest) + 1):
                numbers = self._by_prefix.get(word[:end])
                if numbers:
                    candidates.update(numbers)
        return candidates
