"""One measurement in a process of its own: ``python -m bot.bench.worker JOB.json`` trains a model, or loads one and parses messages.

Imports are made before the clock starts. The result is written to the file that the job names; standard output is for Rasa.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from bot.bench.processes import memory_mb

_WARM_UP = 20


def _import_everything() -> None:
    """Imports what training and parsing would otherwise import on the clock."""
    import importlib

    for name in ("rasa.model_training", "rasa.core.agent", "rasa.engine.recipes.default_components", "tensorflow", "sklearn.linear_model",
                 "sklearn.model_selection", "spacy", "onnxruntime", "bot.nlu.details_extractor", "bot.nlu.topic_classifier"):
        importlib.import_module(name)
    from bot.rasa_quiet import settle_logging

    settle_logging()


def train(job: dict[str, Any]) -> dict[str, Any]:
    """Trains a model from ``config``, ``nlu`` and ``output``; with a ``domain`` a whole bot, else its NLU part."""
    import rasa.model_training

    started = time.perf_counter()
    if job.get("domain"):
        model = rasa.model_training.train(
            domain=job["domain"], config=job["config"], training_files=[job["nlu"]], output=job["output"], fixed_model_name="model",
            force_training=True).model
    else:
        model = rasa.model_training.train_nlu(config=job["config"], nlu_data=job["nlu"], output=job["output"], fixed_model_name="model")
    seconds = time.perf_counter() - started
    if not model:
        raise RuntimeError("Rasa made no model")
    return {"model": model, "train_seconds": seconds, "model_bytes": Path(model).stat().st_size}


async def _parse(agent: Any, texts: list[str]) -> tuple[list[str], list[float]]:
    intents, times = [], []
    for text in texts:
        started = time.perf_counter()
        parsed = await agent.parse_message(text)
        times.append((time.perf_counter() - started) * 1000)
        intents.append(str(parsed["intent"]["name"]))
    return intents, times


def parse(job: dict[str, Any]) -> dict[str, Any]:
    """Loads ``model`` and parses ``texts`` one at a time, after a few that are not counted."""
    from rasa.core.agent import Agent

    started = time.perf_counter()
    agent = Agent.load(job["model"])
    loaded = time.perf_counter() - started
    asyncio.run(_parse(agent, job["texts"][:_WARM_UP]))
    intents, times = asyncio.run(_parse(agent, job["texts"]))
    return {"load_seconds": loaded, "intents": intents, "ms": times, "rss_mb": memory_mb()}


def main() -> None:
    """Entry point."""
    job: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    _import_everything()
    result = {"train": train, "parse": parse}[job["do"]](job)
    Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
