"""The topic model: which topics a message asks about, in which order, and whether it is our business at all.

Two linear classifiers read the same message: one its sentence embedding (what it means), one its character n-grams (how it
is written, robust to spelling). The first also reads what is asked apart from the story around it, and each sentence alone.
Their probabilities, the nearness of the nearest training examples and the lexicon's evidence enter two small logistic
regressions that were fitted on held-out folds: how likely a topic is the one asked first, and how likely it belongs in the
answer at all. A third one tells questions for us from other business and from small talk. Saved as ``.npz`` (no pickle) and
JSON; it holds weights and the embeddings of the project's own examples, never texts.
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

from bot.language.folds import fit_each
from bot.language.linear import Array, logistic, sigmoid, softmax

ASK = "ask_"
OFF_TOPIC = "out_of_scope"
#: What a message can be, in the order of the gate's columns.
KINDS = ("ask", "off_topic", "small_talk")

_HASHED = 2**15
_FOLDS = 4
_LONG = 30  # words; from here on a training example counts as a post
#: Weight of a training example under each further topic that it asks about, against 1 for its first.
_SECONDARY = 0.35
#: How many of the nearest examples of one kind of message count; of one label it is two.
_NEAREST_OF_KIND = 3


@dataclass(frozen=True)
class Evidence:
    """What the model looks at.

    Attributes:
        text: the message; used for its character n-grams only.
        embedding: float32 [384] of the whole message.
        named: for each topic id, how many things the lexicon found that speak for it.
        asked: the same within question sentences.
        question: float32 [384] of its question sentences; None stands for the whole message.
        sentences: float32 [sentences, 384]; None stands for the whole message.
    """

    text: str
    embedding: Array
    named: dict[str, int]
    asked: dict[str, int]
    question: Array | None = None
    sentences: Array | None = None


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


def _characters() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(n_features=_HASHED, alternate_sign=False, norm=None, analyzer="char_wb", ngram_range=(3, 5), lowercase=True)


@dataclass(frozen=True)
class _Heads:
    """The two classifiers; columns are the labels."""

    by_meaning: Array  # [labels, 384]
    meaning_bias: Array
    by_spelling: Array  # [_HASHED, labels]: a message's n-grams are rows that lie together
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

    def _meaning(self, embeddings: Array) -> Array:
        return softmax(embeddings @ self.by_meaning.T + self.meaning_bias)

    def read(self, messages: Sequence[Evidence]) -> tuple[Array, Array, Array, Array]:
        """Four float32 arrays of probabilities [messages, labels], as :class:`_Signals` has them first."""
        parts = [m.embedding[None] if m.sentences is None else m.sentences for m in messages]
        starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
        sentence: Array = np.maximum.reduceat(self._meaning(np.vstack(parts)), starts)
        question = self._meaning(np.vstack([m.embedding if m.question is None else m.question for m in messages]))
        rows = self.spelling_rows([m.text for m in messages])
        spelling = np.zeros((len(messages), len(self.spelling_bias)), np.float32)
        for number in range(len(messages)):  # gathering a message's rows is far cheaper than a whole product
            start, end = rows.indptr[number], rows.indptr[number + 1]
            spelling[number] = rows.data[start:end].astype(np.float32) @ self.by_spelling[rows.indices[start:end]]
        return self._meaning(np.vstack([m.embedding for m in messages])), softmax(spelling + self.spelling_bias), question, sentence


_VECTORIZER = _characters()


@dataclass(frozen=True)
class _Examples:
    """The training examples by their embeddings, sorted by label, so that a label's examples stand together."""

    embeddings: Array  # [examples, 384], unit length
    label: NDArray[np.int64]  # [examples], column of the label, ascending

    @classmethod
    def of(cls, examples: Sequence[Labelled], labels: Sequence[str]) -> tuple[_Examples, NDArray[np.int64]]:
        """The examples and the row that each of those given has among them."""
        columns = np.array([list(labels).index(example.label) for example in examples])
        order = np.argsort(columns, kind="stable")
        row = np.empty(len(order), np.int64)
        row[order] = np.arange(len(order))
        return cls(np.vstack([examples[i].evidence.embedding for i in order]), columns[order]), row

    def nearness(self, embeddings: Array, kinds: NDArray[np.int64], own: NDArray[np.int64] | None = None) -> tuple[Array, Array]:
        """How near the nearest examples are: mean cosine of the two nearest of each label, and of the three nearest of each kind.

        Args:
            embeddings: [messages, 384].
            kinds: for each label its place in :data:`KINDS`.
            own: for each message the row to leave out, because it is that example.

        Returns:
            float32 [messages, labels] and [messages, kinds]; -1 where there is no example.
        """
        present, starts = np.unique(self.label, return_index=True)
        by_label = np.full((len(embeddings), len(kinds)), -1.0, np.float32)
        by_kind = np.full((len(embeddings), len(KINDS)), -1.0, np.float32)
        rows_of_kind = [np.flatnonzero(kinds[self.label] == kind) for kind in range(len(KINDS))]
        for number, embedding in enumerate(embeddings):
            cosines = self.embeddings @ embedding
            if own is not None:
                cosines[own[number]] = -1
            for kind, rows in enumerate(rows_of_kind):
                if len(rows):
                    by_kind[number, kind] = np.sort(cosines[rows])[-_NEAREST_OF_KIND:].mean()
            nearest = np.maximum.reduceat(cosines, starts)
            at = np.flatnonzero(cosines == np.repeat(nearest, np.diff(starts, append=len(cosines))))
            cosines[at[np.unique(self.label[at], return_index=True)[1]]] = -np.inf
            second = np.maximum.reduceat(cosines, starts)
            by_label[number, present] = np.where(np.isfinite(second), (nearest + second) / 2, nearest)
        return by_label, by_kind


