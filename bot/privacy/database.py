"""Opens the small SQLite files of this package so that nothing deleted stays in them or beside them.

Deleted content is overwritten (``secure_delete``), and the rollback journal and temporary tables are held in memory, so that no second
file ever holds an earlier state. The price: a power cut in the middle of a write may damage the file.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
from pathlib import Path

from bot.errors import CandorError

#: Longest wait for another process that holds the file, in seconds.
_BUSY_SECONDS = 5.0


@contextmanager
def transaction(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """One write transaction on a file, which is made with mode 0600 when it is missing.

    Args:
        path: the file; its folder is made (mode 0700) when it is missing.
        schema: one ``CREATE TABLE IF NOT EXISTS`` statement or several.

    Raises:
        CandorError: the file cannot be written or is no such database.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise CandorError(f"{path} cannot be written: {error.strerror}.") from None
    with _connected(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in filter(str.strip, schema.split(";")):
            connection.execute(statement)
        yield connection
        connection.execute("COMMIT")


def rewrite(path: Path) -> None:
    """Writes the whole file anew in the order of its keys, so that it says nothing about the order of changes.

    Raises:
        CandorError: the file cannot be written.
    """
    with _connected(path) as connection:
        connection.execute("VACUUM")


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        for pragma in ("secure_delete = ON", "journal_mode = MEMORY", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    except sqlite3.Error as error:
        raise CandorError(f"{path} cannot be used as a database ({type(error).__name__}).",
                          "Move the file away if it is damaged; a new one is then made.") from None
    finally:
        connection.close()


def today() -> date:
    """The day in UTC: the finest time that is kept."""
    return datetime.now(timezone.utc).date()
