"""The judgement of a message by its meaning: it may add a red flag, and tells how sure the rules' findings are. It removes none.

A linear classifier on sentence embeddings says how likely each flag is. With what the rules found it enters one logistic
regression, fitted on held-out folds: the chance that a care card is due. From ``sure`` on the card comes first and alone; below,
what the rules found is still said, in front of the answer. Saved as ``.npz`` without texts.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.errors import CandorError
from bot.language.linear import logistic, sigmoid, softmax
from bot.language.message import Reading
from bot.safety.rules import Raised

Array = NDArray[np.float32]

#: Share of held-out ordinary questions for which a card may come first and alone, and for which a note may be shown by meaning alone.
FALSE_CARDS = 0.025
FALSE_NOTES = 0.06
#: The same for a card and for a note on self-harm by meaning alone: a miss is worst there, and to a sad person the line does no harm.
FALSE_SELF_HARM = (0.002, 0.03)
_SELF_HARM = "RF-14"
#: A rule with at least this reliability needs no judgement: right six times and wrong never, or as good as that.
_RELIABLE = 2.4
_CLOSE = 20  # words
#: From this probability on a flag is named beside those that the rules found.
_ALSO = 0.5
_FOLDS = 4
_HARD, _ANY = 8_000, 3_000
_STRENGTH = 40.0


@dataclass(frozen=True)
class Example:
    """A message to learn from.

    Attributes:
        flag: its flag, None for an ordinary message.
        reading: its embeddings.
        raised: what the rules find in it.
        fresh: whether its writer had not seen the rules, nor the rules' writer it.
        question: whether it is an ordinary question of our users; those set the measure of false alarms.
    """

    flag: str | None
    reading: Reading
    raised: tuple[Raised, ...]
    fresh: bool = False
    question: bool = False


@dataclass(frozen=True)
class Judgement:
    """What the layer makes of a message.

    Attributes:
        sure: whether a card is due, first and alone.
        maybe: whether one is worth a note.
        likely: flags whose probability is high, the likeliest first; the likeliest alone when none is and no rule found any.
    """

    sure: bool
    maybe: bool
    likely: tuple[str, ...]


@dataclass(frozen=True)
class SemanticLayer:
    """The trained layer.

    Attributes:
        ids: flag ids in the order of the rows.
        weights: float32 [flags + 1, dimension]; the last row is "none".
        bias: float32 [flags + 1].
        judge: float32 [features + 1], bias last.
        limits: least chance for a card and for a note, and least probability of self-harm for its card and its note.
        reliability: for each rule ("RF-01 r3") the logarithm of how much oftener it is right than wrong.
    """

    ids: tuple[str, ...]
    weights: Array
    bias: Array
    judge: Array
    limits: tuple[float, float, float, float]
    reliability: dict[str, float]

    def probabilities(self, reading: Reading) -> Array:
        """float32 [flags]: the highest probability of each flag over the message's pieces and the whole."""
        highest: Array = softmax(_vectors(reading) @ self.weights.T + self.bias).max(axis=0)[:-1]
        return highest

    def __call__(self, reading: Reading, raised: Sequence[Raised]) -> Judgement:
        """Judges a message."""
        likely = self.probabilities(reading)
        features = _features(reading.text, raised, likely, self.ids, self.reliability)
        chance = float(sigmoid(features @ self.judge[:-1] + self.judge[-1]))
        order = np.argsort(-likely, kind="stable")
        named = [self.ids[i] for i in order if likely[i] >= _ALSO] or ([] if raised else [self.ids[order[0]]])
        card, note, self_harm_card, self_harm_note = self.limits
        self_harm = float(likely[self.ids.index(_SELF_HARM)]) if _SELF_HARM in self.ids else 0.0
        sure = chance >= card or self_harm >= self_harm_card or any(
            r.words <= _CLOSE and self.reliability.get(_key(r), 0.0) >= _RELIABLE for r in raised)
        if self_harm >= self_harm_note:
            named = list(dict.fromkeys([_SELF_HARM, *named]))
        return Judgement(sure, chance >= note or self_harm >= self_harm_note, tuple(named))


