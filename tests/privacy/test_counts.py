"""Staff see counts of 11 or more only, of closed weeks only, and nothing from which a smaller one can be worked out."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import tempfile
import threading
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_day import MovingDay

from bot import cli
from bot.clinic import Clinic
from bot.errors import CandorError
from bot.front_door.door import FrontDoor, Understood
from bot.knowledge.reply import Reply
from bot.privacy import counts
from bot.privacy.counts import Counts, Row, last_closed, released, week_of
from bot.privacy.database import transaction
from bot.safety.check import Findings

TOPICS = ("smoking", "diabetes")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "counts.sqlite"


def stored(path):
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("counts", "releases", "closed")}


def add(book, number, topic="smoking", channel="website", outcome="answer"):
    for _ in range(number):
        book.add(channel, topic, outcome)


@pytest.mark.parametrize(("number", "shown"), [(11, 15), (15, 15), (16, 20), (20, 20), (21, 25), (101, 105)])
def test_what_is_shown_is_rounded_up_to_a_multiple_of_five(path, today, number, shown):
    book = Counts(path, TOPICS, today)
    add(book, number)
    book.flush()
    today.on(8)
    assert released(path, today) == [Row("2026-W47", "website", "smoking", "answer", shown)]


@pytest.mark.parametrize("number", [0, 1, 10])
def test_none_and_ten_look_the_same(path, today, number):
    book = Counts(path, TOPICS, today)
    add(book, 11, topic="diabetes")
    add(book, number)
    book.flush()
    today.on(7)
    add(book, number, topic="diabetes")
    book.flush()
    today.on(8)
    assert released(path, today) == [Row("2026-W48", "website", "diabetes", "answer", None),
                                     Row("2026-W47", "website", "diabetes", "answer", 15)]


@pytest.mark.parametrize(("days", "is_released"), [(6, False), (7, False), (8, True)])
def test_a_week_is_released_a_day_after_its_end(path, today, days, is_released):
    book = Counts(path, TOPICS, today)
    add(book, 12)
    book.flush()
    today.on(days)
    assert bool(released(path, today)) is is_released


def test_the_exact_figures_of_a_closed_week_are_gone_from_the_file(path, today):
    book = Counts(path, TOPICS, today)
    add(book, 12)
    add(book, 3, topic="diabetes", channel="messaging")
    book.flush()
    assert b"diabetes" in path.read_bytes()
    today.on(8)
    book.flush()
    assert stored(path) == {"counts": [], "releases": [("2026-W47", "website", "smoking", "answer", 15)], "closed": [("2026-W47",)]}
    assert b"diabetes" not in path.read_bytes()
    assert b"messaging" not in path.read_bytes()


def test_counts_that_come_after_the_release_change_nothing(path, today):
    book = Counts(path, TOPICS, today)
    add(book, 12)
    book.flush()
    add(book, 40)
    add(book, 40, topic="diabetes")
    today.on(8)
    before = released(path, today)
    book.flush()
    assert released(path, today) == before == [Row("2026-W47", "website", "smoking", "answer", 15)]


def test_a_clock_that_goes_back_does_not_reopen_a_released_week(path, today):
    book = Counts(path, TOPICS, today)
    add(book, 12)
    book.flush()
    today.on(8)
    before = released(path, today)
    today.on(-8)
    add(book, 40, topic="diabetes")
    book.flush()
    today.on(8)
    assert released(path, today) == before


def test_a_clock_that_once_ran_ahead_costs_the_open_week_only(path, today):
    book = Counts(path, TOPICS, today)
    add(book, 12)
    today.on(300)
    book.flush()
    today.on(-293)
    add(book, 12)
    book.flush()
    today.on(8)
    assert [row.count for row in released(path, today)] == [15]


def test_releases_are_kept_for_two_years(path, today):
    book = Counts(path, TOPICS, today)
    add(book, 12)
    book.flush()
    today.on(7 * 104)
    assert released(path, today)[-1] == Row("2026-W47", "website", "smoking", "answer", 15)
    today.on(7)
    assert released(path, today) == []
    assert b"smoking" not in path.read_bytes()


@pytest.mark.parametrize("outcome", ["care", "answer"])
def test_a_red_flag_is_never_counted_by_its_id(path, today, outcome):
    book = Counts(path, TOPICS, today)
    book.add("website", "RF-01", outcome)
    book.flush()
    assert stored(path)["counts"] == [("2026-W47", "website", "none", outcome, 1)]
    assert b"RF-" not in path.read_bytes()


def test_a_conversation_adds_at_most_one_to_any_count(path, today, knowledge):
    class Behind:
        async def understand(self, text):
            return Understood("ask_smoking", topics=("smoking",))

        async def reply(self, pseudonym, understood):
            return [Reply("answer" if understood.topics else "smalltalk", "...", topics=understood.topics)]

        async def erase(self, pseudonym):
            return True

    async def two_conversations():
        book = Counts(path, TOPICS, today)
        door = FrontDoor(Behind(), knowledge, lambda text: Findings(("RF-01",) if text == "help" else ()), Clinic(name="A clinic"), counts=book)
        for channel in ("website", "messaging"):
            token, _ = await door.open(channel)
            for text in ("could it be smoking?", "help", "and smoking?", "help"):
                await door.message(token, text)
        door.flush()

    asyncio.run(two_conversations())
    assert sorted(stored(path)["counts"]) == [("2026-W47", channel, topic, outcome, 1) for channel, topic, outcome in (
        ("messaging", "none", "care"), ("messaging", "smoking", "answer"), ("website", "none", "care"), ("website", "smoking", "answer"))]


def test_small_talk_with_which_every_conversation_begins_is_not_counted_for_it_would_be_a_total(path, today):
    book = Counts(path, TOPICS, today)
    add(book, 20, topic="none", outcome="smalltalk")
    book.flush()
    assert stored(path)["counts"] == []


@pytest.mark.parametrize(("channel", "outcome"), [("telegram", "answer"), ("website", "shrug")])
def test_only_listed_channel_classes_and_outcomes_are_counted(path, channel, outcome):
    with pytest.raises(ValueError, match="unknown channel class or outcome"):
        Counts(path, TOPICS).add(channel, "smoking", outcome)


def test_threads_lose_nothing(path, today):
    book = Counts(path, TOPICS, today)

    def work():
        for number in range(500):
            book.add("website", "smoking", "answer")
            if number % 100 == 0:
                book.flush()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book.flush()
    assert stored(path)["counts"] == [("2026-W47", "website", "smoking", "answer", 4000)]


def test_a_failed_write_keeps_the_counts_in_memory_and_raises_nothing(path, today, caplog):
    book = Counts(path, TOPICS, today)
    add(book, 5)
    good = path.read_bytes()
    path.write_bytes(b"no database at all, " * 300)
    book.flush()
    assert "they stay in memory" in caplog.text
    assert "smoking" not in caplog.text
    path.write_bytes(good)
    add(book, 7)
    book.flush()
    assert stored(path)["counts"] == [("2026-W47", "website", "smoking", "answer", 12)]


def test_a_damaged_file_is_one_sentence_at_the_start(path):
    path.parent.mkdir()
    path.write_bytes(b"no database at all, " * 300)
    with pytest.raises(CandorError, match=r"counts\.sqlite cannot be used as a database .* Move the file away"):
        Counts(path, TOPICS)


def test_the_file_is_for_its_owner_only_and_alone_also_while_it_is_written(path, today, monkeypatch):
    seen = []
    close = counts._close
    monkeypatch.setattr(counts, "_close", lambda *arguments: (close(*arguments), seen.append(sorted(one.name for one in path.parent.iterdir()))))
    book = Counts(path, TOPICS, today)
    add(book, 12)
    book.flush()
    assert seen == [["counts.sqlite"]] * 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_deleted_content_is_overwritten_whatever_the_build_of_sqlite_does_by_itself(path):
    with transaction(path, counts.SCHEMA) as connection:
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("memory",)
        assert connection.execute("PRAGMA temp_store").fetchone() == (2,)


def test_weeks_sort_as_texts_over_the_turn_of_the_year():
    days = [date(2026, 12, 20) + timedelta(days=number) for number in range(30)]
    weeks = [week_of(day) for day in days]
    assert weeks == sorted(weeks)
    assert "2026-W53" in weeks


# Random events: (day of the event, topic, channel), with flushes and readings strewn among them.
CELLS = st.tuples(st.sampled_from(("smoking", "diabetes", "none")), st.sampled_from(("website", "staff")), st.sampled_from(("answer", "clarify")))
STEPS = st.lists(st.one_of(
    st.tuples(st.just("add"), CELLS, st.integers(1, 30)),
    st.tuples(st.just("next day"), st.integers(1, 9)),
    st.tuples(st.just("flush")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("read")),
), max_size=60)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_no_small_count_can_be_worked_out_from_any_series_of_releases(steps):
    """Whatever happens: figures are 15 and more in steps of 5, of cells with 11 and more; a release never changes; no open week shows."""
    folder = tempfile.mkdtemp()
    try:
        path, clock = Path(folder) / "counts.sqlite", MovingDay()
        book = Counts(path, TOPICS, clock)
        truth: dict[tuple[str, ...], int] = {}
        frozen: dict[tuple[str, ...], object] = {}
        for step in [*steps, ("flush",), ("next day", 9), ("read",)]:
            if step[0] == "add":
                topic, channel, outcome = step[1]
                add(book, step[2], topic, channel, outcome)
                cell = (week_of(clock.day), channel, topic, outcome)
                truth[cell] = truth.get(cell, 0) + step[2]
            elif step[0] == "next day":
                clock.on(step[1])
            elif step[0] in ("flush", "restart"):
                book.flush()
                book = Counts(path, TOPICS, clock) if step[0] == "restart" else book
            else:
                rows = released(path, clock)
                for row in rows:
                    cell = (row.week, row.channel, row.topic, row.outcome)
                    assert row.week <= last_closed(clock.day)
                    assert row.count is None or (row.count >= 15 and row.count % 5 == 0)
                    assert row.count is None or (truth[cell] >= 11 and row.count < truth[cell] + 5)
                    assert frozen.setdefault(cell, row.count) == row.count
                # Rows follow from the figures shown and the day alone, so a "<11" and a missing row tell nothing.
                shown = [row for row in rows if row.count is not None]
                if shown:
                    weeks = {row.week for row in rows}
                    assert {(row.channel, row.topic, row.outcome) for row in rows} == {(row.channel, row.topic, row.outcome) for row in shown}
                    assert min(weeks) == min(row.week for row in shown)
                    assert max(weeks) == last_closed(clock.day)
                assert (rows == []) is (not shown)
    finally:
        shutil.rmtree(folder)


@settings(max_examples=100, deadline=None)
@given(one=st.dictionaries(CELLS, st.integers(0, 10)), other=st.dictionaries(CELLS, st.integers(0, 10)),
       large=st.dictionaries(CELLS, st.integers(11, 60)))
def test_two_weeks_that_differ_in_small_counts_only_give_the_same_release(one, other, large):
    """The release is a function of the counts of 11 and more: small ones leave no trace in it."""
    seen = []
    for small in (one, other):
        folder = tempfile.mkdtemp()
        try:
            path, clock = Path(folder) / "counts.sqlite", MovingDay()
            book = Counts(path, TOPICS, clock)
            for (topic, channel, outcome), number in {**small, **large}.items():
                add(book, number, topic, channel, outcome)
            book.flush()
            clock.on(8)
            seen.append(released(path, clock))
            assert stored(path)["counts"] == []
        finally:
            shutil.rmtree(folder)
    assert seen[0] == seen[1]


def test_candor_counts_prints_the_released_rows(path, today, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["candor", "counts"])
    monkeypatch.setattr("bot.paths.COUNTS", path)
    assert cli.main() == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Nothing has been released" in captured.err
    assert "set counts: true in clinic.yml" in captured.err
    today.day = counts._today() - timedelta(weeks=3)
    book = Counts(path, TOPICS, today)
    add(book, 23)
    book.flush()
    assert cli.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["week", "channel", "topic", "outcome", "conversations"]
    assert lines[-1].split() == [week_of(today.day), "website", "smoking", "answer", "25"]
    assert all(line.split()[-1] == "<11" for line in lines[1:-1])
