"""How long a turn takes early and late in a conversation: ``python -m bot.bench.turns``.

Conversations that have gone on for a different number of turns are timed in alternation, so that a busy moment of the machine
falls on all of them.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence

from bot.front_door.door import FrontDoor
from bot.session import Session

TURNS = (2, 10, 30)
_FIRST = "nothing comes out since my TURP"
_BETWEEN = ("can it be reversed?", "more", "how is it tested", "what about IVF?", "could smoking be the reason?", "how common is it", "thanks")
_TIMED = ("can it be reversed?", "could diabetes do this?", "start the check")


async def _at_turn(door: FrontDoor, turn: int) -> str:
    """The token of a conversation whose next message is its turn of that number."""
    token, _ = await door.open()
    said = [_FIRST, *(_BETWEEN[number % len(_BETWEEN)] for number in range(turn))][:turn - 1]
    for text in said:
        await door.message(token, text)
    return token


async def measure(door: FrontDoor, rounds: int, turns: Sequence[int] = TURNS) -> dict[int, float]:
    """Median milliseconds of a message at each turn.

    Args:
        door: of a loaded session.
        rounds: how often each of the timed messages is sent at each turn.
        turns: numbers of the turns, from 1.
    """
    taken: dict[int, list[float]] = {turn: [] for turn in turns}
    for number in range(rounds * len(_TIMED)):
        tokens = {turn: await _at_turn(door, turn) for turn in turns}
        order = list(turns)[number % len(turns):] + list(turns)[:number % len(turns)]
        for turn in order:
            started = time.perf_counter()
            await door.message(tokens[turn], _TIMED[number % len(_TIMED)])
            taken[turn].append(1000 * (time.perf_counter() - started))
            await door.forget(tokens[turn])
    return {turn: statistics.median(times) for turn, times in taken.items()}


async def _main() -> None:
    async with Session() as session:
        assert session.door is not None
        await measure(session.door, 1)
        found = await measure(session.door, 20)
    for turn, milliseconds in found.items():
        print(f"turn {turn}: median {milliseconds:.1f} ms of {20 * len(_TIMED)}")


if __name__ == "__main__":
    asyncio.run(_main())