def _vectors(reading: Reading) -> Array:
    return np.vstack([reading.whole[None], reading.embeddings]) if len(reading.pieces) > 1 else reading.whole[None]


def _key(found: Raised) -> str:
    return f"{found.flag} {found.rule}"


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return float(np.log(p / (1 - p)))


def _features(text: str, raised: Sequence[Raised], likely: Array, ids: Sequence[str], reliability: dict[str, float]) -> Array:
    """float32 [9]: by meaning, by rules, and by how long the message is, in which words stand near each other by chance."""
    words = float(np.log(len(text.split()) + 1) - 3)
    highest = _logit(float(likely.max()))
    flags = {found.flag for found in raised}
    own = _logit(max(float(likely[ids.index(flag)]) for flag in flags if flag in ids)) if flags & set(ids) else _logit(0.0)
    rules = {_key(found) for found in raised}
    return np.array([
        highest, own, bool(raised), max((reliability.get(rule, 0.0) for rule in rules), default=0.0), np.log1p(len(rules)),
        any(found.firm for found in raised), words, words * bool(raised), words * highest], np.float32)


def _fit(positives: Sequence[tuple[int, Array]], negatives: Array, flags: int) -> tuple[Array, Array]:
    """Weights and bias with one row a flag and a last row for none.

    A long message says its flag in one of its sentences: in a second round the sentence that the first round found speaks for
    it. Of the negatives, those that the first round took for a flag count, and some others.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(0)
    some = negatives[draw.permutation(len(negatives))[:_HARD]]
    rows, labels = [vectors[:1] for _, vectors in positives], [[flag] for flag, _ in positives]

    def fit(against: Array) -> LogisticRegression:
        x = np.vstack([*rows, against])
        y = np.concatenate([*labels, np.full(len(against), flags)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # going on changes no decision
            return LogisticRegression(C=_STRENGTH, max_iter=80).fit(x, y)

    first = fit(some)
    for flag, vectors in positives:
        if len(vectors) > 1:
            best = int(first.predict_proba(vectors[1:])[:, flag].argmax())
            rows.append(vectors[1 + best][None])
            labels.append([flag])
    taken = 1 - first.predict_proba(negatives)[:, flags]
    hard = np.argsort(-taken, kind="stable")[:_HARD]
    second = fit(np.vstack([negatives[hard], negatives[draw.permutation(len(negatives))[:_ANY]]]))
    return second.coef_.astype(np.float32), second.intercept_.astype(np.float32)


def train(examples: Sequence[Example], say: Callable[[str], None] = lambda line: None) -> SemanticLayer:
    """Fits the layer; the same examples give the same layer.

    Args:
        examples: messages with and without a flag.
        say: told about progress.
    """
    ids = tuple(sorted({example.flag for example in examples if example.flag}))
    vectors = [_vectors(example.reading) for example in examples]
    fold = np.random.default_rng(0).permutation(len(examples)) % _FOLDS
    likely = np.zeros((len(examples), len(ids)), np.float32)

    def fit(chosen: Sequence[int]) -> tuple[Array, Array]:
        positives = [(ids.index(flag), vectors[i]) for i in chosen if (flag := examples[i].flag)]
        return _fit(positives, np.vstack([vectors[i] for i in chosen if not examples[i].flag]), len(ids))

    for number in range(_FOLDS):
        say(f"Red flags by meaning: held-out fold {number + 1} of {_FOLDS} ...")
        weights, bias = fit(np.flatnonzero(fold != number).tolist())
        for row in np.flatnonzero(fold == number):
            likely[row] = softmax(vectors[row] @ weights.T + bias).max(axis=0)[:-1]
    say("Red flags by meaning: whole layer ...")
    weights, bias = fit(range(len(examples)))

    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for example in examples:
        for rule in {_key(found) for found in example.raised}:
            (right if example.flag else wrong)[rule] += 1
    share = sum(bool(example.flag) for example in examples) / len(examples)

    def reliability(leave: Example | None) -> dict[str, float]:
        rules = {_key(found) for found in leave.raised} if leave else {*right, *wrong}
        hit, miss = (int(bool(leave.flag)), int(not leave.flag)) if leave else (0, 0)
        return {rule: float(np.log((right[rule] - hit + 0.5) / ((wrong[rule] - miss) * 10 * share + 0.5))) for rule in rules}

    features = np.vstack([_features(example.reading.text, example.raised, row, ids, reliability(example))
                          for example, row in zip(examples, likely, strict=True)])
    wanted = np.array([bool(example.flag) for example in examples])
    weight = np.array([(2.0 if example.fresh else 0.7) if example.flag else (1.5 if example.fresh else 1.0) for example in examples])
    judge = logistic(features, wanted, weight)[0]
    chance = sigmoid(features @ judge[:-1] + judge[-1])
    questions = [i for i, example in enumerate(examples) if example.question]
    self_harm = likely[questions, ids.index(_SELF_HARM)] if _SELF_HARM in ids else np.ones(1)
    limits = (float(np.quantile(chance[questions], 1 - FALSE_CARDS)), float(np.quantile(chance[questions], 1 - FALSE_NOTES)),
              float(np.quantile(self_harm, 1 - FALSE_SELF_HARM[0])), float(np.quantile(self_harm, 1 - FALSE_SELF_HARM[1])))
    return SemanticLayer(ids, weights, bias, judge, limits, reliability(None))


def save(layer: SemanticLayer, path: Path, fingerprint: str) -> None:
    """Writes the layer as a whole, with the fingerprint of what it was trained from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name("new.npz")
    np.savez(scratch, ids=np.array(layer.ids), weights=layer.weights, bias=layer.bias, judge=layer.judge, limits=np.array(layer.limits),
             rules=np.array(list(layer.reliability)), reliability=np.array(list(layer.reliability.values())), fingerprint=np.array(fingerprint))
    scratch.replace(path)


