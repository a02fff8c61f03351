"""Composes the replies of the safety layer from ``content/care_cards.yml`` and the clinic's country. Pure functions.

The number comes first, the level stands in words, no diagnosis is named and nothing is linked for reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Optional

from bot.knowledge.loader import Knowledge
from bot.knowledge.model import Call, CareCard, Region
from bot.knowledge.reply import Block, Choice, Reply
from bot.safety.table import LEVELS

SELF_HARM = "RF-14"
#: The writer seems to be under 18, or a child is harmed.
MINOR = "RF-17"
HELP_NOW = "help_now"
_MOST_TOPICS = 3


def in_order(knowledge: Knowledge, flags: Sequence[str]) -> list[str]:
    """Flags with a card, the most urgent first, each once; among equals self-harm first, then as given."""
    cards = [knowledge.care_cards[flag] for flag in dict.fromkeys(flags) if flag in knowledge.care_cards]
    return [card.id for card in sorted(cards, key=lambda card: (LEVELS.index(card.level), card.id != SELF_HARM))]


def shown(knowledge: Knowledge, flags: Sequence[str]) -> list[str]:
    """The flags whose cards are shown: the one that leads, self-harm always, and a support card beside an emergency."""
    ordered = in_order(knowledge, flags)
    support = [flag for flag in ordered[1:] if knowledge.care_cards[flag].level == "support"][:1]
    return list(dict.fromkeys([*ordered[:1], *([SELF_HARM] if SELF_HARM in ordered else []), *support]))


def _calls(knowledge: Knowledge, region: Region, wanted: Sequence[Call]) -> list[tuple[str, tuple[str, ...]]]:
    """For each of the things to call its words and numbers in this country, neutral ones where it has none."""
    neutral = knowledge.regions["default"]
    found: list[tuple[str, tuple[str, ...]]] = []
    for name in wanted:
        if name == "doctor":  # a region's own words on doctors are about fertility
            found.append((knowledge.phrases.care.doctor, ()))
        elif (fact := getattr(region, name)) or (fact := getattr(neutral, name)):
            found.append((fact.text, fact.numbers))
        else:
            found.append((knowledge.phrases.care.non_emergency, ()))
    return found


def _card_text(knowledge: Knowledge, card: CareCard, region: Region) -> tuple[str, tuple[str, ...]]:
    phrases = knowledge.phrases.care
    wanted = (*card.call, "emergency") if card.level == "urgent" and "emergency" not in card.call else card.call
    calls = _calls(knowledge, region, wanted)
    # The first number leads an emergency; the emergency number closes every other list, said as such.
    lines = [f"{phrases.lead[card.level]}: {card.title}"]
    if card.opening is not None:
        lines.append(card.opening.text)
    first = calls[0][0]
    rest = [phrases.in_danger.format(emergency=text) if name == "emergency" else text
            for name, (text, _) in list(zip(wanted, calls, strict=True))[1:]
            if name != "emergency" or region.emergency.text.rstrip(".").lower().removeprefix("call ") not in first.lower()]
    if card.level == "support":
        lines += [" ".join(statement.text for statement in card.if_), " ".join([first, *rest])]
    else:
        lines.append(" ".join([first, *rest]))
        lines.append("\n".join([phrases.condition[card.level], *(f"- {statement.text}" for statement in card.if_)]))
    lines.append("\n".join([phrases.what_to_do, *(f"- {statement.text}" for statement in card.do)]))
    numbers = tuple(dict.fromkeys(number for _, own in calls for number in own))
    return "\n".join(lines), numbers


def care_reply(knowledge: Knowledge, country: Optional[str], flags: Sequence[str], topics: Sequence[str] = ()) -> Reply:
    """The reply to a message that raised red flags.

    Args:
        knowledge: loaded content.
        country: of the clinic; None gives the neutral wording, never another country's line.
        flags: ids of the raised flags, at least one with a card.
        topics: what the message asks beside; offered as choices, never answered here. Not offered where the lead card is a
            support or self-harm card: there is nothing to sell beside it.
    """
    region = knowledge.region(country)
    cards = [knowledge.care_cards[flag] for flag in shown(knowledge, flags)]
    blocks: list[Block] = []
    numbers: list[str] = []
    for card in cards:
        text, own = _card_text(knowledge, card, region)
        blocks.append(Block(card.id, card.title, text))
        numbers += own
    lead = cards[0]
    quiet = lead.level == "support" or any(card.id == SELF_HARM for card in cards)
    offered = [] if quiet else [t for t in dict.fromkeys([*topics, *lead.topics]) if t in knowledge.cards][:_MOST_TOPICS]
    phrases = knowledge.phrases.care
    text = "\n\n".join([*(block.text for block in blocks), f"{phrases.keep_asking} {phrases.draft_note}"])
    return Reply(
        "care", text, red_flag=lead.id, care=lead.level, blocks=tuple(blocks), next_step=lead.do[0].text,
        choices=tuple(Choice(f"ask:{topic}", knowledge.cards[topic].question) for topic in offered),
        numbers=tuple(dict.fromkeys(numbers)))


def help_now(knowledge: Knowledge, country: Optional[str], contact: str, flags: Sequence[str] = ()) -> Reply:
    """Every number at once, and the card of what the conversation raised before."""
    if flags:
        reply = care_reply(knowledge, country, flags)
        return replace(reply, text=f"{reply.text}\n\n{contact}")
    region, phrases = knowledge.region(country), knowledge.phrases.care
    calls = _calls(knowledge, region, ("emergency", "non_emergency", "crisis"))
    titles = (phrases.emergency, phrases.urgent, phrases.crisis)
    lines = [f"{title}: {text}" for title, (text, _) in zip(titles, calls, strict=True)]
    text = "\n".join([phrases.help_now_title, *lines, f"{phrases.clinic}: {contact}"])
    return Reply("care", f"{text}\n\n{phrases.keep_asking}", care="emergency",
                 blocks=(Block(HELP_NOW, phrases.help_now_title, text),), next_step=calls[0][0],
                 numbers=tuple(dict.fromkeys(number for _, own in calls for number in own)))


def _in_front(line: str, numbers: Sequence[str], reply: Reply) -> Reply:
    """A reply with a line above it and that line's numbers before its own."""
    return replace(reply, text=f"{line}\n\n{reply.text}", numbers=tuple(dict.fromkeys([*numbers, *reply.numbers])))


