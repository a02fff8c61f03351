from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from staff_server import a_clinic

from bot.build import check_content
from bot.knowledge import compose
from bot.knowledge.loader import load
from bot.knowledge.review import sign
from bot.knowledge.withdrawal import in_force

SIGNED, DUE, LATE = date(2026, 11, 29), date(2027, 11, 29), date(2027, 11, 30)


@pytest.fixture
def signed(knowledge):
    """The real content with the smoking card signed until DUE."""
    card = knowledge.cards["smoking"]
    review = {"status": "reviewed", "by": "Dr A", "on": SIGNED, "due": DUE, "signed": card.fingerprint()}
    card = card.copy(update={"review": type(card.review)(**review)})
    return replace(knowledge, cards={**knowledge.cards, "smoking": card})


def test_until_the_day_itself_nothing_changes(signed):
    reply = compose.answer(signed, ["smoking"])
    assert reply.review["status"] == "reviewed"
    assert in_force(signed, reply, a_clinic(withdraw_overdue=True), DUE) == reply


def test_an_overdue_answer_is_marked_in_text_and_contract(signed):
    reply = in_force(signed, compose.answer(signed, ["smoking"]), a_clinic(), LATE)
    assert reply.outcome == "answer"
    assert reply.review["status"] == "overdue"
    assert signed.phrases.overdue_note in reply.text


@pytest.mark.parametrize("way", ["answer", "more", "simpler", "sources"])
def test_a_withdrawn_card_is_given_in_no_way(signed, way):
    ask = getattr(compose, way)
    reply = ask(signed, ["smoking"] if way in ("answer", "sources") else "smoking")
    kept = in_force(signed, reply, a_clinic(withdraw_overdue=True), LATE)
    assert (kept.outcome, kept.care, kept.topics, kept.blocks) == ("not_covered", "specialist", (), ())
    for _, statement in signed.cards["smoking"].statements():
        assert statement.text not in kept.text
    assert "Smoking and semen" in kept.text
    assert "7946" in kept.text
    assert "999" in kept.text


def test_what_else_was_asked_is_offered(signed):
    reply = compose.answer(signed, ["smoking", "having_children"])
    kept = in_force(signed, reply, a_clinic(withdraw_overdue=True), LATE)
    assert [choice.id for choice in kept.choices] == ["ask:having_children"]


def test_other_replies_pass_unchanged(signed):
    clinic = a_clinic(withdraw_overdue=True)
    for reply in (compose.not_covered(signed), compose.clarify(signed, ["smoking"]), compose.answer(signed, ["age"])):
        assert in_force(signed, reply, clinic, LATE) == reply


def test_a_review_that_came_due_does_not_stop_a_start(content, monkeypatch):
    import bot.build

    sign(content, "smoking", "Dr A", date(2020, 2, 1), date(2020, 1, 1))
    monkeypatch.setattr(bot.build, "CONTENT", content)
    monkeypatch.setattr("bot.knowledge.loader.load_once", load)
    said = []
    check_content(said.append)
    assert len(said) == 1
    assert "the review was due on 2020-02-01" in said[0]
