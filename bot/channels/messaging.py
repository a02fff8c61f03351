"""The messaging channels on Rasa's server: one webhook for each that is switched on. A thin adapter; the work is the gateway's.

Rasa's own connectors are not used: they take forged posts, keep telephone numbers as conversation ids, block the loop or do not start.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.channels.gateway import Gateway
from bot.channels.platform import Call
from bot.channels.registry import PLATFORMS, start_platforms
from bot.channels.shared_door import shared_door
from bot.channels.words import Sayings, load_phrases
from bot.clinic import load_clinic
from bot.errors import CandorError
from bot.knowledge.loader import load_once
from bot.paths import CLINIC, CONTENT
from bot.privacy.closed import CHANNELS
from bot.web.headers import secure


class MessagingChannel(InputChannel):
    """``/webhooks/<platform>`` for every platform that clinic.yml switches on and whose secrets are in the environment."""

    @classmethod
    def name(cls) -> str:
        """The channel's name."""
        return "messaging"

    def url_prefix(self) -> str:
        """Each route is written out in full."""
        return "/"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Rasa calls this once and registers what it returns."""
        messaging = Blueprint("candor_messaging")
        clinic, knowledge = load_clinic(CLINIC), load_once(CONTENT)
        platforms = start_platforms(clinic, os.environ)
        apps: list[Sanic] = []
        gateway = Gateway(platforms, lambda: shared_door().of(apps[0]), Sayings(load_phrases(CONTENT), knowledge, clinic), knowledge, clinic)

        def handler(name: str) -> Callable[[Request], Awaitable[HTTPResponse]]:
            async def handle(request: Request) -> HTTPResponse:
                call = Call(request.method, {key.lower(): value for key, value in request.headers.items()}, request.query_string, request.body)
                answered = await gateway.handle(name, call)
                return raw(answered.body.encode(), status=answered.status, content_type=answered.content_type, headers=secure())
            return handle

        for platform in platforms:
            messaging.add_route(handler(platform.name), platform.path(), methods=list(PLATFORMS[platform.name].methods), name=platform.name)

        async def start(app: Sanic, loop: Any) -> None:
            refuse_others(app.ctx.input_channels)
            app.ctx.webhooks = tuple(platform.path() for platform in platforms)
            apps.append(app)
            await gateway.start()

        async def stop(app: Sanic, loop: Any) -> None:
            await gateway.stop()

        messaging.listener("before_server_start")(start)
        messaging.listener("before_server_stop")(stop)
        return messaging


def refuse_others(channels: Iterable[InputChannel]) -> None:
    """Lets no channel start that does not pass the front door; also where the server was not started by this project's own command.

    Raises:
        CandorError: credentials.yml names one.
    """
    for channel in channels:
        if not type(channel).__module__.startswith(CHANNELS):
            raise CandorError(f"The channel {channel.name()} in credentials.yml is refused: it would not pass the front door.",
                              f"Messaging apps are switched on in clinic.yml: {', '.join(PLATFORMS)}.")
