"""The box "Send this question to the team": what is shown is what is kept, nothing else, not for long, and never one alone."""

from __future__ import annotations

import sqlite3
import stat
from collections import Counter
from contextlib import closing
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_day import MovingDay

from bot.clinic import Clinic
from bot.errors import CandorError
from bot.front_door.errors import DoorError
from bot.privacy import opt_in
from bot.privacy.opt_in import MAX_CHARACTERS, NOTICE, OptInBox, Question, batches, preview, settle
from bot.yaml_file import read_yaml

TOPICS = ("smoking", "diabetes")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "questions.sqlite"


@pytest.fixture
def box(path, today):
    return OptInBox(path, TOPICS, today)


def stored(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT text, topic, day, batch FROM questions").fetchall()


def send(box, *texts, topic="smoking"):
    for text in texts:
        box.accept(text, topic)


def texts(found):
    return [sorted(question.text for question in batch) for batch in found]


def test_it_is_off_by_default():
    clinic = Clinic(name="A clinic")
    assert not clinic.opt_in_questions
    assert not clinic.counts


def test_the_notice_says_what_is_not_found_and_that_nobody_answers():
    for words in ("exactly what the team would get", "Names", "not found", "take them out", "Nobody answers it", "within 30 days"):
        assert words in NOTICE


def test_what_is_shown_is_what_is_kept(box, path):
    shown = preview("  /ring 020 7946\u200b 0958, could it be smoking?\x00 ")
    assert shown == "ring [phone number], could it be smoking?"
    box.accept(shown, "smoking")
    assert stored(path) == [(shown, "smoking", "2026-11-16", None)]


@pytest.mark.parametrize("text", ["could it be smoking? me@example.com", "ring 020 79\u200b46 0958", "born 12/03/1986", "[date] or 12 May"])
def test_a_text_that_would_be_changed_is_not_kept_before_its_writer_has_seen_the_change(box, path, text):
    with pytest.raises(DoorError, match="Look at it again first") as error:
        box.accept(text, "smoking")
    assert (error.value.status, error.value.code) == (409, "not_as_shown")
    assert stored(path) == []


@pytest.mark.parametrize(("text", "status", "code"), [
    ("", 400, "empty_message"), (" \u200b\n", 400, "empty_message"), ("x" * (MAX_CHARACTERS + 1), 413, "message_too_long"),
    ("a@b.co " * 85, 413, "message_too_long"),
])
def test_a_blank_or_long_text_is_refused_with_its_code(box, path, text, status, code):
    for function in (preview, lambda text: box.accept(text, None)):
        with pytest.raises(DoorError) as error:
            function(text)
        assert (error.value.status, error.value.code) == (status, code)
    assert stored(path) == []


@pytest.mark.parametrize("text", [" could it be smoking?\n", "could it\u200b be smoking?", "/could it be smoking?"])
def test_white_space_and_invisible_characters_may_differ(box, path, text):
    box.accept(text, None)
    assert [row[0] for row in stored(path)] == ["could it be smoking?"]


def test_an_unknown_topic_is_not_kept(box, path):
    send(box, "is it serious?", topic="RF-01")
    send(box, "is it common?", topic=None)
    assert {row[1] for row in stored(path)} == {None}


def test_staff_see_batches_of_five_of_earlier_days_only(box, path, today):
    send(box, *"abcdefghijkl")
    assert batches(path, today) == []
    today.on(1)
    send(box, *"mnopqrstuvwxyz")
    found = batches(path, today)
    assert [len(batch) for batch in found] == [5, 5]
    assert {question.text for batch in found for question in batch} <= set("abcdefghijkl")
    assert all(isinstance(question, Question) and question.topic == "smoking" for batch in found for question in batch)


@pytest.mark.parametrize("number", [0, 1, 4])
def test_fewer_than_five_are_not_shown(box, path, today, number):
    send(box, *"abcdefg"[:number])
    today.on(1)
    assert batches(path, today) == []
    assert len(stored(path)) == number


def test_nothing_shown_when_there_is_no_file(path):
    assert batches(path) == []
    assert not path.exists()


def test_a_batch_stays_a_batch(box, path, today):
    """It shrinks as it is settled, is never filled up, and what is left goes on one day."""
    send(box, "a", "b")
    today.on(3)
    send(box, "c", "d", "e")
    today.on(1)
    [batch] = batches(path, today)
    settle(path, batch[0].key, "not_useful", today=today)
    send(box, *"fghi")
    today.on(1)
    assert texts(batches(path, today)) == [sorted(question.text for question in batch[1:])]
    send(box, "j")
    today.on(1)
    assert sorted(len(batch) for batch in batches(path, today)) == [4, 5]
    assert {row[2] for row in stored(path) if row[0] in "abcde"} == {"2026-11-16"}
    today.on(24)  # 30 days after "a" and "b", 27 after the others
    assert texts(batches(path, today)) == [["f", "g", "h", "i", "j"]]


def test_the_order_of_arrival_shows_nowhere(path, today, monkeypatch):
    orders = Counter()
    for number in range(12):
        box = OptInBox(path.with_name(f"{number}.sqlite"), TOPICS, today)
        send(box, *"abcde")
        data = path.with_name(f"{number}.sqlite").read_bytes()
        orders[tuple(sorted("abcde", key=lambda letter: data.index(f"{letter}smoking".encode())))] += 1
    assert len(orders) > 3
    today.on(1)
    seen = {tuple(question.text for question in batches(path.with_name("0.sqlite"), today)[0]) for _ in range(20)}
    assert len(seen) > 3


@pytest.mark.parametrize("how", ["accept", "batches", "expire", "open"])
def test_after_thirty_days_a_question_is_gone_from_the_file(box, path, today, how):
    send(box, "a question that waits")
    today.on(29)
    box.expire()
    assert b"a question that waits" in path.read_bytes()
    today.on(1)
    if how == "accept":
        send(box, "another")
    elif how == "batches":
        batches(path, today)
    elif how == "expire":
        box.expire()
    else:
        OptInBox(path, TOPICS, today)
    assert b"a question that waits" not in path.read_bytes()


def a_batch(box, path, today):
    send(box, *"abcd", "could smoking be it?")
    today.on(1)
    [batch] = batches(path, today)
    return next(question for question in batch if len(question.text) > 1)


def test_not_useful_deletes_it(box, path, today):
    question = a_batch(box, path, today)
    settle(path, question.key, "not_useful", today=today)
    assert texts(batches(path, today)) == [["a", "b", "c", "d"]]
    assert b"could smoking be it?" not in path.read_bytes()


def test_an_example_is_proposed_in_the_editors_words_and_the_persons_are_deleted(box, path, today, tmp_path):
    proposals = tmp_path / "proposed.yml"
    for number in range(2):
        question = a_batch(box, path, today)
        settle(path, question.key, "example", f"  might cigarettes: {number} cause it ", "smoking", proposals, today)
        assert b"could smoking be it?" not in path.read_bytes()
        for left in batches(path, today)[0]:
            settle(path, left.key, "not_useful", today=today)
    assert read_yaml(proposals).data == [{"topic": "smoking", "text": f"might cigarettes: {number} cause it"} for number in range(2)]
    assert stat.S_IMODE(proposals.stat().st_mode) == 0o600


@pytest.mark.parametrize(("wording", "topic", "message"), [
    ("", "smoking", "needs a topic"), ("is smoking the cause", None, "needs a topic"), (" Could SMOKING be it", "smoking", "the person's words"),
])
def test_an_example_without_words_of_its_own_leaves_everything_as_it_was(box, path, today, tmp_path, wording, topic, message):
    question = a_batch(box, path, today)
    with pytest.raises(CandorError, match=message):
        settle(path, question.key, "example", wording, topic, tmp_path / "proposed.yml", today)
    assert len(stored(path)) == 5
    assert not (tmp_path / "proposed.yml").exists()


def test_only_a_question_of_a_batch_can_be_settled(box, path, today):
    send(box, "a")
    with closing(sqlite3.connect(path)) as connection:
        waiting = connection.execute("SELECT key FROM questions").fetchone()[0]
    for key in (waiting, waiting ^ 1):
        with pytest.raises(CandorError, match="This question is gone"):
            settle(path, key, "not_useful", today=today)
    assert len(stored(path)) == 1


def test_a_full_box_says_so(box, path, monkeypatch):
    monkeypatch.setattr(opt_in, "MOST", 3)
    send(box, *"abc")
    with pytest.raises(DoorError, match="more questions than it can read") as error:
        send(box, "d")
    assert error.value.status == 503
    assert len(stored(path)) == 3


def test_a_broken_file_is_an_error_of_the_door_and_names_no_word(box, path, caplog):
    path.write_bytes(b"no database at all, " * 300)
    with pytest.raises(DoorError, match="Nothing was sent") as error:
        send(box, "a question")
    assert error.value.status == 503
    assert "a question" not in caplog.text + str(error.value)


def test_the_file_is_for_its_owner_only_and_alone(box, path):
    send(box, "a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["questions.sqlite"]


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.one_of(st.integers(1, 7).map(lambda number: ("send", number)), st.integers(1, 12).map(lambda days: ("wait", days)),
                                st.just(("read", 0)), st.integers(0, 40).map(lambda number: ("settle", number))), max_size=25))
def test_staff_never_learn_of_a_question_outside_a_batch_that_began_with_five(steps, tmp_path_factory):
    path, today, count = tmp_path_factory.mktemp("box") / "q.sqlite", MovingDay(), 0
    box = OptInBox(path, TOPICS, today)
    sent: dict[str, date] = {}
    known: dict[str, frozenset[str]] = {}
    for what, number in [*steps, ("wait", 1), ("read", 0)]:
        if what == "send":
            for _ in range(number):
                count += 1
                sent[f"q{count}"] = today.day
                box.accept(f"q{count}", None)
        elif what == "wait":
            today.on(number)
        else:
            found = batches(path, today)
            for batch in found:
                names = frozenset(question.text for question in batch)
                assert all(sent[name] < today.day < sent[name] + timedelta(days=30) for name in names)
                first = known.setdefault(next(iter(names)), names)
                assert len(first) == 5
                assert names <= first
                known.update((name, first) for name in first)
            keys = [question.key for batch in found for question in batch]
            if what == "settle" and keys:
                settle(path, keys[number % len(keys)], "not_useful", today=today)
