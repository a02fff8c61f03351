"""A staff site on a real HTTP server on loopback, without Rasa, and a browser of a few lines."""

from __future__ import annotations

import asyncio
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from sanic import Sanic
from sanic.response import empty

from bot.clinic import Clinic
from bot.front_door.door import Understood
from bot.knowledge import compose

TODAY = date(2026, 11, 29)


def a_clinic(**more):
    return Clinic(**{"name": "A clinic", "country": "GB", "phone": "+44 20 7946 0000", **more})


class FakeAssistant:
    """Understands everything as a question about smoking; keeps what it was given."""

    def __init__(self, knowledge):
        self.knowledge, self.texts, self.live = knowledge, [], set()

    def use(self, agent):
        self.agent = agent

    async def understand(self, text):
        self.texts.append(text)
        return Understood("ask_smoking", 0.9, topics=("smoking",), candidates=("age",), asker="partner",
                          ranking=(("ask_smoking", 0.9), ("ask_age", 0.2)))

    async def reply(self, pseudonym, understood):
        self.live.add(pseudonym)
        return [compose.answer(self.knowledge, ["smoking"])]

    async def erase(self, pseudonym):
        self.live.discard(pseudonym)
        return True


@dataclass
class Browser:
    """Keeps cookies and follows nothing by itself."""

    port: int
    cookie: str = ""
    headers: dict = field(default_factory=dict)

    def send(self, path, form=None, **headers):
        """Returns (status, headers, text)."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {**self.headers, **headers})
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        opener = urllib.request.build_opener(type("Stay", (urllib.request.HTTPRedirectHandler,), {"redirect_request": lambda *a: None}))
        try:
            with opener.open(request, timeout=20) as response:
                status, found, body = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            status, found, body = error.code, error.headers, error.read()
        if "Set-Cookie" in found:
            self.cookie = found["Set-Cookie"].split(";")[0]
        return status, found, body.decode()

    def token(self, path):
        """The form token of a page."""
        return self.send(path)[2].split('name="csrf" value="')[1].split('"')[0]


class Current:
    """Stands for the site that a test opened last."""

    site = None

    async def answer(self, request):
        return await self.site.answer(request)


def nothing(request, path):
    return empty(status=404)


@contextmanager
def serving(staff_site):
    """Serves a site on a free port of loopback."""
    loop = asyncio.new_event_loop()
    app = Sanic("candor_staff_test", configure_logging=False)
    app.register_middleware(staff_site.answer, "request")
    app.add_route(nothing, "/<path:path>", methods=["GET", "POST"])
    started = threading.Event()
    port = []

    async def start():
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        server = await app.create_server(sock=bound, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.start_serving()
        port.append(server.server.sockets[0].getsockname()[1])
        started.set()
        return server

    def run():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(20)
    try:
        yield port[0], loop, app
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
