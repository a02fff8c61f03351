"""The one front door of a server process: every channel of the process leads to it."""

from __future__ import annotations

from functools import cache
from typing import Any

from bot.dialogue.rasa_assistant import LateAssistant
from bot.front_door.door import FrontDoor
from bot.front_door.opening import open_front_door


class SharedDoor:
    """A front door before the assistant of whatever agent Rasa's server has in service."""

    def __init__(self) -> None:
        self.assistant = LateAssistant()
        self.door = open_front_door(self.assistant)

    def of(self, app: Any) -> FrontDoor:
        """The door of a Sanic application; it also opens while there is no agent, for the care cards."""
        self.assistant.use(getattr(app.ctx, "agent", None))
        return self.door


@cache
def shared_door() -> SharedDoor:
    """The door of this process, opened by the first channel that asks.

    Raises:
        CandorError: wrong content, clinic settings or red flags: nothing may be served then.
    """
    return SharedDoor()
