"""Tracker stores that keep canonical ids only, for half an hour, and never more than the dialogue rules need.

Words are not meant to reach a tracker at all; what does is scrubbed before anything is written, also when the configured store
fails and memory takes over. Nothing is streamed to an event broker.
"""

from __future__ import annotations

import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Optional

from rasa.core.tracker_store import InMemoryTrackerStore, RedisTrackerStore, SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.front_door.conversations import IDLE_SECONDS, MAX_LIVE

logger = logging.getLogger(__name__)

#: Times are kept to this many seconds.
_GRAIN = 60
#: Seconds between two purges of a database.
_PURGE_EVERY = 60.0
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+=,-]{0,199}")


def _ids(value: Any) -> Any:
    """A slot or entity value when it is an id, a number, a truth value or a list of these; None for anything else."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value if _ID.fullmatch(value) else None
    if isinstance(value, (list, tuple)):
        return [kept for kept in map(_ids, value) if kept is not None]
    return None


def _scrub(event: Event, entities: set[str]) -> None:
    event.timestamp = event.timestamp // _GRAIN * _GRAIN
    if isinstance(event, UserUttered):
        event.entities = [
            {"entity": found["entity"], "value": value} for found in event.entities or ()
            if found.get("entity") in entities and (value := _ids(found.get("value"))) is not None]
        event.intent = {"name": event.intent_name, "confidence": (event.intent or {}).get("confidence", 1.0)}
        event.text, event.message_id, event.input_channel, event.metadata = "", "", None, {}
        event.parse_data = {"text": "", "intent": event.intent, "entities": event.entities}
    elif isinstance(event, BotUttered):
        event.text, event.data = "", {}
        event.metadata = {key: value for key, value in (event.metadata or {}).items() if key == "utter_action"}
    else:
        event.metadata = {}
        if isinstance(event, SlotSet):
            event.value = None if event.key == "session_started_metadata" else _ids(event.value)


def scrub(tracker: DialogueStateTracker, domain: Domain) -> None:
    """Takes everything out of a tracker's events but canonical ids, action names and times to the minute."""
    entities = set(domain.entities)
    for event in tracker.events:
        _scrub(event, entities)


class _Forgetful:
    """What every store of ours has in common: nothing is streamed, and no conversation outlives its half hour."""

    async def stream_events(self, tracker: DialogueStateTracker) -> None:
        """Nothing leaves for an event broker."""


