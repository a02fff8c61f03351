from __future__ import annotations

import pytest

from bot.front_door import conversations
from bot.front_door.conversations import IDLE_SECONDS, Conversations
from bot.front_door.errors import DoorError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_tokens_are_long_unique_and_not_the_pseudonym():
    live = Conversations()
    opened = [live.open() for _ in range(100)]
    assert len({token for token, _ in opened}) == len({c.pseudonym for _, c in opened}) == 100
    assert all(len(token) >= 43 and token not in c.pseudonym for token, c in opened)


def test_an_ended_and_an_invented_token_get_the_same_answer():
    clock = Clock()
    live = Conversations(clock)
    token, _ = live.open()
    clock.now = IDLE_SECONDS + 1
    errors = []
    for wanted in (token, "invented"):
        with pytest.raises(DoorError) as caught:
            live.get(wanted)
        errors.append((caught.value.status, caught.value.code, str(caught.value)))
    assert errors[0] == errors[1]
    assert errors[0][0] == 404


def test_use_keeps_a_conversation_alive():
    clock = Clock()
    live = Conversations(clock)
    token, conversation = live.open()
    for _ in range(5):
        clock.now += IDLE_SECONDS - 1
        assert live.get(token) is conversation


def test_idle_conversations_are_taken_out():
    clock = Clock()
    live = Conversations(clock)
    live.open()
    clock.now = IDLE_SECONDS + 1
    fresh, _ = live.open()
    assert len(live.expired()) == 1
    assert live.get(fresh)


def test_the_least_recently_used_go_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(conversations, "MAX_LIVE", 2)
    live = Conversations(Clock())
    first, _ = live.open()
    _, second = live.open()
    live.open()
    live.get(first)
    assert live.expired() == [second]
