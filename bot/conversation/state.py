"""What a conversation remembers: canonical ids, never words. Rasa keeps it in slots; :mod:`bot.conversation.resolve` changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Optional, cast

from bot.knowledge.model import Asker, Cause

#: Most subjects that "it" can still mean, and most medicines that go on the sheet.
MAX_SUBJECTS = 3
MAX_MEDICINES = 8


@dataclass(frozen=True)
class State:
    """The thread.

    Attributes:
        topics: the cards shown last, in order.
        subjects: topics that "it" can mean, the likeliest first.
        cause: whose per-cause statements apply.
        asker: who is asking.
        medicines: ids of medicines named so far.
        circumstances: what a figure was given for so far.
        aspect: the follow-up that was answered last, if the last reply was one.
        shown: the intent behind the last reply, to repeat it.
        check: answers of the guided check, "question=option" each.
        asking: the question of the check that waits for an answer.
        waiting: "medicine" or "report" while a look-up waits for a name.
        note: what this turn found, for the reply; gone in the next.
        kept: marks of what is said once only: "opened", "felt", "step:<card>", "topic:<card>".
    """

    topics: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    cause: Optional[Cause] = None
    asker: Asker = "self"
    medicines: tuple[str, ...] = ()
    circumstances: tuple[str, ...] = ()
    aspect: Optional[str] = None
    shown: Optional[str] = None
    check: tuple[str, ...] = ()
    asking: Optional[str] = None
    waiting: Optional[str] = None
    note: Optional[str] = None
    kept: tuple[str, ...] = ()

    def answers(self) -> dict[str, str]:
        """The answers of the guided check by question."""
        return dict(answer.split("=", 1) for answer in self.check)

    def spoken(self) -> tuple[str, ...]:
        """Topics that were answered so far, the last ones first."""
        earlier = [mark.removeprefix("topic:") for mark in self.kept if mark.startswith("topic:")]
        return tuple(dict.fromkeys([*self.topics, *self.subjects, *reversed(earlier)]))


_LISTS = tuple(field.name for field in fields(State) if str(field.type).startswith("tuple"))


def to_slots(state: State) -> dict[str, Any]:
    """Slot values by slot name; nothing is None where it is empty."""
    values = {field.name: getattr(state, field.name) for field in fields(State)}
    return {name: (list(value) or None) if name in _LISTS else value for name, value in values.items()}


def from_slots(slots: Mapping[str, Any]) -> State:
    """The state that :func:`to_slots` wrote; missing slots are empty."""
    values = {field.name: slots.get(field.name) for field in fields(State)}
    values = {name: tuple(value or ()) if name in _LISTS else value for name, value in values.items()}
    return State(**cast(Any, {**values, "asker": values["asker"] or "self"}))
