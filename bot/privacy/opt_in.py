"""The box "Send this question to the team": questions that a person looked at, edited and chose to send. Off unless ``clinic.yml`` says so.

Kept are the redacted text, the nearest topic and the day; no conversation, person, channel or time. A question never waits longer than
30 days. Staff see it only in a batch of five in random order, made of questions of earlier days. A batch stays a batch: nothing is added
to it, it shrinks as its questions are settled, and what is left of it goes on one day, the day its oldest question is due. Once in a
batch, a question's own day is forgotten for that of the oldest. The file is rewritten after every change, in the order of random keys, so
neither what was deleted nor the order of arrival can be read from it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Optional

import yaml

from bot.errors import CandorError
from bot.front_door.clean import clean
from bot.front_door.errors import DoorError
from bot.privacy import redaction
from bot.privacy.database import rewrite, transaction
from bot.privacy.database import today as _today

#: Longest text that is taken, in characters.
MAX_CHARACTERS = 600
#: How long a question is kept.
KEPT = timedelta(days=30)
BATCH = 5
#: Most questions that are kept at a time, so that nobody fills the disk.
MOST = 1_000
#: What a person is told above the text that would be sent.
NOTICE = ("This is exactly what the team would get: no time, and nothing else of the chat. Change it as you like. "
          "Names, places and anything that only you could have written are not found by this program: please take them out. "
          "Nobody answers it and nobody reads it soon. It is deleted within 30 days.")

SCHEMA = """
CREATE TABLE IF NOT EXISTS questions (key INTEGER PRIMARY KEY, text TEXT NOT NULL, topic TEXT, day TEXT NOT NULL, batch INTEGER);
"""

Verdict = Literal["example", "not_useful"]


@dataclass(frozen=True)
class Question:
    """A question in a batch.

    Attributes:
        key: random number that :func:`settle` takes; says nothing about when it came.
        topic: the nearest topic when it was sent, or None.
    """

    key: int
    text: str
    topic: Optional[str]


def preview(text: str) -> str:
    """What would be sent: the text without what redaction finds.

    Raises:
        DoorError: 413 when the text or what redaction makes of it is too long, 400 when it is blank.
    """
    if len(text) > MAX_CHARACTERS:
        raise DoorError(413, "message_too_long", f"The question has {len(text)} characters; at most {MAX_CHARACTERS} can be sent.")
    shown = redaction.redact(clean(text))
    if not shown:
        raise DoorError(400, "empty_message", "There is nothing to send.")
    if len(shown) > MAX_CHARACTERS:
        raise DoorError(413, "message_too_long", f"Redacted, the question has {len(shown)} characters; at most {MAX_CHARACTERS} can be sent.")
    return shown


class OptInBox:
    """Takes the questions that people send.

    Args:
        path: the database; made when it is missing.
        topics: ids that may be kept beside a question.
        today: the day in UTC.

    Raises:
        CandorError: the file cannot be written or is damaged.
    """

    def __init__(self, path: Path, topics: Collection[str], today: Callable[[], date] = _today) -> None:
        self._path = path
        self._topics = frozenset(topics)
        self._today = today
        redaction.load()
        self.expire()

    def preview(self, text: str) -> str:
        """See :func:`preview`."""
        return preview(text)

    def accept(self, text: str, topic: Optional[str]) -> None:
        """Keeps a question as its writer has seen it.

        Args:
            text: what :func:`preview` gave, or an edit of it that redaction leaves as it is. Invisible characters and white space around it
                may differ.
            topic: nearest topic; an unknown one is not kept.

        Raises:
            DoorError: as :func:`preview`; 409 when redaction would change the text, so that its writer sees the change first; 503 when the
                box is full or broken.
        """
        shown = preview(text)
        if shown != clean(text):
            raise DoorError(409, "not_as_shown", "The text would be changed before it is sent. Look at it again first.")
        try:
            with _changed(self._path, self._today()) as connection:
                if connection.execute("SELECT count(*) FROM questions").fetchone()[0] >= MOST:
                    raise DoorError(503, "box_full", "The team has more questions than it can read. Nothing was sent.")
                connection.execute("INSERT INTO questions VALUES (?, ?, ?, ?, NULL)",
                                   (_random_key(), shown, topic if topic in self._topics else None, self._today().isoformat()))
        except DoorError:
            raise
        except CandorError:
            raise DoorError(503, "box_broken", "The question cannot be kept at the moment. Nothing was sent.") from None

    def expire(self) -> None:
        """Deletes what is older than 30 days; to be called from time to time, so that it also happens when nobody writes or reads.

        Raises:
            CandorError: the file cannot be used.
        """
        with _changed(self._path, self._today()):
            pass


def _random_key() -> int:
    """63 random bits, so that keys never meet and their order says nothing."""
    return secrets.randbits(63)


@contextmanager
def _changed(path: Path, today: date) -> Iterator[sqlite3.Connection]:
    """A transaction in which what is older than 30 days is gone, and after which the file is rewritten."""
    with transaction(path, SCHEMA) as connection:
        connection.execute("DELETE FROM questions WHERE day <= ?", ((today - KEPT).isoformat(),))
        yield connection
    with suppress(CandorError):  # what was asked for is done; the next change rewrites the file
        rewrite(path)


def batches(path: Path, today: Callable[[], date] = _today) -> list[list[Question]]:
    """What staff may see; new batches are made first when five questions of earlier days wait.

    Returns:
        batches of five or, once settling began, fewer, each in random order.

    Raises:
        CandorError: the file cannot be used.
    """
    if not path.exists():
        return []
    shuffle = secrets.SystemRandom().shuffle
    with _changed(path, today()) as connection:
        waiting = connection.execute("SELECT key, day FROM questions WHERE batch IS NULL AND day < ?", (today().isoformat(),)).fetchall()
        shuffle(waiting)
        for start in range(0, len(waiting) - BATCH + 1, BATCH):
            members = waiting[start:start + BATCH]
            batch, oldest = _random_key(), min(day for _, day in members)
            connection.executemany("UPDATE questions SET batch = ?, day = ? WHERE key = ?", [(batch, oldest, key) for key, _ in members])
        found: dict[int, list[Question]] = {}
        for key, text, topic, batch in connection.execute("SELECT key, text, topic, batch FROM questions WHERE batch IS NOT NULL ORDER BY batch"):
            found.setdefault(batch, []).append(Question(key, text, topic))
    for questions in found.values():
        shuffle(questions)
    return list(found.values())


def settle(path: Path, key: int, verdict: Verdict, wording: str = "", topic: Optional[str] = None, proposals: Optional[Path] = None,
           today: Callable[[], date] = _today) -> None:
    """Deletes a question of a batch; an "example" leaves a proposal in the editor's own words.

    What a person wrote never becomes an example itself. The proposals file is a list of {"topic", "text"} for whoever edits ``data/nlu``.

    Args:
        path: the database.
        key: of a question that :func:`batches` gave.
        verdict: "example" or "not_useful".
        wording: for an "example": the question as the editor puts it.
        topic: for an "example": the topic it belongs to.
        proposals: for an "example": the YAML file that the proposal is added to.
        today: the day in UTC.

    Raises:
        CandorError: the question is gone or in no batch, or an example lacks wording, topic or file, or repeats the person's words.
    """
    with _changed(path, today()) as connection:
        row = connection.execute("SELECT text FROM questions WHERE key = ? AND batch IS NOT NULL", (key,)).fetchone()
        if row is None:
            raise CandorError("This question is gone: it was settled, or its 30 days are over.")
        if verdict == "example":
            if not wording.strip() or topic is None or proposals is None:
                raise CandorError("An example needs a topic and the question in your own words.")
            if _words(row[0]) == _words(wording):
                raise CandorError("These are the person's words.", "Put the question in your own.")
            _propose(proposals, topic, wording.strip())
        connection.execute("DELETE FROM questions WHERE key = ?", (key,))


def _words(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _propose(path: Path, topic: str, text: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
            yaml.safe_dump([{"topic": topic, "text": text}], file, allow_unicode=True, sort_keys=False)
    except OSError as error:
        raise CandorError(f"{path} cannot be written: {error.strerror}.") from None
