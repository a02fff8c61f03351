"""Notices a message that is not in English, so that it can be said instead of guessed at."""

from __future__ import annotations

from collections.abc import Iterable

#: Fewer words than this are never called foreign: names and single words tell too little.
FEWEST = 4
#: Below this share of English words a message counts as another language.
LEAST_ENGLISH = 0.4


def is_foreign(words: Iterable[str], english: frozenset[str], known: frozenset[str]) -> bool:
    """Whether a message is in another language.

    Args:
        words: its words in lower case.
        english: English words.
        known: further words that count as English here (the lexicon's, slang).
    """
    letters = [word for word in words if word.isalpha()]
    script = sum(any(ord(c) > 0x24F for c in word) for word in letters)
    if letters and script > len(letters) / 2:
        return True
    if len(letters) < FEWEST:
        return False
    return sum(word in english or word in known for word in letters) < LEAST_ENGLISH * len(letters)
