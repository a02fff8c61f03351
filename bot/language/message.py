"""Reads a message once: its sentences and their embeddings, for everything that looks at what is meant.

Safety and topics both need embeddings, and the encoder is the costliest step of a turn, so it runs once: inside
:func:`one_turn` a second reading of the same text is the first one. Nothing outlives the turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Optional, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

#: Longest piece in words; people write whole stories without a full stop.
MAX_WORDS = 40
#: Most pieces that are embedded; short sentences are put together first, then the middle of a text is left out.
MAX_PIECES = 24
#: Ends of sentences, and where a second question is tied to the first.
_END = re.compile(
    r"(?<=[.!?\u2026\u0964])\s+|\n+"
    r"|(?:,\s*|\s)(?:and|or|also)\s+(?=(?:what|how|which|why|when|where|can|could|is|are|was|will|would|should|do|does|did)\b)",
    re.IGNORECASE)


class Encoder(Protocol):
    """What this module needs of an encoder."""

    def encode(self, texts: Sequence[str]) -> Array:
        """Unit-length embeddings, float32 [texts, dimension]."""


@dataclass(frozen=True)
class Reading:
    """A message as it was read.

    Attributes:
        text: the message.
        pieces: its sentences, long ones cut.
        embeddings: float32 [pieces, dimension], unit length.
        whole: float32 [dimension], the pieces' mean weighted by their words, unit length.
    """

    text: str
    pieces: tuple[str, ...]
    embeddings: Array
    whole: Array

    def mean_of(self, chosen: Sequence[int]) -> Array:
        """float32 [dimension]: the mean of some pieces weighted by their words, unit length."""
        return _mean([self.pieces[i] for i in chosen], self.embeddings[list(chosen)])


def split(text: str) -> list[str]:
    """The pieces of a text: its sentences, cut to :data:`MAX_WORDS` words; at least one, at most :data:`MAX_PIECES`."""
    pieces: list[str] = []
    for sentence in _END.split(text):
        words = sentence.split()
        pieces += [" ".join(words[start:start + MAX_WORDS]) for start in range(0, len(words), MAX_WORDS)]
    if len(pieces) > MAX_PIECES:
        pieces = _packed(pieces)
    if len(pieces) > MAX_PIECES:
        pieces = pieces[:MAX_PIECES // 2] + pieces[-MAX_PIECES // 2:]
    return pieces or [text]


def _packed(pieces: list[str]) -> list[str]:
    """Neighbouring pieces put together as long as they stay within :data:`MAX_WORDS` words."""
    packed: list[str] = []
    words = MAX_WORDS
    for piece in pieces:
        count = len(piece.split())
        if words + count <= MAX_WORDS:
            packed[-1] += f" {piece}"
            words += count
        else:
            packed.append(piece)
            words = count
    return packed


def _mean(pieces: Sequence[str], embeddings: Array) -> Array:
    mean = np.array([len(piece.split()) + 1 for piece in pieces], np.float32) @ embeddings
    result: Array = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
    return result


_turn: ContextVar[Optional[dict[str, Reading]]] = ContextVar("turn", default=None)


@contextmanager
def one_turn() -> Iterator[None]:
    """Within it, the same text is read once."""
    token = _turn.set({})
    try:
        yield
    finally:
        _turn.reset(token)


def read(text: str, encoder: Encoder) -> Reading:
    """Reads a text, or takes the reading of this turn."""
    known = _turn.get()
    if known is not None and text in known:
        return known[text]
    pieces = split(text)
    embeddings = encoder.encode(pieces)
    reading = Reading(text, tuple(pieces), embeddings, _mean(pieces, embeddings))
    if known is not None:
        known[text] = reading
    return reading
