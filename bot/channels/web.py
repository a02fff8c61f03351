"""The website's channel: the plain page at / and the JSON door under /chat, on Rasa's own server.

Only the paths listed here answer, and every error is JSON. The client chooses no sender, channel or metadata.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Optional

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.dialogue.rasa_assistant import LateAssistant
from bot.front_door.door import FrontDoor
from bot.front_door.errors import DoorError
from bot.front_door.opening import open_front_door
from bot.front_door.request import read_body, read_text
from bot.knowledge.reply import Reply
from bot.staff.http import staff_site
from bot.web.headers import secure
from bot.web.pages import page


def _refused(error: DoorError) -> HTTPResponse:
    return json(error.to_dict(), status=error.status, headers=secure())


def _answered(reply: Reply) -> HTTPResponse:
    return json(reply.to_dict(), headers=secure())


class WebChannel(InputChannel):
    """``POST /chat/new``, ``POST /chat``, ``POST /chat/forget``, ``GET /health`` and the page."""

    def __init__(self) -> None:
        self._assistant = LateAssistant()
        self._door = open_front_door(self._assistant)

    @classmethod
    def name(cls) -> str:
        """The channel's name."""
        return "web"

    def url_prefix(self) -> str:
        """Routes stand at the root, not under /webhooks/."""
        return "/"

    def _open_door(self, app: Sanic) -> FrontDoor:
        """The front door, before the assistant of the agent in service; it also opens while there is none, for the care cards."""
        self._assistant.use(getattr(app.ctx, "agent", None))
        return self._door

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Rasa calls this once and registers what it returns."""
        web = Blueprint("candor_web")

        def handler(function: Callable[[Request], Awaitable[HTTPResponse]]) -> Callable[[Request], Awaitable[HTTPResponse]]:
            async def handle(request: Request) -> HTTPResponse:
                try:
                    return await function(request)
                except DoorError as error:
                    return _refused(error)
            handle.__name__ = function.__name__
            return handle

        @handler
        async def new(request: Request) -> HTTPResponse:
            read_body(request.body, request.headers.get("content-type", ""))
            token, reply = await self._open_door(request.app).open()
            return json({"conversation": token, "reply": reply.to_dict()}, status=201, headers=secure())

        @handler
        async def chat(request: Request) -> HTTPResponse:
            data = read_body(request.body, request.headers.get("content-type", ""))
            token = read_text(data, "conversation")
            door = self._open_door(request.app)
            if ("choice" in data) == ("message" in data):
                raise DoorError(400, "invalid_message", "Send either a message or a choice.")
            # A client that goes away mid-turn must not break the turn: it runs to its end, shielded.
            turn = door.choose(token, read_text(data, "choice")) if "choice" in data else door.message(token, read_text(data, "message"))
            return _answered(await asyncio.shield(asyncio.ensure_future(turn)))

        @handler
        async def forget(request: Request) -> HTTPResponse:
            # navigator.sendBeacon can only send text/plain without asking first, so the type is not checked here.
            data = read_body(request.body, "application/json")
            return json({"erased": await self._open_door(request.app).forget(read_text(data, "conversation"))}, headers=secure())

        @handler
        async def health(request: Request) -> HTTPResponse:
            self._open_door(request.app)
            if not self._assistant.is_ready():
                raise DoorError(503, "not_ready", "The assistant is not ready. Care cards and numbers are shown; answers are not.")
            return json({"status": "ready"}, headers=secure())

        web.add_route(new, "/chat/new", methods=["POST"])
        web.add_route(chat, "/chat", methods=["POST"])
        web.add_route(forget, "/chat/forget", methods=["POST"])
        web.add_route(health, "/health", methods=["GET"])
        web.listener("before_server_start")(staff_site(self._assistant))
        web.listener("before_server_start")(_close_everything_else)
        return web


async def _page(request: Request) -> Optional[HTTPResponse]:
    """Pages are answered here because Rasa holds the route "/" itself."""
    return page(request)


def _error(request: Request, error: Exception) -> HTTPResponse:
    """Every error that Sanic itself raises, as JSON and without its words."""
    status = getattr(error, "status_code", 500)
    code, message = {
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take that method."),
        413: ("body_too_large", "The request is too large."),
    }.get(status, ("bad_request", "The request could not be read.") if status < 500 else ("unavailable", "Something went wrong. Please try again."))
    return json({"error": {"code": code, "message": message}}, status=status, headers=secure())


async def _close_everything_else(app: Sanic, loop: Any) -> None:
    app.register_middleware(_page, "request")
    app.error_handler.add(SanicException, _error)
    app.error_handler.add(Exception, _error)
