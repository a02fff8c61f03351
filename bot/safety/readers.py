"""Three readers of a message: what its sentences mean, how it is spelt, and which known messages it is near.

Meaning is a linear classifier on sentence embeddings, spelling one on character n-grams (it knows words that the embedding blurs,
and bears misspelling). Nearness compares with every example, in fewer dimensions, as that is read from memory each time. What they
say is weighed in :mod:`bot.safety.semantic`; saved are weights and embeddings of the project's own examples, never texts.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.language.linear import softmax
from bot.language.message import Reading

Array = NDArray[np.float32]

_HASHED = 2**15
#: How many of the nearest examples count, and how many principal axes of the embeddings they are compared on.
_NEAREST, _AXES = 3, 96
#: A flagged example weighs more in spelling, as there are few of each flag.
_FLAGGED = 3.0
_HARD, _ANY = 8_000, 3_000
_STRENGTH = 40.0


@dataclass(frozen=True)
class Signals:
    """What the readers make of a message.

    Attributes:
        meaning: float32 [flags], the highest probability of each flag over the message's pieces and the whole.
        spelling: float32 [flags + 1], decision values; the last is for none.
        near: float32 [2], mean cosine of the nearest messages with a flag and of the nearest without.
    """

    meaning: Array
    spelling: Array
    near: Array


@dataclass(frozen=True)
class Readers:
    """The trained readers.

    Attributes:
        meaning: float32 [flags + 1, dimension]; the last row is "none".
        meaning_bias: float32 [flags + 1].
        spelling: float32 [_HASHED, flags + 1]: a message's n-grams are rows that lie together.
        spelling_bias: float32 [flags + 1].
        rarity: float32 [_HASHED], inverse document frequency.
        axes: float32 [dimension, _AXES], principal axes of the examples.
        flagged: float32 [examples, _AXES], unit length: the examples with a flag.
        quiet: the same without.
    """

    meaning: Array
    meaning_bias: Array
    spelling: Array
    spelling_bias: Array
    rarity: Array
    axes: Array
    flagged: Array
    quiet: Array

    def __call__(self, reading: Reading) -> Signals:
        """Reads a message."""
        row = _spelling_rows([reading.text], self.rarity)
        place = _unit(reading.whole[None] @ self.axes)[0]
        return Signals(
            softmax(vectors(reading) @ self.meaning.T + self.meaning_bias).max(axis=0)[:-1],
            row.data.astype(np.float32) @ self.spelling[row.indices] + self.spelling_bias,
            np.array([_nearest(self.flagged @ place), _nearest(self.quiet @ place)], np.float32))


def vectors(reading: Reading) -> Array:
    """float32 [1 + pieces, dimension]: the whole and, where there are several, the pieces."""
    return np.vstack([reading.whole[None], reading.embeddings]) if len(reading.pieces) > 1 else reading.whole[None]


def _unit(rows: Array) -> Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Array = (rows / np.maximum(length, 1e-9)).astype(np.float32)
    return result


def _nearest(cosines: Array) -> float:
    return float(np.partition(cosines, -_NEAREST)[-_NEAREST:].mean()) if len(cosines) >= _NEAREST else -1.0


@lru_cache(maxsize=1)
def _characters() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(n_features=_HASHED, alternate_sign=False, norm=None, analyzer="char_wb", ngram_range=(3, 5), lowercase=True)


def _spelling_rows(texts: Sequence[str], rarity: Array) -> Any:
    """Sparse, unit-length tf-idf rows of character n-grams."""
    from sklearn.preprocessing import normalize

    rows = _characters().transform(texts)
    rows.data = (np.log(rows.data) + 1) * rarity[rows.indices]
    return normalize(rows, copy=False)


def fit(readings: Sequence[Reading], label: NDArray[Any], flags: int) -> Readers:
    """Fits the readers.

    Args:
        readings: the messages.
        label: the row of each one's flag, ``flags`` for none.
        flags: how many flags there are.
    """
    whole = np.vstack([reading.whole for reading in readings])
    axes = np.linalg.eigh(whole.T @ whole)[1][:, -_AXES:].astype(np.float32)
    places = _unit(whole @ axes)
    return Readers(*_fit_meaning([vectors(reading) for reading in readings], label, flags),
                   *_fit_spelling([reading.text for reading in readings], label, flags),
                   axes, places[label < flags], places[label == flags])


def _fit_spelling(texts: Sequence[str], label: NDArray[Any], flags: int) -> tuple[Array, Array, Array]:
    """Weights, bias and rarity."""
    from sklearn.linear_model import SGDClassifier

    seen = np.bincount(_characters().transform(texts).indices, minlength=_HASHED)
    rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    fitted = SGDClassifier(loss="modified_huber", alpha=2e-5, max_iter=8, tol=None, average=True, random_state=0, n_jobs=2).fit(
        _spelling_rows(texts, rarity), label, sample_weight=np.where(label < flags, _FLAGGED, 1.0))
    return np.ascontiguousarray(fitted.coef_.T, np.float32), fitted.intercept_.astype(np.float32), rarity


def _fit_meaning(rows_of: Sequence[Array], label: NDArray[Any], flags: int) -> tuple[Array, Array]:
    """Weights and bias with one row a flag and a last row for none.

    A long message says its flag in one of its sentences: in a second round the sentence that the first round found speaks for
    it. Of the negatives, those that the first round took for a flag count, and some others.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(0)
    positives = [(int(flag), rows) for flag, rows in zip(label, rows_of, strict=True) if flag < flags]
    negatives = np.vstack([rows for flag, rows in zip(label, rows_of, strict=True) if flag == flags])
    some = negatives[draw.permutation(len(negatives))[:_HARD]]
    rows, labels = [found[:1] for _, found in positives], [[flag] for flag, _ in positives]

    def fit_against(against: Array) -> LogisticRegression:
        x = np.vstack([*rows, against])
        y = np.concatenate([*labels, np.full(len(against), flags)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # going on changes no decision
            return LogisticRegression(C=_STRENGTH, max_iter=80).fit(x, y)

    first = fit_against(some)
    for flag, found in positives:
        if len(found) > 1:
            best = int(first.predict_proba(found[1:])[:, flag].argmax())
            rows.append(found[1 + best][None])
            labels.append([flag])
    taken = 1 - first.predict_proba(negatives)[:, flags]
    hard = np.argsort(-taken, kind="stable")[:_HARD]
    second = fit_against(np.vstack([negatives[hard], negatives[draw.permutation(len(negatives))[:_ANY]]]))
    return second.coef_.astype(np.float32), second.intercept_.astype(np.float32)
