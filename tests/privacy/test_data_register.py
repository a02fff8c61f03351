"""The register of what is kept is compared with the real databases, both ways."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from bot.clinic import Clinic
from bot.paths import COUNTS, QUESTIONS, ROOT
from bot.privacy import counts, opt_in
from bot.privacy.counts import Counts
from bot.privacy.database import transaction
from bot.privacy.opt_in import OptInBox

REGISTER = (ROOT / "docs" / "data-register.md").read_text()


def registered(file):
    """(table, column) of every line of the file's part, none of whose cells is empty."""
    part = REGISTER.split(f"\n## {file}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")][2:]
    assert all(len(row) == 6 and all(row) for row in rows)
    assert len({tuple(row[:2]) for row in rows}) == len(rows)
    return {tuple(row[:2]) for row in rows}


def real(path):
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for name, in connection.execute("SELECT name FROM sqlite_master WHERE type != 'index'")]
        return {(table, column[1]) for table in tables for column in connection.execute(f"PRAGMA table_xinfo({table})")}


@pytest.mark.parametrize(("make", "file"), [(Counts, COUNTS.name), (OptInBox, QUESTIONS.name)])
def test_every_column_has_a_line_and_every_line_a_column(tmp_path, make, file):
    make(tmp_path / file, ())
    assert registered(file) == real(tmp_path / file)


def test_a_new_column_would_be_noticed(tmp_path):
    with transaction(tmp_path / "new", counts.SCHEMA.replace("count INTEGER NOT NULL,", "count INTEGER NOT NULL, hour INTEGER,", 1)):
        pass
    assert real(tmp_path / "new") - registered(COUNTS.name) == {("counts", "hour")}


def test_there_is_no_other_database():
    modules = [path.name for path in (ROOT / "bot").rglob("*.py") if re.search(r"CREATE TABLE IF NOT EXISTS \w+ \(", path.read_text())]
    assert sorted(modules) == ["counts.py", "opt_in.py"]


def test_the_defaults_and_periods_are_those_of_the_code():
    for setting in ("counts", "opt_in_questions"):
        assert f"| `{setting}: {str(Clinic.__fields__[setting].default).lower()}` |" in REGISTER
    assert (counts.SMALLEST, counts.ROUND_TO, counts.GRACE.days, counts.KEPT.days // 7) == (11, 5, 1, 104)
    assert (opt_in.KEPT.days, opt_in.BATCH, opt_in.MAX_CHARACTERS) == (30, 5, 600)
    for words in ("11 and more", "multiple of 5", "a day after it ended", "two years", "30 days", "batches of five", "at most 600 characters"):
        assert re.search(words, REGISTER), words
