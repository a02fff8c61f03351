from __future__ import annotations

import argparse
from datetime import date, timedelta

import pytest

from bot.errors import CandorError
from bot.knowledge import review_command
from bot.knowledge.changes import changes
from bot.knowledge.lint import lint
from bot.knowledge.loader import load
from bot.knowledge.review_log import changes_since_signed, read_log, review_of

TODAY = date(2026, 11, 29)


def review(content, *arguments, today=TODAY):
    command = argparse.ArgumentParser()
    review_command.add_arguments(command)
    return review_command.run(command.parse_args([*arguments, "--content", str(content)]), today)


def card_of(content):
    return load(content).cards["smoking"]


def edit(content, old="It lowers sperm quality.", new="It lowers the quality of sperm."):
    path = content / "topics" / "smoking.yml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_review_runs_from_assignment_to_withdrawal_in_one_file_that_only_grows(content):
    steps = [
        ("--assign", "Dr A, urologist", "--by", "Nurse B", "--until", "2026-12-13"),
        ("--comment", "Is the second sentence\nstill right?", "--by", "Dr A"),
        ("--due", "2027-11-29", "--by", "Dr A, urologist"),
        ("--expire", "A new guideline is out.", "--by", "Dr A"),
    ]
    file = content / "reviews" / "smoking.yml"
    before = ""
    for step in steps:
        review(content, "smoking", *step)
        assert file.read_text().startswith(before)
        before = file.read_text()
    events = read_log(content, "smoking")
    assert [event.what for event in events] == ["assigned", "comment", "approved", "expired"]
    assert events[1].text == "Is the second sentence still right?"
    assert card_of(content).review.status == "draft"
    assert lint(load(content), content, TODAY) == []


def test_an_approval_closes_assignment_and_comments(content):
    review(content, "smoking", "--assign", "Dr A", "--by", "Nurse B")
    review(content, "smoking", "--comment", "Too long?", "--by", "Nurse B")
    found = review_of(content, card_of(content), TODAY)
    assert (found.state, found.assigned.to, len(found.comments)) == ("draft", "Dr A", 1)
    assert "with Dr A, 1 open comment" in review(content)
    review(content, "smoking", "--due", "2027-11-29", "--by", "Dr A")
    found = review_of(content, card_of(content), TODAY)
    assert (found.state, found.assigned, found.comments) == ("reviewed", None, ())
    assert len(found.events) == 3


def test_an_edit_after_signing_shows_word_by_word(content):
    review(content, "smoking", "--due", "2027-11-29", "--by", "Dr A")
    assert changes_since_signed(content, card_of(content)) == []
    edit(content)
    found = changes_since_signed(content, card_of(content))
    assert [change.where for change in found] == ["short 2 text"]
    assert found[0].words == (("same", "It lowers "), ("removed", "sperm quality."), ("added", "the quality of sperm."))
    assert review_of(content, card_of(content), TODAY).state == "edited"
    assert "It lowers sperm quality." in review(content, "smoking")


def test_an_overdue_card_stands_first_in_the_overview(content):
    review(content, "smoking", "--due", "2027-11-29", "--by", "Dr A")
    late = date(2027, 11, 30)
    assert review(content, today=late).splitlines()[0].split()[:2] == ["smoking", "overdue"]
    assert review(content, today=late - timedelta(days=1)).splitlines()[0].split()[:2] == ["smoking", "reviewed"]


@pytest.mark.parametrize(("arguments", "message"), [
    (("smoking", "--comment", "Hm"), "Who says so"),
    (("smoking", "--comment", " ", "--by", "A"), "The text is empty"),
    (("smoking", "--assign", " ", "--by", "A"), "reviewer's name is empty"),
    (("smoking", "--assign", "B", "--by", "A", "--until", "2026-11-28"), "has passed already"),
    (("smoking", "--due", "soon", "--by", "A"), "'soon' is not a day"),
    (("smoking", "--by", "A"), "needs the day of the next review"),
    (("smoking", "--expire", "why", "--by", "A"), "nothing to take back"),
    (("nothing", "--comment", "Hm", "--by", "A"), "There is no card 'nothing'"),
    (("nothing",), "There is no card 'nothing'"),
    (("--comment", "Hm", "--by", "A"), "Which card"),
])
def test_a_wrong_review_is_one_sentence_and_writes_nothing(content, arguments, message):
    card = (content / "topics" / "smoking.yml").read_text()
    with pytest.raises(CandorError, match=message):
        review(content, *arguments)
    assert not (content / "reviews").exists()
    assert (content / "topics" / "smoking.yml").read_text() == card


def test_a_broken_review_file_names_its_line(content):
    (content / "reviews").mkdir()
    (content / "reviews" / "smoking.yml").write_text("- {on: 2026-11-29, what: liked, by: A}\n")
    with pytest.raises(CandorError, match=r"reviews/smoking\.yml:1: what"):
        review(content)


@pytest.mark.parametrize(("before", "after", "expected"), [
    ({"a": "one two"}, {"a": "one two"}, []),
    ({"a": "one two"}, {"a": "one three"}, [("a", (("same", "one "), ("removed", "two"), ("added", "three")))]),
    ({"s": [{"text": "x"}, {"text": "y"}]}, {"s": [{"text": "new"}, {"text": "x"}, {"text": "y"}]}, [("s 1 text", (("added", "new"),))]),
    ({"s": [{"text": "x"}, {"text": "y"}]}, {"s": [{"text": "y"}]}, [("s 1 text", (("removed", "x"),))]),
    ({"a": "x", "review": {"status": "draft"}}, {"a": "x"}, []),
], ids=["same", "a word", "put in front", "taken out", "the review itself"])
def test_changes(before, after, expected):
    assert [(change.where, change.words) for change in changes(before, after)] == expected
