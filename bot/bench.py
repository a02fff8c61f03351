"""Measures the whole path over HTTP: start-up, memory, time per message, messages per second. On loopback, bounded, ends by itself."""

from __future__ import annotations

import http.client
import json
import os
import platform
import socket
import statistics
import subprocess  # nosec B404: starts this project's own server
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bot.errors import CandorError
from bot.paths import ROOT

_START_LIMIT = 120.0


class _Client:
    """One visitor: a kept-open connection and a conversation of its own."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self._connection.request("POST", path, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"})
        data: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return data

    def ask(self, message: str) -> float:
        """Milliseconds for one message in a fresh conversation; opening and forgetting are not counted."""
        token = self.post("/chat/new", {})["conversation"]
        started = time.perf_counter()
        self.post("/chat", {"conversation": token, "message": message})
        taken = (time.perf_counter() - started) * 1000
        self.post("/chat/forget", {"conversation": token})
        return taken


def _memory(pid: int) -> float:
    """Resident memory of a process in MB; Linux only."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), float("nan"))


def _start(port: int) -> tuple[subprocess.Popen[bytes], float]:
    """A server and the seconds until it can answer."""
    command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))  # noqa: S603
    while time.monotonic() - started < _START_LIMIT and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return process, time.monotonic() - started
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise CandorError("The server did not start.", "Run `candor run` to see why.")


def _percentiles(times: Sequence[float]) -> str:
    ordered = sorted(times)
    return f"{statistics.median(ordered):.1f} / {ordered[int(len(ordered) * 0.95)]:.1f} ms"


def bench(messages: Sequence[str], say: Callable[[str], None]) -> str:
    """Runs the measurements on messages; returns a Markdown report.

    Raises:
        CandorError: the server does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    say("Bench: starting a server of its own ...")
    process, start_seconds = _start(port)
    try:
        client = _Client(port)
        for message in messages[:20]:
            client.ask(message)
        say(f"Bench: one client, {len(messages)} posts ...")
        one = [client.ask(message) for message in messages]
        short = [client.ask("could smoking be the reason?") for _ in range(200)]
        say("Bench: eight clients ...")
        clients = [_Client(port) for _ in range(8)]
        shares = [messages[number::8] for number in range(8)]
        started = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            runs = pool.map(lambda pair: [pair[0].ask(message) for message in pair[1]], zip(clients, shares, strict=True))
            eight = [taken for times in runs for taken in times]
        seconds = time.perf_counter() - started
        memory = _memory(process.pid)
    finally:
        process.terminate()
        process.wait(20)
    words = statistics.median(len(message.split()) for message in messages)
    rows = [
        ("start-up until /health answers, nothing to train", f"{start_seconds:.1f} s"),
        ("resident memory of the server after the run", f"{memory:.0f} MB"),
        (f"one client, {len(one)} posts (median {words:.0f} words): p50 / p95 a message", _percentiles(one)),
        (f"one client, {len(short)} times a question of five words: p50 / p95", _percentiles(short)),
        (f"eight clients, {len(eight)} posts: p50 / p95 a message", _percentiles(eight)),
        ("eight clients: conversations per second (open, one message, forget)", f"{len(eight) / seconds:.0f}"),
    ]
    lines = [
        "# Speed and size", "",
        "Made by `candor bench`; do not edit. Whole path over HTTP on loopback, client and server on the same machine "
        f"({os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}); machines are noisy, so compare ratios within one run.",
        "", "| what | measured |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), "",
    ]
    return "\n".join(lines)