class ForgetfulInMemoryStore(_Forgetful, InMemoryTrackerStore):
    """The default: in this process's memory, at most :data:`MAX_LIVE` conversations.

    Args:
        domain: the domain.
        event_broker: refused by the server's checks; never used.
        clock: seconds, for the expiry.
    """

    def __init__(self, domain: Domain, event_broker: Any = None, host: Optional[str] = None,
                 clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(domain, None)
        self._clock = clock
        self._saved: dict[str, float] = {}  # in order of the last save

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Scrubs and saves a tracker; drops what idled too long or is over the cap."""
        scrub(tracker, self.domain)
        await super().save(tracker)
        now = self._clock()
        self._saved.pop(tracker.sender_id, None)
        self._saved[tracker.sender_id] = now
        while self._saved:
            sender, saved = next(iter(self._saved.items()))
            if now - saved <= IDLE_SECONDS and len(self._saved) <= MAX_LIVE:
                break
            await self.erase(sender)

    async def erase(self, sender_id: str) -> bool:
        """Forgets a conversation; False when there was none."""
        self._saved.pop(sender_id, None)
        return self.store.pop(sender_id, None) is not None


class _Backed(_Forgetful, ABC):
    """A store outside this process; while it fails, a forgetful memory stands in."""

    domain: Domain
    _memory: ForgetfulInMemoryStore

    def _fault(self, error: Exception) -> None:
        logger.error("the tracker store failed with %s; memory stands in", type(error).__name__)

    @abstractmethod
    async def _save(self, tracker: DialogueStateTracker) -> None:
        """Writes a scrubbed tracker."""

    @abstractmethod
    async def _load(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Reads a tracker, None when there is none."""

    @abstractmethod
    async def _drop(self, sender_id: str) -> bool:
        """Deletes a tracker; False when there was none."""

    async def save(self, tracker: DialogueStateTracker, timeout: Optional[float] = None) -> None:
        """Scrubs and saves a tracker."""
        scrub(tracker, self.domain)
        try:
            await self._save(tracker)
        except Exception as error:
            self._fault(error)
            self._memory.domain = self.domain
            await self._memory.save(tracker)
        else:
            await self._memory.erase(tracker.sender_id)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker; what memory holds is newer than what the store does."""
        self._memory.domain = self.domain
        kept = await self._memory.retrieve(sender_id)
        if kept is not None:
            return kept
        try:
            return await self._load(sender_id)
        except Exception as error:
            self._fault(error)
            return None

    async def retrieve_full_tracker(self, conversation_id: str) -> Optional[DialogueStateTracker]:
        """The same: older sessions are not kept."""
        return await self.retrieve(conversation_id)

    async def erase(self, sender_id: str) -> bool:
        """Forgets a conversation; False when there was none."""
        held = await self._memory.erase(sender_id)
        try:
            return await self._drop(sender_id) or held
        except Exception as error:  # it ends by itself after half an hour
            self._fault(error)
            return held


class ForgetfulRedisStore(_Backed, RedisTrackerStore):
    """Redis, each key with a lifetime of :data:`IDLE_SECONDS`. Turn its persistence off: ``save ""``, ``appendonly no``."""

    def __init__(self, domain: Domain, event_broker: Any = None, host: Optional[str] = None, **settings: Any) -> None:
        super().__init__(domain, host=host or "localhost", event_broker=None, **{**settings, "record_exp": IDLE_SECONDS})
        self._memory = ForgetfulInMemoryStore(domain)

    async def _save(self, tracker: DialogueStateTracker) -> None:
        self.red.set(self.key_prefix + tracker.sender_id, self.serialise_tracker(tracker), ex=IDLE_SECONDS)

    async def _load(self, sender_id: str) -> Optional[DialogueStateTracker]:
        return await RedisTrackerStore.retrieve(self, sender_id)

    async def _drop(self, sender_id: str) -> bool:
        return bool(self.red.delete(self.key_prefix + sender_id))


class ForgetfulSqlStore(_Backed, SQLTrackerStore):
    """A database; conversations that idled are deleted from it, those of an earlier process at the start."""

    def __init__(self, domain: Domain, event_broker: Any = None, host: Optional[str] = None, **settings: Any) -> None:
        super().__init__(domain, host=host, event_broker=None, **settings)
        self.engine.hide_parameters = True  # a database's error would name the conversation
        self._memory = ForgetfulInMemoryStore(domain)
        self._purged = 0.0
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")

    async def _save(self, tracker: DialogueStateTracker) -> None:
        self._purge()
        await self._drop(tracker.sender_id)  # each turn begins with a tracker folded to its slots; Rasa would only add to the old rows
        await SQLTrackerStore.save(self, tracker)

    async def _load(self, sender_id: str) -> Optional[DialogueStateTracker]:
        self._purge()
        return await SQLTrackerStore.retrieve(self, sender_id)

    async def _drop(self, sender_id: str) -> bool:
        with self.session_scope() as session:
            rows = session.query(self.SQLEvent).filter_by(sender_id=sender_id).delete()
            session.commit()
        return bool(rows)

    def _purge(self) -> None:
        """Deletes every conversation whose last event is older than :data:`IDLE_SECONDS`."""
        import sqlalchemy

        now = time.time()
        if now - self._purged < _PURGE_EVERY:
            return
        self._purged = now
        with self.session_scope() as session:
            last = sqlalchemy.func.max(self.SQLEvent.timestamp)
            idle: Iterable[Any] = session.query(self.SQLEvent.sender_id).group_by(self.SQLEvent.sender_id).having(
                last < now - IDLE_SECONDS - _GRAIN).all()
            for (sender,) in idle:
                session.query(self.SQLEvent).filter_by(sender_id=sender).delete()
            session.commit()


STORES = (ForgetfulInMemoryStore, ForgetfulRedisStore, ForgetfulSqlStore)
