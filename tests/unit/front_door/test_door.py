from __future__ import annotations

import asyncio
import logging

import pytest

from bot.clinic import Clinic
from bot.front_door.door import FrontDoor, Understood
from bot.front_door.errors import DoorError
from bot.front_door.request import MAX_CHARACTERS
from bot.knowledge import compose
from bot.knowledge.reply import OUTCOMES, Choice, Reply
from bot.safety.check import Findings


class FakeAssistant:
    """Answers with what it is told to; remembers what it was given."""

    def __init__(self, knowledge, replies=None, error=None, delay=0.0):
        self.knowledge, self.replies, self.error, self.delay = knowledge, replies, error, delay
        self.texts, self.turns, self.erased = [], [], []

    async def understand(self, text):
        self.texts.append(text)
        if self.error:
            raise self.error
        return Understood("ask_smoking", topics=("smoking",))

    async def reply(self, pseudonym, understood):
        self.turns.append((pseudonym, understood))
        await asyncio.sleep(self.delay)
        if self.replies is not None:
            return self.replies
        return [Reply("smalltalk", understood.intent, choices=(Choice("ask:smoking", "Smoking?"),))]

    async def erase(self, pseudonym):
        self.erased.append(pseudonym)
        return True


def a_door(fake, knowledge, check=lambda text: Findings(), country="GB", **more):
    return FrontDoor(fake, knowledge, check, Clinic(name="A clinic", country=country, phone="+44 20 7946 0000"), **more)


def run(coroutine):
    return asyncio.run(coroutine)


async def say(door, text="hello"):
    token, _ = await door.open()
    return await door.message(token, text)


def test_a_message_is_cleaned_and_answered(knowledge):
    fake = FakeAssistant(knowledge)
    reply = run(say(a_door(fake, knowledge), " /restart"))
    assert fake.texts == ["restart"]
    assert reply.text == "ask_smoking"


def test_what_reaches_the_dialogue_engine_holds_no_words(knowledge):
    fake = FakeAssistant(knowledge)
    run(say(a_door(fake, knowledge), "canary-4711 could smoking be the reason"))
    assert "canary" not in repr(fake.turns)


@pytest.mark.parametrize("fake", [
    lambda k: FakeAssistant(k, replies=[]),
    lambda k: FakeAssistant(k, replies=[Reply("smalltalk", "  ")]),
    lambda k: FakeAssistant(k, error=RuntimeError("canary-4711")),
    lambda k: FakeAssistant(k, delay=5),
], ids=["no reply", "blank reply", "exception", "too slow"])
def test_every_fault_ends_in_unavailable(fake, knowledge, caplog):
    with caplog.at_level(logging.DEBUG):
        reply = run(say(a_door(fake(knowledge), knowledge, time_limit=0.05)))
    assert reply.text == compose.unavailable(knowledge, "GB").text
    assert "999" in reply.text
    assert reply.outcome in OUTCOMES
    assert "canary" not in caplog.text


def test_several_replies_of_one_turn_are_joined(knowledge):
    reply = run(say(a_door(FakeAssistant(knowledge, replies=[Reply("smalltalk", "one"), Reply("answer", "two")]), knowledge)))
    assert (reply.outcome, reply.text) == ("answer", "one\n\ntwo")


def test_too_long_a_message_is_refused_before_anything_reads_it(knowledge):
    fake = FakeAssistant(knowledge)
    with pytest.raises(DoorError) as caught:
        run(say(a_door(fake, knowledge), "a" * (MAX_CHARACTERS + 1)))
    assert caught.value.status == 413
    assert fake.texts == []


def test_an_offered_choice_and_any_topics_question_are_taken_and_another_choice_refused(knowledge):
    async def go():
        fake = FakeAssistant(knowledge)
        door = a_door(fake, knowledge)
        token, _ = await door.open()
        with pytest.raises(DoorError):
            await door.choose(token, "more:diabetes")
        with pytest.raises(DoorError):
            await door.choose(token, "ask:no_such_card")
        await door.choose(token, "ask:smoking")
        return fake.turns[-1][1]
    assert run(go()) == Understood("ask_smoking", topics=("smoking",))


def test_forgetting_ends_the_conversation_and_says_what_went(knowledge):
    async def go():
        fake = FakeAssistant(knowledge)
        door = a_door(fake, knowledge)
        token, _ = await door.open()
        erased = await door.forget(token)
        with pytest.raises(DoorError):
            await door.message(token, "hello")
        return fake, erased, await door.forget(token)
    fake, erased, again = run(go())
    assert erased == ["token", "offered choices", "conversation state"]
    assert again == []
    assert len(fake.erased) == 1


def test_saying_forget_me_erases_the_state_but_keeps_the_chat_open(knowledge):
    class Forgetting(FakeAssistant):
        async def understand(self, text):
            return Understood("forget_me")

    async def go():
        fake = Forgetting(knowledge)
        door = a_door(fake, knowledge)
        token, _ = await door.open()
        fake.replies = [Reply("smalltalk", "Done.")]
        await door.message(token, "forget me")
        with pytest.raises(DoorError):
            await door.choose(token, "more:smoking")
        await door.message(token, "still there?")
        return fake
    assert len(run(go()).erased) == 2


def test_two_conversations_never_share_a_pseudonym(knowledge):
    async def go():
        fake = FakeAssistant(knowledge)
        door = a_door(fake, knowledge)
        await asyncio.gather(*(say(door) for _ in range(20)))
        return fake
    assert len({pseudonym for pseudonym, _ in run(go()).turns}) == 20


def test_a_conversation_can_begin_without_a_greeting(knowledge):
    fake = FakeAssistant(knowledge)
    door = a_door(fake, knowledge)

    async def story():
        token = door.begin("messaging")
        assert fake.turns == []
        assert (await door.message(token, "hello")).text == "ask_smoking"
        assert await door.forget(token) == ["token", "offered choices", "conversation state"]
    run(story())
