"""A gateway with every platform behind it, a real front door with a scripted assistant, and the platforms faked on loopback."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial

import pytest
from calls import ENVIRONMENT, NAMES, PUBLIC_URL, a_clinic, said
from fake_platform import fake_platform

from bot.channels.gateway import Gateway
from bot.channels.outbox import Outbox
from bot.channels.registry import PLATFORMS
from bot.channels.visitors import Visitors
from bot.channels.words import Sayings, load_phrases
from bot.front_door.door import FrontDoor, Understood
from bot.knowledge import compose
from bot.knowledge.reply import Choice, Reply
from bot.paths import CONTENT
from bot.safety.check import Findings


class ScriptedAssistant:
    """Answers every message with the card on smoking, a tapped choice with the topic's longer answer."""

    def __init__(self, knowledge):
        self.knowledge, self.texts, self.erased, self.delay, self.error = knowledge, [], [], 0.0, None

    async def understand(self, text):
        self.texts.append(text)
        await asyncio.sleep(self.delay)
        if self.error:
            raise self.error
        return Understood("ask_smoking", topics=("smoking",))

    async def reply(self, pseudonym, understood):
        if understood.intent == "greet":
            return [Reply("smalltalk", "Hello. I am a program.", choices=(Choice("ask:smoking", "Smoking?"),))]
        make = compose.more if understood.intent == "more_detail" else lambda known, topic: compose.answer(known, [topic])
        return [make(self.knowledge, understood.topics[0])]

    async def erase(self, pseudonym):
        self.erased.append(pseudonym)
        return True


def check(text):
    """A red-flag check that knows three words; the real one is tested elsewhere and end to end."""
    flags = {"testicle": "RF-01", "suicide": "RF-14", "beats me": "RF-16"}
    return Findings(flags=tuple(flag for word, flag in flags.items() if word in text.lower()))


class House:
    """A gateway and what stands around it.

    Attributes:
        fakes: the platforms, by name.
    """

    def __init__(self, knowledge, fakes, clock, **outbox):
        clinic = a_clinic()
        self.assistant, self.fakes, self.visitors = ScriptedAssistant(knowledge), fakes, Visitors(clock)
        door = FrontDoor(self.assistant, knowledge, check, clinic)
        platforms = [PLATFORMS[name](ENVIRONMENT, PUBLIC_URL, fakes[name].url if name in fakes else None) for name in NAMES]
        self.gateway = Gateway(platforms, lambda: door, Sayings(load_phrases(CONTENT), knowledge, clinic), knowledge, clinic, self.visitors,
                               partial(Outbox, **{"first_pause": 0.02, **outbox}))

    async def send(self, name, call):
        """A request to a webhook, and time for everything behind it; returns the answer."""
        answered = await self.gateway.handle(name, call)
        await self.settle()
        return answered

    async def settle(self):
        await self.gateway.settle()
        for outbox in self.gateway._outboxes.values():
            await asyncio.wait_for(outbox._idle.wait(), 5)

    async def say(self, name, text, number=None):
        """What a person is shown after writing a text: the messages."""
        before = len(self.fakes[name].sent) if name in self.fakes else 0
        answered = await self.send(name, said(name, text, number))
        assert answered.status == 200
        if name == "mattermost":
            return [json.loads(answered.body)["text"]] if answered.body else []
        return self.fakes[name].texts()[before:]


@pytest.fixture
def house(knowledge):
    """Makes a house: ``async with house() as it``."""
    @asynccontextmanager
    async def made(clock=None, **outbox):
        async with AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.sleep, 0)
            with ExitStack() as fakes:
                found = {name: fakes.enter_context(fake_platform(name)) for name in NAMES if name != "mattermost"}
                it = House(knowledge, found, *([clock] if clock else [asyncio.get_running_loop().time]), **outbox)
                await it.gateway.start()
                try:
                    yield it
                finally:
                    await it.gateway.stop()
    return made


@pytest.fixture
def run():
    """Runs a coroutine to its end."""
    return asyncio.run
