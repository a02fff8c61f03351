from __future__ import annotations

import asyncio

import pytest
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.feedback import ActionFeedback


def run(action, intent):
    dispatcher = CollectingDispatcher()
    tracker = Tracker("someone", {}, {"intent": {"name": intent}}, [], False, None, {}, None)
    events = asyncio.run(action.run(dispatcher, tracker, {}))
    return events, dispatcher.messages


@pytest.mark.parametrize("verdict", ["helpful", "unhelpful"])
def test_feedback_is_kept_for_the_conversation_and_answered(verdict):
    events, messages = run(ActionFeedback(), f"feedback_{verdict}")
    assert events == [SlotSet("feedback", verdict)]
    assert [message["response"] for message in messages] == [f"utter_feedback_{verdict}"]