@dataclass(frozen=True)
class TopicModel:
    """A trained model."""

    labels: tuple[str, ...]
    heads: _Heads
    first: Array  # weights of the ranking features for "asked first", bias last
    belongs: Array  # the same for "belongs in the answer"
    gate: Array  # [kinds, gate features], bias last
    examples: _Examples

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Topic ids in the order of their columns."""
        return tuple(label.removeprefix(ASK) for label in self.labels if label.startswith(ASK))

    @cached_property
    def _kinds(self) -> NDArray[np.int64]:
        """For each label its place in :data:`KINDS`."""
        return np.array([KINDS.index(kind_of(label)) for label in self.labels])

    def read(self, evidence: Evidence) -> Verdict:
        """Reads one message."""
        signals = self._signals([evidence])
        features = _ranking_features(self.topics, self._kinds, signals)[0]
        first = sigmoid(features @ self.first[:-1] + self.first[-1])
        belongs = sigmoid(features @ self.belongs[:-1] + self.belongs[-1])
        kinds = softmax(_gate_features(self._kinds, signals) @ self.gate[:, :-1].T + self.gate[:, -1])[0]
        order = np.argsort(-first, kind="stable")
        talk = np.flatnonzero(self._kinds == KINDS.index("small_talk"))
        heard = np.log(signals.meaning[0] + 1e-6) + np.log(signals.spelling[0] + 1e-6)
        return Verdict(
            kinds={kind: float(p) for kind, p in zip(KINDS, kinds, strict=True)},
            small_talk=self.labels[talk[int(np.argmax(heard[talk]))]] if len(talk) else OFF_TOPIC,
            ranked=tuple((self.topics[i], float(first[i]), float(belongs[i])) for i in order),
        )

    def _signals(self, messages: Sequence[Evidence]) -> _Signals:
        embeddings = np.vstack([message.embedding for message in messages])
        return _Signals(messages, *self.heads.read(messages), *self.examples.nearness(embeddings, self._kinds))

    def save(self, folder: Path) -> None:
        """Writes ``topic_model.npz`` and ``topic_model.json`` into an existing folder."""
        heads = self.heads
        np.savez_compressed(
            folder / "topic_model.npz", by_meaning=heads.by_meaning, meaning_bias=heads.meaning_bias,
            by_spelling=heads.by_spelling.astype(np.float16), spelling_bias=heads.spelling_bias, rarity=heads.rarity,
            first=self.first, belongs=self.belongs, gate=self.gate,
            example_embeddings=self.examples.embeddings.astype(np.float16), example_label=self.examples.label)
        (folder / "topic_model.json").write_text(json.dumps({"labels": list(self.labels)}))


def load(folder: Path) -> TopicModel:
    """Reads what :meth:`TopicModel.save` wrote."""
    with np.load(folder / "topic_model.npz", allow_pickle=False) as arrays:
        heads = _Heads(**{name: arrays[name].astype(np.float32)
                          for name in ("by_meaning", "meaning_bias", "by_spelling", "spelling_bias", "rarity")})
        examples = _Examples(arrays["example_embeddings"].astype(np.float32), arrays["example_label"])
        labels = json.loads((folder / "topic_model.json").read_text())["labels"]
        return TopicModel(tuple(labels), heads, arrays["first"], arrays["belongs"], arrays["gate"], examples)


@dataclass(frozen=True)
class _Signals:
    """What the parts say of some messages.

    Attributes:
        messages: the messages.
        meaning: float32 [messages, labels], probabilities by embedding.
        spelling: the same by character n-grams.
        question: as ``meaning``, of the question sentences alone.
        sentence: as ``meaning``, of each sentence alone; the highest of them.
        near_label: float32 [messages, labels], nearness of the nearest examples of each label.
        near_kind: float32 [messages, kinds].
    """

    messages: Sequence[Evidence]
    meaning: Array
    spelling: Array
    question: Array
    sentence: Array
    near_label: Array
    near_kind: Array

    def of(self, rows: Sequence[int]) -> _Signals:
        """The signals of some of the messages."""
        return _Signals([self.messages[row] for row in rows], *(part[rows] for part in (
            self.meaning, self.spelling, self.question, self.sentence, self.near_label, self.near_kind)))

    def length(self) -> Array:
        """float32 [messages]: logarithm of the words of each message, 0 at about twenty."""
        return np.array([np.log(len(message.text.split()) + 1) - 3 for message in self.messages], np.float32)


def _ranking_features(topics: Sequence[str], kinds: NDArray[np.int64], signals: _Signals) -> Array:
    """float32 [messages, topics, features]: log probabilities, nearness, the lexicon's evidence, and each times the length."""
    columns = np.flatnonzero(kinds == KINDS.index("ask"))
    logs = [np.log(p[:, columns] + 1e-4) for p in (signals.meaning, signals.spelling, signals.question, signals.sentence)]
    near = signals.near_label[:, columns]
    named = np.array([[min(m.named.get(t, 0), 2) for t in topics] for m in signals.messages], np.float32)
    asked = np.array([[min(m.asked.get(t, 0), 1) for t in topics] for m in signals.messages], np.float32)
    stack = np.stack([*logs, near, near - near.max(axis=1, keepdims=True), named, asked], axis=2)
    result: Array = np.concatenate([stack, stack * signals.length()[:, None, None]], axis=2).astype(np.float32)
    return result


