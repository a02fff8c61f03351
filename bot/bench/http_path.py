"""Measures the whole path over HTTP on loopback, of our server and of a stock Rasa bot: start-up, memory, time, messages per second.

Every message goes into a conversation of its own; opening and forgetting conversations is not on the clock.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import statistics
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.bench.data_sets import DataSet
from bot.bench.pipelines import OURS, STOCK, Pipeline
from bot.bench.processes import MeasurementError, children, environment, last_line, memory_mb, running, work
from bot.bench.stock_bot import write_project
from bot.bench.understanding import TRAIN_LIMIT, percentile
from bot.paths import ROOT

_START_LIMIT = 300.0
#: Most seconds that all messages to one server may take; what is not sent by then counts as failed.
_ASK_LIMIT = 1800.0
_MESSAGE_LIMIT = 30.0
_CLIENTS = 8
_WARM_UP = 20
#: Passes over the posts; the middle one counts, because another process may disturb one.
_ROUNDS = 3
_FAULTS = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError)


class Visitor(ABC):
    """A kept-open connection, opened anew after a fault."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_MESSAGE_LIMIT)

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        try:
            self._connection.request("POST", path, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            data = answer.read()
        except _FAULTS:
            self._connection.close()
            raise
        if answer.status not in (200, 201):
            raise ValueError(f"status {answer.status}")
        return json.loads(data)

    @abstractmethod
    def open(self) -> str:
        """Begins a conversation."""

    @abstractmethod
    def ask(self, conversation: str, message: str) -> bool:
        """Sends a message; whether there was anything in the reply.

        Raises:
            OSError, HTTPException, ValueError, KeyError, TypeError: there was no reply, or not one of the agreed shape.
        """

    @abstractmethod
    def forget(self, conversation: str) -> None:
        """Ends a conversation."""


class OurVisitor(Visitor):
    """Speaks to the project's own JSON door."""

    def open(self) -> str:
        """See the parent class."""
        return str(self._post("/chat/new", {})["conversation"])

    def ask(self, conversation: str, message: str) -> bool:
        """See the parent class."""
        reply = self._post("/chat", {"conversation": conversation, "message": message})
        if reply["outcome"] == "unavailable":
            raise ValueError("unavailable")
        return bool(reply["text"])

    def forget(self, conversation: str) -> None:
        """See the parent class."""
        self._post("/chat/forget", {"conversation": conversation})


class StockVisitor(Visitor):
    """Speaks to Rasa's stock REST channel."""

    def open(self) -> str:
        """A sender of its own; the channel knows no opening."""
        return secrets.token_hex(16)

    def ask(self, conversation: str, message: str) -> bool:
        """See the parent class."""
        replies = self._post("/webhooks/rest/webhook", {"sender": conversation, "message": message})
        return any(reply.get("text") for reply in replies)

    def forget(self, conversation: str) -> None:
        """Nothing to do: the channel knows no end of a conversation."""


@dataclass(frozen=True)
class Bot:
    """A server to measure.

    Attributes:
        name: its key in the figures.
        command: starts it, without the port.
        folder: where it is started.
        variables: its environment.
        ready: a path that answers 200 once the bot can answer.
        visitor: makes a client.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]
    ready: str
    visitor: Callable[[int], Visitor]


@dataclass
class _Pass:
    """What came of sending messages once."""

    times: list[float]
    failures: int = 0
    silent: int = 0


def _send(visitor: Visitor, pairs: Sequence[tuple[str, str]], end: float) -> _Pass:
    done = _Pass([])
    for conversation, message in pairs:
        if time.monotonic() > end:
            done.failures += 1
            continue
        started = time.perf_counter()
        try:
            said = visitor.ask(conversation, message)
        except _FAULTS:
            done.failures += 1
            continue
        done.times.append((time.perf_counter() - started) * 1000)
        done.silent += not said
    return done


def send_all(visitors: Sequence[Visitor], messages: Sequence[str], end: float) -> dict[str, Any]:
    """Sends every message once, shared among the visitors, who all send at the same time.

    Returns:
        ``p50_ms`` and ``p95_ms`` of a message, ``per_second`` answered, ``failures``, ``silent`` (replies without text).

    Raises:
        MeasurementError: not one message was answered.
    """
    try:
        opened = [(visitors[0].open(), message) for message in messages]
    except _FAULTS:
        raise MeasurementError("No conversation could be opened.") from None
    shares = [opened[number::len(visitors)] for number in range(len(visitors))]
    started = time.perf_counter()
    with ThreadPoolExecutor(len(visitors)) as pool:
        passes = list(pool.map(_send, visitors, shares, [end] * len(visitors)))
    seconds = time.perf_counter() - started
    for conversation, _ in opened:
        try:
            visitors[0].forget(conversation)
        except _FAULTS:
            break  # a server that is gone has forgotten everything
    times = [taken for part in passes for taken in part.times]
    if not times:
        raise MeasurementError("Not one message was answered.")
    return {"p50_ms": percentile(times, 0.5), "p95_ms": percentile(times, 0.95), "per_second": len(times) / seconds,
            "failures": sum(part.failures for part in passes), "silent": sum(part.silent for part in passes)}


def middle(passes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The median of each figure over passes; failures and silent replies of all of them together."""
    return {name: (sum if name in ("failures", "silent") else statistics.median)([done[name] for done in passes]) for name in passes[0]}


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _total(values: Sequence[float | None]) -> float | None:
    """The sum; None when one is not known."""
    return None if any(value is None for value in values) else sum(value for value in values if value is not None)


def measure_bot(bot: Bot, messages: Sequence[str], log: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Starts a bot, measures it and ends it.

    Raises:
        MeasurementError: it does not start, or answers nothing.
    """
    port = free_port()
    say(f"Bench: HTTP, {bot.name}: starting the server ...")
    started = time.monotonic()
    with running([*bot.command, "--port", str(port)], bot.folder, bot.variables, log) as process:
        while not _answers(port, bot.ready):
            if process.poll() is not None or time.monotonic() - started > _START_LIMIT:
                raise MeasurementError(f"The server did not start: {last_line(log)}")
            time.sleep(0.1)
        start_seconds = time.monotonic() - started
        visitors = [bot.visitor(port) for _ in range(_CLIENTS)]
        end = time.monotonic() + _ASK_LIMIT
        send_all(visitors[:1], messages[:_WARM_UP], end)
        one, many = [], []
        for number in range(1, _ROUNDS + 1):
            say(f"Bench: HTTP, {bot.name}: round {number} of {_ROUNDS}: {len(messages)} posts from one client, then from {_CLIENTS} ...")
            one.append(send_all(visitors[:1], messages, end))
            many.append(send_all(visitors, messages, end))
        return {"start_seconds": start_seconds, "rss_mb": memory_mb(process.pid), "clients": _CLIENTS, "rounds": _ROUNDS,
                "one": middle(one), "many": middle(many),
                "helpers_mb": _total([memory_mb(child) for child in children(process.pid)])}


def our_bot() -> Bot:
    """Our server as ``candor run`` starts it.

    Raises:
        MeasurementError: the model is not trained; the server would train it first.
    """
    from bot.build import is_trained

    if not is_trained():
        raise MeasurementError("Skipped: the model is not trained or not up to date; run `candor train` first.")
    return Bot(OURS, (sys.executable, "-m", "bot.cli", "run"), ROOT, os.environ, "/health", OurVisitor)


def stock_bot(pipeline: Pipeline, data: DataSet, quick: bool, scratch: Path, say: Callable[[str], None]) -> tuple[Bot, float]:
    """Trains the stock bot.

    Returns:
        The bot and the seconds of training.

    Raises:
        MeasurementError: training failed.
    """
    project = scratch / "stock-project"
    paths = write_project(project, data, pipeline.components, quick)
    say(f"Bench: HTTP, {STOCK}: training a whole bot on {len(data.train)} examples ...")
    trained = work({"do": "train", "output": str(project / "models"), **paths}, scratch / "stock-train", TRAIN_LIMIT)
    say(f"Bench: HTTP, {STOCK}: trained in {trained['train_seconds']:.0f} s.")
    command = (sys.executable, "-m", "rasa", "run", "--model", trained["model"], "--interface", "127.0.0.1",
               "--credentials", str(project / "credentials.yml"), "--endpoints", str(project / "endpoints.yml"))
    variables = {**environment(scratch / "stock-serve"), "SANIC_ACCESS_LOG": "false"}
    return Bot(STOCK, command, project, variables, "/webhooks/rest/", StockVisitor), float(trained["train_seconds"])


def measure(messages: Sequence[str], pipeline: Pipeline, data: DataSet, quick: bool, scratch: Path,
            say: Callable[[str], None]) -> list[dict[str, Any]]:
    """One row for our bot and one for the stock bot; a measurement that fails gives a row that says why."""
    rows = []
    for name in (OURS, STOCK):
        row: dict[str, Any] = {"bot": name, "messages": len(messages)}
        try:
            if name == OURS:
                bot = our_bot()
            else:
                bot, row["train_seconds"] = stock_bot(pipeline, data, quick, scratch, say)
            row |= measure_bot(bot, messages, scratch / f"{name}-server.log", say)
        except MeasurementError as error:
            row["failed"] = str(error)
            say(f"Bench: HTTP, {name}: failed. {error}")
        rows.append(row)
    return rows
