"""Answers requests below ``/staff``: who may enter, the finished pages, and the three that a server makes: ask, insights, sign-in.

A function from request to response or None, called by a middleware; or, with a port of its own, by a server of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Optional, Protocol

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.clinic import Clinic, load_clinic
from bot.cross_validation import read_examples
from bot.errors import CandorError
from bot.front_door.door import Assistant
from bot.front_door.errors import DoorError
from bot.front_door.limits import RateLimit
from bot.front_door.request import MAX_BODY_BYTES
from bot.knowledge.loader import Knowledge, load_once
from bot.paths import CLINIC, CONTENT, ENCODER, SAFETY_LAYER
from bot.safety.check import load_check_once
from bot.staff import insights, search
from bot.staff.access import COOKIE, Access, Caller, Visitor, audit, mark_of
from bot.staff.asking import Asked, ask
from bot.staff.insights import Stores
from bot.staff.settings import PASSWORD_HASH
from bot.staff.site import POLICY, REFERRER, Site, asset, build, content_type, render
from bot.web.headers import PICTURE, secure

PREFIX = "/staff"
#: Open to everybody who may see the sign-in page.
_OPEN = ("staff.css", "icon.svg")


class AssistantInService(Assistant, Protocol):
    """An assistant on whatever agent serves at the moment."""

    def use(self, agent: Any) -> None:
        """Takes the agent in service, None when there is none."""


def _caller(request: Request) -> Caller:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Caller(request.ip, request.version, headers, request.cookies.get(COOKIE))


def _field(request: Request, name: str) -> str:
    value = (request.form or {}).get(name)
    return value if isinstance(value, str) else ""


class StaffSite:
    """The staff site of this installation.

    Args:
        assistant: answers "ask as a patient would".
        clinic: its settings.
        stores: counts and questions.
        access: who may enter; made from the clinic's settings and the environment where it is not given.
    """

    def __init__(self, assistant: AssistantInService, clinic: Clinic, stores: Stores, access: Optional[Access] = None) -> None:
        self._assistant = assistant
        self._clinic = clinic
        self._stores = stores
        self._access = access or Access(clinic.staff, os.environ.get(PASSWORD_HASH) or None)
        self._asks = RateLimit(10, 0.5)
        self._built: Optional[tuple[date, Site]] = None
        self._building: Optional[asyncio.Lock] = None

    def _knowledge(self) -> Knowledge:
        return load_once(CONTENT)

    async def _site(self) -> Site:
        """The finished pages, made anew on the first request of a day, because marks and copied texts carry the day."""
        self._building = self._building or asyncio.Lock()
        async with self._building:
            if self._built is None or self._built[0] != date.today():
                today = date.today()
                self._built = today, await asyncio.to_thread(self._build, today)
        return self._built[1]

    def _build(self, today: date) -> Site:
        return build(self._knowledge(), CONTENT, self._clinic, search.by_topic(read_examples()), today, served=True)

    async def answer(self, request: Request) -> Optional[HTTPResponse]:
        """The response to a request below ``/staff``; None for any other, and where the site is not there for the caller."""
        if request.path != PREFIX and not request.path.startswith(f"{PREFIX}/"):
            return None
        caller = _caller(request)
        visitor = self._access.visitor(caller)
        if visitor is None:
            return None
        if request.path == PREFIX:
            return HTTPResponse(status=308, headers={**secure(), "Location": f"{PREFIX}/"})
        try:
            return await self._route(request, caller, visitor, request.path[len(PREFIX) + 1:] or "index.html")
        except CandorError as error:
            return self._message(visitor, getattr(error, "status", 503), "That did not work", str(error))

    async def _route(self, request: Request, caller: Caller, visitor: Visitor, path: str) -> HTTPResponse:
        if request.method == "POST":
            return await self._post(request, caller, visitor, path)
        if request.method not in ("GET", "HEAD"):
            return self._message(visitor, 405, "Not possible", "This address does not take that method.")
        if path in _OPEN:
            return raw(asset(path), content_type=content_type(path), headers=secure(POLICY) | REFERRER)
        if visitor.way is None:
            return self._page(visitor, "signin.html", 401 if path != "signin" else 200, page="signin", error="")
        if path == "ask":
            return self._page(visitor, "ask.html", page="ask", text="", asked=None, error="")
        if path == "insights":
            return await self._insights(visitor)
        if path == "signout":
            return self._page(visitor, "signout.html", page="signout", way=visitor.way)
        body = (await self._site()).files.get(path)
        if body is None:
            return self._message(visitor, 404, "Not found", "There is no such page.")
        policy = PICTURE if path.endswith(".svg") else POLICY
        return raw(body, content_type=content_type(path), headers=secure(policy) | REFERRER)

    async def _post(self, request: Request, caller: Caller, visitor: Visitor, path: str) -> HTTPResponse:
        if int(request.headers.get("content-length") or 0) > MAX_BODY_BYTES:
            return self._message(visitor, 413, "Too long", f"More than {MAX_BODY_BYTES // 1024} KB cannot be sent here.")
        await request.receive_body()
        if len(request.body) > MAX_BODY_BYTES:
            return self._message(visitor, 413, "Too long", f"More than {MAX_BODY_BYTES // 1024} KB cannot be sent here.")
        if not self._access.is_genuine(caller, visitor, _field(request, "csrf")):
            audit.info("%s a form without its token was refused", visitor.mark())
            return self._message(visitor, 403, "Please send it again", "The page was open for too long, or the form did not come from this site. "
                                 "Go back, reload the page and send it again. Nothing was changed.")
        if path == "signin":
            return await self._sign_in(request, caller, visitor)
        if visitor.way is None:
            return self._page(visitor, "signin.html", 401, page="signin", error="")
        if path == "signout":
            self._access.sign_out(visitor.cookie)
            audit.info("%s signed out", visitor.mark())
            return self._redirect("index.html")
        if path == "ask":
            return await self._ask(request, visitor)
        if path == "questions":
            return await self._settle(request, visitor)
        return self._message(visitor, 404, "Not found", "There is no such page.")

    async def _sign_in(self, request: Request, caller: Caller, visitor: Visitor) -> HTTPResponse:
        found = await self._access.sign_in(caller, _field(request, "password"))
        if isinstance(found, str):
            audit.info("%s signed in", mark_of(found))
            response = self._redirect("index.html")
            self._set_cookie(response, caller, found)
            return response
        if found:
            audit.info("%s too many tries", visitor.mark())
            wait = int(found) + 1
            response = self._page(visitor, "signin.html", 429, page="signin", error=f"Too many tries. Please wait {wait} seconds and try again.")
            response.headers["Retry-After"] = str(wait)
            return response
        audit.info("%s wrong password", visitor.mark())
        return self._page(visitor, "signin.html", 403, page="signin", error="The password is not right.")

    async def _ask(self, request: Request, visitor: Visitor) -> HTTPResponse:
        text = _field(request, "message")
        asked: Optional[Asked] = None
        error, status = "", 200
        wait = self._asks.wait(visitor.cookie)
        if wait:
            error, status = f"That was a lot at once. Please wait {int(wait) + 1} seconds.", 429
        elif not text.strip():
            error, status = "Please write a question.", 400
        else:
            self._assistant.use(getattr(request.app.ctx, "agent", None))
            try:
                asked = await ask(text, self._assistant, load_check_once(CONTENT, SAFETY_LAYER, ENCODER), self._knowledge(), self._clinic)
                audit.info("%s asked as a patient", visitor.mark())
            except DoorError as refused:
                error, status = str(refused), refused.status
        return self._page(visitor, "ask.html", status, page="ask", text=text[:8000], asked=asked, error=error)

    async def _insights(self, visitor: Visitor) -> HTTPResponse:
        known = self._knowledge()
        rows = await asyncio.to_thread(self._stores.rows)
        batches = await asyncio.to_thread(self._stores.batches) if visitor.way != "direct" else ()
        answered, unanswered = (insights.panels(known, rows, unanswered=without) for without in (False, True))
        return self._page(
            visitor, "insights.html", page="insights", counted=self._stores.counts is not None, asked=self._stores.questions is not None,
            direct=visitor.way == "direct", rows=rows, shown=insights.shown, outcome=insights.outcome, answered=answered, unanswered=unanswered,
            batches=batches, cards=known.cards)

    async def _settle(self, request: Request, visitor: Visitor) -> HTTPResponse:
        verdict = _field(request, "verdict")
        if visitor.way == "direct":
            return self._message(visitor, 403, "Not here", "Questions that people sent are shown only where staff sign in. See docs/staff.md.")
        if verdict not in ("example", "not_useful"):
            return self._message(visitor, 400, "Not possible", "The form did not say what to do with the question.")
        wording = " ".join(_field(request, "wording").split()) if verdict == "example" else ""
        if verdict == "example" and not wording:
            return self._message(visitor, 400, "In your own words", "Write the question in your own words first, so that nobody finds theirs.")
        kind: insights.Verdict = "example" if verdict == "example" else "not_useful"
        question = await asyncio.to_thread(self._stores.settle, _field(request, "key"), kind, wording)
        if question is None:
            return self._message(visitor, 404, "Already done", "This question has been dealt with already.")
        audit.info("%s settled a question: %s", visitor.mark(), verdict)
        if verdict == "not_useful":
            return self._redirect("insights")
        file, line = insights.training_line(self._knowledge(), question.topic, wording)
        return self._page(visitor, "example.html", page="insights", file=file, line=line)

    def _page(self, visitor: Visitor, template: str, status: int = 200, **values: Any) -> HTTPResponse:
        common = {"clinic": self._clinic, "today": date.today(), "served": visitor.way is not None, "root": f"{PREFIX}/", "csrf": visitor.csrf}
        text = render(template, **common, **values)
        response = raw(text.encode(), status=status, content_type="text/html; charset=utf-8", headers=secure(POLICY) | REFERRER)
        if visitor.fresh:
            self._set_cookie(response, None, visitor.cookie)
        return response

    def _message(self, visitor: Visitor, status: int, title: str, text: str) -> HTTPResponse:
        return self._page(visitor, "message.html", status, page="", title=title, text=text)

    @staticmethod
    def _redirect(to: str) -> HTTPResponse:
        return HTTPResponse(status=303, headers={**secure(), "Location": f"{PREFIX}/{to}"})

    @staticmethod
    def _set_cookie(response: HTTPResponse, caller: Optional[Caller], cookie: str) -> None:
        # Not "Secure" on plain HTTP, which is loopback: browsers would drop it. Behind HTTPS the proxy says so.
        secure_too = caller is not None and caller.headers.get("x-forwarded-proto", "") == "https"
        response.headers["Set-Cookie"] = f"{COOKIE}={cookie}; Path={PREFIX}; HttpOnly; SameSite=Strict{'; Secure' if secure_too else ''}"


def _settle_audit() -> None:
    """Audit lines go to the server's own output, whatever level the rest logs at."""
    if not audit.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s staff %(message)s"))
        audit.addHandler(handler)
        audit.setLevel(logging.INFO)
        audit.propagate = False


