"""Handing over to people: how to reach them, honestly whether somebody is there, and a message that the person sends themself.

Nothing is passed on from here, so nothing can be promised. The draft message is made of ids and shown once.
"""

from __future__ import annotations

from datetime import datetime

from bot.clinic import Clinic
from bot.conversation import sheet
from bot.conversation.state import State
from bot.knowledge.loader import Knowledge
from bot.knowledge.reply import Block, Choice, Reply

#: Stand as the topics of the two blocks: how to reach the clinic, and the draft message.
CONTACT, MESSAGE = "contact", "message"


def draft(knowledge: Knowledge, state: State) -> str:
    """A message to the clinic for the person to change and send."""
    phrases = knowledge.sheet.phrases
    taken = sheet.taken(knowledge, state)
    lines = [*sheet.noticed(knowledge, state), *([f"{phrases.takes}: {', '.join(taken)}"] if taken else [])] or [phrases.blank_noticed]
    opening = phrases.message_partner if state.asker == "partner" else phrases.message_opening
    return "\n".join([opening, *(f"- {line}" for line in lines), phrases.message_closing])


def reply(knowledge: Knowledge, state: State, clinic: Clinic, now: datetime) -> Reply:
    """What "talk to a person" gives at a timezone-aware moment."""
    phrases, region = knowledge.sheet.phrases, knowledge.region(clinic.country)
    there = phrases.no_hours
    if clinic.hours:
        there = f"{phrases.open if clinic.is_open(now) else phrases.closed} {clinic.opening_hours()}"
    other = region.non_emergency.text if region.non_emergency else knowledge.phrases.care.doctor
    urgent = phrases.urgent.format(non_emergency=other, emergency=region.emergency.text)
    written = draft(knowledge, state)
    blocks = (Block(CONTACT, clinic.name, "\n".join([clinic.contact(), there, urgent])), Block(MESSAGE, phrases.message, written))
    text = "\n\n".join([phrases.nobody, blocks[0].text, f"{phrases.message}:\n{written}"])
    choices = (Choice("sheet", knowledge.follow_ups.phrases.sheet),)
    numbers = tuple(dict.fromkeys([*(region.non_emergency.numbers if region.non_emergency else ()), *region.emergency.numbers]))
    return Reply("smalltalk", text, care="doctor", blocks=blocks, next_step=clinic.contact(), choices=choices, numbers=numbers)
