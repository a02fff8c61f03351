"""The topic model: which topics a message asks about, in which order, and whether it is our business at all.

Two linear classifiers read the same message: one its sentence embedding (what it means), one its character n-grams (how it
is written, robust to spelling). Their probabilities and the lexicon's evidence enter two small logistic regressions that were
fitted on held-out folds: how likely a topic is the one asked first, and how likely it belongs in the answer at all. A third
one tells questions for us from other business and from small talk. Saved as ``.npz`` (no pickle) and JSON; it holds weights,
never texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

ASK = "ask_"
OFF_TOPIC = "out_of_scope"
#: What a message can be, in the order of the gate's columns.
KINDS = ("ask", "off_topic", "small_talk")

_HASHED = 2**15
_FOLDS = 4
_LONG = 30  # words; from here on a training example counts as a post
#: Weight of a training example under each further topic that it asks about, against 1 for its first.
_SECONDARY = 0.35


@dataclass(frozen=True)
class Evidence:
    """What the model looks at.

    Attributes:
        text: the message; used for its character n-grams only.
        embedding: float32 [384] of the whole message.
        named: for each topic id, how many things the lexicon found that speak for it.
        asked: the same within question sentences.
    """

    text: str
    embedding: Array
    named: dict[str, int]
    asked: dict[str, int]


@dataclass(frozen=True)
class Labelled:
    """A training example: its intent, and all topics it asks about, the first one first."""

    evidence: Evidence
    label: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The model's reading of a message.

    Attributes:
        kinds: probability of each of :data:`KINDS`.
        small_talk: the likeliest conversation intent.
        ranked: topics from the likeliest first, each with the probability that it is asked first and that it belongs.
    """

    kinds: dict[str, float]
    small_talk: str
    ranked: tuple[tuple[str, float, float], ...]


def _softmax(logits: NDArray[Any]) -> Array:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Array = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def _characters() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(n_features=_HASHED, alternate_sign=False, norm=None, analyzer="char_wb", ngram_range=(3, 5), lowercase=True)


@dataclass(frozen=True)
class _Heads:
    """The two classifiers; columns are the labels."""

    by_meaning: Array  # [labels, 384]
    meaning_bias: Array
    by_spelling: Array  # [labels, _HASHED]
    spelling_bias: Array
    rarity: Array  # [_HASHED], inverse document frequency

    def spelling_rows(self, texts: Sequence[str]) -> Any:
        """Sparse, unit-length tf-idf rows of character n-grams."""
        from sklearn.preprocessing import normalize

        rows = _VECTORIZER.transform(texts)
        np.log(rows.data, rows.data)
        rows.data += 1
        rows.data *= self.rarity[rows.indices]
        return normalize(rows)

    def probabilities(self, texts: Sequence[str], embeddings: Array) -> tuple[Array, Array]:
        """By meaning and by spelling: two float32 arrays [texts, labels]."""
        meaning = _softmax(embeddings @ self.by_meaning.T + self.meaning_bias)
        rows = self.spelling_rows(texts)
        spelling = np.zeros((len(texts), len(self.spelling_bias)), np.float32)
        for number in range(len(texts)):  # a column gather is far cheaper than a whole product
            start, end = rows.indptr[number], rows.indptr[number + 1]
            spelling[number] = self.by_spelling[:, rows.indices[start:end]] @ rows.data[start:end].astype(np.float32)
        return meaning, _softmax(spelling + self.spelling_bias)


_VECTORIZER = _characters()


