"""Composes replies from cards. Pure functions: the same topics and details give the same bytes.

Nothing is generated: every sentence stands in a card or in ``content/phrases.yml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from bot.knowledge.loader import Knowledge
from bot.knowledge.model import CARE_ORDER, Asker, Card, Care, Cause, Circumstance, Statement
from bot.knowledge.reply import Block, Choice, Reply

MAX_TOPICS = 3
SEMEN_ANALYSIS = "semen_analysis"
MEDICATION_CAUSE = "medication_cause"
#: Stands among the named medicines for one that the list does not hold.
UNKNOWN_MEDICINE = "unknown"
_MEDICINE_CARDS = (MEDICATION_CAUSE, "alpha_blockers", "antidepressants_antipsychotics")


_NOT_TO_STOP = re.compile(r"(?:do not|don't|never) (?:start, )?stop|keep taking", re.IGNORECASE)


@dataclass(frozen=True)
class Circumstances:
    """What is known of the person's case, as canonical ids; it picks wordings and statements, never facts of its own.

    Attributes:
        asker: changes openings and next steps only.
        cause: picks the per-cause statements.
        medicines: ids of the medicine list that were named.
        report_lines: ids of semen-report lines that were named.
        named: what the message gives a figure for.
        country: ISO code of the clinic's country, or None.
        opened: whether an opening was said before; one a conversation is enough.
        said: ids of the cards whose next step was said before.
    """

    asker: Asker = "self"
    cause: Optional[Cause] = None
    medicines: tuple[str, ...] = ()
    report_lines: tuple[str, ...] = ()
    named: tuple[Circumstance, ...] = ()
    country: Optional[str] = None
    opened: bool = False
    said: frozenset[str] = frozenset()


NOTHING_KNOWN = Circumstances()


def paragraph(statements: Sequence[Statement]) -> str:
    """Statements as one paragraph."""
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


def source_ids(knowledge: Knowledge, statements: Sequence[Statement]) -> tuple[str, ...]:
    """Ids of the sources behind statements, each once, in order."""
    return tuple(knowledge.sources_of([claim for statement in statements for claim in statement.cites]))


def _strongest(cards: Sequence[Card]) -> Card:
    """The card whose next step leads: the strongest level, the first among equals."""
    return max(cards, key=lambda card: (CARE_ORDER.index(card.care) if card.care in CARE_ORDER else len(CARE_ORDER)))


def leading(knowledge: Knowledge, topics: Sequence[str]) -> Card:
    """The card whose next step leads the answer to topics."""
    return _strongest([knowledge.cards[topic] for topic in topics])


def _review(cards: Sequence[Card]) -> dict[str, Optional[str]]:
    if not cards or not all(card.is_signed() for card in cards):
        return {"status": "draft", "reviewed": None, "due": None}
    reviewed = min(card.review.on for card in cards if card.review.on)
    due = min(card.review.due for card in cards if card.review.due)
    return {"status": "reviewed", "reviewed": reviewed.isoformat(), "due": due.isoformat()}


def _listed(number: int, source: dict[str, Any]) -> str:
    year = f", {source['year']}" if source["year"] else ""
    return f"[{number}] {source['title']}. {source['publisher']}{year}. {source['url']}"


def records(knowledge: Knowledge, blocks: Sequence[Block]) -> tuple[dict[str, Any], ...]:
    """Public records of the sources of blocks, each once, in order."""
    listed = list(dict.fromkeys(source for block in blocks for source in block.sources))
    return tuple(
        {"id": s.id, "title": s.title, "publisher": s.publisher, "year": s.year, "url": s.url, "checked": s.checked.isoformat()}
        for s in (knowledge.sources[source_id] for source_id in listed)
    )


def source_list(knowledge: Knowledge, sources: Sequence[dict[str, Any]]) -> str:
    """The sources as numbered lines."""
    return "\n".join([f"{knowledge.phrases.sources}:", *(_listed(n, s) for n, s in enumerate(sources, 1))])


def whole(knowledge: Knowledge, cards: Sequence[Card], blocks: Sequence[Block], opening: str, case: Circumstances,
          choices: Sequence[Choice], lead: Optional[Card] = None) -> Reply:
    """The reply that blocks of cards make: opening, blocks, next step (of ``lead``, else of the strongest card), sources, review."""
    phrases = knowledge.phrases
    sources = records(knowledge, blocks)
    lead = lead or _strongest(cards)
    next_step = lead.next_step.for_asker(case.asker)
    parts = [opening] if opening else []
    parts += [f"{block.title}\n{block.text}" if len(blocks) > 1 and block.title else block.text for block in blocks]
    again = knowledge.follow_ups.phrases.again.get(lead.care) if lead.id in case.said else None
    parts.append(again or f"{phrases.next_step_to_pass_on if case.asker == 'relative' else phrases.next_step}: {next_step}")
    if sources:
        parts.append(source_list(knowledge, sources))
    review = _review(cards)
    if review["status"] == "draft":
        parts.append(phrases.draft_note)
    care: Care = lead.care
    return Reply(
        outcome="answer", text="\n\n".join(parts), topics=tuple(card.id for card in cards), care=care,
        blocks=tuple(blocks), next_step=next_step, choices=tuple(choices), sources=sources, review=review,
    )


def _medicine_statements(knowledge: Knowledge, card: Card, named: Sequence[str]) -> list[Statement]:
    """What the medicine list says of the named medicines that belong to this card; of an unknown one, that nothing is held."""
    found: list[Statement] = []
    for medicine_id in named:
        if medicine_id == UNKNOWN_MEDICINE:
            found += knowledge.medicines.unknown if card.id in _MEDICINE_CARDS else ()
            continue
        medicine, group = knowledge.medicine(medicine_id)
        if card.id in (group.topic, MEDICATION_CAUSE):
            name = medicine.names[0]
            is_one = knowledge.phrases.medicine_is.format(medicine=name[0].upper() + name[1:], group=group.name)
            found.append(Statement(text=is_one, cites=group.effect[0].cites))
            # A card about the class itself says what the class does; not to stop it is said in any case.
            effect = group.effect if card.id == MEDICATION_CAUSE else ()
            advice = () if _NOT_TO_STOP.search(paragraph(card.short)) and card.id == group.topic else group.advice
            found += [statement for statement in (*medicine.effect, *effect, *advice) if statement not in found]
    return found


def _report_statements(knowledge: Knowledge, card: Card, lines: Sequence[str]) -> list[Statement]:
    """The named lines of a semen report, each with meaning, limit and how to read it."""
    if card.id != SEMEN_ANALYSIS:
        return []
    found: list[Statement] = []
    for line in knowledge.semen_report.lines:
        if line.id in lines:
            found += [statement.copy(update={"heading": line.name if not number else None})
                      for number, statement in enumerate((*line.meaning, *line.limit))]
    return found


def _image(knowledge: Knowledge, card: Card) -> Optional[dict[str, str]]:
    """The card's picture with its words."""
    if card.image is None:
        return None
    picture = knowledge.pictures[card.image]
    return {"id": picture.id, "title": picture.title, "alt": picture.alt, "url": f"/pictures/{picture.id}.svg"}


