"""The live conversations: tokens issued by the server, pseudonyms for Rasa, and the choices each was offered.

In memory only. A token is never shown to Rasa and a pseudonym never leaves the server.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.front_door.errors import DoorError
from bot.front_door.limits import CONVERSATION_BURST, CONVERSATION_RATE, Bucket, refuse_for

IDLE_SECONDS = 30 * 60
MAX_LIVE = 20_000


@dataclass
class Conversation:
    """One live conversation.

    Attributes:
        pseudonym: what Rasa knows it by.
        offered: ids of every choice it was offered.
        last_used: clock reading of its last turn, in seconds.
        flags: ids of the red flags that were raised in it; no denial takes one back.
        channel: class of the way in, for the clinic's counts.
        bucket: how many turns it may take.
        counted: what the counts already know of it.
        cared: whether a care card was shown since the last turn behind the door.
        lock: held during a turn, so that two messages of one conversation never mix.
    """

    pseudonym: str
    last_used: float
    channel: str
    bucket: Bucket
    offered: set[str] = field(default_factory=set)
    flags: list[str] = field(default_factory=list)
    counted: set[tuple[str, str]] = field(default_factory=set)
    cared: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Conversations:
    """Issues and looks up conversations; the least recently used ones go first when they idle or are too many.

    Args:
        clock: seconds.
        burst: turns that a conversation may take at once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, burst: float = CONVERSATION_BURST) -> None:
        self._clock = clock
        self._burst = burst
        self._key = secrets.token_bytes(32)
        self._live: dict[str, Conversation] = {}

    def open(self, channel: str = "website") -> tuple[str, Conversation]:
        """A new conversation with a 256-bit token."""
        token = secrets.token_urlsafe(32)
        pseudonym = hmac.new(self._key, token.encode(), hashlib.sha256).hexdigest()
        now = self._clock()
        self._live[token] = conversation = Conversation(
            pseudonym, now, channel, Bucket.full(self._burst, CONVERSATION_RATE, now))
        return token, conversation

    def get(self, token: str) -> Conversation:
        """The conversation of a token, marked as used now.

        Raises:
            DoorError: 404, the same for a token that ended and one that never was.
        """
        conversation = self._live.pop(token, None)
        if conversation is None or self._clock() - conversation.last_used > IDLE_SECONDS:
            raise DoorError(404, "unknown_conversation", "This conversation has ended or never existed. Start a new one.")
        conversation.last_used = self._clock()
        self._live[token] = conversation  # last in order: most recently used
        return conversation

    def take_turn(self, conversation: Conversation) -> None:
        """Counts a turn of a conversation.

        Raises:
            DoorError: 429, it has had too many.
        """
        if wait := conversation.bucket.wait(self._clock()):
            raise refuse_for(wait)

    def forget(self, token: str) -> Conversation | None:
        """Drops a conversation; None when there was none."""
        return self._live.pop(token, None)

    def expired(self) -> list[Conversation]:
        """Takes out the conversations that idled too long or are over the cap."""
        now = self._clock()
        gone: list[Conversation] = []
        while self._live:
            token, oldest = next(iter(self._live.items()))
            if now - oldest.last_used <= IDLE_SECONDS and len(self._live) <= MAX_LIVE:
                break
            gone.append(self._live.pop(token))
        return gone
