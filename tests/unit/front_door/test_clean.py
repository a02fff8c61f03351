from __future__ import annotations

import pytest

from bot.front_door.clean import clean


@pytest.mark.parametrize(("raw", "expected"), [
    ("hello", "hello"),
    ("/restart", "restart"),
    (" /restart", "restart"),
    ("\u00a0/restart", "restart"),
    ("//restart", "restart"),
    ("/ / greet{\"a\": 1}", 'greet{"a": 1}'),
    ("\u200b/restart", "restart"),
    ("\u202e/restart", "restart"),
    ("\x00/restart", "restart"),
    ("tur\u200bp", "turp"),
    ("e\u0301", "\u00e9"),
    ("a\ud800b", "ab"),
    ("a/b and/or c", "a/b and/or c"),
    ("line one\nline two", "line one\nline two"),
    ("///", ""),
    ("\u200b\u200d", ""),
    ("\U0001f600", "\U0001f600"),
])
def test_text_is_cleaned_and_never_a_payload(raw, expected):
    assert clean(raw) == expected
    assert not clean(raw).startswith("/")
