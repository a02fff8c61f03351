"""Feedback on an answer: keeps whether it helped for the rest of the conversation, and answers in kind."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher


class ActionFeedback(Action):
    """Reads the intent, sets the slot ``feedback`` to "helpful" or "unhelpful"."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_feedback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Utters the matching response and returns the slot event."""
        helpful = tracker.latest_message["intent"]["name"] == "feedback_helpful"
        verdict = "helpful" if helpful else "unhelpful"
        dispatcher.utter_message(response=f"utter_feedback_{verdict}")
        return [SlotSet("feedback", verdict)]
