"""What a tapped choice means: an intent and, where it is about a topic or answers a question, that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from bot.front_door.errors import DoorError

#: Kinds of choices that name a topic: "more:smoking".
_WITH_TOPIC = {"ask": "ask_{topic}", "more": "more_detail", "simpler": "simpler", "sources": "sources", "whole": "whole_topic"}
#: Kinds of choices that name something else: "check:climax:dry", "follow:reversed:diabetes", "who:partner".
_WITH_NAME = {
    "check": "guided_check", "follow": "follow_up", "who": "set_asker", "medicine": "medicine_lookup", "report": "semen_report",
}
_PLAIN = {
    "none": "none_of_these", "help": "help", "human": "human_handoff", "helpful": "feedback_helpful",
    "unhelpful": "feedback_unhelpful", "privacy": "privacy", "bot": "bot_challenge", "sheet": "appointment_sheet", "repeat": "repeat",
    "start_over": "start_over", "forget": "forget_me", "medicine": "medicine_lookup", "report": "semen_report",
}
_UNKNOWN = "That choice is not one of this conversation, or no longer. Please pick one below the last reply, or write in your own words."


@dataclass(frozen=True)
class Meaning:
    """The intent behind a choice, its topics, and what else it names."""

    intent: str
    topics: tuple[str, ...] = ()
    chosen: Optional[str] = None


def meaning_of(choice: str, offered: set[str]) -> Meaning:
    """Reads a choice id.

    Raises:
        DoorError: 400 when it was not offered in this conversation.
    """
    if choice not in offered:
        raise DoorError(400, "unknown_choice", _UNKNOWN)
    kind, _, name = choice.partition(":")
    if name and kind in _WITH_NAME:
        return Meaning(_WITH_NAME[kind], chosen=name)
    if name:
        return Meaning(_WITH_TOPIC[kind].format(topic=name), (name,))
    return Meaning(_PLAIN[kind])
