"""Answers requests for pages, their files and pictures. Everything is read-only and the same for every visitor."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.paths import CONTENT
from bot.web.headers import NOTHING, PAGE, PICTURE, secure

_STATIC = Path(__file__).resolve().parent / "static"
_FILES = {"/": ("index.html", "text/html; charset=utf-8"), "/chat.js": ("chat.js", "text/javascript; charset=utf-8"),
          "/chat.css": ("chat.css", "text/css; charset=utf-8")}
_PICTURE = re.compile(r"/pictures/([a-z_]+)\.svg")


def page(request: Request) -> Optional[HTTPResponse]:
    """The page, file or picture at an address; None when there is none."""
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path in _FILES:
        name, content_type = _FILES[request.path]
        return raw((_STATIC / name).read_bytes(), content_type=content_type, headers=secure(PAGE))
    if picture := _PICTURE.fullmatch(request.path):
        path = CONTENT / "pictures" / f"{picture.group(1)}.svg"
        if path.is_file():
            return raw(path.read_bytes(), content_type="image/svg+xml", headers=secure(PICTURE))
    if request.path == "/favicon.ico":
        return raw(b"", status=204, headers=secure(NOTHING))  # browsers ask for it by themselves
    return None