def _gate_features(kinds: NDArray[np.int64], signals: _Signals) -> Array:
    """float32 [messages, features]: each classifier's share for each kind, the best topic, nearness, the lexicon, the length."""
    parts = []
    for p in (signals.meaning, signals.spelling):
        parts += [np.log(p[:, kinds == kind].sum(axis=1) + 1e-3) for kind in range(len(KINDS))]
        parts.append(np.log(p[:, kinds == KINDS.index("ask")].max(axis=1) + 1e-3))
    parts += list(signals.near_kind.T)
    parts.append(np.array([min(sum(m.named.values()), 3) for m in signals.messages], np.float32))
    parts.append(signals.length())
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
    spelling, spelling_bias = _per_label(by_spelling)
    return _Heads(*(np.ascontiguousarray(part, np.float32) for part in (*_per_label(by_meaning), spelling.T, spelling_bias, rarity)))


def _per_label(fitted: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights and bias with one row a label; scikit-learn keeps a single row for two labels."""
    weights, bias = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:
        return np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return weights, bias


def _all_heads(examples: Sequence[Labelled], labels: Sequence[str],
               say: Callable[[str], None]) -> tuple[_Heads, tuple[Array, Array, Array, Array]]:
    """The classifiers, and the probabilities (see :meth:`_Heads.read`) of every example from classifiers that have not seen it."""
    from sklearn.model_selection import StratifiedKFold

    meaning = np.zeros((len(examples), len(labels)), np.float32)
    found = meaning, np.zeros_like(meaning), np.zeros_like(meaning), np.zeros_like(meaning)
    names = [example.label for example in examples]
    smallest = min(names.count(label) for label in labels)
    folds = StratifiedKFold(min(_FOLDS, smallest), shuffle=True, random_state=0)
    splits = list(folds.split(names, names))
    say(f"Topics: fitting {len(splits)} held-out folds and the whole ...")
    fitted = fit_each(_fit_heads, [*(([examples[i] for i in seen], labels) for seen, _ in splits), (examples, labels)], len(examples))
    for number, (_, unseen) in enumerate(splits, 1):
        heads = next(fitted)
        say(f"Topics: held-out fold {number} of {len(splits)} done")
        for all_of_it, part in zip(found, heads.read([examples[i].evidence for i in unseen]), strict=True):
            all_of_it[unseen] = part
    return next(fitted), found


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
    heads, heads_say = _all_heads(examples, labels, say)
    kept, own = _Examples.of(examples, labels)
    model = TopicModel(labels, heads, *(np.zeros(1, np.float32),) * 3, kept)
    topics, kind_of_label = model.topics, model._kinds
    messages = [example.evidence for example in examples]
    near = kept.nearness(np.vstack([m.embedding for m in messages]), kind_of_label, own)
    signals = _Signals(messages, *heads_say, *near)

    asking = [i for i, example in enumerate(examples) if example.label.startswith(ASK)]
    features = _ranking_features(topics, kind_of_label, signals.of(asking))
    place = {topic: i for i, topic in enumerate(topics)}
    first, belongs = np.zeros(features.shape[:2]), np.zeros(features.shape[:2])
    for row, i in enumerate(asking):
        wanted = [place[topic] for topic in examples[i].topics if topic in place]
        first[row, wanted[0]] = 1
        belongs[row, wanted] = 1
    heavy = np.array([2.0 if len(examples[i].evidence.text.split()) >= _LONG else 0.7 for i in asking])
    flat, weights = features.reshape(-1, features.shape[2]), np.repeat(heavy, len(topics))

    kinds = [kind_of(example.label) for example in examples]
    shares = {kind: kinds.count(kind) / len(kinds) for kind in set(kinds)}
    gate_features = _gate_features(kind_of_label, signals)
    gate = np.full((len(KINDS), gate_features.shape[1] + 1), 0.0, np.float32)
    gate[:, -1] = -20  # a kind without examples is never chosen
    present = [kind for kind in KINDS if kind in shares]
    balance = np.array([min(1 / shares[kind], 6.0) for kind in kinds])
    gate[[KINDS.index(kind) for kind in present]] = _gate(gate_features, kinds, present, balance)
    return TopicModel(
        labels, model.heads, logistic(flat, first.ravel(), weights)[0], logistic(flat, belongs.ravel(), weights)[0], gate, kept)


def _gate(features: Array, kinds: Sequence[str], present: Sequence[str], weights: NDArray[Any]) -> Array:
    """One row of weights and bias for each kind that has examples."""
    if len(present) == 1:
        return np.zeros((1, features.shape[1] + 1), np.float32)
    rows = logistic(features, np.array([list(present).index(kind) for kind in kinds]), weights)
    return rows if len(rows) == len(present) else np.vstack([-rows / 2, rows / 2])