def with_note(knowledge: Knowledge, country: Optional[str], reply: Reply, possible: Sequence[str]) -> Reply:
    """A reply in front of which stands what to do if a sign that may be meant is there now."""
    ordered = in_order(knowledge, possible)[:1]
    if not ordered:
        return reply
    card, region, phrases = knowledge.care_cards[ordered[0]], knowledge.region(country), knowledge.phrases.care
    call, numbers = _calls(knowledge, region, card.call)[0]
    signs = "; ".join(statement.text for statement in card.if_)
    condition = f"{phrases.condition[card.level]} {signs}." if card.level != "support" else signs
    note = f"{phrases.in_case} {phrases.lead[card.level]}: {call} {condition}"
    return replace(_in_front(note, numbers, reply), care=card.level)


def with_answer(care: Reply, answer: Reply) -> Reply:
    """A card with the answer to the general question below it."""
    answered = {f"ask:{topic}" for topic in answer.topics}
    choices = {choice.id: choice for choice in (*answer.choices, *care.choices) if choice.id not in answered}
    return replace(care, text=f"{care.text}\n\n{answer.text}", topics=answer.topics, blocks=(*care.blocks, *answer.blocks),
                   sources=answer.sources, choices=tuple(choices.values()))


def with_numbers(knowledge: Knowledge, country: Optional[str], reply: Reply) -> Reply:
    """A reply of a turn in which the red flags could not be looked for: the numbers stand above it."""
    region = knowledge.region(country)
    lines = f"{knowledge.phrases.care.emergency}: {region.emergency.text} {knowledge.phrases.care.crisis}: {region.crisis.text}"
    return _in_front(lines, (*region.emergency.numbers, *region.crisis.numbers), reply)


def with_self_harm_reminder(knowledge: Knowledge, country: Optional[str], reply: Reply) -> Reply:
    """A later reply of a conversation in which self-harm was raised: the crisis line stays on screen, whatever was said since."""
    fact = knowledge.region(country).crisis
    line = knowledge.phrases.care.self_harm_reminder.format(crisis=fact.text)
    return replace(_in_front(line, fact.numbers, reply), red_flag=SELF_HARM)


def with_refusal(knowledge: Knowledge, reply: Reply, requests: Sequence[str]) -> Reply:
    """A reply that begins with what is never done: say how to take a medicine, judge a result, look at a photo."""
    said = [knowledge.phrases.care.requests[request].text for request in requests if request in knowledge.phrases.care.requests]
    if not said:
        return reply
    return replace(reply, text="\n\n".join([*said, reply.text]), outcome="answer" if reply.outcome == "smalltalk" else reply.outcome,
                   care="doctor" if reply.care == "info" else reply.care)


def for_minor(knowledge: Knowledge, country: Optional[str], reply: Reply) -> Reply:
    """What a conversation with somebody who seems to be under 18 gets instead of an answer that is not for that age."""
    care = care_reply(knowledge, country, [MINOR])
    return replace(care, text=f"{knowledge.phrases.care.minor}\n\n{care.text}")
