"""Sends the replies of one platform: in order for each person, care cards first, again when the platform is down. In memory only.

A reply lives here from its turn until it is sent, given up or too old, and with it the address it goes to.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Optional

from bot.channels.platform import Outgoing, Verdict

logger = logging.getLogger(__name__)

#: Most replies that wait for one platform.
MOST_WAITING = 1000
#: Most requests to one platform at once.
MOST_AT_ONCE = 8
#: How long an undelivered reply is worth sending, in seconds.
LIFETIME = 10 * 60
CARE_LIFETIME = 30 * 60
#: First and longest pause of a platform that is down, in seconds; each pause is twice the one before.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


@dataclass
class Entry:
    """One reply on its way.

    Attributes:
        key: pseudonym of whoever it goes to; replies of the same key go one after the other.
        requests: what is left to send.
        care: whether it holds a care card.
        born: clock reading when it was put here, in seconds.
        number: in the order they were put here.
    """

    key: str
    requests: list[Outgoing] = field(repr=False)
    care: bool
    born: float
    number: int


class Outbox:
    """The replies to one platform.

    Args:
        name: of the platform, for the log.
        send: sends one request; an error counts as "down".
        first_pause: see :data:`FIRST_PAUSE`.
        most_waiting: see :data:`MOST_WAITING`.
        lifetime, care_lifetime: see :data:`LIFETIME`.
    """

    def __init__(self, name: str, send: Callable[[Outgoing], Awaitable[Verdict]], first_pause: float = FIRST_PAUSE,
                 most_waiting: int = MOST_WAITING, lifetime: float = LIFETIME, care_lifetime: float = CARE_LIFETIME) -> None:
        self._name = name
        self._send = send
        self._first_pause = first_pause
        self._most_waiting = most_waiting
        self._lifetime = {False: lifetime, True: care_lifetime}
        self._entries: list[Entry] = []
        self._numbers = itertools.count()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._until: dict[str, float] = {}
        self._down_until = 0.0
        self._pause = first_pause
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._runner: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Begins to send; call it in the running loop."""
        self._runner = asyncio.get_running_loop().create_task(self._run())

    async def stop(self, patience: float = 3.0) -> None:
        """Waits a moment for what can still be sent and drops the rest."""
        try:
            await asyncio.wait_for(self._idle.wait(), patience)
        except asyncio.TimeoutError:
            logger.warning("%s: %d replies were not delivered before the end", self._name, len(self._entries) + len(self._busy))
        for task in (self._runner, *self._busy.values()):
            if task is not None:
                task.cancel()
        self._entries.clear()

    def put(self, key: str, requests: list[Outgoing], care: bool = False) -> None:
        """Takes a reply. When too many wait, the oldest ordinary one is dropped, a care card only for another."""
        if not requests:
            return
        if len(self._entries) >= self._most_waiting:
            victim = next((entry for entry in self._entries if not entry.care), self._entries[0] if care else None)
            logger.error("%s: too many replies wait; one was dropped", self._name)
            if victim is None:
                return
            self._entries.remove(victim)
        self._entries.append(Entry(key, list(requests), care, asyncio.get_running_loop().time(), next(self._numbers)))
        self._wake()

    def drop(self, key: str) -> None:
        """Drops what waits for a person, but for care cards."""
        self._entries = [entry for entry in self._entries if entry.key != key or entry.care]
        self._wake()

    def waiting(self) -> int:
        """How many replies wait or are being sent."""
        return len(self._entries) + len(self._busy)

    def _wake(self) -> None:
        if self._entries or self._busy:
            self._idle.clear()
        else:
            self._idle.set()
        self._changed.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            self._expire(loop.time())
            while len(self._busy) < MOST_AT_ONCE and (entry := self._next(loop.time())) is not None:
                self._entries.remove(entry)
                self._busy[entry.key] = loop.create_task(self._deliver(entry))
            try:
                await asyncio.wait_for(self._changed.wait(), self._sleep(loop.time()))
            except asyncio.TimeoutError:
                continue

    def _expire(self, now: float) -> None:
        old = [entry for entry in self._entries if now - entry.born > self._lifetime[entry.care]]
        if old:
            logger.error("%s: %d replies grew too old to be sent, %d of them care cards", self._name, len(old), sum(entry.care for entry in old))
            self._entries = [entry for entry in self._entries if entry not in old]
            self._wake()
        self._until = {key: until for key, until in self._until.items() if until > now}

    def _next(self, now: float) -> Optional[Entry]:
        """The reply to send next: a care card before others, then the oldest; one alone while the platform seems down."""
        if now < self._down_until or (self._pause > self._first_pause and self._busy):
            return None
        ready = [entry for entry in self._entries if entry.key not in self._busy and entry.key not in self._until]
        return min(ready, key=lambda entry: (not entry.care, entry.number), default=None)

    def _sleep(self, now: float) -> Optional[float]:
        """Seconds until something can change by itself; None when nothing waits."""
        if not self._entries:
            return None
        times = [entry.born + self._lifetime[entry.care] for entry in self._entries] + list(self._until.values())
        if self._down_until > now:
            times.append(self._down_until)
        return max(min(times) - now, 0.0) + 0.001

    async def _deliver(self, entry: Entry) -> None:
        loop = asyncio.get_running_loop()
        try:
            while entry.requests:
                request = entry.requests[0]
                try:
                    verdict = await self._send(request)
                except Exception as error:  # names its kind only: the error's words hold the address
                    logger.warning("%s cannot be reached: %s", self._name, type(error).__name__)
                    verdict = Verdict("down")
                if verdict.result == "delivered":
                    self._pause, self._down_until = self._first_pause, 0.0
                if verdict.result == "delivered" or request.optional:
                    entry.requests.pop(0)
                    continue
                if verdict.result == "rejected":
                    logger.warning("%s refused a reply; it was dropped", self._name)
                    return
                self._later(entry, verdict, loop.time())
                return
        finally:
            self._busy.pop(entry.key, None)
            self._wake()

    def _later(self, entry: Entry, verdict: Verdict, now: float) -> None:
        """Puts a reply back in its place and pauses its address or the platform."""
        if verdict.result == "wait":
            self._until[entry.key] = now + (self._first_pause if verdict.seconds is None else verdict.seconds)
        elif now >= self._down_until:  # requests that were under way together fail together: one pause for all
            self._down_until = now + self._pause * random.uniform(0.75, 1.25)  # noqa: S311  # nosec B311: spreads retries
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._entries.insert(0, entry)