def _block(knowledge: Knowledge, card: Card, statements: Sequence[Statement], case: Circumstances) -> Block:
    """A card's block: its statements, then what the clinic's country adds."""
    region = knowledge.region(case.country)
    when_named = [name for circumstance in case.named for name in card.regional_when_named.get(circumstance, ())]
    facts = [getattr(region, name) for name in dict.fromkeys([*card.regional, *when_named])]
    text = "\n".join([_sections(statements), *(fact.text for fact in facts)])
    ids = [*source_ids(knowledge, statements), *(source for fact in facts for source in fact.sources)]
    return Block(card.id, card.title, text, tuple(dict.fromkeys(ids)), _image(knowledge, card))


def _simpler_choice(knowledge: Knowledge, card: Card) -> list[Choice]:
    """The offer of the plainer text, where one was written."""
    return [Choice(f"simpler:{card.id}", knowledge.phrases.simpler)] if card.simple else []


def answer(knowledge: Knowledge, topics: Sequence[str], case: Circumstances = NOTHING_KNOWN, also: Sequence[str] = ()) -> Reply:
    """The reply to up to three topics.

    Args:
        knowledge: loaded content.
        topics: taxonomy ids with a card, in answer order; those beyond the third become choices.
        case: what is known of the person's case.
        also: further topics to offer as choices.

    Raises:
        KeyError: a topic has no card.
    """
    cards = [knowledge.cards[topic] for topic in dict.fromkeys(topics)]
    shown, rest = cards[:MAX_TOPICS], cards[MAX_TOPICS:]
    blocks = []
    for card in shown:
        statements = [*(card.per_cause.get(case.cause, ()) if case.cause else ()), *card.short]
        statements += [statement for circumstance in case.named for statement in card.when_named.get(circumstance, ())]
        statements += _medicine_statements(knowledge, card, case.medicines)
        statements += _report_statements(knowledge, card, case.report_lines)
        blocks.append(_block(knowledge, card, statements, case))
    opening = "" if case.opened else next((text for card in shown if (text := card.opening.for_asker(case.asker))), "")
    ids = {card.id for card in shown}
    offered = [card.id for card in rest] + [t for t in also if t in knowledge.cards]
    offered += [t for card in shown for t in card.choices if t in knowledge.cards]
    follow_ups = [t for t in dict.fromkeys(offered) if t not in ids][:3]
    choices = [Choice(f"more:{card.id}", f"{knowledge.phrases.more}: {card.title}") for card in shown]
    if len(shown) == 1:
        choices += _simpler_choice(knowledge, shown[0])
    choices += [Choice(f"ask:{topic}", knowledge.cards[topic].question) for topic in follow_ups]
    return whole(knowledge, shown, blocks, opening, case, choices)


