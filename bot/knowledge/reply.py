"""The answer contract: the one object that every way in returns and every renderer shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Optional

from bot.knowledge.model import Care

Outcome = Literal["answer", "care", "clarify", "not_covered", "smalltalk", "unavailable"]
OUTCOMES: tuple[Outcome, ...] = ("answer", "care", "clarify", "not_covered", "smalltalk", "unavailable")


@dataclass(frozen=True)
class Choice:
    """Something a person can tap: an id that the front door understands and the words on it."""

    id: str
    label: str


@dataclass(frozen=True)
class Block:
    """The answer to one topic.

    Attributes:
        image: {"id", "title", "alt", "url"} of its picture; ``url`` is a path of this server.
    """

    topic: str
    title: str
    text: str
    sources: tuple[str, ...] = ()
    image: Optional[dict[str, str]] = None


@dataclass(frozen=True)
class Reply:
    """A whole reply.

    Attributes:
        outcome: exactly one of :data:`OUTCOMES`.
        text: plain text of everything, complete without any other field.
        topics: taxonomy ids in the order they are answered.
        sources: public records of the sources named in the blocks.
        numbers: telephone numbers of a care reply, as they should be dialled.
        review: {"status", "reviewed", "due"}; "draft" unless every card shown is signed.
    """

    outcome: Outcome
    text: str
    topics: tuple[str, ...] = ()
    red_flag: Optional[str] = None
    care: Care = "info"
    blocks: tuple[Block, ...] = ()
    next_step: Optional[str] = None
    choices: tuple[Choice, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    numbers: tuple[str, ...] = ()
    review: dict[str, Optional[str]] = field(default_factory=lambda: {"status": "draft", "reviewed": None, "due": None})

    def to_dict(self) -> dict[str, Any]:
        """The contract object as plain JSON values."""
        return {
            "outcome": self.outcome,
            "topics": list(self.topics),
            "red_flag": self.red_flag,
            "care": self.care,
            "text": self.text,
            "blocks": [
                {"topic": b.topic, "title": b.title, "text": b.text, "sources": list(b.sources), "image": b.image}
                for b in self.blocks
            ],
            "next_step": self.next_step,
            "choices": [{"id": c.id, "label": c.label} for c in self.choices],
            "sources": [dict(source) for source in self.sources],
            "numbers": list(self.numbers),
            "review": dict(self.review),
        }


def reply_from_dict(data: dict[str, Any]) -> Reply:
    """The reverse of :meth:`Reply.to_dict`."""
    return Reply(
        outcome=data["outcome"],
        text=data["text"],
        topics=tuple(data["topics"]),
        red_flag=data["red_flag"],
        care=data["care"],
        blocks=tuple(Block(**{**block, "sources": tuple(block["sources"])}) for block in data["blocks"]),
        next_step=data["next_step"],
        choices=tuple(Choice(**choice) for choice in data["choices"]),
        sources=tuple(data["sources"]),
        numbers=tuple(data["numbers"]),
        review=data["review"],
    )
