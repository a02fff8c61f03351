"""Who is writing, without knowing who: pseudonyms of platform accounts, and what their conversations need. In memory only.

The key is made anew in every process and never leaves it, so a pseudonym says nothing about an account, not even to whoever has both.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Optional

from bot.front_door.conversations import IDLE_SECONDS
from bot.knowledge.reply import Choice

#: How long a platform's message id is remembered, in seconds, and how many at most.
SEEN_SECONDS = 30 * 60
MOST_SEEN = 50_000


@dataclass
class Visitor:
    """The conversation of one account.

    Attributes:
        last_used: clock reading of the last message, in seconds.
        token: of the front door; None until the first message has passed it.
        choices: those of the last reply that had any, in the order they were numbered.
        introduced: whether the first reply was sent.
        slowed: whether the last message was refused because there were too many; said once.
    """

    last_used: float
    token: Optional[str] = field(default=None, repr=False)
    choices: tuple[Choice, ...] = ()
    introduced: bool = False
    slowed: bool = False


class Visitors:
    """Pseudonyms, their conversations, and the ids of messages that were taken.

    Args:
        clock: in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._visitors: dict[str, Visitor] = {}
        self._seen: dict[bytes, float] = {}

    def pseudonym(self, *parts: str) -> str:
        """What stands for a channel, address and person."""
        return hmac.new(self._key, "\x00".join(parts).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def of(self, pseudonym: str) -> Visitor:
        """The visitor of a pseudonym, marked as here now; a new one when there was none or it idled too long."""
        visitor = self._visitors.pop(pseudonym, None) or Visitor(self._clock())
        visitor.last_used = self._clock()
        self._visitors[pseudonym] = visitor  # last in order: most recently used
        return visitor

    def drop(self, pseudonym: str) -> Optional[str]:
        """Forgets a visitor; returns the token of the conversation to be forgotten with it."""
        visitor = self._visitors.pop(pseudonym, None)
        return visitor.token if visitor else None

    def expired(self) -> list[str]:
        """Forgets whoever idled for half an hour, and old message ids; returns the tokens of conversations to be forgotten."""
        now, tokens = self._clock(), []
        for pseudonym, visitor in list(self._visitors.items()):
            if now - visitor.last_used <= IDLE_SECONDS:
                break
            del self._visitors[pseudonym]
            tokens += [visitor.token] if visitor.token else []
        for digest, at in list(self._seen.items()):
            if now - at <= SEEN_SECONDS and len(self._seen) <= MOST_SEEN:
                break
            del self._seen[digest]
        return tokens

    def is_new(self, channel: str, message_id: str) -> bool:
        """Whether a message was not taken before; it is from now on. Only a digest is remembered."""
        digest = hmac.new(self._key, f"{channel}\x00{message_id}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        now = self._clock()
        if now - self._seen.get(digest, -SEEN_SECONDS - 1) <= SEEN_SECONDS:
            return False
        self._seen.pop(digest, None)
        self._seen[digest] = now
        while len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        return True

    def __len__(self) -> int:
        """How many visitors there are."""
        return len(self._visitors)
