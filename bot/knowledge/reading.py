"""How hard a text is to read: the Flesch-Kincaid grade (US school years; add five for the age in years)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.model import Statement


def grade(statements: Sequence[Statement]) -> float:
    """The grade of some statements read one after the other."""
    import textstat

    return float(textstat.flesch_kincaid_grade(" ".join(statement.text for statement in statements)))
