"""Answers requests for pages, their files and pictures. Everything is read-only and the same for every visitor."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Optional

from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.clinic import load_clinic
from bot.knowledge.loader import load_once
from bot.paths import CLINIC, CONTENT
from bot.web.headers import NOTHING, PICTURE, page_policy, secure
from bot.web.site import STATIC, Site

_HTML = "text/html; charset=utf-8"
_CSS = "text/css; charset=utf-8"
_JS = "text/javascript; charset=utf-8"
_PICTURE = re.compile(r"/pictures/([a-z_]+)\.svg")
_TOPIC = re.compile(r"/topics/([a-z_]+)")


@lru_cache(maxsize=1)
def _site() -> Site:
    """The site of this process; settings and content do not change while it runs."""
    return Site(load_once(CONTENT), load_clinic(CLINIC))


def _html(text: str, policy: str) -> HTTPResponse:
    return raw(text.encode(), content_type=_HTML, headers=secure(policy))


def _file(content: bytes, content_type: str) -> HTTPResponse:
    return raw(content, content_type=content_type, headers=secure(NOTHING))


def page(request: Request) -> Optional[HTTPResponse]:
    """The page, file or picture at an address; None when there is none."""
    if request.method not in ("GET", "HEAD"):
        return None
    site, path = _site(), request.path
    if path == "/":
        return _html(site.chat(), page_policy())
    if path == "/widget":
        return _html(site.chat(), page_policy(site.allowed_sites))
    if path == "/topics":
        return _html(site.topics(), page_policy())
    if (topic := _TOPIC.fullmatch(path)) and (text := site.topic(topic.group(1))) is not None:
        return _html(text, page_policy())
    if path == "/about":
        return _html(site.about(), page_policy())
    if path == "/question" and (text := site.question()) is not None:
        return _html(text, page_policy())
    if path == "/question.js":
        return _file((STATIC / "question.js").read_bytes(), _JS)
    if path == "/embed":
        return _html(site.embed(f"{request.scheme}://{request.host}"), page_policy())
    if path == "/embed/demo":
        return _html(site.demo(), page_policy(frames=True))
    if path == "/chat.js":
        return _file((STATIC / "chat.js").read_bytes(), _JS)
    if path == "/demo.css":
        return _file((STATIC / "demo.css").read_bytes(), _CSS)
    if path == "/loader.js":
        return _file(site.loader().encode(), _JS)
    if path == "/candor.css":
        return _file(site.style().encode(), _CSS)
    if (picture := _PICTURE.fullmatch(path)) and (drawing := CONTENT / "pictures" / f"{picture.group(1)}.svg").is_file():
        return raw(drawing.read_bytes(), content_type="image/svg+xml", headers=secure(PICTURE))
    if path == "/favicon.ico":
        return raw(b"", status=204, headers=secure(NOTHING))  # browsers ask for it by themselves
    return None
