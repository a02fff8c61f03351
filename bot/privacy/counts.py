"""How often a topic was asked about: the only thing that is kept without anybody's choosing, and only where ``clinic.yml`` says so.

A count is per ISO week (UTC), channel class, topic and outcome. There is no conversation, person, time of day or red flag in it. When a
week closes, counts of 11 and more are rounded up to a multiple of 5 and moved to the releases, and the exact figures of that week are
deleted, large and small. So a release is made once and never changes, and what may not be shown no longer exists.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Optional

from bot.errors import CandorError
from bot.knowledge.reply import OUTCOMES
from bot.privacy.database import today as _today
from bot.privacy.database import transaction

logger = logging.getLogger(__name__)

CHANNELS = ("website", "messaging", "staff", "terminal")
#: The topic of a reply that answers none.
NO_TOPIC = "none"
#: Smallest count that is shown: the small-cell rule of the US Centers for Medicare & Medicaid Services (never 1 to 10).
SMALLEST = 11
ROUND_TO = 5
#: How long a week stays open after its end, for counts that are still in memory.
GRACE = timedelta(days=1)
#: How long releases are kept.
KEPT = timedelta(weeks=104)

SCHEMA = """
CREATE TABLE IF NOT EXISTS counts (week TEXT NOT NULL, channel TEXT NOT NULL, topic TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (week, channel, topic, outcome)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS releases (week TEXT NOT NULL, channel TEXT NOT NULL, topic TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (week, channel, topic, outcome)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closed (week TEXT PRIMARY KEY) WITHOUT ROWID;
"""

_Cell = tuple[str, str, str, str]


@dataclass(frozen=True)
class Row:
    """One released figure.

    Attributes:
        week: ISO week such as "2026-W47".
        count: rounded up to a multiple of 5; None when it was below 11, which may be none at all.
    """

    week: str
    channel: str
    topic: str
    outcome: str
    count: Optional[int]


def week_of(day: date) -> str:
    """The ISO week of a day; as texts, weeks sort by time."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def last_closed(today: date) -> str:
    """The last week that may be released on a day."""
    return week_of(today - GRACE - timedelta(weeks=1))


class Counts:
    """Counts in memory and writes from time to time.

    Args:
        path: the database; made when it is missing.
        topics: ids that may be counted. Anything else, such as a red flag's id, is counted as no topic.
        today: the day in UTC.

    Raises:
        CandorError: the file cannot be written or is damaged.
    """

    def __init__(self, path: Path, topics: Collection[str], today: Callable[[], date] = _today) -> None:
        self._path = path
        self._topics = frozenset(topics)
        self._today = today
        self._lock = threading.Lock()
        self._pending: Counter[_Cell] = Counter()
        self._write(Counter())

    def add(self, channel: str, topic: str, outcome: str) -> None:
        """Counts one, in memory. The caller sees to it that a conversation adds at most one to any count.

        Small talk is not counted: every conversation begins with it, so it would be a total.

        Raises:
            ValueError: a channel class or outcome that there is not.
        """
        if channel not in CHANNELS or outcome not in OUTCOMES:
            raise ValueError("unknown channel class or outcome")
        if outcome == "smalltalk":
            return
        cell = (week_of(self._today()), channel, topic if topic in self._topics else NO_TOPIC, outcome)
        with self._lock:
            self._pending[cell] += 1

    def flush(self) -> None:
        """Writes what was counted since the last time, in one transaction, and closes the weeks that are over.

        Counts of a week that may have been released already come too late and are dropped.
        A failure is logged and the counts stay in memory: counting must never cost anybody a reply.
        """
        with self._lock:
            pending, self._pending = self._pending, Counter()
        try:
            self._write(pending)
        except CandorError:
            logger.error("counts could not be written; they stay in memory")
            with self._lock:
                self._pending.update(pending)

    def _write(self, pending: Counter[_Cell]) -> None:
        with transaction(self._path, SCHEMA) as connection:
            closed = max(_closed_until(connection), last_closed(self._today()))
            connection.executemany(
                "INSERT INTO counts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                [(*cell, count) for cell, count in pending.items() if cell[0] > closed])
            _close(connection, self._today())


def _closed_until(connection: sqlite3.Connection) -> str:
    """The last week that was released."""
    found: Optional[str] = connection.execute("SELECT max(week) FROM closed").fetchone()[0]
    return found or ""


def _close(connection: sqlite3.Connection, today: date) -> None:
    """Releases the weeks that are over, deletes their exact counts, and drops releases that are too old.

    Only weeks with counts are marked as closed: a clock that once ran ahead does not close the weeks it jumped over.
    """
    until: Optional[str] = connection.execute("SELECT max(week) FROM counts WHERE week <= ?", (last_closed(today),)).fetchone()[0]
    if until is not None:
        connection.execute(
            "INSERT INTO releases SELECT week, channel, topic, outcome, (count + ?) / ? * ? FROM counts WHERE week <= ? AND count >= ?",
            (ROUND_TO - 1, ROUND_TO, ROUND_TO, until, SMALLEST))
        connection.execute("DELETE FROM counts WHERE week <= ?", (until,))
        connection.execute("DELETE FROM closed")
        connection.execute("INSERT INTO closed VALUES (?)", (until,))
    connection.execute("DELETE FROM releases WHERE week < ?", (week_of(today - KEPT),))


def _weeks(first: str, last: str) -> Iterable[str]:
    day = date.fromisocalendar(int(first[:4]), int(first[6:]), 1)
    while (week := week_of(day)) <= last:
        yield week
        day += timedelta(weeks=1)


def released(path: Path, today: Callable[[], date] = _today) -> list[Row]:
    """What staff may see: closed weeks, figures of 11 and more rounded up to a multiple of 5, no totals.

    A combination is listed for every week once it has reached 11 in any; whether it is listed thus tells nothing about small counts,
    and neither does a missing one: none and ten look the same.

    Returns:
        rows by week, latest first; none when nothing has been counted.

    Raises:
        CandorError: the file cannot be used.
    """
    if not path.exists():
        return []
    with transaction(path, SCHEMA) as connection:
        _close(connection, today())
        figures: dict[_Cell, int] = {(week, channel, topic, outcome): count for week, channel, topic, outcome, count in
                                     connection.execute("SELECT week, channel, topic, outcome, count FROM releases")}
    if not figures:
        return []
    shown = sorted({cell[1:] for cell in figures})
    weeks = sorted(_weeks(min(cell[0] for cell in figures), last_closed(today())), reverse=True)
    return [Row(week, *cell, figures.get((week, *cell))) for week in weeks for cell in shown]


def table(rows: list[Row]) -> str:
    """The rows as a table in plain text."""
    lines = [("week", "channel", "topic", "outcome", "conversations")]
    lines += [(row.week, row.channel, row.topic, row.outcome, f"<{SMALLEST}" if row.count is None else str(row.count)) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
