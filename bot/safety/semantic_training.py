"""Fits the layer of :mod:`bot.safety.semantic` to labelled messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.language.folds import fit_each
from bot.language.linear import logistic, sigmoid
from bot.language.message import Reading
from bot.safety.readers import Signals, fit
from bot.safety.rules import Raised
from bot.safety.semantic import SELF_HARM, SemanticLayer, features, key

#: Share of held-out ordinary questions for which a card may come first and alone, and for which a note may be shown by meaning alone.
FALSE_CARDS = 0.015
FALSE_NOTES = 0.12
#: The same for a card and for a note on self-harm by meaning alone: a miss is worst there, and to a sad person the line does no harm.
FALSE_SELF_HARM = (0.002, 0.03)
_FOLDS = 4
#: So many neighbours in a list are held out together: mostly they are by one writer, who must not be known already.
_TOGETHER = 16


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


def train(examples: Sequence[Example], say: Callable[[str], None] = lambda line: None) -> SemanticLayer:
    """Fits the layer; the same examples give the same layer.

    Args:
        examples: messages with and without a flag; those by one writer next to each other.
        say: told about progress.
    """
    ids = tuple(sorted({example.flag for example in examples if example.flag}))
    label = np.array([ids.index(example.flag) if example.flag else len(ids) for example in examples])
    readings = [example.reading for example in examples]
    fold = np.arange(len(examples)) // _TOGETHER % _FOLDS
    signals: dict[int, Signals] = {}
    say(f"Red flags by meaning: fitting {_FOLDS} held-out folds and the whole ...")
    jobs = [([readings[i] for i in seen], label[seen], len(ids)) for seen in (np.flatnonzero(fold != number) for number in range(_FOLDS))]
    fitted = fit_each(fit, [*jobs, (readings, label, len(ids))], len(examples))
    for number in range(_FOLDS):
        readers = next(fitted)
        signals.update({int(i): readers(readings[i]) for i in np.flatnonzero(fold == number)})
        say(f"Red flags by meaning: held-out fold {number + 1} of {_FOLDS} done")
    readers = next(fitted)

    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for example in examples:
        for rule in {key(found) for found in example.raised}:
            (right if example.flag else wrong)[rule] += 1
    share = sum(bool(example.flag) for example in examples) / len(examples)

    def reliability(leave: Example | None) -> dict[str, float]:
        rules = {key(found) for found in leave.raised} if leave else {*right, *wrong}
        hit, miss = (int(bool(leave.flag)), int(not leave.flag)) if leave else (0, 0)
        return {rule: float(np.log((right[rule] - hit + 0.5) / ((wrong[rule] - miss) * 10 * share + 0.5))) for rule in rules}

    rows = np.vstack([features(example.reading.text, example.raised, signals[i], ids, reliability(example))
                      for i, example in enumerate(examples)])
    weight = np.array([(2.0 if example.fresh else 0.7) if example.flag else (1.5 if example.fresh else 1.0) for example in examples])
    judge = logistic(rows, label < len(ids), weight)[0]
    chance = sigmoid(rows @ judge[:-1] + judge[-1])
    questions = [i for i, example in enumerate(examples) if example.question]
    self_harm = np.array([signals[i].meaning[ids.index(SELF_HARM)] if SELF_HARM in ids else 1.0 for i in questions])
    limits = (float(np.quantile(chance[questions], 1 - FALSE_CARDS)), float(np.quantile(chance[questions], 1 - FALSE_NOTES)),
              float(np.quantile(self_harm, 1 - FALSE_SELF_HARM[0])), float(np.quantile(self_harm, 1 - FALSE_SELF_HARM[1])))
    return SemanticLayer(ids, readers, judge, limits, reliability(None))
