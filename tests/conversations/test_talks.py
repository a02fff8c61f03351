"""Whole conversations through the real front door and the trained model, with exact outcomes, topics and key sentences.

A talk is a list of turns. A turn says something (``say``), taps a choice (``choose``), lets time pass (``wait``, minutes), forgets
(``forget: true``) or opens a new conversation (``open: true``), and names what must come: ``outcome``, ``topics`` (all, in order),
``care``, ``flag``, ``has`` and ``lacks`` (parts of the text), ``offers`` and ``hides`` (choice ids), ``error`` (a door error's code).
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.front_door.errors import DoorError
from bot.knowledge.reply import OUTCOMES
from bot.session import Session
from bot.yaml_file import read_yaml

TALKS = [(path.stem, talk) for path in sorted((Path(__file__).parent / "talks").glob("*.yml")) for talk in read_yaml(path).data]
KEYS = {"say", "choose", "wait", "forget", "open", "outcome", "topics", "care", "flag", "has", "lacks", "offers", "hides", "error"}


class Clock:
    """The clock of the conversations; it goes as the real one and can be put forward."""

    ahead = 0.0

    def __call__(self):
        return time.monotonic() + self.ahead


@pytest.fixture(scope="module")
def talker():
    """Runs talks one after the other on a model that is loaded once."""
    loop = asyncio.new_event_loop()
    session = Session()
    loop.run_until_complete(session.__aenter__())
    clock = Clock()
    session.door._conversations._clock = clock

    def run(turns):
        return loop.run_until_complete(_talk(session.door, clock, turns))

    run.session, run.loop = session, loop
    yield run
    loop.close()


async def _talk(door, clock, turns):
    token, reply = await door.open()
    for number, turn in enumerate(turns, 1):
        where = f"turn {number} ({turn.get('say') or turn.get('choose') or 'open'}): "
        assert set(turn) <= KEYS, where
        if "wait" in turn:
            clock.ahead += 60 * turn["wait"]
            continue
        if turn.get("forget"):
            assert await door.forget(token), where
            continue
        if turn.get("open"):
            token, reply = await door.open()
        elif "error" in turn:
            with pytest.raises(DoorError) as caught:
                await (door.choose(token, turn["choose"]) if "choose" in turn else door.message(token, turn["say"]))
            assert caught.value.code == turn["error"], where
            assert caught.value.to_dict()["error"]["message"].endswith("."), where
            continue
        else:
            reply = await (door.choose(token, turn["choose"]) if "choose" in turn else door.message(token, turn["say"]))
        _compare(where, turn, reply)


def _compare(where, turn, reply):
    shown = f"{where}{reply.outcome} {reply.topics} {reply.red_flag}\n{reply.text.partition(chr(10) + 'Sources:')[0]}"
    assert reply.outcome in OUTCOMES, shown
    assert reply.text.strip(), shown
    assert "help_now" in [choice.id for choice in reply.choices], shown
    assert reply.outcome == turn["outcome"], shown
    assert list(reply.topics) == turn.get("topics", []), shown
    for name, value in (("care", reply.care), ("flag", reply.red_flag)):
        assert name not in turn or turn[name] == value, shown
    for part in turn.get("has", ()):
        assert part in reply.text, f"{part!r} is missing in {shown}"
    for part in turn.get("lacks", ()):
        assert part not in reply.text, f"{part!r} stands in {shown}"
    offered = {choice.id for choice in reply.choices}
    assert set(turn.get("offers", ())) <= offered, f"{offered} {shown}"
    assert not set(turn.get("hides", ())) & offered, f"{offered} {shown}"


@pytest.mark.parametrize(("file", "talk"), TALKS, ids=[f"{file}: {talk['talk']}" for file, talk in TALKS])
def test_talk(file, talk, talker):
    talker(talk["turns"])


def test_a_conversation_does_not_grow(talker):
    """What is kept of a conversation, and with it the time a turn takes, stays the same from turn to turn."""
    async def events_after(turns):
        door, store = talker.session.door, talker.session.assistant._agent.tracker_store
        token, _ = await door.open()
        for number in range(turns):
            await door.message(token, ("nothing comes out since my TURP", "can it be reversed?", "more")[number % 3])
        return len((await store.retrieve(door._conversations.get(token).pseudonym)).events)

    early, late = (talker.loop.run_until_complete(events_after(turns)) for turns in (3, 30))
    assert late <= early + 2   # a slot or two more, never the turns between


def test_there_are_enough_talks_and_enough_long_ones():
    assert len(TALKS) >= 60
    assert sum(sum("say" in turn or "choose" in turn for turn in talk["turns"]) >= 8 for _, talk in TALKS) >= 12
    assert len({talk["talk"] for _, talk in TALKS}) == len(TALKS)
