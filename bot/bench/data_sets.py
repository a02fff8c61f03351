"""The labelled messages that pipelines are compared on: the project's own, and three public benchmarks from a folder a person names.

The benchmarks' texts stay in memory and in the run's temporary folder; they must never be written into the repository.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import CandorError

ASK = "ask_"
OFF_TOPIC = "out_of_scope"
#: Every sample is drawn with it, so that two runs measure the same examples.
SEED = 1
#: Examples an intent in the public benchmarks' few-shot setting (Casanueva et al. 2020, "Efficient Intent Detection").
PUBLIC_SHOTS = 10
OWN = "own"
PUBLIC = ("banking77", "clinc150", "hwu64")
_LAYOUT = "The folder must hold banking77/train.csv and test.csv, clinc150/data_full.json, hwu64/train_10 and hwu64/test with seq.in and label."


@dataclass(frozen=True)
class Example:
    """A labelled message; ``topics`` are all topics a training example of the project asks about, the first one first."""

    text: str
    intent: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataSet:
    """What a pipeline is trained and tested on.

    Attributes:
        name: as in ``--only``.
        title: as in the report.
        train: training examples.
        test: messages with the intent wanted; :data:`OFF_TOPIC` for what is not the assistant's business.
    """

    name: str
    title: str
    train: tuple[Example, ...]
    test: tuple[Example, ...]


def few_shot(examples: Iterable[Example], shots: int) -> list[Example]:
    """At most ``shots`` examples of each intent, drawn at random for each intent by itself; in the order given."""
    groups: dict[str, list[int]] = {}
    listed = list(examples)
    for number, example in enumerate(listed):
        groups.setdefault(example.intent, []).append(number)
    taken = set()
    for intent, numbers in groups.items():
        draw = random.Random(f"{SEED} {intent}")  # noqa: S311  # nosec B311: a repeatable sample, not a secret
        taken.update(draw.sample(numbers, min(shots, len(numbers))))
    return [example for number, example in enumerate(listed) if number in taken]


def thin(examples: Sequence[Example], limit: int) -> list[Example]:
    """At most ``limit`` examples (one more at most), drawn at random, in scope and off topic in the proportion they stand in."""
    if len(examples) <= limit:
        return list(examples)
    taken: set[int] = set()
    for wanted in (True, False):
        numbers = [number for number, example in enumerate(examples) if (example.intent == OFF_TOPIC) is wanted]
        share = min(len(numbers), max(1, round(limit * len(numbers) / len(examples))))
        draw = random.Random(f"{SEED} {wanted}")  # noqa: S311  # nosec B311
        taken.update(draw.sample(numbers, share))
    return [example for number, example in enumerate(examples) if number in taken]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CandorError(f"{path} cannot be read.", _LAYOUT) from None


def _checked(path: Path, examples: list[Example]) -> list[Example]:
    if not examples or any(not example.text.strip() or example.intent == ASK for example in examples):
        raise CandorError(f"{path} holds no labelled messages, or one without its text or label.", _LAYOUT)
    return examples


def _banking(path: Path) -> list[Example]:
    rows = list(csv.reader(io.StringIO(_text(path))))
    if not rows or rows[0] != ["text", "category"] or any(len(row) != 2 for row in rows):
        raise CandorError(f"{path} is not a table with the columns text and category.", _LAYOUT)
    return _checked(path, [Example(text, ASK + intent) for text, intent in rows[1:]])


def read_banking77(folder: Path, shots: int) -> DataSet:
    """BANKING77: ``shots`` examples an intent from its training set, tested on its test set."""
    here = folder / "banking77"
    return DataSet("banking77", "BANKING77", tuple(few_shot(_banking(here / "train.csv"), shots)), tuple(_banking(here / "test.csv")))


def read_clinc150(folder: Path, shots: int) -> DataSet:
    """CLINC150: ``shots`` an intent and all of oos_train as off topic, tested on test and oos_test."""
    path = folder / "clinc150" / "data_full.json"
    try:
        data: Any = json.loads(_text(path))
        parts = {name: [(str(text), str(intent)) for text, intent in data[name]] for name in ("train", "oos_train", "test", "oos_test")}
    except (ValueError, KeyError, TypeError):
        raise CandorError(f"{path} is not an object with train, oos_train, test and oos_test.", _LAYOUT) from None
    inside = {name: _checked(path, [Example(text, ASK + intent) for text, intent in parts[name]]) for name in ("train", "test")}
    outside = {name: _checked(path, [Example(text, OFF_TOPIC) for text, _ in parts[name]]) for name in ("oos_train", "oos_test")}
    return DataSet("clinc150", "CLINC150", (*few_shot(inside["train"], shots), *outside["oos_train"]), (*inside["test"], *outside["oos_test"]))


def _hwu(folder: Path) -> list[Example]:
    texts, labels = (_text(folder / name).removesuffix("\n").split("\n") for name in ("seq.in", "label"))
    if len(texts) != len(labels):
        raise CandorError(f"{folder} has {len(texts)} messages and {len(labels)} labels.", _LAYOUT)
    return _checked(folder, [Example(text, ASK + intent.strip()) for text, intent in zip(texts, labels, strict=True)])


def read_hwu64(folder: Path, shots: int) -> DataSet:
    """HWU64 in its 10-example split; fewer ``shots`` are drawn from it."""
    return DataSet("hwu64", "HWU64", tuple(few_shot(_hwu(folder / "hwu64" / "train_10"), shots)), tuple(_hwu(folder / "hwu64" / "test")))


_READERS: dict[str, Callable[[Path, int], DataSet]] = {"banking77": read_banking77, "clinc150": read_clinc150, "hwu64": read_hwu64}


def read_public(folder: Path, names: Iterable[str], shots: int) -> list[DataSet]:
    """The public benchmarks of these names.

    Raises:
        CandorError: the folder is missing or not laid out as expected.
    """
    if not folder.is_dir():
        raise CandorError(f"{folder} is not a folder.", _LAYOUT)
    return [_READERS[name](folder, shots) for name in names]


def read_own(shots: int) -> DataSet:
    """The project's examples, ``shots`` an intent, tested on the development posts and consultations by their primary topic.

    Raises:
        CandorError: a file of posts is wrong.
    """
    from bot.cross_validation import read_examples
    from bot.evaluation import read_posts
    from bot.knowledge.loader import load_once
    from bot.paths import CONTENT, ROOT

    known = set(load_once(CONTENT).topics)
    posts = [post for name in ("posts", "consultations") for post in read_posts(ROOT / "tests" / "understanding" / f"{name}.jsonl", known)]
    test = [Example(post.message, OFF_TOPIC if post.kind == "off_topic" else ASK + post.topics[0]) for post in posts if post.kind != "smalltalk"]
    return DataSet(OWN, "own", tuple(few_shot((Example(*example) for example in read_examples()), shots)), tuple(test))


def write_yaml(data: Any, path: Path) -> None:
    """Writes plain values as YAML."""
    path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), encoding="utf-8")


def write_training(examples: Iterable[Example], path: Path) -> None:
    """Writes examples as Rasa training data.

    Square brackets and braces become round ones: Rasa would read them as marks of entities.
    """
    rounded = str.maketrans("[]{}", "()()")
    blocks: dict[str, list[dict[str, Any]]] = {}
    for example in examples:
        entry: dict[str, Any] = {"text": example.text.strip().translate(rounded)}
        if example.topics:
            entry["metadata"] = {"topics": list(example.topics)}
        blocks.setdefault(example.intent, []).append(entry)
    write_yaml({"version": "3.1", "nlu": [{"intent": intent, "examples": entries} for intent, entries in blocks.items()]}, path)
