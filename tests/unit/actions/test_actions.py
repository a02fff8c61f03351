from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.feedback import ActionFeedback
from actions.human_handoff import ActionHumanHandoff


def run(action, intent="human_handoff"):
    dispatcher = CollectingDispatcher()
    tracker = Tracker("someone", {}, {"intent": {"name": intent}}, [], False, None, {}, None)
    events = asyncio.run(action.run(dispatcher, tracker, {}))
    return events, dispatcher.messages


@pytest.mark.parametrize(("moment", "response"), [
    ((2026, 11, 18, 12, 0), "utter_handoff_open"),      # a Wednesday at noon
    ((2026, 11, 18, 20, 0), "utter_handoff_closed"),
    ((2026, 11, 21, 12, 0), "utter_handoff_closed"),    # a Saturday
])
def test_handing_over_says_honestly_whether_somebody_is_there(moment, response, monkeypatch):
    monkeypatch.setattr(ActionHumanHandoff, "now", lambda self: datetime(*moment, tzinfo=timezone.utc))
    events, messages = run(ActionHumanHandoff())
    assert events == []
    assert [message["response"] for message in messages] == [response]
    assert "call" in messages[0]["contact"]
    assert messages[0]["hours"].startswith("Opening hours")


@pytest.mark.parametrize("verdict", ["helpful", "unhelpful"])
def test_feedback_is_kept_for_the_conversation_and_answered(verdict):
    events, messages = run(ActionFeedback(), f"feedback_{verdict}")
    assert events == [SlotSet("feedback", verdict)]
    assert [message["response"] for message in messages] == [f"utter_feedback_{verdict}"]
