"""What stands between the platforms and the front door: proves, reads, answers once and sends. It knows neither Rasa nor a web server.

A request is answered at once and its turns run behind it, so that no platform waits and sends again. Words and addresses live as long
as the turn and its delivery.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Optional

import aiohttp

from bot.channels.outbox import Outbox
from bot.channels.platform import Call, Outgoing, Part, Platform, RefusedCallError, Update, Verdict
from bot.channels.render import render
from bot.channels.turns import Turns
from bot.channels.visitors import Visitors
from bot.channels.words import Sayings
from bot.clinic import Clinic
from bot.front_door.door import FrontDoor
from bot.knowledge.loader import Knowledge

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
#: Most turns under way at once; a platform is asked to send again later what comes beyond.
MOST_TURNS = 500
#: Longest that one request to a platform may take, in seconds.
SEND_SECONDS = 10.0
_SWEEP_SECONDS = 60.0
_MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answered:
    """The answer to a platform's request."""

    status: int
    body: str = field(default="", repr=False)
    content_type: str = "text/plain; charset=utf-8"


class Gateway:
    """Every messaging channel of this process.

    Args:
        platforms: those in service.
        door: the front door.
        sayings: the fixed sentences.
        knowledge: loaded content.
        clinic: whose country the numbers are for.
        visitors: who is writing.
        outbox: makes the outbox of a platform.
    """

    def __init__(self, platforms: Sequence[Platform], door: Callable[[], FrontDoor], sayings: Sayings, knowledge: Knowledge, clinic: Clinic,
                 visitors: Optional[Visitors] = None, outbox: Callable[..., Outbox] = Outbox) -> None:
        self._platforms = {platform.name: platform for platform in platforms}
        self._visitors = Visitors() if visitors is None else visitors
        self._turns = Turns(door, self._visitors, sayings, knowledge, clinic)
        self._sayings = sayings
        self._knowledge = knowledge
        self._make_outbox = outbox
        self._outboxes: dict[str, Outbox] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._session: Optional[aiohttp.ClientSession] = None
        self._sweeper: Optional[asyncio.Task[None]] = None

    async def start(self) -> None:
        """Opens the client and begins to send; call it in the running loop."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SEND_SECONDS), trust_env=True)
        for name, platform in self._platforms.items():
            self._outboxes[name] = self._make_outbox(name, self._sender(platform))
            self._outboxes[name].start()
        self._sweeper = asyncio.get_running_loop().create_task(self._sweep())

    async def stop(self) -> None:
        """Lets the turns under way end, sends what can still be sent, forgets the rest."""
        if self._running:
            await asyncio.wait(self._running, timeout=3.0)
        await asyncio.gather(*(outbox.stop() for outbox in self._outboxes.values()))
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._session is not None:
            await self._session.close()

    async def settle(self) -> None:
        """Waits until every turn under way has its reply in the outbox."""
        while self._running:
            await asyncio.wait(self._running)

    async def handle(self, name: str, call: Call) -> Answered:
        """Answers one request to the webhook of a platform; raises nothing and logs no words."""
        platform = self._platforms[name]
        try:
            if len(call.body) > MAX_BODY_BYTES:
                raise RefusedCallError(413)
            platform.verify(call)
            received = platform.read(call)
            if received.answer:
                return Answered(200, received.answer)
            if len(self._running) + len(received.updates) > MOST_TURNS:
                logger.error("%s: too many turns under way; the platform was asked to send again", name)
                raise RefusedCallError(503)
            answer = ""
            for update in received.updates:
                if self._visitors.is_new(name, update.id):
                    answer = await self._take(platform, update) or answer
        except RefusedCallError as refused:
            return Answered(refused.status)
        except Exception as error:  # a platform's surprise must not become a traceback that holds words
            logger.error("a request of %s failed with %s", name, type(error).__name__)
            return Answered(500)
        return Answered(200, answer, "application/json") if answer else Answered(200)

    async def _take(self, platform: Platform, update: Update) -> str:
        """Takes a turn: behind the request, or for an inline update within it. Returns the body to answer with."""
        key = self._visitors.pseudonym(update.service, update.address.via, update.address.to, update.person)
        if update.inline:
            parts = await asyncio.shield(self._parts(platform, update, key))
            return platform.inline(update, parts) if parts else ""
        task = asyncio.get_running_loop().create_task(self._turn(platform, update, key))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return ""

    async def _parts(self, platform: Platform, update: Update, key: str) -> tuple[Part, ...]:
        turn = await self._turns.take(update, key, platform.shape.staff)
        return render(turn.reply, platform.shape, self._knowledge.phrases, self._sayings.phrases, turn.asides) if turn else ()

    async def _turn(self, platform: Platform, update: Update, key: str) -> None:
        try:
            turn = await self._turns.take(update, key, platform.shape.staff)
            outbox = self._outboxes[platform.name]
            if turn is None or turn.forgotten:
                outbox.drop(key)
            if turn is None:
                return
            parts = render(turn.reply, platform.shape, self._knowledge.phrases, self._sayings.phrases, turn.asides)
            urgent = turn.reply.outcome == "care" or turn.reply.red_flag is not None or turn.reply.care in ("emergency", "urgent", "support")
            outbox.put(key, platform.outgoing(update, parts), care=urgent)
        except Exception as error:  # nobody else would hear of it, and the loop would print its words
            logger.error("a reply of %s failed with %s", platform.name, type(error).__name__)

    def _sender(self, platform: Platform) -> Callable[[Outgoing], Any]:
        async def send(request: Outgoing) -> Verdict:
            assert self._session is not None
            return await send_request(self._session, platform, request)
        return send

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                await self._turns.sweep()
            except Exception as error:  # tried again in a minute
                logger.error("forgetting idle conversations failed with %s", type(error).__name__)


async def send_request(session: aiohttp.ClientSession, platform: Platform, request: Outgoing) -> Verdict:
    """Sends one request and reads what the platform made of it. A redirect is never followed: nobody else gets the words."""
    how: dict[str, Any] = {"data": dict(request.body)} if request.form else {"json": dict(request.body)}
    async with session.post(request.url, headers=dict(request.headers), allow_redirects=False, **how) as response:
        found = await response.content.read(_MAX_ANSWER_BYTES)
        data: Any = {}
        with suppress(ValueError):
            data = json.loads(found)
        verdict = platform.judge(response.status, response.headers, data if isinstance(data, dict) else {})
        if verdict.result == "rejected":
            logger.warning("%s refused a request with status %d", platform.name, response.status)
        return verdict
