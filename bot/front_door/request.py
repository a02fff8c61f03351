"""Checks the shape of what a caller sends before anything else looks at it."""

from __future__ import annotations

import json
from typing import Any

from bot.front_door.errors import DoorError

MAX_CHARACTERS = 4_000
MAX_BODY_BYTES = 16 * 1024


def read_body(body: bytes, content_type: str) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        DoorError: 413 too large, 415 not JSON by its type, 400 not a JSON object.
    """
    if len(body) > MAX_BODY_BYTES:
        raise DoorError(413, "body_too_large", f"The request is larger than {MAX_BODY_BYTES // 1024} KB.")
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise DoorError(415, "not_json", "Send JSON with the header Content-Type: application/json.")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise DoorError(400, "invalid_json", "The request is not valid JSON.") from None
    if not isinstance(data, dict):
        raise DoorError(400, "invalid_json", "The request must be a JSON object.")
    return data


def read_text(data: dict[str, Any], key: str) -> str:
    """A text field of the request.

    Raises:
        DoorError: 400 when it is missing, not text or blank.
    """
    value = data.get(key)
    if not isinstance(value, str):
        raise DoorError(400, f"invalid_{key}", f"The field {key!r} must be text.")
    if not value.strip():
        raise DoorError(400, f"empty_{key}", f"The field {key!r} is empty.")
    return value


def check_length(message: str) -> None:
    """Refuses a message over the cap.

    Raises:
        DoorError: 413.
    """
    if len(message) > MAX_CHARACTERS:
        raise DoorError(413, "message_too_long", f"The message has {len(message)} characters; at most {MAX_CHARACTERS} are read.")
