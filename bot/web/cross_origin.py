"""Lets the chat's frame call the JSON door.

The frame is sandboxed, so that it can store nothing; its origin is opaque ("null") and every call of it is cross-origin. No cookie
or other credential exists that a foreign page could borrow, so any origin may call.
"""

from __future__ import annotations

from typing import Any, Optional

from sanic.request import Request
from sanic.response import HTTPResponse, empty

from bot.web.headers import secure

_DOOR = ("/chat", "/chat/new", "/chat/forget", "/chat/question")
_ANY = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {**_ANY, "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type", "Access-Control-Max-Age": "600"}


async def _allow(request: Request, response: HTTPResponse) -> Optional[HTTPResponse]:
    if request.path not in _DOOR:
        return None
    if request.method == "OPTIONS":
        return empty(headers={**secure(), **_PREFLIGHT})
    response.headers.update(_ANY)
    return None


def allow_any_origin(app: Any) -> None:
    """Answers the browser's question beforehand on the JSON door, and marks every answer of it, errors too. Credentials stay forbidden.

    It works on the response: Rasa's own CORS layer, which allows nothing, answers the question first.
    """
    app.register_middleware(_allow, "response")
