"""Handing over to a person: says how to reach the clinic, and honestly whether somebody is there now."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.clinic import load_clinic
from bot.paths import CLINIC


class ActionHumanHandoff(Action):
    """Chooses the open or the closed wording by the clinic's hours."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_human_handoff"

    def now(self) -> datetime:
        """The moment the hours are compared with."""
        return datetime.now(timezone.utc)

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Utters one response filled from ``clinic.yml``; changes no slot."""
        clinic = load_clinic(CLINIC)
        response = "utter_handoff_open" if clinic.is_open(self.now()) else "utter_handoff_closed"
        dispatcher.utter_message(response=response, contact=clinic.contact(), hours=clinic.opening_hours())
        return []
