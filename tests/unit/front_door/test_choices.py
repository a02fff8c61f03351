from __future__ import annotations

import pytest

from bot.front_door.choices import Meaning, meaning_of
from bot.front_door.errors import DoorError


@pytest.mark.parametrize(("choice", "meaning"), [
    ("ask:smoking", Meaning("ask_smoking", ("smoking",))),
    ("more:smoking", Meaning("more_detail", ("smoking",))),
    ("none", Meaning("none_of_these")),
    ("whole:smoking", Meaning("whole_topic", ("smoking",))),
    ("check:climax:dry", Meaning("guided_check", chosen="climax:dry")),
    ("follow:reversed:diabetes", Meaning("follow_up", chosen="reversed:diabetes")),
    ("who:partner", Meaning("set_asker", chosen="partner")),
    ("medicine", Meaning("medicine_lookup")),
    ("report:volume", Meaning("semen_report", chosen="volume")),
    ("forget", Meaning("forget_me")),
    ("human", Meaning("human_handoff")),
])
def test_an_offered_choice_has_a_meaning(choice, meaning):
    assert meaning_of(choice, {choice}) == meaning


@pytest.mark.parametrize("choice", ["ask:diabetes", "/restart", "restart", "more:", ""])
def test_what_was_not_offered_is_refused(choice):
    with pytest.raises(DoorError) as caught:
        meaning_of(choice, {"ask:smoking"})
    assert (caught.value.status, caught.value.code) == (400, "unknown_choice")
