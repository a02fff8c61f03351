"""The website's channel: the plain page at / and the JSON door under /chat, on Rasa's own server.

Only the paths listed here answer, and every error is JSON. The client chooses no sender, channel or metadata.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Optional

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.channels.shared_door import shared_door
from bot.clinic import load_clinic
from bot.front_door.door import FrontDoor
from bot.front_door.errors import DoorError
from bot.front_door.limits import AddressLimit, refuse_for
from bot.front_door.origin import check_origin
from bot.front_door.padding import padded
from bot.front_door.request import read_body, read_text
from bot.knowledge.loader import load_once
from bot.paths import CLINIC, CONTENT
from bot.privacy.closed import is_open
from bot.privacy.opt_in import NOTICE
from bot.privacy.quiet import new_request, quiet, quiet_loop
from bot.staff.http import staff_site
from bot.web.cross_origin import allow_any_origin
from bot.web.headers import secure
from bot.web.pages import page

logger = logging.getLogger(__name__)


#: Seconds between two looks for idle conversations, and between two writings of the counts.
_SWEEP_EVERY, _FLUSH_EVERY = 30.0, 900.0
#: Path that Sanic gives a request that did not arrive whole.
_UNREAD = "*"


def _answered(body: dict[str, Any], status: int = 200, more: Optional[dict[str, str]] = None) -> HTTPResponse:
    return raw(padded(body), status=status, content_type="application/json", headers={**secure(), **(more or {})})


def _refused(error: DoorError) -> HTTPResponse:
    return _answered(error.to_dict(), error.status, {"Retry-After": str(error.wait)} if error.wait else None)


class WebChannel(InputChannel):
    """``POST /chat/new``, ``POST /chat``, ``POST /chat/forget``, ``GET /health`` and the page."""

    def __init__(self) -> None:
        self._clinic = load_clinic(CLINIC)
        self._shared = shared_door()
        self._addresses = AddressLimit()

    @classmethod
    def name(cls) -> str:
        """The channel's name."""
        return "web"

    def url_prefix(self) -> str:
        """Routes stand at the root, not under /webhooks/."""
        return "/"

    def _open_door(self, app: Sanic) -> FrontDoor:
        """The front door, before the assistant of the agent in service; it also opens while there is none, for the care cards."""
        return self._shared.of(app)

    def _admit(self, request: Request) -> None:
        """Refuses a foreign website and an address that asks for too much.

        Raises:
            DoorError: 403 or 429.
        """
        check_origin(request.headers.get("origin"), request.host, self._clinic.website.allowed_sites)
        address = _address(request, self._clinic.proxies)
        if address and (wait := self._addresses.wait(address)):
            region = load_once(CONTENT).region(self._clinic.country)
            raise refuse_for(wait, region.emergency.text)

    async def _keep_house(self, app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        """Ends idle conversations and writes the counts, for as long as the server runs."""
        quiet()  # also where the server was not started by this project's own command
        quiet_loop(loop)

        async def rounds() -> None:
            flushed = loop.time()
            while True:
                await asyncio.sleep(_SWEEP_EVERY)
                await self._shared.door.sweep()
                if loop.time() - flushed >= _FLUSH_EVERY:
                    self._shared.door.flush()
                    flushed = loop.time()

        self._rounds = loop.create_task(rounds())

    async def _leave(self, app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        self._rounds.cancel()
        self._shared.door.flush()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Rasa calls this once and registers what it returns."""
        web = Blueprint("candor_web")

        def handler(function: Callable[[Request], Awaitable[HTTPResponse]]) -> Callable[[Request], Awaitable[HTTPResponse]]:
            async def handle(request: Request) -> HTTPResponse:
                try:
                    self._admit(request)
                    return await function(request)
                except DoorError as error:
                    return _refused(error)
            handle.__name__ = function.__name__
            return handle

        @handler
        async def new(request: Request) -> HTTPResponse:
            read_body(request.body, request.headers.get("content-type", ""))
            token, reply = await self._open_door(request.app).open()
            return _answered({"conversation": token, "reply": reply.to_dict(), "question_box": self._shared.door.has_box()}, 201)

        @handler
        async def chat(request: Request) -> HTTPResponse:
            data = read_body(request.body, request.headers.get("content-type", ""))
            token = read_text(data, "conversation")
            door = self._open_door(request.app)
            if ("choice" in data) == ("message" in data):
                raise DoorError(400, "invalid_message", "Send either a message or a choice.")
            # A client that goes away mid-turn must not break the turn: it runs to its end, shielded.
            turn = door.choose(token, read_text(data, "choice")) if "choice" in data else door.message(token, read_text(data, "message"))
            return _answered((await asyncio.shield(asyncio.ensure_future(turn))).to_dict())

        @handler
        async def question(request: Request) -> HTTPResponse:
            data = read_body(request.body, request.headers.get("content-type", ""))
            token, text = read_text(data, "conversation"), read_text(data, "text")
            door = self._open_door(request.app)
            if data.get("seen") is not True:
                shown = await door.preview_question(token, text)
                return _answered({"preview": shown, "notice": NOTICE} if isinstance(shown, str) else {"reply": shown.to_dict()})
            topic = data.get("topic")
            care = await door.send_question(token, text, topic if isinstance(topic, str) else None)
            return _answered({"sent": True} if care is None else {"reply": care.to_dict()})

        @handler
        async def forget(request: Request) -> HTTPResponse:
            # navigator.sendBeacon can only send text/plain without asking first, so the type is not checked here.
            data = read_body(request.body, "application/json")
            return _answered({"erased": await self._open_door(request.app).forget(read_text(data, "conversation"))})

        @handler
        async def health(request: Request) -> HTTPResponse:
            self._open_door(request.app)
            if not self._shared.assistant.is_ready():
                raise DoorError(503, "not_ready", "The assistant is not ready. Care cards and numbers are shown; answers are not.")
            return _answered({"status": "ready"})

        web.add_route(new, "/chat/new", methods=["POST"])
        web.add_route(chat, "/chat", methods=["POST"])
        web.add_route(question, "/chat/question", methods=["POST"])
        web.add_route(forget, "/chat/forget", methods=["POST"])
        web.add_route(health, "/health", methods=["GET"])
        web.listener("before_server_start")(staff_site(self._shared.assistant))
        web.listener("before_server_start")(_close_everything_else)
        web.listener("before_server_start")(self._keep_house)
        web.listener("before_server_stop")(self._leave)
        return web


def _address(request: Request, proxies: int) -> str:
    """The address that a request came from, as far as trusted proxies tell; "" where nothing can be told apart."""
    if not proxies:
        return "" if request.ip in ("127.0.0.1", "::1") else str(request.ip)  # a proxy nobody told us of, or a person at the machine
    told = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    return told[-proxies] if len(told) >= proxies else ""


async def _page(request: Request) -> Optional[HTTPResponse]:
    """Pages are answered here because Rasa holds the route "/" itself; what is neither a page nor ours is not there."""
    new_request()
    found = page(request)
    if found is None and not is_open(request.path, getattr(request.app.ctx, "webhooks", ())) and request.path != _UNREAD:
        return _refused(DoorError(404, "not_found", "There is nothing at this address."))
    return found


def _error(request: Request, error: Exception) -> HTTPResponse:
    """Every error that Sanic itself raises, as JSON and without its words."""
    status = getattr(error, "status_code", 500)
    if status >= 500:
        logger.error("a request failed with %s", type(error).__name__)
    code, message = {
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take that method."),
        408: ("too_slow", "The request took too long to arrive."),
        413: ("body_too_large", "The request is too large."),
    }.get(status, ("bad_request", "The request could not be read.") if status < 500 else ("unavailable", "Something went wrong. Please try again."))
    answer = _refused(DoorError(status, code, message))
    answer.headers.update(getattr(error, "headers", {}))  # the methods that are allowed
    return answer


async def _close_everything_else(app: Sanic, loop: Any) -> None:
    app.register_middleware(_page, "request")
    allow_any_origin(app)
    app.error_handler.add(SanicException, _error)
    app.error_handler.add(Exception, _error)
