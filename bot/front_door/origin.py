"""Which websites may call the chat: its own page, the sites the clinic allows, and programs that are no website."""

from __future__ import annotations

from collections.abc import Collection
from typing import Optional
from urllib.parse import urlsplit

from bot.front_door.errors import DoorError

#: What a browser sends for the sandboxed frame that the widget runs in. It stands for no site, so it proves nothing and
#: protects nothing; what does is that the chat has no cookie and a conversation can be reached with its token only.
_OPAQUE = "null"


def check_origin(origin: Optional[str], host: str, allowed: Collection[str]) -> None:
    """Checks the ``Origin`` header of a request.

    Args:
        origin: the header, None when there is none.
        host: the request's own host, with its port.
        allowed: origins such as "https://clinic.example".

    Raises:
        DoorError: 403.
    """
    if origin is None or origin == _OPAQUE or origin in allowed:
        return
    parts = urlsplit(origin)
    if parts.scheme in ("http", "https") and parts.netloc == host:
        return
    raise DoorError(403, "origin_not_allowed", "This website may not use this chat.")
