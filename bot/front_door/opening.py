"""Opens the front door of this installation: its content, its clinic, its red-flag check."""

from __future__ import annotations

from typing import Optional

from bot.clinic import load_clinic
from bot.front_door.conversations import Conversations
from bot.front_door.door import Assistant, FrontDoor
from bot.knowledge.loader import load_once
from bot.paths import CLINIC, CONTENT, COUNTS, ENCODER, QUESTIONS, SAFETY_LAYER
from bot.privacy.counts import Counts
from bot.privacy.opt_in import OptInBox
from bot.safety.check import load_check_once
from bot.safety.table import check_against, load_table_once


def open_front_door(assistant: Assistant, conversations: Optional[Conversations] = None) -> FrontDoor:
    """A front door.

    Args:
        assistant: the dialogue engine.
        conversations: the live conversations; new ones by default.

    Raises:
        CandorError: wrong content, clinic settings or red flags: nothing may be served then.
    """
    knowledge, clinic = load_once(CONTENT), load_clinic(CLINIC)
    check_against(load_table_once(CONTENT), knowledge, CONTENT)
    return FrontDoor(
        assistant, knowledge, load_check_once(CONTENT, SAFETY_LAYER, ENCODER), clinic, conversations,
        counts=Counts(COUNTS, knowledge.topics) if clinic.counts else None,
        box=OptInBox(QUESTIONS, knowledge.topics) if clinic.opt_in_questions else None)
