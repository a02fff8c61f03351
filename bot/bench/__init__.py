"""Compares our pipeline with stock Rasa on the same data, and our server with a stock bot, in one run.

Every measurement is a fresh process that is ended by its own id. Nothing of the public benchmarks outlives the run.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.bench import http_path, understanding
from bot.bench.data_sets import OFF_TOPIC, OWN, PUBLIC, PUBLIC_SHOTS, DataSet, Example, read_own, read_public, thin
from bot.bench.pipelines import OURS, STOCK, compared_pipelines
from bot.bench.processes import ended_like_an_interrupt
from bot.errors import CandorError

HTTP = "http"
PARTS = (OWN, *PUBLIC, HTTP)
_QUICK_SHOTS, _QUICK_LIMIT = 3, 60


@dataclass(frozen=True)
class Options:
    """What to measure.

    Attributes:
        posts: file of the posts that are sent over HTTP.
        data: folder of the public benchmarks; without it they are left out.
        shots: own training examples an intent.
        public_shots: training examples an intent of the public benchmarks.
        limit: most test messages of a data set, and most posts over HTTP.
        only: names of :data:`PARTS`; empty for all.
        quick: few examples, epochs and messages, to try the command.
    """

    posts: Path
    data: Path | None = None
    shots: int = 20
    limit: int = 2000
    public_shots: int = PUBLIC_SHOTS
    only: tuple[str, ...] = ()
    quick: bool = False

    def check(self) -> None:
        """Refuses what cannot be measured.

        Raises:
            CandorError: saying what is wrong.
        """
        if self.shots < 2 or self.public_shots < 2:
            raise CandorError("--shots and --public-shots must be 2 or more.")
        if self.limit < 2:
            raise CandorError("--limit must be 2 or more.")
        if self.data is None and (wanted := [name for name in self.only if name in PUBLIC]):
            raise CandorError(f"{wanted[0]} needs the folder of the benchmarks.", "Name it with --data.")


def _read(options: Options, shots: int, public_shots: int) -> tuple[DataSet, list[DataSet]]:
    """The own data set, and all that are to be compared."""
    wanted = options.only or PARTS
    public = read_public(options.data, [name for name in PUBLIC if name in wanted], public_shots) if options.data else []
    own = read_own(shots)
    return own, [*([own] if OWN in wanted else []), *public]


def _posts(options: Options, limit: int) -> list[str]:
    from bot.evaluation import read_posts
    from bot.knowledge.loader import load_once
    from bot.paths import CONTENT

    posts = read_posts(options.posts, set(load_once(CONTENT).topics))
    return [example.text for example in thin([Example(post.message, OFF_TOPIC if post.kind == "off_topic" else "") for post in posts], limit)]


def _describe(data: DataSet) -> dict[str, Any]:
    off_topic = sum(example.intent == OFF_TOPIC for example in data.test)
    return {"name": data.name, "title": data.title, "examples": len(data.train), "intents": len({example.intent for example in data.train}),
            "in_scope": len(data.test) - off_topic, "off_topic": off_topic}


def bench(options: Options, say: Callable[[str], None], keep: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Runs the measurements.

    Args:
        options: what to measure.
        say: told about progress.
        keep: given all figures so far after every measurement, so that a broken run loses nothing.

    Returns:
        The figures, ready for JSON and for :func:`bot.bench.report.markdown`.

    Raises:
        CandorError: the options or the data are wrong. A measurement that fails is a row that says so.
    """
    options.check()
    shots = min(options.shots, _QUICK_SHOTS) if options.quick else options.shots
    public_shots = min(options.public_shots, _QUICK_SHOTS) if options.quick else options.public_shots
    limit = min(options.limit, _QUICK_LIMIT) if options.quick else options.limit
    own, sets = _read(options, shots, public_shots)
    sets = [DataSet(data.name, data.title, data.train, tuple(thin(data.test, limit))) for data in sets]
    messages = _posts(options, limit) if not options.only or HTTP in options.only else []
    compared = {pipeline.name: pipeline for pipeline in compared_pipelines()}
    figures: dict[str, Any] = {
        "conditions": {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version(), "rasa": version("rasa"),
                       "load": os.getloadavg()[0], "quick": options.quick, "shots": shots, "public_shots": public_shots, "limit": limit,
                       "finished": False},
        "pipelines": {OURS: "ours", f"{OURS}_all": "ours, all examples (as shipped)", **{p.name: p.title for p in compared.values()}},
        "bots": {OURS: "ours (as shipped)", STOCK: "stock Rasa bot"},
        "data_sets": [_describe(data) for data in sets],
        "understanding": [],
    }
    with tempfile.TemporaryDirectory(prefix="candor-bench-") as folder, ended_like_an_interrupt():
        scratch = Path(folder)
        for data in sets:
            for pipeline in compared.values():
                figures["understanding"].append(understanding.measure(pipeline, data, options.quick, scratch, say))
                keep(figures)
            if data.name == OWN:
                figures["understanding"].append(understanding.measure_shipped(compared[OURS], data, scratch, say))
                keep(figures)
        if messages:
            figures["http"] = http_path.measure(messages, compared[STOCK], own, options.quick, scratch, say)
    figures["conditions"]["finished"] = True
    keep(figures)
    return figures
