"""What a follow-up is answered with: the right subject, only reviewed text, and an honest line where nothing is held."""

from __future__ import annotations

import itertools

import pytest

from bot.conversation import follow_up, replies
from bot.conversation.state import State
from bot.knowledge.compose import NOTHING_KNOWN


def find(knowledge, aspect, *subjects):
    return follow_up.find(knowledge, aspect, State(subjects=subjects))


@pytest.mark.parametrize(("aspect", "subjects", "subject", "other"), [
    ("reversed", ("prostate_surgery_turp",), "prostate_surgery_turp", None),
    ("reversed", ("alpha_blockers", "diabetes"), "alpha_blockers", "diabetes"),
    ("reversed", ("ivf_icsi", "diabetes"), "diabetes", None),            # a way to a baby is not what can be reversed
    ("fails", ("diabetes", "drug_treatment"), "drug_treatment", None),   # a treatment is what can fail
    ("how_long", ("diabetes", "smoking"), "smoking", None),              # the one with an answer
    ("dangerous", ("spinal_cord_injury",), None, None),                  # a general answer
])
def test_which_subject_is_taken(knowledge, aspect, subjects, subject, other):
    found = find(knowledge, aspect, *subjects)
    assert (found.subject, found.other) == (subject, other)


def test_every_aspect_of_every_subject_is_reviewed_text_or_nothing(knowledge):
    reviewed = {statement.text for card in knowledge.cards.values() for _, statement in card.statements()}
    answered = 0
    for aspect, subject in itertools.product(knowledge.follow_ups.aspects, knowledge.follow_ups.subjects):
        found = find(knowledge, aspect.id, subject)
        assert {statement.text for statement in found.statements} <= reviewed
        assert bool(found.statements) == bool(found.cards)
        answered += bool(found.statements)
        reply = replies.follow_up_reply(knowledge, State(subjects=(subject,), aspect=aspect.id), NOTHING_KNOWN)
        assert reply.outcome == ("answer" if found.statements else "not_covered")
        assert aspect.title in reply.text
        assert reply.outcome == "not_covered" or (reply.sources and reply.next_step)
    assert answered > 600


def test_the_answer_says_what_it_took(knowledge):
    reply = replies.follow_up_reply(knowledge, State(subjects=("prostatectomy", "diabetes"), aspect="children"), NOTHING_KNOWN)
    assert reply.text.startswith("After removal of the whole prostate: can there still be a baby?")
    assert "follow:children:diabetes" in [choice.id for choice in reply.choices]


def test_a_section_keeps_the_statements_below_its_heading(knowledge):
    card = knowledge.cards["prostate_surgery_turp"]
    assert len(follow_up.section(card, "Treatment and children")) == 3
    assert follow_up.section(card, None) == list(card.short)
    with pytest.raises(KeyError):
        follow_up.section(card, "Nothing of the kind")
