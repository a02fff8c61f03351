"""What a red flag does to a turn and to the rest of the conversation, whatever stands behind the door."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.clinic import Clinic
from bot.front_door.door import FrontDoor, Understood
from bot.knowledge.reply import Reply
from bot.safety import cards
from bot.safety.check import Findings
from bot.safety.wording import is_general

FLAGGED = {
    "torsion": Findings(("RF-01",)), "dark": Findings(("RF-14",)), "both": Findings(("RF-04", "RF-14")), "child": Findings(("RF-17",)),
    "pee": Findings(("RF-04",)), "dose": Findings(requests=("medicine_change",)), "broken": Findings(whole=False),
    "maybe": Findings(possible=("RF-11",)),
}


class Behind:
    """A dialogue engine that answers about smoking, or fails in the ways a real one can."""

    def __init__(self, fails=(), hangs=False, topics=("smoking",)):
        self.fails, self.hangs, self.topics, self.erased = fails, hangs, topics, 0

    async def understand(self, text):
        if self.hangs:
            await asyncio.sleep(60)
        if "understand" in self.fails:
            raise RuntimeError("classifier down")
        return Understood("ask_smoking", topics=self.topics)

    async def reply(self, pseudonym, understood):
        if "reply" in self.fails:
            raise RuntimeError("store or action server down")
        if understood.intent == "greet":
            return [Reply("smalltalk", "Hello.")]
        return [Reply("answer", "About smoking.", topics=self.topics)]

    async def erase(self, pseudonym):
        self.erased += 1
        return True


def a_door(knowledge, behind=None, country="GB"):
    def check(text):
        return FLAGGED.get(text, Findings())

    return FrontDoor(behind or Behind(), knowledge, check, Clinic(name="A clinic", country=country, phone="+44 20 7946 0000"))


def talk(door, *messages):
    async def go():
        token, greeting = await door.open()
        replies = [greeting]
        for message in messages:
            if message.startswith("choice "):
                replies.append(await door.choose(token, message.removeprefix("choice ")))
            else:
                replies.append(await door.message(token, message))
        return replies
    return asyncio.run(go())


def test_the_card_comes_first_and_the_question_becomes_a_choice(knowledge):
    reply = talk(a_door(knowledge), "torsion")[-1]
    assert (reply.outcome, reply.red_flag, reply.care) == ("care", "RF-01", "emergency")
    assert reply.text.splitlines()[:2] == ["EMERGENCY: Sudden or severe pain in a testicle", "Call 999."]
    assert "About smoking" not in reply.text
    assert [choice.id for choice in reply.choices] == ["ask:smoking", "help_now"]
    assert reply.sources == ()
    assert "999" in reply.numbers


@pytest.mark.parametrize(("text", "general"), [
    ("is blood in semen common?", True), ("what causes blood in the urine", True), ("I have blood in my semen", False),
    ("is it normal that there is blood in his semen", False), ("blood in semen since yesterday", False), ("why is there blood in semen again", False),
])
def test_a_general_question_is_told_from_somebodys_own(text, general):
    assert is_general(text) is general


def test_a_general_question_gets_the_card_and_its_answer_below(knowledge):
    FLAGGED["is blood in semen common?"] = Findings(("RF-03",))
    reply = talk(a_door(knowledge), "is blood in semen common?")[-1]
    assert (reply.outcome, reply.red_flag, reply.topics) == ("care", "RF-03", ("smoking",))
    assert reply.text.startswith("URGENT: Blood in semen")
    assert reply.text.endswith("About smoking.")
    broken = talk(a_door(knowledge, Behind(fails=("reply",))), "is blood in semen common?")[-1]
    assert broken.text.startswith("URGENT: Blood in semen")


def test_the_offered_question_can_be_asked_after_the_card(knowledge):
    assert talk(a_door(knowledge), "torsion", "choice ask:smoking")[-1].text == "About smoking."


@pytest.mark.parametrize("behind", [
    Behind(fails=("understand",)), Behind(fails=("reply",)), Behind(fails=("understand", "reply")), Behind(hangs=True),
], ids=["the classifier raises", "store or action server raises", "everything raises", "the classifier hangs"])
def test_the_card_comes_within_a_second_whatever_is_broken_behind(knowledge, behind):
    async def go():
        door = a_door(knowledge, behind)
        token, _ = await door.open()
        started = time.monotonic()
        return await door.message(token, "torsion"), time.monotonic() - started
    reply, taken = asyncio.run(go())
    assert reply.red_flag == "RF-01"
    assert "Call 999." in reply.text
    assert taken < 1


def test_a_sign_tapped_in_the_guided_check_gets_its_card_whatever_is_broken_behind(knowledge):
    async def go():
        door = a_door(knowledge, Behind(fails=("understand", "reply")))
        token, _ = await door.open()
        conversation = door._conversations.get(token)
        conversation.offered.add("check:alarm:no_urine")
        reply = await door.choose(token, "check:alarm:no_urine")
        return reply, conversation
    reply, conversation = asyncio.run(go())
    assert (reply.outcome, reply.red_flag, reply.care) == ("care", "RF-05", "emergency")
    assert "Call 999." in reply.text
    assert (conversation.flags, conversation.cared) == (["RF-05"], True)


def test_the_next_turn_knows_that_a_card_was_shown(knowledge):
    class Remembering(Behind):
        def __init__(self):
            super().__init__()
            self.cared = []

        async def reply(self, pseudonym, understood):
            self.cared.append(understood.after_care)
            return await super().reply(pseudonym, understood)

    behind = Remembering()
    talk(a_door(knowledge, behind), "hello", "torsion", "no", "no")
    assert behind.cared == [False, False, True, False]


def test_the_card_does_not_wait_for_an_earlier_message_that_hangs(knowledge):
    async def go():
        door = a_door(knowledge, Behind(hangs=True))
        token, _ = await door.open()
        slow = asyncio.ensure_future(door.message(token, "a long question"))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        reply = await door.message(token, "torsion")
        slow.cancel()
        return reply, time.monotonic() - started
    reply, taken = asyncio.run(go())
    assert reply.red_flag == "RF-01"
    assert taken < 1


def test_self_harm_is_always_shown_and_the_most_urgent_leads(knowledge):
    reply = talk(a_door(knowledge), "both")[-1]
    assert reply.red_flag == "RF-14"
    assert "116 123" in reply.text


def test_a_denial_never_clears_self_harm_for_the_session(knowledge):
    replies = talk(a_door(knowledge), "dark", "i am fine really, it was a joke", "can smoking do it", "pee")
    for reply in replies[1:]:
        assert "116 123" in reply.text
        assert "116 123" in reply.numbers
    assert replies[-1].red_flag == "RF-14"
    assert "Blood in pee" not in replies[1].text


def test_another_flag_does_not_follow_the_conversation(knowledge):
    assert talk(a_door(knowledge), "torsion", "can smoking do it")[-1].text == "About smoking."


@pytest.mark.parametrize("words", ["help now", "HELP NOW!", "emergency", "sos", "numbers please", "/help now", "who do i call", "choice help_now"])
def test_help_now_is_a_choice_on_every_reply_and_a_command_word(knowledge, words):
    replies = talk(a_door(knowledge), "hello", words)
    assert all(any(choice.id == "help_now" for choice in reply.choices) for reply in replies)
    assert replies[-1].outcome == "care"
    assert all(number in replies[-1].text for number in ("999", "111", "116 123", "+44 20 7946 0000"))


def test_help_now_repeats_the_card_of_what_was_raised(knowledge):
    assert talk(a_door(knowledge), "torsion", "help now")[-1].red_flag == "RF-01"


def test_help_now_works_with_everything_behind_broken(knowledge):
    assert "999" in talk(a_door(knowledge, Behind(fails=("understand", "reply"))), "help now")[-1].text


def test_a_country_without_numbers_gets_the_neutral_wording(knowledge):
    reply = talk(a_door(knowledge, country=None), "dark")[-1]
    assert "findahelpline.com" in reply.text
    assert reply.numbers == ()
    assert not any(number in reply.text for number in ("999", "911", "116 123", "112"))


def test_a_request_about_a_medicine_gets_the_fixed_answer_before_the_card(knowledge):
    reply = talk(a_door(knowledge), "dose")[-1]
    assert reply.text.startswith(knowledge.phrases.care.requests["medicine_change"].text)
    assert reply.text.endswith("About smoking.")


def test_what_may_be_a_flag_is_said_in_front_of_the_answer(knowledge):
    reply = talk(a_door(knowledge), "maybe")[-1]
    assert (reply.outcome, reply.red_flag, reply.care, reply.topics) == ("answer", None, "emergency", ("smoking",))
    assert reply.text.startswith("In case this is about now: EMERGENCY: Call 999.")
    assert reply.text.endswith("About smoking.")
    assert "999" in reply.numbers


def test_somebody_under_18_is_not_given_what_is_not_for_that_age(knowledge):
    replies = talk(a_door(knowledge, Behind(topics=("premature_delayed_ejaculation",))), "child", "how do i last longer")
    assert replies[-1].red_flag == "RF-17"
    assert "About smoking" not in replies[-1].text
    assert "0800 1111" in replies[-1].text
    assert talk(a_door(knowledge), "child", "does smoking harm")[-1].text == "About smoking."


def test_a_question_tapped_on_the_page_passes_the_same_safety_state(knowledge):
    """Every topic's question may be tapped at any time; that must not go around what was raised before."""
    door = a_door(knowledge, Behind(topics=("premature_delayed_ejaculation",)))
    reply = talk(door, "child", "choice ask:premature_delayed_ejaculation")[-1]
    assert (reply.red_flag, "About smoking" in reply.text) == ("RF-17", False)
    reply = talk(a_door(knowledge), "dark", "choice ask:smoking")[-1]
    assert reply.red_flag == "RF-14"
    assert "116 123" in reply.numbers


def test_when_the_rules_cannot_be_run_the_numbers_stand_above_the_reply(knowledge):
    reply = talk(a_door(knowledge), "broken")[-1]
    assert "999" in reply.text
    assert "116 123" in reply.text
    assert reply.text.endswith("About smoking.")


def test_forgetting_by_word_ends_the_safety_state_too(knowledge):
    class Forgetting(Behind):
        async def understand(self, text):
            return Understood("forget_me" if text == "forget me" else "ask_smoking", topics=self.topics)

    replies = talk(a_door(knowledge, Forgetting()), "dark", "forget me", "can smoking do it")
    assert replies[-1].text == "About smoking."


def test_a_reply_never_loses_its_flag_order(knowledge):
    assert cards.in_order(knowledge, ["RF-02", "RF-15", "RF-03", "RF-01", "RF-14"]) == ["RF-14", "RF-01", "RF-03", "RF-15", "RF-02"]
