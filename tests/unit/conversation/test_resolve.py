"""What a turn means in its conversation, without Rasa and without words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.forms import FormReader
from bot.conversation.resolve import resolve
from bot.conversation.state import MAX_SUBJECTS, State
from bot.front_door.door import Understood


@pytest.fixture(scope="module")
def say(knowledge):
    reader = FormReader(knowledge)

    def said(state, text="", intent="nlu_fallback", **more):
        turn = resolve(knowledge, state, Understood(intent, form=reader.read(text), **more))
        return turn.state, turn.understood.intent

    return said


TURP = State(topics=("prostate_surgery_turp",), subjects=("prostate_surgery_turp",), cause="turp", shown="ask_prostate_surgery_turp")


def test_a_topic_sets_subject_and_cause(say):
    state, intent = say(State(), intent="ask_diabetes", topics=("diabetes",), cause="diabetes", named=True)
    assert (intent, state.topics, state.subjects, state.cause) == ("ask_diabetes", ("diabetes",), ("diabetes",), "diabetes")


def test_a_cause_that_is_only_named_becomes_the_subject(say):
    state, _ = say(State(), intent="ask_having_children", topics=("having_children",), cause="turp", named=True)
    assert state.subjects == ("prostate_surgery_turp", "having_children")


def test_subjects_are_few_and_the_newest_goes_first(say):
    state = State()
    for topic in ("smoking", "diabetes", "alpha_blockers", "iui"):
        state, _ = say(state, intent=f"ask_{topic}", topics=(topic,), named=True)
    assert state.subjects == ("iui", "alpha_blockers", "diabetes")
    assert len(state.subjects) == MAX_SUBJECTS


def test_a_follow_up_keeps_the_subject(say):
    state, intent = say(TURP, "can it be reversed?")
    assert (intent, state.aspect, state.subjects) == ("follow_up", "reversed", ("prostate_surgery_turp",))


def test_the_classifier_names_the_aspect_where_no_form_does(say):
    state, intent = say(TURP, "so would we be able to conceive?", intent="ask_having_children", topics=("having_children",))
    assert (intent, state.aspect) == ("follow_up", "children")


def test_a_message_with_its_own_subject_is_no_follow_up(say):
    state, intent = say(TURP, "can it be reversed?", intent="ask_diabetes", topics=("diabetes",), cause="diabetes", named=True)
    assert (intent, state.aspect) == ("ask_diabetes", None)


def test_a_correction_replaces_and_answers_again(say):
    state, _ = say(TURP, "can it be reversed?")
    state, intent = say(state, "no, he had the cancer operation", intent="deny")
    assert (intent, state.subjects, state.cause, state.note) == ("follow_up", ("prostatectomy",), "prostatectomy", "corrected")


def test_a_question_that_begins_with_sorry_is_no_correction(say):
    state, intent = say(TURP, "sorry, could smoking be the reason?", intent="ask_smoking", topics=("smoking",))
    assert (intent, state.note) == ("ask_smoking", None)
    assert "prostate_surgery_turp" in state.subjects


def test_a_feeling_is_noted_once(say):
    state, _ = say(State(), "I am ashamed, could it be diabetes", intent="ask_diabetes", topics=("diabetes",), named=True)
    assert state.note == "feeling:ashamed"
    state, _ = say(state, "I am ashamed of smoking", intent="ask_smoking", topics=("smoking",), named=True)
    assert state.note is None


def test_a_care_card_ends_what_was_waiting(say):
    state = State(asking="climax", check=("alarm=none",), waiting="medicine")
    after, intent = say(state, "no", intent="deny", after_care=True)
    assert (after.asking, after.waiting, after.check, intent) == (None, None, ("alarm=none",), "deny")


def test_nonsense_in_the_check_harms_nothing(say):
    state = State(asking="climax", check=("alarm=none",))
    for text in ("asdf", "99", "...", "blah blah blah"):
        after, intent = say(state, text)
        assert (replace(after, shown=None), intent) == (replace(state, note="not_understood"), "guided_check")


def test_a_sign_by_number_is_noted_as_a_flag(say):
    state, intent = say(State(asking="alarm"), "2")
    assert (intent, state.note, state.asking, state.check) == ("guided_check", "flag:RF-01", None, ())


def test_a_choice_of_an_option_that_does_not_exist_changes_no_answer(say):
    state = State(asking="climax", check=("alarm=none",))
    after, _ = say(state, intent="guided_check", chosen="climax:nowhere")
    assert (after.asking, after.check) == ("climax", ("alarm=none",))


@pytest.mark.parametrize("intent", ["start_over", "forget_me"])
def test_start_over_and_forget_leave_nothing(say, intent):
    assert say(replace(TURP, check=("alarm=none",), medicines=("tamsulosin",)), intent=intent) == (State(), intent)


def test_repeat_says_the_last_reply_again(say):
    assert say(TURP, "repeat")[1] == "ask_prostate_surgery_turp"
    state, _ = say(TURP, "can it be reversed?")
    assert say(state, "again")[1] == "follow_up"
    assert say(State(), "repeat")[1] == "repeat"


def test_medicines_are_gathered_for_the_sheet(say):
    state, _ = say(State(), "flomax", intent="ask_alpha_blockers", topics=("alpha_blockers",), medicines=("tamsulosin",), named=True)
    state, _ = say(state, "and prozac", intent="ask_antidepressants_antipsychotics", topics=("antidepressants_antipsychotics",),
    medicines=("fluoxetine", "unknown"))
    assert state.medicines == ("tamsulosin", "fluoxetine")