@dataclass(frozen=True)
class TopicModel:
    """A trained model."""

    labels: tuple[str, ...]
    heads: _Heads
    first: Array  # weights of the ranking features for "asked first", bias last
    belongs: Array  # the same for "belongs in the answer"
    gate: Array  # [kinds, gate features], bias last

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Topic ids in the order of their columns."""
        return tuple(label.removeprefix(ASK) for label in self.labels if label.startswith(ASK))

    @cached_property
    def _columns(self) -> dict[str, NDArray[np.int64]]:
        labels = np.array(self.labels)
        ask = np.char.startswith(labels, ASK)
        return {
            "ask": np.flatnonzero(ask),
            "off_topic": np.flatnonzero(labels == OFF_TOPIC),
            "small_talk": np.flatnonzero(~ask & (labels != OFF_TOPIC)),
        }

    def read(self, evidence: Evidence) -> Verdict:
        """Reads one message."""
        meaning, spelling = self.heads.probabilities([evidence.text], evidence.embedding[None])
        features = _ranking_features(self.topics, self._columns["ask"], meaning, spelling, [evidence])[0]
        first = _sigmoid(features @ self.first[:-1] + self.first[-1])
        belongs = _sigmoid(features @ self.belongs[:-1] + self.belongs[-1])
        kinds = _softmax(_gate_features(self._columns, meaning, spelling, [evidence]) @ self.gate[:, :-1].T + self.gate[:, -1])[0]
        order = np.argsort(-first, kind="stable")
        talk = self._columns["small_talk"]
        best_talk = self.labels[talk[int(np.argmax((np.log(meaning + 1e-6) + np.log(spelling + 1e-6))[0, talk]))]] if len(talk) else OFF_TOPIC
        return Verdict(
            kinds={kind: float(p) for kind, p in zip(KINDS, kinds, strict=True)},
            small_talk=best_talk,
            ranked=tuple((self.topics[i], float(first[i]), float(belongs[i])) for i in order),
        )

    def save(self, folder: Path) -> None:
        """Writes ``topic_model.npz`` and ``topic_model.json`` into an existing folder."""
        heads = self.heads
        np.savez_compressed(
            folder / "topic_model.npz", by_meaning=heads.by_meaning, meaning_bias=heads.meaning_bias,
            by_spelling=heads.by_spelling.astype(np.float16), spelling_bias=heads.spelling_bias, rarity=heads.rarity,
            first=self.first, belongs=self.belongs, gate=self.gate)
        (folder / "topic_model.json").write_text(json.dumps({"labels": list(self.labels)}))


def load(folder: Path) -> TopicModel:
    """Reads what :meth:`TopicModel.save` wrote."""
    with np.load(folder / "topic_model.npz", allow_pickle=False) as arrays:
        heads = _Heads(**{name: arrays[name].astype(np.float32)
                          for name in ("by_meaning", "meaning_bias", "by_spelling", "spelling_bias", "rarity")})
        labels = json.loads((folder / "topic_model.json").read_text())["labels"]
        return TopicModel(tuple(labels), heads, arrays["first"], arrays["belongs"], arrays["gate"])


def _sigmoid(logits: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-logits))
    return result


def _length(evidence: Evidence) -> float:
    """Logarithm of the words of a message, 0 at about twenty."""
    return float(np.log(len(evidence.text.split()) + 1) - 3)


def _ranking_features(topics: Sequence[str], columns: NDArray[np.int64], meaning: Array, spelling: Array, messages: Sequence[Evidence]) -> Array:
    """float32 [messages, topics, features]: both log probabilities, the lexicon's evidence, and each times the length."""
    logs = [np.log(p[:, columns] + 1e-4) for p in (meaning, spelling)]
    named = np.array([[min(m.named.get(t, 0), 2) for t in topics] for m in messages], np.float32)
    asked = np.array([[min(m.asked.get(t, 0), 1) for t in topics] for m in messages], np.float32)
    stack = np.stack([*logs, named, asked], axis=2)
    length = np.array([_length(m) for m in messages], np.float32)[:, None, None]
    result: Array = np.concatenate([stack, stack * length], axis=2).astype(np.float32)
    return result


def _gate_features(columns: dict[str, NDArray[np.int64]], meaning: Array, spelling: Array, messages: Sequence[Evidence]) -> Array:
    """float32 [messages, features]: each classifier's share for each kind, the best topic, the lexicon, the length."""
    parts = []
    for p in (meaning, spelling):
        parts += [np.log(p[:, columns[kind]].sum(axis=1) + 1e-3) for kind in KINDS]
        parts.append(np.log(p[:, columns["ask"]].max(axis=1) + 1e-3))
    parts.append(np.array([min(sum(m.named.values()), 3) for m in messages], np.float32))
    parts.append(np.array([_length(m) for m in messages], np.float32))
    result: Array = np.stack(parts, axis=1).astype(np.float32)
    return result


def _fit_heads(examples: Sequence[Labelled], labels: Sequence[str]) -> _Heads:
    from sklearn.linear_model import LogisticRegression, SGDClassifier

    rows: list[int] = []
    names: list[str] = []
    weights: list[float] = []
    for number, example in enumerate(examples):
        own = [example.label, *(f"{ASK}{topic}" for topic in example.topics[1:])]
        own = [name for name in own if name in labels]
        rows += [number] * len(own)
        names += own
        weights += [1.0, *[_SECONDARY] * (len(own) - 1)]
    embeddings = np.vstack([example.evidence.embedding for example in examples])
    counts = _VECTORIZER.transform([example.evidence.text for example in examples])
    seen = np.bincount(counts.indices, minlength=_HASHED)
    rarity = (np.log((1 + len(examples)) / (1 + seen)) + 1).astype(np.float32)
    blank = np.zeros((0, 0), np.float32)
    spelling_rows = _Heads(blank, blank, blank, blank, rarity).spelling_rows([example.evidence.text for example in examples])
    by_meaning = LogisticRegression(C=10, max_iter=1000, class_weight="balanced").fit(embeddings[rows], names, sample_weight=weights)
    by_spelling = SGDClassifier(
        loss="modified_huber", alpha=2e-5, max_iter=15, tol=None, average=True, class_weight="balanced", random_state=0, n_jobs=2,
    ).fit(spelling_rows[rows], names, sample_weight=weights)
    return _Heads(*(np.asarray(part, np.float32) for part in (
        *_per_label(by_meaning), *_per_label(by_spelling), rarity)))