def more(knowledge: Knowledge, topic: str, case: Circumstances = NOTHING_KNOWN) -> Reply:
    """The longer answer to one topic; for semen analysis, with every line of a report and questions to ask."""
    card = knowledge.cards[topic]
    blocks = [_block(knowledge, card, card.more, case)]
    if topic == SEMEN_ANALYSIS:
        report = knowledge.semen_report
        parts = [(line.name, (*line.meaning, *line.limit, *line.reading)) for line in report.lines]
        parts += [(knowledge.phrases.questions_to_ask, report.questions), ("", report.refusal)]
        for name, statements in parts:
            blocks.append(Block(card.id, name, paragraph(statements), source_ids(knowledge, statements)))
    choices = _simpler_choice(knowledge, card)
    choices += [Choice(f"ask:{t}", knowledge.cards[t].question) for t in card.choices if t in knowledge.cards]
    return whole(knowledge, [card], blocks, "", case, choices)


def simpler(knowledge: Knowledge, topic: str, case: Circumstances = NOTHING_KNOWN) -> Reply:
    """The plainer answer to one topic; the short one where no plainer text was written."""
    card = knowledge.cards[topic]
    block = _block(knowledge, card, card.simple or card.short, case)
    choices = [Choice(f"more:{card.id}", f"{knowledge.phrases.more}: {card.title}")]
    return whole(knowledge, [card], [block], "", case, choices)


def sources(knowledge: Knowledge, topics: Sequence[str], case: Circumstances = NOTHING_KNOWN) -> Reply:
    """Where the answers to topics come from: every source of their cards."""
    cards = [knowledge.cards[topic] for topic in topics]
    blocks = [
        Block(card.id, card.title, knowledge.phrases.sources_of.replace("{title}", card.title), tuple(knowledge.sources_of(card.cites())))
        for card in cards
    ]
    return whole(knowledge, cards, blocks, "", case, [])


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


def other_language(knowledge: Knowledge, country: Optional[str], contact: str) -> Reply:
    """Says that only English is understood, with the numbers and the clinic."""
    region = knowledge.region(country)
    text = "\n\n".join([knowledge.phrases.other_language, region.emergency.text, contact])
    return Reply("not_covered", text, care="doctor")


def unavailable(knowledge: Knowledge, country: Optional[str] = None) -> Reply:
    """The honest reply when something broke, with the numbers of the clinic's country."""
    region = knowledge.region(country)
    text = f"{knowledge.phrases.unavailable} {region.emergency.text}"
    return Reply("unavailable", text, care="doctor", numbers=region.emergency.numbers)


def joined(replies: Sequence[Reply]) -> Reply:
    """Several replies of one turn as one: the texts in order, everything else from the last."""
    last = replies[-1]
    return replace(last, text="\n\n".join(reply.text for reply in replies))
