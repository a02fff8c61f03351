"""What a tapped choice means: an intent and, where it is about a topic, that topic."""

from __future__ import annotations

from dataclasses import dataclass

from bot.front_door.errors import DoorError

_WITH_TOPIC = {"ask": "ask_{topic}", "more": "more_detail", "simpler": "simpler", "sources": "sources"}
_PLAIN = {
    "none": "help", "help": "help", "human": "human_handoff", "helpful": "feedback_helpful",
    "unhelpful": "feedback_unhelpful", "privacy": "privacy", "bot": "bot_challenge",
}


@dataclass(frozen=True)
class Meaning:
    """The intent behind a choice and its topics."""

    intent: str
    topics: tuple[str, ...] = ()


def meaning_of(choice: str, offered: set[str]) -> Meaning:
    """Reads a choice id.

    Raises:
        DoorError: 400 when it was not offered in this conversation.
    """
    if choice not in offered:
        raise DoorError(400, "unknown_choice", "That choice was not offered in this conversation.")
    kind, _, topic = choice.partition(":")
    if topic:
        return Meaning(_WITH_TOPIC[kind].format(topic=topic), (topic,))
    return Meaning(_PLAIN[kind])
