"""The judgement of a message by its meaning: it may add a red flag, and tells how sure the rules' findings are. It removes none.

What three readers (:mod:`bot.safety.readers`) make of a message enters, with what the rules found, one logistic regression, fitted
on held-out folds: the chance that a care card is due. From ``sure`` on the card comes first and alone; below, what the rules found
is still said, in front of the answer. Saved as ``.npz`` without texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.errors import CandorError
from bot.language.linear import sigmoid
from bot.language.message import Reading
from bot.safety.readers import Readers, Signals
from bot.safety.rules import Raised

Array = NDArray[np.float32]

SELF_HARM = "RF-14"
#: From this probability on a flag is named beside those that the rules found.
_ALSO = 0.5
#: A decision value of spelling beyond this says no more.
_PLAIN = 4.0


@dataclass(frozen=True)
class Judgement:
    """What the layer makes of a message.

    Attributes:
        sure: whether a card is due, first and alone.
        maybe: whether one is worth a note.
        likely: the likeliest flag, unless rules found some, and others whose probability is high; the likeliest first.
    """

    sure: bool
    maybe: bool
    likely: tuple[str, ...]


@dataclass(frozen=True)
class SemanticLayer:
    """The trained layer.

    Attributes:
        ids: flag ids in the order of the readers' rows.
        readers: what the message says.
        judge: float32 [features + 1], bias last.
        limits: least chance for a card and for a note, and least probability of self-harm for its card and its note.
        reliability: for each rule ("RF-01 r3") the logarithm of how much oftener it is right than wrong.
    """

    ids: tuple[str, ...]
    readers: Readers
    judge: Array
    limits: tuple[float, float, float, float]
    reliability: dict[str, float]

    def __call__(self, reading: Reading, raised: Sequence[Raised]) -> Judgement:
        """Judges a message."""
        signals = self.readers(reading)
        likely = signals.meaning
        row = features(reading.text, raised, signals, self.ids, self.reliability)
        chance = float(sigmoid(row @ self.judge[:-1] + self.judge[-1]))
        order = np.argsort(-np.log(likely + 1e-3) - signals.spelling[:-1], kind="stable")
        named = [self.ids[i] for place, i in enumerate(order) if likely[i] >= _ALSO or (place == 0 and not raised)]
        card, note, self_harm_card, self_harm_note = self.limits
        self_harm = float(likely[self.ids.index(SELF_HARM)]) if SELF_HARM in self.ids else 0.0
        if self_harm >= self_harm_note:
            named = list(dict.fromkeys([SELF_HARM, *named]))
        return Judgement(chance >= card or self_harm >= self_harm_card, chance >= note or self_harm >= self_harm_note, tuple(named))


def key(found: Raised) -> str:
    """The name of a rule, such as "RF-01 r3"."""
    return f"{found.flag} {found.rule}"


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return float(np.log(p / (1 - p)))


def features(text: str, raised: Sequence[Raised], signals: Signals, ids: Sequence[str], reliability: dict[str, float]) -> Array:
    """float32 [17]: what the readers and the rules say, and how long the message is, as in a long one words meet by chance."""
    words = float(np.log(len(text.split()) + 1) - 3)
    found = [ids.index(flag) for flag in {one.flag for one in raised} if flag in ids]
    rules = {key(one) for one in raised}
    highest = _logit(float(signals.meaning.max()))
    own = _logit(max((float(signals.meaning[i]) for i in found), default=0.0))
    spelt = np.clip(signals.spelling[:-1] - signals.spelling[-1], -_PLAIN, _PLAIN)
    flagged, quiet = signals.near
    return np.array([
        highest, own, bool(raised), max((reliability.get(rule, 0.0) for rule in rules), default=0.0), np.log1p(len(rules)),
        any(one.firm for one in raised), words, words * bool(raised), words * highest,
        spelt.max(), max((spelt[i] for i in found), default=-2.0), np.clip(signals.spelling[-1], -_PLAIN, _PLAIN),
        spelt[signals.meaning.argmax()], words * spelt.max(),
        flagged, flagged - quiet, words * (flagged - quiet)], np.float32)


def save(layer: SemanticLayer, path: Path, fingerprint: str) -> None:
    """Writes the layer as a whole, with the fingerprint of what it was trained from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name("new.npz")
    readers = {f"readers_{part.name}": getattr(layer.readers, part.name).astype(np.float16) for part in fields(Readers)}
    np.savez(scratch, ids=np.array(layer.ids), judge=layer.judge, limits=np.array(layer.limits), rules=np.array(list(layer.reliability)),
             reliability=np.array(list(layer.reliability.values())), fingerprint=np.array(fingerprint), **readers)
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
            readers = Readers(**{part.name: arrays[f"readers_{part.name}"].astype(np.float32) for part in fields(Readers)})
            return SemanticLayer(tuple(arrays["ids"].tolist()), readers, arrays["judge"], (card, note, self_harm[0], self_harm[1]), reliability)
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
    return " ".join(hashlib.sha256(text.encode()).hexdigest() for text in (table, "\0".join((table, *parts))))
