"""A turn as it is handed to the dialogue engine, and the names that its parts share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

from bot.conversation.state import State
from bot.front_door.door import Understood

FOLLOW_UP, GUIDED_CHECK, SHEET = "follow_up", "guided_check", "appointment_sheet"
RESUME, OTHER_ONE = "guided_check_resume", "other_one"
SET_ASKER, MEDICINE, REPORT, START_OVER = "set_asker", "medicine_lookup", "semen_report", "start_over"
COPING = "coping_emotions"
ASK = "ask_"
#: Intents that a reply can be repeated by; the others are answered anew.
REPEATABLE = (ASK, FOLLOW_UP, GUIDED_CHECK, SHEET, MEDICINE, REPORT, "more_detail", "simpler", "whole_topic", "sources")
NOT_UNDERSTOOD = ("nlu_fallback", "chitchat", "affirm", "deny", "out_of_scope", "other_language")
#: Notes that the reply to a turn reads; the part behind the colon is an id.
CORRECTED, FEELING, FLAG, BACK_TO_IT = "corrected", "feeling:", "flag:", "back_to_it"


@dataclass(frozen=True)
class Turn:
    """A turn as it is handed to the dialogue engine."""

    state: State
    understood: Understood


def to_intent(state: State, said: Understood, intent: str, topics: tuple[str, ...] = (), note: Optional[str] = None) -> Turn:
    """The turn that answers an intent of ours instead of what was classified."""
    return Turn(replace(state, shown=intent, note=note or state.note), replace(said, intent=intent, topics=topics, candidates=()))
