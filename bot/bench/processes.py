"""Starts, bounds, weighs and ends the processes that are measured, each by its own id and on every way out."""

from __future__ import annotations

import json
import os
import signal
import subprocess  # nosec B404: starts this project's own code and Rasa
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from bot.errors import CandorError
from bot.paths import ROOT

_PROC = Path("/proc")


class MeasurementError(CandorError):
    """One measurement failed; the others go on."""


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a measured process: nothing warm, nothing kept outside ``scratch``, TensorFlow as it is installed."""
    for name in ("cache", "tmp"):
        (scratch / name).mkdir(parents=True, exist_ok=True)
    # The project turns oneDNN off for quiet logs; the stock pipeline must run at the speed it has by default.
    inherited = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    return {
        **inherited, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "LOG_LEVEL": "WARNING",
        "RASA_CACHE_DIRECTORY": str(scratch / "cache"), "TMPDIR": str(scratch / "tmp"),
        "CANDOR_TRAINING_EMBEDDINGS": str(scratch / "training_embeddings.npz"),
    }


def memory_mb(pid: int | str = "self") -> float | None:
    """Resident memory of a process in MB; None where there is no /proc."""
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), None)


def _stat(pid: str) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, ...; empty when there is none."""
    try:
        return (_PROC / pid / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def children(pid: int) -> dict[int, str]:
    """The processes that a process started, each with the time it began, which tells it from a later one of the same id."""
    if not _PROC.is_dir():
        return {}
    listed = {entry.name: _stat(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()}
    return {int(name): fields[19] for name, fields in listed.items() if len(fields) > 19 and fields[1] == str(pid)}


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process, gently first, and whatever it leaves behind."""
    left = children(process.pid)
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
    if process.poll() is None:
        process.kill()
        process.wait(20)
    for pid, began in left.items():
        if _stat(str(pid))[19:20] == [began]:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def running(command: Sequence[str], where: Path, variables: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that lasts as long as the block, its output in a file."""
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  # nosec B603
            list(command), cwd=where, env=dict(variables), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            stop(process)


@contextmanager
def ended_like_an_interrupt() -> Iterator[None]:
    """Makes a request to terminate clean up as Ctrl+C does."""
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def last_line(log: Path) -> str:
    """What a failed process said last, shortened."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"


def work(job: Mapping[str, Any], scratch: Path, limit: float) -> dict[str, Any]:
    """Runs one job of :mod:`bot.bench.worker` in a fresh process.

    Args:
        job: what the worker is to do.
        scratch: a folder for this job alone.
        limit: most seconds it may take.

    Raises:
        MeasurementError: it failed or took too long.
    """
    variables = environment(scratch)
    order, result, log = scratch / "job.json", scratch / "result.json", scratch / "log.txt"
    order.write_text(json.dumps({**job, "result": str(result)}, ensure_ascii=False), encoding="utf-8")
    with running([sys.executable, "-m", "bot.bench.worker", str(order)], ROOT, variables, log) as process:
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"It took more than {limit:.0f} s.") from None
    if status != 0 or not result.is_file():
        raise MeasurementError(f"It ended with status {status}: {last_line(log)}")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found
