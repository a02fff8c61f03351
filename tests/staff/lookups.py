"""How often a look-up has the right card among the first three, for the site's search and for plain alternatives.

``python tests/staff/lookups.py`` writes the table into docs/staff.md. ``lookups_development.jsonl`` was used to choose the search's
settings, ``lookups.jsonl`` was written before they were tried on it, and is not used to change them.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.paths import ROOT

HERE = Path(__file__).parent
DOCS = ROOT / "docs" / "staff.md"
BEGIN, END = "<!-- look-ups: made by python tests/staff/lookups.py -->", "<!-- end of look-ups -->"
FIRST = 3
FIELDS = {"title": 4, "question": 3, "names": 4, "said": 4, "text": 1}


def read(name):
    return [json.loads(line) for line in (HERE / name).read_text().splitlines()]


def fts5(entries, tokenizer: str, fields: Sequence[str]) -> Callable[[str], list[str]]:
    """SQLite's full-text search over the same entries, any word counting, ranked by BM25 with the same weights."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE VIRTUAL TABLE cards USING fts5(id UNINDEXED, {', '.join(fields)}, tokenize='{tokenizer}')")
    for entry in entries:
        values = (entry.id, *(getattr(entry, name) for name in fields))
        database.execute(f"INSERT INTO cards VALUES ({', '.join('?' * len(values))})", values)
    weights = ", ".join(str(FIELDS[name]) for name in fields)

    def find(text: str) -> list[str]:
        words = re.findall(r"\w+", text.lower())
        if tokenizer == "trigram":
            words = [word[at:at + 3] for word in words for at in range(len(word) - 2)]
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        rows = database.execute(f"SELECT id FROM cards WHERE cards MATCH ? ORDER BY bm25(cards, 0, {weights}) LIMIT {FIRST}", (query,))
        return [row[0] for row in rows] if query else []

    return find


def hits(found: Sequence[Sequence[str]], lookups) -> int:
    return sum(bool(set(ids[:FIRST]) & set(lookup["topics"])) for ids, lookup in zip(found, lookups, strict=True))


def table(search: Callable[[list[str]], list[list[str]]], entries) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """The tables as Markdown lines, and how many of each set the site's search and plain FTS5 (porter) found.

    Args:
        search: the site's own search, as the browser runs it: for each text the ids, the likeliest first.
        entries: what is searched.
    """
    sets = {"development": read("lookups_development.jsonl"), "held back": read("lookups.jsonl")}
    plain = {
        "SQLite FTS5 porter, same fields and weights": fts5(entries, "porter unicode61", tuple(FIELDS)),
        "SQLite FTS5 trigram, same fields and weights": fts5(entries, "trigram", tuple(FIELDS)),
        "SQLite FTS5 porter, the cards alone": fts5(entries, "porter unicode61", ("title", "question", "text")),
    }
    mine = {name: search([lookup["message"] for lookup in lookups]) for name, lookups in sets.items()}
    found: dict[str, dict[str, int]] = {"this site (MiniSearch)": {name: hits(mine[name], lookups) for name, lookups in sets.items()}}
    found |= {title: {name: hits([find(lookup["message"]) for lookup in lookups], lookups) for name, lookups in sets.items()}
              for title, find in plain.items()}
    lines = ["| search | " + " | ".join(f"{name} ({len(lookups)})" for name, lookups in sets.items()) + " |", "|---|" + "---|" * len(sets)]
    lines += [f"| {title} | " + " | ".join(str(counts[name]) for name in sets) + " |" for title, counts in found.items()]
    porter = plain["SQLite FTS5 porter, same fields and weights"]
    lines += ["", "| held-back look-up | right card | this site | FTS5 porter |", "|---|---|---|---|"]
    for lookup, ids in zip(sets["held back"], mine["held back"], strict=True):
        def place(found: Sequence[str], lookup=lookup) -> str:
            return next((str(number) for number, card in enumerate(found[:FIRST], 1) if card in lookup["topics"]), "-")
        lines.append(f"| {lookup['message']} | {' or '.join(lookup['topics'])} | {place(ids)} | {place(porter(lookup['message']))} |")
    scores = {name: (found["this site (MiniSearch)"][name], found["SQLite FTS5 porter, same fields and weights"][name]) for name in sets}
    return lines, scores


def in_docs() -> list[str]:
    """The table as it stands in the documentation."""
    return DOCS.read_text().split(BEGIN)[1].split(END)[0].strip().splitlines()


def main() -> None:
    import tempfile
    from datetime import date

    from browsing import launched

    from bot.clinic import Clinic
    from bot.cross_validation import read_examples
    from bot.knowledge.loader import load
    from bot.paths import CONTENT
    from bot.staff import search, site

    knowledge, examples = load(CONTENT), search.by_topic(read_examples())
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        site.export(site.build(knowledge, CONTENT, Clinic(name="A clinic"), examples, date.today(), served=False), Path(folder) / "site")
        page = browser.new_page()
        page.goto((Path(folder) / "site" / "index.html").as_uri())
        lines, scores = table(lambda texts: page.evaluate("texts => texts.map(window.candorSearch)", texts), search.entries(knowledge, examples))
    before, rest = DOCS.read_text().split(BEGIN)
    DOCS.write_text("\n".join([before + BEGIN, *lines, END]) + rest.split(END)[1])
    print(scores)


if __name__ == "__main__":
    main()