def load(path: Path, fingerprint: str) -> SemanticLayer:
    """Reads a saved layer.

    Raises:
        CandorError: there is none, it cannot be read, or it was built from another table of red flags.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if str(arrays["fingerprint"]).split()[0] != fingerprint.split()[0]:
                raise CandorError("The semantic layer was built from another table of red flags.", "Run `candor build`.")
            reliability = dict(zip(arrays["rules"].tolist(), arrays["reliability"].tolist(), strict=True))
            card, note, *self_harm = arrays["limits"].tolist()
            return SemanticLayer(tuple(arrays["ids"].tolist()), arrays["weights"], arrays["bias"], arrays["judge"],
                                 (card, note, self_harm[0], self_harm[1]), reliability)
    except (OSError, ValueError, KeyError):
        raise CandorError("The semantic layer of the red flags is not built.", "Run `candor build`.") from None


def fingerprint_of(path: Path) -> str:
    """The fingerprint that a saved layer carries; empty when there is none."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return str(arrays["fingerprint"])
    except (OSError, ValueError, KeyError):
        return ""


def fingerprint(table: str, *parts: str) -> str:
    """Two SHA-256: of the table, by which rules are numbered, and of everything that a layer is trained from."""
    settings = json.dumps([table, *parts, FALSE_CARDS, FALSE_NOTES, FALSE_SELF_HARM, _RELIABLE, _CLOSE, _ALSO, _FOLDS, _HARD, _ANY, _STRENGTH])
    return f"{hashlib.sha256(table.encode()).hexdigest()} {hashlib.sha256(settings.encode()).hexdigest()}"
