"""Rate limits, in memory: what one conversation and one address may ask for, and how many turns run at once.

An address is never stored: it is a key only after an HMAC with a salt that is thrown away, with all counts, every ten minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from bot.front_door.errors import DoorError

#: Requests of one address: at once, and then a second.
ADDRESS_BURST, ADDRESS_RATE = 120, 2.0
#: Turns of one conversation: at once, and then a second.
CONVERSATION_BURST, CONVERSATION_RATE = 20, 0.5
#: Turns that run or wait at the same time, of everybody.
MAX_TURNS = 200
#: Keys of one limit from which on those that rest are dropped.
MOST_KEYS = 10_000
_SALT_SECONDS = 600.0


@dataclass
class Bucket:
    """A token bucket.

    Attributes:
        rate: what comes back a second.
        left: what may be taken now.
        seen: clock reading of the last look, in seconds.
    """

    burst: float
    rate: float
    left: float
    seen: float

    @classmethod
    def full(cls, burst: float, rate: float, now: float) -> Bucket:
        """A full one."""
        return cls(burst, rate, burst, now)

    def wait(self, now: float) -> float:
        """Takes one, or says in how many seconds there will be one (0 when it was taken)."""
        self.left = min(self.burst, self.left + (now - self.seen) * self.rate)
        self.seen = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) / self.rate


def refuse_for(seconds: float, numbers: str = "") -> DoorError:
    """The 429 of a caller who must wait; emergency numbers are in it because an urgent message may be what was refused."""
    wait = max(math.ceil(seconds), 1)
    return DoorError(429, "too_many", f"That was very much at once. Please wait {wait} seconds and send it again. {numbers}".strip(), wait)


class RateLimit:
    """Buckets by key.

    Args:
        burst: what a key may take at once.
        rate: what comes back a second.
        clock: seconds.
    """

    def __init__(self, burst: float, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._rate, self._clock = burst, rate, clock
        self._buckets: dict[Hashable, Bucket] = {}

    def wait(self, key: Hashable) -> float:
        """Takes one for a key; the seconds to wait when it has had too many, else 0."""
        now = self._clock()
        if len(self._buckets) >= MOST_KEYS:  # a bucket that is full again tells nothing
            self._buckets = {k: b for k, b in self._buckets.items() if b.left + (now - b.seen) * b.rate < b.burst}
        return self._buckets.setdefault(key, Bucket.full(self._burst, self._rate, now)).wait(now)


class AddressLimit:
    """A limit by salted address.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._renew(clock())

    def _renew(self, now: float) -> None:
        self._salt = secrets.token_bytes(32)
        self._since = now
        self._limit = RateLimit(ADDRESS_BURST, ADDRESS_RATE, self._clock)

    def wait(self, address: str) -> float:
        """Takes one request of an address; the seconds to wait when it has had too many, else 0."""
        now = self._clock()
        if now - self._since > _SALT_SECONDS:
            self._renew(now)
        return self._limit.wait(hmac.new(self._salt, address.encode(), hashlib.sha256).digest())
