"""A card as staff see it: what the patient reads in each variant, where each sentence comes from, and how far it was checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Optional

from bot.clinic import Clinic
from bot.knowledge import compose
from bot.knowledge.changes import Change
from bot.knowledge.compose import Circumstances
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import Asker, Card, Cause, Claim, Picture, Source, Statement
from bot.knowledge.reply import Reply
from bot.knowledge.review_log import CardReview, changes_since_signed, review_of

#: A review that comes due within this time is shown as due.
SOON = timedelta(days=60)
CAUSES: dict[Cause, str] = {
    "turp": "after TURP", "prostatectomy": "after the prostate was removed", "rplnd": "after lymph-node surgery", "diabetes": "with diabetes",
    "spinal_cord_injury": "with a spinal cord injury", "ms": "with multiple sclerosis", "medicine": "with a medicine as the cause",
    "blocked_ducts": "with blocked ducts",
}
ASKERS: dict[Asker, str] = {"self": "For the man himself", "partner": "For a partner"}
CARE = {
    "info": "Nothing to do now", "doctor": "Raise it with a GP", "specialist": "Consult a fertility specialist",
    "urgent": "Medical contact within days", "emergency": "Emergency", "support": "Support",
}
GROUPS = {
    "basics": "What it is", "causes": "Causes", "tests": "Tests", "treatment": "Treatment", "children": "Having children",
    "living": "Living with it", "nearby": "Neighbouring problems",
}
STATES = {
    "draft": "Draft, not reviewed", "edited": "Changed since it was signed", "overdue": "Review overdue", "due": "Review due soon",
    "reviewed": "Reviewed",
}


@dataclass(frozen=True)
class Variant:
    """The patient's text for one asker and cause.

    Attributes:
        opening: a kind word before the answer, or "".
        lines: the answer, a paragraph each.
        sources: numbered from 1 by their place.
        plain: all of it as plain text with sources and date, for copying.
        email: the same as the body of an e-mail.
    """

    asker: Asker
    cause: Optional[Cause]
    title: str
    opening: str
    lines: tuple[str, ...]
    next_step: str
    sources: tuple[Source, ...]
    plain: str
    email: str


@dataclass(frozen=True)
class Backing:
    """A claim behind a statement, with its sources and in one word how far it was checked."""

    claim: Claim
    mark: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Backed:
    """A statement with what it rests on."""

    heading: Optional[str]
    text: str
    backing: tuple[Backing, ...]


@dataclass(frozen=True)
class Answer:
    """Everything about one card that the staff site shows.

    Attributes:
        shown: the review state in one word: "draft", "edited", "overdue", "due" (soon) or "reviewed".
        unverified: how many facts it cites that nobody has verified; our own inferences and rules are not counted.
        parts: title and statements of each part of the card.
        changed: what changed since it was signed, None when no signed text is kept.
    """

    card: Card
    group: str
    review: CardReview
    shown: str
    withdrawn: bool
    cited: int
    unverified: int
    variants: tuple[Variant, ...]
    parts: tuple[tuple[str, tuple[Backed, ...]], ...]
    related: tuple[Card, ...]
    picture: Optional[Picture]
    changed: Optional[tuple[Change, ...]]


def _mark(claim: Claim) -> str:
    if claim.kind != "fact":
        return {"inference": "our inference", "rule": "our rule"}[claim.kind]
    return {"yes": "source read", "relayed": "second-hand", "no": "not verified"}[claim.verified]


def _backed(knowledge: Knowledge, statement: Statement) -> Backed:
    backing = []
    for claim_id in statement.cites:
        claim = knowledge.claims[claim_id]
        found = (knowledge.sources[source] for source in knowledge.sources_of([claim_id], lent=99))
        backing.append(Backing(claim, _mark(claim), tuple(found)))
    return Backed(statement.heading, statement.text, tuple(backing))


def _parts(knowledge: Knowledge, card: Card) -> tuple[tuple[str, tuple[Backed, ...]], ...]:
    steps = [Statement(text=text, cites=card.next_step.cites, heading=who)
             for who, text in (("The man himself", card.next_step.self_), ("A partner", card.next_step.partner))]
    parts: list[tuple[str, Sequence[Statement]]] = [("Short answer", card.short), ("More, for staff and those who ask", card.more)]
    parts += [(f"Added {CAUSES[cause]}", statements) for cause, statements in card.per_cause.items()]
    parts += [(f"Added when the message names: {name.replace('_', ' ')}", statements) for name, statements in card.when_named.items()]
    parts += [("In plainer words", card.simple), ("Next step", steps)]
    return tuple((title, tuple(_backed(knowledge, s) for s in statements)) for title, statements in parts if statements)


def status_line(card: Card, shown: str) -> str:
    """The review of a card as one sentence, as it goes out with a copied answer."""
    review = card.review
    if shown == "draft":
        return "Draft: no clinician has reviewed this answer yet."
    if shown == "edited":
        return "Draft: this answer changed after a clinician reviewed it."
    overdue = "; that day has passed" if shown == "overdue" else ""
    return f"Reviewed by {review.by} on {review.on}, next review due on {review.due}{overdue}."


def _listed(number: int, source: Source) -> str:
    return f"[{number}] {source.title}. {source.publisher}{f', {source.year}' if source.year else ''}. {source.url}"


def _variant(knowledge: Knowledge, card: Card, shown: str, case: Circumstances, clinic: Clinic, today: date) -> Variant:
    reply: Reply = compose.answer(knowledge, [card.id], case)
    opening = card.opening.for_asker(case.asker) or ""
    sources = tuple(knowledge.sources[source["id"]] for source in reply.sources)
    lines = tuple(reply.blocks[0].text.split("\n"))
    step = f"{knowledge.phrases.next_step}: {reply.next_step}"
    listed = "\n".join([f"{knowledge.phrases.sources}:", *(_listed(number, source) for number, source in enumerate(sources, 1))])
    stand = f"{status_line(card, shown)} As of {today}."
    body = [part for part in (opening, "\n".join(lines), step) if part]
    plain = "\n\n".join([*body, listed, stand])
    not_advice = f"{stand} This is general information, not a diagnosis."
    email = "\n\n".join(["Hello,", "thank you for your question.", *body, clinic.contact(), listed, not_advice, clinic.name])
    title = ASKERS[case.asker] + (f", {CAUSES[case.cause]}" if case.cause else "")
    return Variant(case.asker, case.cause, title, opening, lines, reply.next_step or "", sources, plain, email)


def answer_of(knowledge: Knowledge, content: Path, card: Card, clinic: Clinic, today: date) -> Answer:
    """A card with everything that staff need.

    Args:
        knowledge: loaded content.
        content: the folder it came from.
        card: one of its cards.
        clinic: whose country, contact and policy count.
        today: the day, for reviews and copied texts.
    """
    review = review_of(content, card, today)
    due = card.review.due
    shown = "due" if review.state == "reviewed" and due and due - today <= SOON else review.state
    causes: list[Optional[Cause]] = [None, *card.per_cause]
    variants = tuple(_variant(knowledge, card, shown, Circumstances(asker=asker, cause=cause, country=clinic.country), clinic, today)
                     for cause in causes for asker in ASKERS)
    cited = [knowledge.claims[claim] for claim in card.cites()]
    changed = changes_since_signed(content, card) if card.review.status == "reviewed" else None
    return Answer(
        card=card, group=knowledge.topics[card.id].group if card.id in knowledge.topics else "", review=review, shown=shown,
        withdrawn=clinic.withdraw_overdue and card.is_overdue(today), cited=len(cited),
        unverified=sum(claim.kind == "fact" and claim.verified == "no" for claim in cited), variants=variants, parts=_parts(knowledge, card),
        related=tuple(knowledge.cards[topic] for topic in card.choices if topic in knowledge.cards),
        picture=knowledge.pictures.get(card.image or ""), changed=tuple(changed) if changed is not None else None)
