"""Brings raw text into the form that the red-flag rules are written for.

Lower case; one space between words; sentence ends as " . "; apostrophes gone ("can't" is "cant"); misspelt words replaced by
the nearest word of the rules. Linear in the length of the text. Nothing is ever removed that could be a sign: what is not
understood stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2018\u2019\u02bc\u0060\u00b4](?=\w)")
_END = re.compile(r"[.!?\u2026\u0964;\n\r]+(?=\s|$)|[!?\u2026\u0964;\n\r]+|\.(?=[^\W\d])")
_OTHER = re.compile(r"[^\w.%&+ ]+|_+|\.(?!\d| )|(?<= )\.(?=\d)")
_RUN = re.compile(r"([^\W\d_])\1{2,}")
_SPACE = re.compile(r"\s+")
_ENDS = re.compile(r"(?: \.)+")

#: Shortest word that is compared, and the least similarity (0 to 100) of a misspelling.
SHORTEST = 5
LEAST = 80.0


def plain(text: str) -> str:
    """The text without its dress: NFKC, accents and marks off, lower case, one space between words, " . " between sentences."""
    text = text.encode("utf-8", "ignore").decode("utf-8")
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = _APOSTROPHE.sub("", text)
    text = _RUN.sub(r"\1", _OTHER.sub(" ", _END.sub(" . ", text)))
    return _ENDS.sub(" .", _SPACE.sub(" ", text)).strip()


class Speller:
    """Replaces misspelt words by the nearest word that the rules know.

    Args:
        known: words that the rules look for.
        english: words that are spelt right and are never replaced; may be empty.
    """

    def __init__(self, known: Iterable[str], english: frozenset[str]) -> None:
        words = {word for word in known if len(word) >= SHORTEST}
        self._right = english | words
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(words):
            self._by_letter[word[0]].append(word)

    def __call__(self, text: str) -> str:
        """The text, as :func:`plain` gives it, with misspelt words replaced."""
        nearest: dict[str, str] = {}
        words = text.split(" ")
        for word in words:
            if len(word) >= SHORTEST and word.isalpha() and word not in self._right and word not in nearest:
                best = process.extractOne(word, self._by_letter.get(word[0], ()), scorer=fuzz.ratio, score_cutoff=LEAST)
                nearest[word] = best[0] if best else word
        return " ".join(nearest.get(word, word) for word in words)
