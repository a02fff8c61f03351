"""Builds the pages of the staff site that are the same for everybody: answers, review, one page of everything, search data.

The same files are served and exported; links are relative, and nothing outside them is needed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clinic import Clinic
from bot.errors import CandorError
from bot.knowledge.loader import Knowledge
from bot.staff import search
from bot.staff.answers import ASKERS, CARE, CAUSES, GROUPS, STATES, Answer, answer_of, status_line

_HERE = Path(__file__).resolve().parent
_ASSETS = ("staff.css", "staff.js", "minisearch.js", "icon.svg")
#: The Content-Security-Policy of the site's pages: our own files only, forms to ourselves, and no way to make markup of text.
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
          "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
#: The name of our own origin goes with our own forms, so that others' forms show; nothing goes to other sites.
REFERRER = {"Referrer-Policy": "same-origin"}
#: Marks an exported folder as ours, so that a later export may overwrite it.
MARK = "staff.css"
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Site:
    """The finished files, by path below the site's root."""

    files: dict[str, bytes]


def content_type(path: str) -> str:
    """The media type of a file of the site."""
    return _TYPES[Path(path).suffix]


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The page templates; everything put into them is escaped, and a missing value is an error."""
    made = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(CARE=CARE, STATES=STATES, GROUPS=GROUPS, ASKERS=ASKERS, CAUSES=CAUSES, status_line=status_line)
    return made


def render(template: str, **values: Any) -> str:
    """A page."""
    return templates().get_template(template).render(**values)


def asset(name: str) -> bytes:
    """A style sheet or script.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in _ASSETS:
        raise KeyError(name)
    return (_HERE / "static" / name).read_bytes()


def all_answers(knowledge: Knowledge, content: Path, clinic: Clinic, today: date) -> list[Answer]:
    """Every card as staff see it."""
    return [answer_of(knowledge, content, card, clinic, today) for card in knowledge.cards.values()]


def build(knowledge: Knowledge, content: Path, clinic: Clinic, examples: dict[str, Sequence[str]], today: date, served: bool) -> Site:
    """Renders the site.

    Args:
        knowledge: loaded content.
        content: the folder it came from.
        clinic: its settings.
        examples: training examples by topic, for the search.
        today: the day that marks and copied texts carry.
        served: whether a server stands behind it; an export has neither the question box nor the counts.
    """
    answers = all_answers(knowledge, content, clinic, today)
    groups = [(title, [answer for answer in answers if answer.group == group]) for group, title in GROUPS.items()]
    groups.append(("Others", [answer for answer in answers if answer.group not in GROUPS]))
    common = {"clinic": clinic, "today": today, "served": served}
    counts = {state: sum(answer.shown == state for answer in answers) for state in STATES}
    pages = {
        "index.html": render("index.html", **common, root="", page="answers", groups=[group for group in groups if group[1]], counts=counts),
        "all.html": render("all.html", **common, root="", page="all", answers=answers),
        "review.html": render("review.html", **common, root="", page="review", answers=answers, counts=counts),
    }
    for answer in answers:
        pages[f"answers/{answer.card.id}.html"] = render("answer.html", **common, root="../", page="answer", answer=answer)
    files = {path: text.encode() for path, text in pages.items()}
    data = json.dumps(search.as_json(search.entries(knowledge, examples)), ensure_ascii=False, separators=(",", ":"))
    # A script, not JSON to fetch: it also loads from a folder on a shared drive.
    files["search-data.js"] = f"window.candorAnswers={data};\n".encode()
    files |= {name: asset(name) for name in _ASSETS}
    files |= {f"pictures/{name}.svg": (content / "pictures" / f"{name}.svg").read_bytes() for name in knowledge.pictures}
    return Site(files)


def export(site: Site, folder: Path) -> int:
    """Writes the site into a folder.

    Returns:
        the number of files.

    Raises:
        CandorError: the folder holds something else, or cannot be written.
    """
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
            raise CandorError(f"{folder} holds other files.", "Name an empty or a new folder.")
        for stale in [*folder.glob("answers/*.html")]:
            stale.unlink()
        for path, body in site.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
    except OSError as error:
        raise CandorError(f"{folder} cannot be written: {error.strerror}.") from None
    return len(site.files)
