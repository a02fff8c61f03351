"""A real server on loopback, started as a user starts it, with everything it prints kept for inspection."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.paths import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    port: int
    log: Path
    process: subprocess.Popen

    def send(self, method, path, body=None, headers=None, raw=None):
        """Returns (status, headers, parsed JSON or text)."""
        data = raw if raw is not None else (json.dumps(body, ensure_ascii=False).encode() if body is not None else None)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json", **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                status, found, text = response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            status, found, text = error.code, error.headers, error.read().decode()
        return status, found, json.loads(text) if "json" in found.get("Content-Type", "") else text

    def open(self):
        status, _, data = self.send("POST", "/chat/new", {})
        assert status == 201
        return data["conversation"], data["reply"]

    def say(self, token, message):
        status, _, data = self.send("POST", "/chat", {"conversation": token, "message": message})
        assert status == 200, data
        return data

    def ask(self, message):
        token, _ = self.open()
        return self.say(token, message)


@contextmanager
def running(log: Path, command=(sys.executable, "-m", "bot.cli", "run", "--port"), wait_for=200, environment=()):
    """A server process; the port is put behind the command. It runs when /health answers with the status waited for."""
    port = free_port()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, str(port)], cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **dict(environment)})
        server = Server(port, log, process)
        try:
            deadline = time.monotonic() + 180
            while True:
                try:
                    if server.send("GET", "/health")[0] == wait_for:
                        break
                except OSError:
                    pass
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")
                time.sleep(0.3)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
