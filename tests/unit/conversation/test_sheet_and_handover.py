"""The sheet, the message to the clinic and the opening hours."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bot.clinic import Clinic
from bot.conversation import handover, sheet
from bot.conversation.staff_sheet import listing, state_of
from bot.conversation.state import State
from bot.errors import CandorError

CLINIC = Clinic(name="A clinic", country="GB", phone="+44 20 7946 0000", timezone="Europe/London", hours={"monday": "09:00-17:00"})
DRY_AFTER_TURP = ["alarm=none", "climax=dry", "since=after", "operation=turp", "medicines=prostate", "illness=none", "trying=over_12"]


def at(day, hour):
    return datetime(2026, 11, day, hour, tzinfo=timezone.utc)   # the 16th is a Monday


def test_the_sheet_has_what_was_said_and_room_for_more(knowledge):
    text = sheet.text_of(knowledge, state_of(knowledge, DRY_AFTER_TURP, ["Flomax"], [], partner=False))
    for line in ("At climax nothing comes out, though it did before.", "- Tamsulosin", "Which operation was it",
    "A test of the urine passed after climax.",
                 "A list of everything taken", "A fertility specialist or urologist", "Now. This is a known problem", "............",
                 "not a diagnosis"):
        assert line in text
    assert "A prostate tablet." not in text   # its name is there


def test_an_empty_sheet_is_still_useful(knowledge):
    text = sheet.text_of(knowledge, State())
    assert "What do you think is the reason" in text
    assert "A GP first" in text


def test_after_removal_of_the_prostate_no_urine_test_is_named(knowledge):
    assert "urine" not in sheet.text_of(knowledge, state_of(knowledge, ["climax=dry",
    "operation=prostatectomy"], [], ["symptoms_dry_orgasm"], partner=False))


def test_no_line_stands_twice(knowledge):
    state = state_of(knowledge, DRY_AFTER_TURP, ["tamsulosin"], ["having_children", "medication_cause", "what_is_aspermia", "cost"], partner=True)
    for part in sheet.parts(knowledge, state):
        assert len(set(part.lines)) == len(part.lines)
    assert len(sheet.parts(knowledge, state)[2].lines) <= sheet.MAX_QUESTIONS + 1


def test_the_printable_page_loads_nothing(knowledge):
    page = sheet.page_of(knowledge, state_of(knowledge, DRY_AFTER_TURP, [], [], partner=False))
    assert page.startswith("<!doctype html>")
    assert "http" not in page
    assert "<script" not in page


@pytest.mark.parametrize(("answers", "medicines", "topics", "message"), [
    (["climax=nowhere"], [], [], "There is no answer"), (["nothing"], [], [], "There is no answer"), ([], ["qqq"], [], "does not hold"),
    ([], [], ["nowhere"], "There is no topic"), (["alarm=testicle_pain"], [], [], "cannot wait"),
])
def test_wrong_input_of_staff_is_one_sentence(knowledge, answers, medicines, topics, message):
    with pytest.raises(CandorError, match=message):
        state_of(knowledge, answers, medicines, topics, partner=False)


def test_staff_can_list_the_answers(knowledge):
    assert "climax=dry" in listing(knowledge)


@pytest.mark.parametrize(("moment", "said"), [(at(16, 12), "somebody should be there"), (at(16, 20), "It is closed now"),
    (at(17, 12), "It is closed now")])
def test_the_hours_are_said_honestly(knowledge, moment, said):
    reply = handover.reply(knowledge, State(), CLINIC, moment)
    assert said in reply.text
    assert "nobody is reading here. I cannot pass anything on" in reply.text
    assert "Opening hours (Europe/London): Monday 09:00-17:00." in reply.text
    assert "111" in reply.numbers


def test_without_hours_nothing_is_promised(knowledge):
    reply = handover.reply(knowledge, State(), Clinic(name="A clinic"), at(16, 12))
    assert "I do not know the opening hours" in reply.text
    assert "has not given a phone number" in reply.text
    assert "999" not in reply.text   # an unknown country gets no country's number


def test_the_message_is_for_the_person_to_send(knowledge):
    state = state_of(knowledge, DRY_AFTER_TURP, ["tamsulosin"], [], partner=True)
    message = handover.draft(knowledge, state)
    assert message.startswith("Hello, I would like an appointment for my partner and me")
    assert "- What is taken: Tamsulosin" in message
    assert message in handover.reply(knowledge, state, CLINIC, at(16, 12)).text
