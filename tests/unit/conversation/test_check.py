"""The guided check: every branch by enumerating every set of answers, and what an answer does to the thread."""

from __future__ import annotations

import itertools

import pytest

from bot.conversation import check, check_replies, sheet
from bot.conversation.state import State, from_slots, to_slots
from bot.knowledge.conversation_model import MAX_RAISED

NO_SEMEN = {"dry", "never", "little", "cloudy", "no_climax"}
TRYING = {"under_6", "to_12_young", "to_12_older", "over_12"}
OPERATION = {"turp", "prostatectomy", "rplnd", "pelvic"}


def every_answer(knowledge):
    """All sets of answers that reach a result; the safety question has one answer that does not end the check."""
    questions = knowledge.guided_check.questions
    options = [[option.id for option in question.options if option.flag is None] for question in questions]
    return [dict(zip([question.id for question in questions], chosen, strict=True)) for chosen in itertools.product(*options)]


def test_every_set_of_answers_has_a_result_that_fits(knowledge):
    guided = knowledge.guided_check
    used = set()
    every = every_answer(knowledge)
    assert len(every) == 7 * 5 * 6 * 6 * 5 * 6
    for answers in every:
        rows = check.raised(guided, answers)
        whom, soon = check.first_row(guided.with_, answers), check.first_row(guided.soon, answers)
        used.update(id(row) for row in (*rows, whom, soon))
        assert 1 <= len(rows) <= MAX_RAISED
        if answers["trying"] in TRYING and answers["climax"] in NO_SEMEN:   # never told to wait
            assert soon.text.startswith(("Now", "Make the appointment today")), answers
        if answers["trying"] in TRYING and answers["operation"] in OPERATION:
            assert "After 1 year" not in soon.text, answers
        if answers["since"] == "sudden" and answers["climax"] in ("dry", "little", "cloudy"):
            assert "today" in soon.text, answers
    for table in (guided.raise_, guided.with_, guided.soon):
        assert [row.text for row in table if id(row) not in used and row.when] == []   # no row that nothing reaches


def test_whatever_is_skipped_there_is_a_result(knowledge):
    guided = knowledge.guided_check
    names = [question.id for question in guided.questions]
    some = every_answer(knowledge)[::997]
    for skipped, answers in itertools.product([{name} for name in names] + [set(names)], some):
        left = {name: check.SKIPPED if name in skipped else answer for name, answer in answers.items()}
        assert check.raised(guided, left)
        assert check.first_row(guided.with_, left).text
        assert check.first_row(guided.soon, left).text


def test_a_medicine_is_always_raised_with_the_advice_not_to_stop(knowledge):
    for row in knowledge.guided_check.raise_:
        if set(row.when.get("medicines", ["none"])) <= {"prostate", "mood", "testosterone", "other", "unsure"}:
            assert "not stop" in row.text or "stopping needs medical help" in row.text


def test_every_result_and_sheet_can_be_composed(knowledge):
    states = [State(check=tuple(f"{question}={answer}" for question, answer in answers.items()), asker=asker)
              for asker, answers in zip(itertools.cycle(("self", "partner", "relative")), every_answer(knowledge)[::311], strict=False)]
    assert len(states) > 100
    for state in states:
        reply = check_replies.reply(knowledge, state, "GB")
        assert (reply.outcome, reply.topics) == ("answer", ("when_to_see_doctor",))
        assert len(reply.blocks) == 3
        assert all(block.text and block.sources for block in reply.blocks)
        assert "not a diagnosis" in reply.text
        page = sheet.reply(knowledge, state)
        assert [block.title for block in page.blocks][-1] == "Whom to see, and when"
        assert all(block.text for block in page.blocks)


@pytest.mark.parametrize(("question", "option"), [
    (question, option) for question in ("alarm",) for option in ("testicle_pain", "no_urine", "numb", "fever", "blood_urine", "blood_semen", "lump")])
def test_every_sign_has_its_card(knowledge, question, option):
    assert knowledge.guided_check.flag(f"check:{question}:{option}") in knowledge.care_cards


def test_other_choices_raise_no_flag(knowledge):
    assert [knowledge.guided_check.flag(choice) for choice in ("check:alarm:none", "check:climax:dry", "check:start", "more:smoking",
    "check:x:y")] == [None] * 5


def test_an_answer_replaces_an_earlier_one_in_the_thread_as_well(knowledge):
    guided = knowledge.guided_check
    state = check.with_answer(guided, State(subjects=("diabetes",)), "operation", "turp")
    assert (state.cause, state.subjects) == ("turp", ("prostate_surgery_turp", "diabetes"))
    state = check.with_answer(guided, state, "operation", "prostatectomy")
    assert (state.cause, state.subjects, state.answers()["operation"]) == ("prostatectomy", ("prostatectomy", "diabetes"), "prostatectomy")
    state = check.with_answer(guided, state, "operation", "none")
    assert (state.cause, state.subjects) == (None, ("diabetes",))


def test_the_state_goes_through_the_slots_unchanged(knowledge):
    state = check.with_answer(knowledge.guided_check, State(asker="partner", medicines=("tamsulosin",), kept=("opened",)), "climax", "cloudy")
    assert from_slots(to_slots(state)) == state
    assert from_slots({}) == State()
    assert set(to_slots(State()).values()) <= {None, "self"}
