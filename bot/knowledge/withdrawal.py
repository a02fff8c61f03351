"""What becomes of an answer whose review is overdue: it says so, and where the clinic wants it, it is not given any more.

It looks at the finished reply, whatever composed it, so that no way to a card passes by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.clinic import Clinic
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import CARE_ORDER
from bot.knowledge.reply import Choice, Reply


def in_force(knowledge: Knowledge, reply: Reply, clinic: Clinic, today: date) -> Reply:
    """A reply as it may be given on a day.

    Args:
        knowledge: loaded content.
        reply: any reply; only answers with an overdue card among their topics change.
        clinic: its policy ``withdraw_overdue``, country and contact.
        today: the day.
    """
    late = [topic for topic in reply.topics if topic in knowledge.cards and knowledge.cards[topic].is_overdue(today)]
    if not late or reply.outcome != "answer":
        return reply
    if clinic.withdraw_overdue:
        return _withdrawn(knowledge, reply, late, clinic)
    if reply.review["status"] != "reviewed":  # it says already that it is a draft
        return reply
    return replace(reply, text=f"{reply.text}\n\n{knowledge.phrases.overdue_note}", review={**reply.review, "status": "overdue"})


def _withdrawn(knowledge: Knowledge, reply: Reply, late: Sequence[str], clinic: Clinic) -> Reply:
    """Says what is not answered now, whom to ask, and the emergency number; the care level stays, and what else was asked is offered."""
    emergency = knowledge.region(clinic.country).emergency
    said = knowledge.phrases.withdrawn.format(titles="; ".join(knowledge.cards[topic].title for topic in late))
    levels = [knowledge.cards[topic].care for topic in late]
    care = max(levels, key=lambda level: CARE_ORDER.index(level) if level in CARE_ORDER else len(CARE_ORDER))
    rest = [knowledge.cards[topic] for topic in reply.topics if topic not in late and topic in knowledge.cards]
    return Reply(
        "not_covered", "\n\n".join([said, clinic.contact(), emergency.text]), care="doctor" if care == "info" else care, numbers=emergency.numbers,
        choices=tuple(Choice(f"ask:{card.id}", card.question) for card in rest))
