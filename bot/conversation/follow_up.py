"""Resolves a follow-up against what is in play: which subject "it" is, and which reviewed text answers the question about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from bot.conversation.state import State
from bot.knowledge.conversation_model import Aspect
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import Card, Statement


@dataclass(frozen=True)
class Found:
    """What answers a follow-up.

    Attributes:
        subject: what "it" was taken for, None when the answer is a general one.
        other: what it may mean as well, if that has an answer of its own.
        statements: the answer; empty when nothing is held.
        cards: the cards that the statements come from, in order.
    """

    subject: Optional[str]
    other: Optional[str]
    statements: tuple[Statement, ...]
    cards: tuple[str, ...]


def section(card: Card, heading: Optional[str]) -> list[Statement]:
    """The statements under a heading of a card's longer answer; its short answer without a heading.

    Raises:
        KeyError: the card has no such heading.
    """
    if heading is None:
        return list(card.short)
    found: list[Statement] = []
    for statement in card.more:
        if statement.heading == heading or (found and statement.heading is None):
            found.append(statement)
        elif found:
            break
    if not found:
        raise KeyError(heading)
    return [statement.copy(update={"heading": None}) for statement in found]


def place(reference: str, own: Optional[str] = None) -> tuple[str, Optional[str]]:
    """Card and heading of a reference: "card#heading", or a "heading" of one's own card, or a "card" where there is none."""
    if "#" in reference:
        card, _, heading = reference.partition("#")
        return card, heading
    return (own, reference) if own else (reference, None)


def _read(knowledge: Knowledge, references: Sequence[str], own: Optional[str] = None) -> tuple[list[Statement], list[str]]:
    statements: list[Statement] = []
    cards: list[str] = []
    for reference in references:
        card, heading = place(reference, own)
        statements += section(knowledge.cards[card], heading)
        cards.append(card)
    return statements, cards


def own_answer(knowledge: Knowledge, aspect: Aspect, subject: str) -> tuple[list[Statement], list[str]]:
    """What is held on an aspect of this very subject: its sections, else the per-cause statements of the aspect's card."""
    if subject in aspect.sections:
        return _read(knowledge, aspect.sections[subject], subject)
    cause = knowledge.follow_ups.subjects[subject].cause
    if aspect.cause_card and cause:
        statements = knowledge.cards[aspect.cause_card].per_cause.get(cause, ())
        if statements:
            return list(statements), [aspect.cause_card]
    return [], []


def subjects_of_cause(knowledge: Knowledge, cause: str) -> list[str]:
    """The subject that stands for a cause; the first that names it."""
    return [topic for topic, subject in knowledge.follow_ups.subjects.items() if subject.cause == cause][:1]


def _likely(knowledge: Knowledge, aspect: Aspect, state: State) -> list[str]:
    """Subjects in play, those of the kind that the aspect usually means first."""
    subjects = [subject for subject in state.subjects if subject in knowledge.follow_ups.subjects]
    if aspect.about == "any":
        return subjects
    return sorted(subjects, key=lambda subject: knowledge.follow_ups.subjects[subject].kind != aspect.about)


def holds(knowledge: Knowledge, aspect_id: str, state: State) -> bool:
    """Whether an aspect has an answer of its own for something in play."""
    aspect = knowledge.follow_ups.aspect(aspect_id)
    return any(own_answer(knowledge, aspect, subject)[0] for subject in _likely(knowledge, aspect, state))


def find(knowledge: Knowledge, aspect_id: str, state: State) -> Found:
    """What answers an aspect of what is in play.

    The likeliest subject with an answer of its own is taken; without one it is the general answer.
    """
    aspect = knowledge.follow_ups.aspect(aspect_id)
    likely = _likely(knowledge, aspect, state)
    answered = [subject for subject in likely if own_answer(knowledge, aspect, subject)[0]]
    if answered:
        subject = answered[0]
        statements, cards = own_answer(knowledge, aspect, subject)
        if aspect.general:
            general, card = _read(knowledge, aspect.otherwise)
            statements, cards = [*(general[place] for place in aspect.general), *statements], [*card, *cards]
        kinds = {topic: knowledge.follow_ups.subjects[topic].kind for topic in answered}
        other = next((topic for topic in answered[1:] if kinds[topic] == kinds[subject]), None)
        return Found(subject, other, tuple(statements), tuple(dict.fromkeys(cards)))
    statements, cards = _read(knowledge, aspect.otherwise)
    return Found(None, None, tuple(statements), tuple(dict.fromkeys(cards)))
