"""Keeps the embeddings of training examples on disk, so that training again after an edit encodes only what is new.

For the project's own examples only. A person's message must never be given to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.language.encoder import SentenceEncoder


class EmbeddingCache:
    """Embeddings by the hash of a group of texts that are encoded together.

    Args:
        path: the .npz file; an unreadable one, or one of another encoder, counts as empty.
        encoder: makes what is missing.
    """

    def __init__(self, path: Path, encoder: SentenceEncoder) -> None:
        self._path = path
        self._encoder = encoder
        self._kept: dict[str, NDArray[np.float32]] = {}
        self._used: dict[str, NDArray[np.float32]] = {}
        try:
            with np.load(path, allow_pickle=False) as arrays:
                names, counts, rows = arrays["names"], arrays["counts"], arrays["rows"]
                if str(arrays["encoder"]) == encoder.fingerprint:
                    self._kept = dict(zip(names.tolist(), np.split(rows, np.cumsum(counts)[:-1]), strict=True))
        except (OSError, ValueError, KeyError):
            self._kept = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As :meth:`SentenceEncoder.encode`."""
        name = hashlib.sha256("\x00".join(texts).encode()).hexdigest()
        rows = self._used.get(name)
        if rows is None:
            rows = self._kept.get(name)
        if rows is None:
            rows = self._encoder.encode(texts)
        self._used[name] = rows
        return rows

    def save(self) -> None:
        """Adds what was asked for since loading; what was there stays, as others use it too (``make clean`` empties it)."""
        if not set(self._used) - set(self._kept):
            return
        self._used = {**self._kept, **self._used}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._path.with_name(self._path.stem + ".new.npz")
        np.savez(scratch, encoder=np.array(self._encoder.fingerprint), names=np.array(list(self._used)),
                 counts=np.array([len(rows) for rows in self._used.values()]), rows=np.vstack(list(self._used.values())))
        scratch.replace(self._path)
