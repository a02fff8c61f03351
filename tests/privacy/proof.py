"""Measures what the privacy tests assert, and writes it down: python tests/privacy/proof.py --out docs/privacy-proof.md

The figures of the report come from this run. It takes some ten minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from canaries import WAYS, hits, now, plant, written_since
from real_server import running
from test_nothing_is_kept import FAULTS, SINKS, TURNS, faulty

from bot.bench.processes import memory_mb
from bot.dialogue.rasa_assistant import RasaAssistant
from bot.front_door.clean import clean
from bot.front_door.padding import padded
from bot.language.message import one_turn
from bot.paths import ROOT
from bot.session import Session

POSTS = ROOT / "tests" / "understanding" / "posts.jsonl"
SINK_NAMES = ("log and standard output", "database", "project folder", "home folder", "temporary folder")


def say(line: str) -> None:
    """Progress."""
    print(line, file=sys.stderr, flush=True)


def _sinks(log: Path, folder: Path | None, started: float) -> list[list[Path]]:
    database = list(folder.glob("kept.db*")) if folder else []
    apart = {log, *database}
    return [[log], database, *([path for path in written_since(started, [sink]) if path not in apart] for sink in SINKS)]


def canary_rows() -> list[str]:
    """The table: sinks by builds."""
    columns: list[tuple[str, int, list[int]]] = []
    with tempfile.TemporaryDirectory() as name:
        say("Canaries: the server as it is shipped ...")
        started, log = now(), Path(name) / "log.txt"
        with running(log) as server:
            planted = plant(server.port)
        columns.append(("as shipped", len(planted), [sum(hits(files, planted).values()) for files in _sinks(log, None, started)]))
    for title, options in (("database and every fault", ()), ("leaking on purpose (control)", ("--leaky",))):
        with tempfile.TemporaryDirectory() as name:
            say(f"Canaries: {title} ...")
            folder, started = Path(name), now()
            planted = {}
            with faulty(folder, *options) as server:
                for fault in FAULTS[:-1] if not options else FAULTS[:2]:
                    (folder / "fault").write_text(fault)
                    ways = WAYS if fault == "none" else TURNS[:3] if fault == "understanding hangs" else TURNS
                    planted |= {f"{way}, {fault}": canary for way, canary in plant(server.port, ways).items()}
            columns.append((title, len(planted), [sum(hits(files, planted).values()) for files in _sinks(folder / "log.txt", folder, started)]))
    rows = ["| sink | " + " | ".join(f"{title}: {count} canaries" for title, count, _ in columns) + " |", "|---|" + "---|" * len(columns)]
    return rows + [f"| {sink} | " + " | ".join(str(found[place]) for _, _, found in columns) + " |" for place, sink in enumerate(SINK_NAMES)]


def _spread(times: list[float]) -> str:
    times = sorted(1000 * t for t in times)
    return f"p50 {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms"


async def _timed(action: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await action()
    return time.perf_counter() - started


async def door_rows(session: Session) -> list[str]:
    """The time of a turn with and without the front door, alternating in one process."""
    say("The door's own time ...")
    door, assistant = session.door, session.assistant
    assert door is not None
    assert isinstance(assistant, RasaAssistant)
    posts = [json.loads(line)["message"] for line in POSTS.read_text().splitlines()][:200]
    names = ("through the door (check, limits, guarantee, padding)", "the assistant alone", "the red-flag check alone")
    ways: dict[str, list[float]] = {name: [] for name in names}

    async def behind(number: int, text: str) -> None:
        await assistant.reply(f"bare-{number}", await assistant.understand(clean(text)))

    async def through(token: str, text: str) -> None:
        padded((await door.message(token, text)).to_dict())

    for number, text in enumerate(posts):
        token, _ = await door.open()
        times = [await _timed(lambda t=token, x=text: through(t, x)), await _timed(lambda n=number, x=text: behind(n, x))]
        with one_turn():
            started = time.perf_counter()
            door._check(text)
            times.append(time.perf_counter() - started)
        if number >= 10:  # the first ones warm up
            for found, taken in zip(ways.values(), times, strict=True):
                found.append(taken)
        await door.forget(token)
        await assistant.erase(f"bare-{number}")
    return [f"- {name}: {_spread(found)} (n = {len(found)})" for name, found in ways.items()]


async def memory_rows(session: Session, conversations: int) -> list[str]:
    """Resident memory while short conversations come and are left, none of them forgotten by its visitor."""
    door = session.door
    assert door is not None
    rows = []
    for number in range(1, conversations + 1):
        token, _ = await door.open()
        await door.choose(token, "help_now")
        if number % (conversations // 10) == 0:
            rows.append(f"| {number:,} | {memory_mb():.0f} |")
            say(f"Memory: {number} of {conversations} conversations")
    return ["| conversations so far | memory, MB |", "|---|---|", *rows]


async def measure(conversations: int) -> tuple[list[str], list[str]]:
    """Times and memory in one process."""
    async with Session() as session:
        return await door_rows(session), await memory_rows(session, conversations)


def main() -> None:
    """Runs everything and writes the report."""
    parser = argparse.ArgumentParser(description="measure what the privacy tests assert")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--conversations", type=int, default=50_000)
    arguments = parser.parse_args()
    table = canary_rows()
    times, memory = asyncio.run(measure(arguments.conversations))
    arguments.out.write_text("\n".join([
        "# Privacy: what was measured", "",
        "Made by `python tests/privacy/proof.py --out docs/privacy-proof.md`; do not edit.", "",
        "## Canaries found", "",
        "A fresh random string is planted in every way into the server (`tests/privacy/canaries.py`), each way is checked to have been taken, "
        "then the string is looked for as it is, URL-encoded, in base64, hex and UTF-16, in everything that was written since.", "",
        *table, "",
        "## Time of a turn on development posts", "", *times, "",
        f"## Memory over {arguments.conversations:,} short conversations", "",
        "Each is opened, asks for help and is left; at most 20,000 are held, so the first 20,000 fill what is then kept.", "", *memory, ""]))
    say(f"{arguments.out}: written.")


if __name__ == "__main__":
    main()
