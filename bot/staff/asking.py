"""Asks as a patient would: runs the real red-flag check, understanding and answer, and says why. The words are gone afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from bot.clinic import Clinic
from bot.front_door.door import Assistant, Check, FrontDoor, Understood
from bot.knowledge.loader import Knowledge
from bot.knowledge.reply import Reply
from bot.language.topic_model import ASK, OFF_TOPIC
from bot.safety.check import Findings


@dataclass(frozen=True)
class Asked:
    """What became of a question.

    Attributes:
        reply: what the patient would read.
        reasons: why, a sentence each.
        ranking: the likeliest topics with the chance (0 to 1) that they belong in the answer, and what became of each.
    """

    reply: Reply
    reasons: tuple[str, ...]
    ranking: tuple[tuple[str, str, float, str], ...]


def _reasons(knowledge: Knowledge, found: Findings, understood: Optional[Understood]) -> list[str]:
    names = {flag: knowledge.care_cards[flag].title for flag in (*found.flags, *found.possible) if flag in knowledge.care_cards}
    said = [f"Red flag, its card comes first and alone: {names.get(flag, flag)} ({'by meaning' if flag in found.by_meaning else 'by words'})."
            for flag in found.flags]
    said += [f"Possible red flag, noted above the answer: {names.get(flag, flag)}." for flag in found.possible]
    said += [f"Refused kindly: {request.replace('_', ' ')}." for request in found.requests]
    if understood is None:
        return [*said, "The topics were not asked for: what is shown needs no model."]
    if understood.intent == OFF_TOPIC:
        said.append(f"Not our subject ({understood.confidence:.0%} sure).")
    elif not understood.topics and understood.candidates:
        said.append("No topic is likely enough to be answered: the likeliest are offered.")
    elif not understood.intent.startswith(ASK):
        said.append(f"Understood as: {understood.intent.replace('_', ' ')} ({understood.confidence:.0%} sure).")
    named = [*understood.medicines, *understood.report_lines, *([understood.cause] if understood.cause else [])]
    said += [f"Named: {', '.join(name.replace('_', ' ') for name in named)}."] if named else []
    said += [f"A figure is given for: {', '.join(name.replace('_', ' ') for name in understood.circumstances)}."] if understood.circumstances else []
    said += [f"Somebody asks as a {understood.asker}."] if understood.asker else []
    return said


def _became(topic: str, reply: Reply) -> str:
    """What became of a topic in the reply itself."""
    if topic in (block.topic for block in reply.blocks):
        return "answered"
    return "offered" if f"ask:{topic}" in (choice.id for choice in reply.choices) else ""


class _Watched:
    """An assistant that remembers what the message was understood as."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.understood: Optional[Understood] = None

    async def understand(self, text: str) -> Understood:
        self.understood = await self._assistant.understand(text)
        return self.understood

    async def reply(self, pseudonym: str, understood: Understood) -> list[Reply]:
        return await self._assistant.reply(pseudonym, understood)

    async def erase(self, pseudonym: str) -> bool:
        return await self._assistant.erase(pseudonym)


async def ask(text: str, assistant: Assistant, check: Check, knowledge: Knowledge, clinic: Clinic) -> Asked:
    """Asks through a front door of its own, in a conversation that is forgotten at once and that nobody counts.

    Raises:
        DoorError: the text is longer than the front door takes.
    """
    found: list[Findings] = []

    def watched_check(text: str) -> Findings:
        found.append(check(text))
        return found[-1]

    watched = _Watched(assistant)
    door = FrontDoor(watched, knowledge, watched_check, clinic)
    token, _ = await door.open()
    try:
        reply = await door.message(token, text)
    finally:
        await door.forget(token)
    understood = watched.understood
    ranking = [(intent.removeprefix(ASK), chance) for intent, chance in understood.ranking[:5]] if understood else []
    titles = {topic: knowledge.cards[topic].title for topic, _ in ranking if topic in knowledge.cards}
    return Asked(reply, tuple(_reasons(knowledge, found[0], understood)), tuple(
        (topic, titles[topic], chance, _became(topic, reply)) for topic, chance in ranking if topic in titles))