def staff_site(assistant: AssistantInService) -> Callable[[Sanic, Any], Awaitable[None]]:
    """A listener that opens the staff site when a server starts: on its port, or on a port of its own on loopback."""
    async def open_site(app: Sanic, loop: Any) -> None:
        clinic = load_clinic(CLINIC)
        if not clinic.staff.enabled:
            return
        _settle_audit()
        site = StaffSite(assistant, clinic, insights.stores(clinic))
        if clinic.staff.port is None:
            app.register_middleware(site.answer, "request")
            return
        app.register_middleware(_apart(site, clinic.staff.port), "request")
        await _listen(app, clinic.staff.port)
    return open_site


def _apart(site: StaffSite, port: int) -> Callable[[Request], Awaitable[Optional[HTTPResponse]]]:
    """A middleware that answers with the staff site and nothing else on its port, and with nothing of it on the website's."""
    async def answer(request: Request) -> Optional[HTTPResponse]:
        if request.conn_info.server_port != port:
            return None
        return await site.answer(request) or raw(b"There is nothing at this address.\n", status=404, headers=secure())
    return answer


async def _listen(app: Sanic, port: int) -> None:
    """Lets a server listen on another port of loopback as well.

    Raises:
        CandorError: the port is taken.
    """
    from bot.serve import check_port

    check_port(port)
    server = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False)
    await server.start_serving()
