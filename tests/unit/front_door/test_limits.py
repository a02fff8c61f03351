from __future__ import annotations

import pytest

from bot.front_door import limits
from bot.front_door.conversations import Conversations
from bot.front_door.errors import DoorError
from bot.front_door.limits import ADDRESS_BURST, ADDRESS_RATE, CONVERSATION_BURST, AddressLimit, Bucket, refuse_for


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate():
    bucket = Bucket.full(3, 0.5, 0.0)
    assert [bucket.wait(0.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.wait(0.0) == pytest.approx(2.0)
    assert bucket.wait(2.0) == 0
    assert bucket.wait(1_000_000.0) == 0
    assert bucket.left == pytest.approx(2)  # never more than the burst


def test_one_address_is_held_back_and_another_is_not():
    clock = Clock()
    limit = AddressLimit(clock)
    assert [limit.wait("192.0.2.1") for _ in range(ADDRESS_BURST)] == [0] * ADDRESS_BURST
    assert limit.wait("192.0.2.1") > 0
    assert limit.wait("192.0.2.2") == 0
    clock.now += 1 / ADDRESS_RATE
    assert limit.wait("192.0.2.1") == 0


def test_no_address_is_stored_and_the_salt_goes_with_all_it_counted():
    clock = Clock()
    limit = AddressLimit(clock)
    limit.wait("192.0.2.77")
    first = set(limit._limit._buckets)
    assert all(b"192.0.2.77" not in key and len(key) == 32 for key in first)
    clock.now += limits._SALT_SECONDS + 1
    limit.wait("192.0.2.77")
    assert len(limit._limit._buckets) == 1
    assert set(limit._limit._buckets).isdisjoint(first)


def test_a_conversation_has_its_own_limit():
    clock = Clock()
    live = Conversations(clock)
    _, busy = live.open()
    _, other = live.open()
    for _ in range(CONVERSATION_BURST):
        live.take_turn(busy)
    with pytest.raises(DoorError) as caught:
        live.take_turn(busy)
    assert (caught.value.status, caught.value.code) == (429, "too_many")
    assert caught.value.wait >= 1
    live.take_turn(other)


def test_who_must_wait_is_told_how_long_and_whom_to_call():
    error = refuse_for(1.2, "Call 999.")
    assert error.wait == 2
    assert str(error).endswith("Call 999.")


def test_keys_that_rest_are_dropped(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEYS", 10)
    clock = Clock()
    limit = limits.RateLimit(2, 1, clock)
    for number in range(100):
        limit.wait(f"key {number}")
        clock.now += 1
    assert len(limit._buckets) <= 10
