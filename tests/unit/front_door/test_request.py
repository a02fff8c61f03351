from __future__ import annotations

import pytest

from bot.front_door.errors import DoorError
from bot.front_door.request import MAX_BODY_BYTES, MAX_CHARACTERS, check_length, read_body, read_text


@pytest.mark.parametrize(("body", "content_type", "status", "code"), [
    (b"x" * (MAX_BODY_BYTES + 1), "application/json", 413, "body_too_large"),
    (b"{}", "text/plain", 415, "not_json"),
    (b"{}", "", 415, "not_json"),
    (b"{", "application/json", 400, "invalid_json"),
    (b"\xff", "application/json", 400, "invalid_json"),
    (b"[]", "application/json", 400, "invalid_json"),
    (b"[" * 10_000, "application/json", 400, "invalid_json"),
], ids=["too large", "text/plain", "no type", "not closed", "not UTF-8", "a list", "nested deeply"])
def test_a_bad_body_is_refused(body, content_type, status, code):
    with pytest.raises(DoorError) as caught:
        read_body(body, content_type)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert caught.value.to_dict()["error"]["message"].endswith(".")


def test_a_good_body_is_read():
    assert read_body(b'{"a": 1}', "application/json; charset=utf-8") == {"a": 1}


@pytest.mark.parametrize(("value", "status", "code"), [
    (None, 400, "invalid_message"), (5, 400, "invalid_message"), (["a"], 400, "invalid_message"), ({}, 400, "invalid_message"),
    ("", 400, "empty_message"), (" \n", 400, "empty_message")
], ids=["none", "number", "list", "object", "empty", "blank"])
def test_a_bad_message_is_refused(value, status, code):
    with pytest.raises(DoorError) as caught:
        read_text({"message": value}, "message")
    assert (caught.value.status, caught.value.code) == (status, code)


def test_the_longest_allowed_message_passes_and_a_longer_one_does_not():
    check_length("a" * MAX_CHARACTERS)
    with pytest.raises(DoorError) as caught:
        check_length("a" * (MAX_CHARACTERS + 1))
    assert (caught.value.status, caught.value.code) == (413, "message_too_long")
    assert read_text({"message": "a" * MAX_CHARACTERS}, "message")
