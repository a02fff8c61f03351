"""What the stores keep of a tracker in which there are words, although none should ever reach one."""

from __future__ import annotations

import asyncio
import json
import sqlite3

import fakeredis
import pytest
import redis
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.front_door.conversations import IDLE_SECONDS
from bot.paths import ROOT
from bot.privacy import stores
from bot.privacy.stores import ForgetfulInMemoryStore, ForgetfulRedisStore, ForgetfulSqlStore

CANARY = "canary 4417 my husband"


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


def tracker(domain, sender="s1", turns=1):
    one = DialogueStateTracker(sender, domain.slots)
    one.update(ActionExecuted("action_session_start"))
    one.update(SessionStarted())
    one.update(SlotSet("session_started_metadata", {"who": CANARY}))
    one.update(ActionExecuted("action_listen"))
    for _ in range(turns):
        one.update(UserUttered(
            CANARY, {"name": "ask_smoking", "confidence": 0.9},
            [{"entity": "topic", "value": "smoking", "start": 3, "text": CANARY}, {"entity": "topic", "value": CANARY},
             {"entity": "name", "value": "x"}],
            parse_data={"text": CANARY, "tokens": [CANARY]}, input_channel=CANARY, message_id=CANARY, metadata={"agent": CANARY}))
        one.update(SlotSet("topics", ["smoking", CANARY]))
        one.update(SlotSet("cause", CANARY))
        one.update(ActionExecuted("utter_answer", metadata={"note": CANARY}))
        one.update(BotUttered(CANARY, {"custom": {"reply": CANARY}}, {"utter_action": "utter_answer", "note": CANARY}))
        one.update(ActionExecuted("action_listen"))
    return one


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_only_ids_are_kept_and_the_dialogue_still_knows_them(domain):
    async def run():
        store = ForgetfulInMemoryStore(domain)
        await store.save(tracker(domain))
        assert "4417" not in store.store["s1"]
        kept = await store.retrieve("s1")
        assert kept.get_slot("topics") == ["smoking"]
        assert kept.get_slot("cause") is None
        assert kept.latest_message.intent_name == "ask_smoking"
        assert [entity["value"] for entity in kept.latest_message.entities] == ["smoking"]
        assert all(event["timestamp"] % 60 == 0 for event in json.loads(store.store["s1"])["events"])
    asyncio.run(run())


def test_idle_conversations_go_and_the_oldest_when_there_are_too_many(domain, monkeypatch):
    async def run():
        clock = Clock()
        store = ForgetfulInMemoryStore(domain, clock=clock)
        await store.save(tracker(domain, "old"))
        clock.now = IDLE_SECONDS + 1
        await store.save(tracker(domain, "new"))
        assert list(store.store) == ["new"]
        monkeypatch.setattr(stores, "MAX_LIVE", 2)
        for name in ("a", "b", "c"):
            await store.save(tracker(domain, name))
        assert list(store.store) == ["b", "c"]
        assert await store.erase("b")
        assert not await store.erase("b")
    asyncio.run(run())


def test_redis_holds_no_words_and_each_key_ends(domain, monkeypatch):
    server = fakeredis.FakeServer()
    monkeypatch.setattr(redis, "StrictRedis", lambda **settings: fakeredis.FakeStrictRedis(server=server, decode_responses=True))

    async def run():
        store = ForgetfulRedisStore(domain, record_exp=None)
        await store.save(tracker(domain))
        raw = fakeredis.FakeStrictRedis(server=server, decode_responses=True)
        (key,) = raw.keys()
        assert 0 < raw.ttl(key) <= IDLE_SECONDS
        assert "4417" not in raw.get(key)
        assert (await store.retrieve("s1")).get_slot("topics") == ["smoking"]
        assert await store.erase("s1")
        assert raw.keys() == []
    asyncio.run(run())


def test_while_redis_is_down_memory_stands_in_and_forgets_too(domain, monkeypatch, caplog):
    server = fakeredis.FakeServer()
    monkeypatch.setattr(redis, "StrictRedis", lambda **settings: fakeredis.FakeStrictRedis(server=server, decode_responses=True))

    async def run():
        store = ForgetfulRedisStore(domain)
        server.connected = False
        await store.save(tracker(domain))
        assert "4417" not in store._memory.store["s1"]
        assert (await store.retrieve("s1")).get_slot("topics") == ["smoking"]
        server.connected = True
        await store.save(tracker(domain))
        assert store._memory.store == {}
        assert (await store.retrieve("s1")).get_slot("topics") == ["smoking"]
    asyncio.run(run())
    assert "4417" not in caplog.text
    assert "memory stands in" in caplog.text


def test_a_database_holds_no_words_and_idle_conversations_are_deleted_from_it(domain, tmp_path, monkeypatch):
    path = tmp_path / "kept.db"
    now = [1_800_000_000.0]
    monkeypatch.setattr(stores.time, "time", lambda: now[0])

    async def run():
        store = ForgetfulSqlStore(domain, dialect="sqlite", db=str(path))
        old = tracker(domain, "old")
        for event in old.events:
            event.timestamp = now[0]
        await store.save(old)
        now[0] += IDLE_SECONDS + 3600
        new = tracker(domain, "new")
        for event in new.events:
            event.timestamp = now[0]
        await store.save(new)
        assert (await store.retrieve("new")).get_slot("topics") == ["smoking"]
        return store
    store = asyncio.run(run())
    assert {row[0] for row in sqlite3.connect(path).execute("select distinct sender_id from events")} == {"new"}
    assert all(b"4417" not in file.read_bytes() for file in tmp_path.iterdir())
    assert asyncio.run(store.erase("new"))
    assert sqlite3.connect(path).execute("select count(*) from events").fetchone() == (0,)


def test_a_database_holds_the_last_state_only(domain, tmp_path):
    """A turn begins with a tracker that is folded to its slots: what stood there before is gone, and nothing of the new one is lost."""
    async def run():
        store = ForgetfulSqlStore(domain, dialect="sqlite", db=str(tmp_path / "kept.db"))
        await store.save(tracker(domain, turns=5))
        folded = DialogueStateTracker("s1", domain.slots)
        folded.update(SlotSet("topics", ["diabetes"]))
        folded.update(ActionExecuted("action_listen"))
        await store.save(folded)
        kept = await store.retrieve("s1")
        assert kept.get_slot("topics") == ["diabetes"]
        assert len(kept.events) == 2
    asyncio.run(run())


def test_a_broken_database_neither_leaks_nor_breaks_a_turn(domain, tmp_path, caplog):
    path = tmp_path / "kept.db"

    async def run():
        store = ForgetfulSqlStore(domain, dialect="sqlite", db=str(path))
        await store.save(tracker(domain))
        path.write_bytes(b"not a database" * 1000)
        await store.save(tracker(domain))
        assert (await store.retrieve("s1")).get_slot("topics") == ["smoking"]
    asyncio.run(run())
    assert "4417" not in caplog.text
    assert "s1" not in caplog.text


def test_nothing_is_streamed(domain):
    class Broker:
        def publish(self, event):
            raise AssertionError("an event left")

    async def run():
        store = ForgetfulInMemoryStore(domain, event_broker=Broker())
        store.event_broker = Broker()
        await store.save(tracker(domain))
    asyncio.run(run())
