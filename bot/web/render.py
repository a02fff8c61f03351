"""Fills the HTML templates. Everything that is filled in is escaped; a name that a template does not get is an error."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def dial(number: str) -> str:
    """The address behind a telephone number."""
    return "tel:" + "".join(sign for sign in number if sign.isdigit() or sign == "+")


def in_words(day: date) -> str:
    """A date such as 21 November 2026."""
    return f"{day.day} {day:%B %Y}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["dial"] = dial
    made.filters["in_words"] = in_words
    return made


def render(template: str, **values: Any) -> str:
    """A page of a template of ``bot/web/templates``."""
    return _environment().get_template(template).render(**values)
