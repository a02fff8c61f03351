"""The review of cards, kept in files beside them: who shall look, what was said, who approved, what was taken back.

``content/reviews/<topic>.yml`` is a list of events that only grows, so that two branches merge; git keeps who wrote which line.
``content/reviews/<topic>.signed.yml`` is the card as it was signed, so that a later edit can be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Optional

import yaml

from bot.errors import CandorError
from bot.knowledge.changes import Change, changes
from bot.knowledge.loader import ContentError, Knowledge, parse
from bot.knowledge.model import Card, Strict
from bot.yaml_file import read_yaml

State = Literal["draft", "edited", "overdue", "reviewed"]


class ReviewEvent(Strict):
    """One thing that happened to a card.

    Attributes:
        on: the day.
        by: who wrote the line; for an assignment, who assigned.
        to: for an assignment, who shall review; ``until`` is the day it is wanted by.
        text: the comment, or why the approval was taken back.
        due: for an approval, the day of the next review; ``signed`` is the fingerprint of the text.
    """

    on: date
    what: Literal["assigned", "comment", "approved", "expired"]
    by: str
    to: Optional[str] = None
    until: Optional[date] = None
    text: Optional[str] = None
    due: Optional[date] = None
    signed: Optional[str] = None

    def sentence(self) -> str:
        """The event in words, without its day."""
        if self.what == "assigned":
            return f"{self.by} asked {self.to} to review it" + (f" by {self.until}" if self.until else "")
        if self.what == "approved":
            return f"{self.by} approved it until {self.due}"
        return f"{self.by} took the approval back: {self.text}" if self.what == "expired" else f"{self.by}: {self.text}"


@dataclass(frozen=True)
class CardReview:
    """Where a card stands.

    Attributes:
        state: "draft" nobody signed it, "edited" it changed after it was signed, "overdue", or "reviewed".
        assigned: the assignment that is open, if any.
        comments: those since the last approval.
        events: everything, oldest first.
    """

    state: State
    assigned: Optional[ReviewEvent]
    comments: tuple[ReviewEvent, ...]
    events: tuple[ReviewEvent, ...]


def state_of(card: Card, today: date) -> State:
    """Where a card stands on a day."""
    if card.review.status == "draft":
        return "draft"
    if not card.is_signed():
        return "edited"
    return "overdue" if card.is_overdue(today) else "reviewed"


def _path(content: Path, topic: str) -> Path:
    return content / "reviews" / f"{topic}.yml"


def signed_path(content: Path, topic: str) -> Path:
    """Where the card is kept as it was signed."""
    return content / "reviews" / f"{topic}.signed.yml"


def read_log(content: Path, topic: str) -> tuple[ReviewEvent, ...]:
    """The events of a card, oldest first; none when there is no file.

    Raises:
        ContentError, YamlError: naming file and line.
    """
    path = _path(content, topic)
    if not path.exists():
        return ()
    file = read_yaml(path)
    if not isinstance(file.data, list):
        raise ContentError(f"{path}:1: expected a list.")
    return tuple(parse(ReviewEvent, data, file, (index,)) for index, data in enumerate(file.data))


def review_of(content: Path, card: Card, today: date) -> CardReview:
    """Where a card stands, with what was said about it."""
    events = read_log(content, card.id)
    settled = max((number for number, event in enumerate(events) if event.what == "approved"), default=-1)
    since = events[settled + 1:]
    assigned = next((event for event in reversed(since) if event.what == "assigned"), None)
    return CardReview(state_of(card, today), assigned, tuple(event for event in since if event.what == "comment"), events)


def record(content: Path, topic: str, event: ReviewEvent) -> Path:
    """Adds an event to a card's file.

    Returns:
        the file.

    Raises:
        CandorError: a name or text that is needed is empty.
    """
    values: dict[str, Any] = {key: value for key, value in event.dict().items() if value is not None}
    for key, words in (("by", "The name is empty."), ("to", "The reviewer's name is empty."), ("text", "The text is empty.")):
        if key in values:
            values[key] = " ".join(values[key].split())
            if not values[key]:
                raise CandorError(words)
    path = _path(content, topic)
    path.parent.mkdir(exist_ok=True)
    line = yaml.safe_dump([values], sort_keys=False, allow_unicode=True, width=1_000)
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
    return path


def changes_since_signed(content: Path, card: Card) -> Optional[list[Change]]:
    """What changed in a card's text since it was signed; None when no signed text is kept."""
    path = signed_path(content, card.id)
    if not path.exists():
        return None
    return changes(read_yaml(path).data, read_yaml(content / "topics" / f"{card.id}.yml").data)


def overview(knowledge: Knowledge, content: Path, today: date) -> str:
    """Where all cards stand, a line each, those that need somebody first."""
    order: tuple[State, ...] = ("overdue", "edited", "draft", "reviewed")
    rows = [(card, review_of(content, card, today)) for card in knowledge.cards.values()]
    rows.sort(key=lambda row: (order.index(row[1].state), row[0].review.due or date.max))
    width = max(len(card.id) for card, _ in rows)
    lines = []
    for card, review in rows:
        notes = [f"due {card.review.due}"] if review.state in ("overdue", "reviewed") else []
        notes += [f"with {review.assigned.to}" + (f" until {review.assigned.until}" if review.assigned.until else "")] if review.assigned else []
        notes += [f"{len(review.comments)} open comment{'s' if len(review.comments) > 1 else ''}"] if review.comments else []
        lines.append(f"{card.id:{width}}  {review.state:8}  {', '.join(notes)}".rstrip())
    counts = ", ".join(f"{sum(review.state == state for _, review in rows)} {state}" for state in order)
    return "\n".join([*lines, f"{len(rows)} cards: {counts}"])


def story(content: Path, card: Card, today: date) -> str:
    """Everything about one card's review: its state, events, and what changed since it was signed."""
    review = review_of(content, card, today)
    lines = [f"{card.id}: {review.state}"]
    lines += [f"  {event.on}  {event.sentence()}" for event in review.events]
    if review.state == "edited":
        found = changes_since_signed(content, card)
        lines.append("  The signed text is not kept." if found is None else "  Changed since it was signed:")
        lines += [f"    {line}" for change in found or [] for line in str(change).splitlines()]
    return "\n".join(lines)