def _per_label(fitted: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights and bias with one row a label; scikit-learn keeps a single row for two labels."""
    weights, bias = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:
        return np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return weights, bias


def _held_out(examples: Sequence[Labelled], labels: Sequence[str], say: Callable[[str], None]) -> tuple[Array, Array]:
    """Both classifiers' probabilities for every example, from classifiers that have not seen it."""
    from sklearn.model_selection import StratifiedKFold

    meaning = np.zeros((len(examples), len(labels)), np.float32)
    spelling = np.zeros_like(meaning)
    names = [example.label for example in examples]
    smallest = min(names.count(label) for label in labels)
    folds = StratifiedKFold(min(_FOLDS, smallest), shuffle=True, random_state=0)
    for number, (seen, unseen) in enumerate(folds.split(names, names), 1):
        say(f"Topics: held-out fold {number} of {folds.n_splits} ...")
        heads = _fit_heads([examples[i] for i in seen], labels)
        meaning[unseen], spelling[unseen] = heads.probabilities(
            [examples[i].evidence.text for i in unseen], np.vstack([examples[i].evidence.embedding for i in unseen]))
    return meaning, spelling


def _logistic(features: NDArray[Any], wanted: NDArray[Any], weights: NDArray[Any]) -> Array:
    """Weights and bias of a binary logistic regression on standardised features, folded back to raw features."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    fitted = LogisticRegression(C=1, max_iter=500).fit((features - mean) / spread, wanted, sample_weight=weights)
    slope = fitted.coef_ / spread
    result: Array = np.concatenate([slope, (fitted.intercept_ - slope @ mean)[:, None]], axis=1).astype(np.float32)
    return result


def kind_of(label: str) -> str:
    """The kind (see :data:`KINDS`) of an intent."""
    return "ask" if label.startswith(ASK) else "off_topic" if label == OFF_TOPIC else "small_talk"


def train(examples: Sequence[Labelled], say: Callable[[str], None] = lambda line: None) -> TopicModel:
    """Fits the model; the same examples give the same model.

    Args:
        examples: at least two of each label; at least one ``ask_`` label and two kinds.
        say: told about progress.
    """
    labels = tuple(sorted({example.label for example in examples}))
    meaning, spelling = _held_out(examples, labels, say)
    say("Topics: whole model ...")
    heads = _fit_heads(examples, labels)
    model = TopicModel(labels, heads, *(np.zeros(1, np.float32),) * 3)
    topics, columns = model.topics, model._columns

    asking = [i for i, example in enumerate(examples) if example.label.startswith(ASK)]
    messages = [examples[i].evidence for i in asking]
    features = _ranking_features(topics, columns["ask"], meaning[asking], spelling[asking], messages)
    place = {topic: i for i, topic in enumerate(topics)}
    first, belongs = np.zeros(features.shape[:2]), np.zeros(features.shape[:2])
    for row, i in enumerate(asking):
        own = [place[topic] for topic in examples[i].topics if topic in place]
        first[row, own[0]] = 1
        belongs[row, own] = 1
    heavy = np.array([2.0 if len(message.text.split()) >= _LONG else 0.7 for message in messages])
    flat, weights = features.reshape(-1, features.shape[2]), np.repeat(heavy, len(topics))

    kinds = [kind_of(example.label) for example in examples]
    shares = {kind: kinds.count(kind) / len(kinds) for kind in set(kinds)}
    gate_features = _gate_features(columns, meaning, spelling, [example.evidence for example in examples])
    gate = np.full((len(KINDS), gate_features.shape[1] + 1), 0.0, np.float32)
    gate[:, -1] = -20  # a kind without examples is never chosen
    present = [kind for kind in KINDS if kind in shares]
    balance = np.array([min(1 / shares[kind], 6.0) for kind in kinds])
    gate[[KINDS.index(kind) for kind in present]] = _gate(gate_features, kinds, present, balance)
    return TopicModel(
        labels, heads, _logistic(flat, first.ravel(), weights)[0], _logistic(flat, belongs.ravel(), weights)[0], gate)


def _gate(features: Array, kinds: Sequence[str], present: Sequence[str], weights: NDArray[Any]) -> Array:
    """One row of weights and bias for each kind that has examples."""
    if len(present) == 1:
        return np.zeros((1, features.shape[1] + 1), np.float32)
    rows = _logistic(features, np.array([list(present).index(kind) for kind in kinds]), weights)
    return rows if len(rows) == len(present) else np.vstack([-rows / 2, rows / 2])
