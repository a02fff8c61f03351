"""Composes replies from cards. Pure functions: the same topics and details give the same bytes.

Nothing is generated: every sentence stands in a card or in ``content/phrases.yml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Optional

from bot.knowledge.loader import Knowledge
from bot.knowledge.model import CARE_ORDER, Asker, Card, Care, Cause, Statement
from bot.knowledge.reply import Block, Choice, Reply

MAX_TOPICS = 3


def _paragraph(statements: Sequence[Statement]) -> str:
    return " ".join(statement.text for statement in statements)


def _sections(statements: Sequence[Statement]) -> str:
    """Statements as paragraphs under their headings."""
    lines: list[str] = []
    for statement in statements:
        if statement.heading:
            lines.append(f"{statement.heading}: {statement.text}")
        elif lines:
            lines[-1] += f" {statement.text}"
        else:
            lines.append(statement.text)
    return "\n".join(lines)


def _source_ids(knowledge: Knowledge, statements: Sequence[Statement]) -> tuple[str, ...]:
    return tuple(knowledge.sources_of([claim for statement in statements for claim in statement.cites]))


def _strongest(cards: Sequence[Card]) -> Card:
    """The card whose next step leads: the strongest level, the first among equals."""
    return max(cards, key=lambda card: (CARE_ORDER.index(card.care) if card.care in CARE_ORDER else len(CARE_ORDER)))


def _review(cards: Sequence[Card]) -> dict[str, Optional[str]]:
    if not cards or not all(card.is_signed() for card in cards):
        return {"status": "draft", "reviewed": None, "due": None}
    reviewed = min(card.review.on for card in cards if card.review.on)
    due = min(card.review.due for card in cards if card.review.due)
    return {"status": "reviewed", "reviewed": reviewed.isoformat(), "due": due.isoformat()}


def _listed(number: int, source: dict[str, Any]) -> str:
    year = f", {source['year']}" if source["year"] else ""
    return f"[{number}] {source['title']}. {source['publisher']}{year}. {source['url']}"


def _whole(knowledge: Knowledge, cards: Sequence[Card], blocks: Sequence[Block], opening: str, next_step: str,
           choices: Sequence[Choice]) -> Reply:
    phrases = knowledge.phrases
    source_ids = list(dict.fromkeys(source for block in blocks for source in block.sources))
    sources = tuple(
        {"id": s.id, "title": s.title, "publisher": s.publisher, "year": s.year, "url": s.url, "checked": s.checked.isoformat()}
        for s in (knowledge.sources[source_id] for source_id in source_ids)
    )
    parts = [opening] if opening else []
    parts += [f"{block.title}\n{block.text}" if len(blocks) > 1 else block.text for block in blocks]
    parts.append(f"{phrases.next_step}: {next_step}")
    if sources:
        parts.append("\n".join([f"{phrases.sources}:", *(_listed(n, s) for n, s in enumerate(sources, 1))]))
    review = _review(cards)
    if review["status"] == "draft":
        parts.append(phrases.draft_note)
    care: Care = _strongest(cards).care
    return Reply(
        outcome="answer", text="\n\n".join(parts), topics=tuple(card.id for card in cards), care=care,
        blocks=tuple(blocks), next_step=next_step, choices=tuple(choices), sources=sources, review=review,
    )


def answer(knowledge: Knowledge, topics: Sequence[str], asker: Asker = "self", cause: Optional[Cause] = None,
           also: Sequence[str] = ()) -> Reply:
    """The reply to up to three topics.

    Args:
        knowledge: loaded content.
        topics: taxonomy ids with a card, in answer order; those beyond the third become choices.
        asker: who is asking; changes openings and the next step only.
        cause: the known cause, which picks the per-cause statements.
        also: further topics to offer as choices.

    Raises:
        KeyError: a topic has no card.
    """
    cards = [knowledge.cards[topic] for topic in dict.fromkeys(topics)]
    shown, rest = cards[:MAX_TOPICS], cards[MAX_TOPICS:]
    blocks = []
    for card in shown:
        statements = (*card.per_cause.get(cause, ()), *card.short) if cause else card.short
        blocks.append(Block(card.id, card.title, _paragraph(statements), _source_ids(knowledge, statements), card.image))
    opening = next((text for card in shown if (text := card.opening.for_asker(asker))), "")
    ids = {card.id for card in shown}
    offered = [card.id for card in rest] + [t for t in also if t in knowledge.cards]
    offered += [t for card in shown for t in card.choices if t in knowledge.cards]
    follow_ups = [t for t in dict.fromkeys(offered) if t not in ids][:3]
    choices = [Choice(f"more:{card.id}", f"{knowledge.phrases.more}: {card.title}") for card in shown]
    choices += [Choice(f"ask:{topic}", knowledge.cards[topic].question) for topic in follow_ups]
    return _whole(knowledge, shown, blocks, opening, _strongest(shown).next_step.for_asker(asker), choices)


def more(knowledge: Knowledge, topic: str, asker: Asker = "self") -> Reply:
    """The longer answer to one topic."""
    card = knowledge.cards[topic]
    block = Block(card.id, card.title, _sections(card.more), _source_ids(knowledge, card.more), card.image)
    choices = [Choice(f"ask:{t}", knowledge.cards[t].question) for t in card.choices if t in knowledge.cards]
    return _whole(knowledge, [card], [block], "", card.next_step.for_asker(asker), choices)


def simpler(knowledge: Knowledge, topic: str, asker: Asker = "self") -> Reply:
    """The plainer answer to one topic; the short one where no plainer text was written."""
    card = knowledge.cards[topic]
    statements = card.simple or card.short
    block = Block(card.id, card.title, _paragraph(statements), _source_ids(knowledge, statements), card.image)
    choices = [Choice(f"more:{card.id}", f"{knowledge.phrases.more}: {card.title}")]
    return _whole(knowledge, [card], [block], "", card.next_step.for_asker(asker), choices)


def sources(knowledge: Knowledge, topics: Sequence[str], asker: Asker = "self") -> Reply:
    """Where the answers to topics come from: every source of their cards."""
    cards = [knowledge.cards[topic] for topic in topics]
    blocks = [
        Block(card.id, card.title, knowledge.phrases.sources_of.replace("{title}", card.title), tuple(knowledge.sources_of(card.cites())))
        for card in cards
    ]
    return _whole(knowledge, cards, blocks, "", _strongest(cards).next_step.for_asker(asker), [])


def clarify(knowledge: Knowledge, candidates: Sequence[str]) -> Reply:
    """Asks which of up to three topics was meant."""
    choices = [Choice(f"ask:{t}", knowledge.cards[t].question) for t in dict.fromkeys(candidates) if t in knowledge.cards][:MAX_TOPICS]
    listed = "\n".join(f"- {choice.label}" for choice in choices)
    none = Choice("none", knowledge.phrases.none_of_these)
    return Reply("clarify", f"{knowledge.phrases.clarify}\n{listed}\n- {none.label}", choices=(*choices, none))


def not_covered(knowledge: Knowledge) -> Reply:
    """Says that this is not covered, what is, and whom to ask."""
    topics = [t for t in knowledge.phrases.common_topics if t in knowledge.cards]
    choices = tuple(Choice(f"ask:{t}", knowledge.cards[t].question) for t in topics)
    listed = "\n".join(f"- {choice.label}" for choice in choices)
    return Reply("not_covered", f"{knowledge.phrases.not_covered}\n{listed}", care="doctor", choices=choices)


def unavailable(knowledge: Knowledge) -> Reply:
    """The honest reply when something broke."""
    return Reply("unavailable", knowledge.phrases.unavailable, care="doctor")


def joined(replies: Sequence[Reply]) -> Reply:
    """Several replies of one turn as one: the texts in order, everything else from the last."""
    last = replies[-1]
    return replace(last, text="\n\n".join(reply.text for reply in replies))
