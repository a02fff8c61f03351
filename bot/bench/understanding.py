"""Trains a pipeline on a data set and measures it: accuracy, off-topic recall, time and memory, each step in a fresh process."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.bench.data_sets import OFF_TOPIC, OWN, DataSet, Example, write_training, write_yaml
from bot.bench.pipelines import OURS, Pipeline, configuration
from bot.bench.processes import MeasurementError, work

#: Answers that say a message was recognised as none of the assistant's business.
_REFUSALS = (OFF_TOPIC, "nlu_fallback")
#: Most seconds for training one pipeline on one data set, and for parsing its test messages.
TRAIN_LIMIT = 2 * 3600.0
_PARSE_LIMIT = 1800.0
_MB = 1024 * 1024


def percentile(times: Sequence[float], share: float) -> float:
    """The value below which this share of the times lies; 0.5 is the median."""
    ordered = sorted(times)
    return statistics.median(ordered) if share == 0.5 else ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def score(test: Sequence[Example], intents: Sequence[str]) -> dict[str, Any]:
    """Accuracy in scope and recall of off-topic messages, as shares; None where there is nothing to measure."""
    pairs = list(zip(test, intents, strict=True))
    inside = [intent == example.intent for example, intent in pairs if example.intent != OFF_TOPIC]
    outside = [intent in _REFUSALS for example, intent in pairs if example.intent == OFF_TOPIC]
    return {"in_scope": len(inside), "off_topic": len(outside),
            "accuracy": sum(inside) / len(inside) if inside else None,
            "off_topic_recall": sum(outside) / len(outside) if outside else None}


def _parsed(model: str, test: Sequence[Example], scratch: Path) -> dict[str, Any]:
    found = work({"do": "parse", "model": model, "texts": [example.text for example in test]}, scratch, _PARSE_LIMIT)
    return {
        "load_seconds": found["load_seconds"], **score(test, found["intents"]),
        "p50_ms": percentile(found["ms"], 0.5), "p95_ms": percentile(found["ms"], 0.95), "rss_mb": found["rss_mb"],
    }


def measure(pipeline: Pipeline, data: DataSet, quick: bool, scratch: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """One row of the comparison; a measurement that fails gives a row that says why."""
    row: dict[str, Any] = {"pipeline": pipeline.name, "data_set": data.name, "examples": len(data.train), "tested": len(data.test)}
    here = scratch / f"{pipeline.name}-{data.name}"
    here.mkdir()
    try:
        config, nlu = here / "config.yml", here / "nlu.yml"
        write_yaml(configuration(pipeline.components, quick), config)
        write_training(data.train, nlu)
        say(f"Bench: {pipeline.title}, {data.title}: training on {len(data.train)} examples ...")
        trained = work({"do": "train", "config": str(config), "nlu": str(nlu), "output": str(here / "model")}, here / "train", TRAIN_LIMIT)
        row |= {"train_seconds": trained["train_seconds"], "model_mb": trained["model_bytes"] / _MB, "beside_mb": pipeline.beside_bytes() / _MB}
        say(f"Bench: {pipeline.title}, {data.title}: trained in {trained['train_seconds']:.0f} s; parsing {len(data.test)} messages ...")
        row |= _parsed(trained["model"], data.test, here / "parse")
    except MeasurementError as error:
        row["failed"] = str(error)
        say(f"Bench: {pipeline.title}, {data.title}: failed. {error}")
    finally:
        shutil.rmtree(here, ignore_errors=True)
    return row


def measure_shipped(pipeline: Pipeline, data: DataSet, scratch: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """The same row for the shipped model, which was trained on all examples; a model that is out of date is not measured."""
    from bot.build import MODEL, is_trained
    from bot.cross_validation import read_examples

    row: dict[str, Any] = {"pipeline": f"{OURS}_all", "data_set": OWN, "examples": len(read_examples()), "tested": len(data.test)}
    if not is_trained():
        return row | {"failed": "Skipped: the model is not trained or not up to date; run `candor train` first."}
    say(f"Bench: the shipped model, {data.title}: parsing {len(data.test)} messages ...")
    row |= {"model_mb": MODEL.stat().st_size / _MB, "beside_mb": pipeline.beside_bytes() / _MB}
    here = scratch / "shipped"
    try:
        return row | _parsed(str(MODEL), data.test, here)
    except MeasurementError as error:
        return row | {"failed": str(error)}
    finally:
        shutil.rmtree(here, ignore_errors=True)
