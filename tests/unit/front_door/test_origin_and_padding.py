from __future__ import annotations

import json

import pytest

from bot.front_door.errors import DoorError
from bot.front_door.origin import check_origin
from bot.front_door.padding import SIZES, padded

ALLOWED = ("https://clinic.example",)


@pytest.mark.parametrize("origin", [None, "null", "https://clinic.example", "https://bot.example", "http://bot.example"])
def test_the_own_page_the_frame_programs_and_allowed_sites_may_call(origin):
    check_origin(origin, "bot.example", ALLOWED)


@pytest.mark.parametrize("origin", [
    "https://evil.example", "http://clinic.example", "https://clinic.example.evil.example", "https://clinic.example:444", "",
    "https://evil.example/https://clinic.example", "file://bot.example", "https://bot.example@evil.example", "https://bot.example.evil.example",
])
def test_other_sites_may_not(origin):
    with pytest.raises(DoorError) as caught:
        check_origin(origin, "bot.example", ALLOWED)
    assert caught.value.status == 403


@pytest.mark.parametrize("length", [0, 1, 4_070, 4_096, 5_000, 20_000, 40_000, 70_000])
def test_an_answer_has_one_of_few_sizes_and_is_still_the_same_json(length):
    body = {"text": "é" * (length // 2)}
    data = padded(body)
    assert len(data) in SIZES or len(data) % SIZES[-1] == 0
    assert json.loads(data) == body
