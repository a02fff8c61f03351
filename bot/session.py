"""The assistant in this process, without HTTP: for the terminal, for batches and for tests. Loaded once, asked many times."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Optional

from bot.build import MODEL
from bot.errors import CandorError
from bot.front_door.clean import clean
from bot.front_door.conversations import Conversations
from bot.front_door.door import Assistant, FrontDoor, Understood
from bot.front_door.opening import open_front_door
from bot.knowledge.reply import Reply
from bot.paths import ROOT


class Session:
    """A front door on a loaded model; use it as an async context manager."""

    def __init__(self) -> None:
        self.door: Optional[FrontDoor] = None
        self.assistant: Optional[Assistant] = None

    async def __aenter__(self) -> Session:
        """Loads the model.

        Raises:
            CandorError: there is no trained model.
        """
        if not MODEL.is_file():
            raise CandorError("There is no trained model.", "Run `candor train`.")
        from bot.rasa_quiet import settle_environment, settle_logging, settle_warnings

        settle_environment()
        settle_warnings()
        from rasa.core.agent import load_agent
        from rasa.core.utils import AvailableEndpoints

        from bot.dialogue.rasa_assistant import RasaAssistant

        settle_logging()
        agent = await load_agent(str(MODEL), endpoints=AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")))
        self.assistant = RasaAssistant(agent)
        self.door = open_front_door(self.assistant, Conversations(burst=math.inf))
        return self

    async def __aexit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        """Nothing outlives the process."""

    async def ask_fresh(self, text: str) -> Reply:
        """Asks one question in a conversation of its own."""
        assert self.door is not None
        token, _ = await self.door.open()
        try:
            return await self.door.message(token, text)
        finally:
            await self.door.forget(token)

    async def understand(self, text: str) -> Understood:
        """What a message is understood as, for evaluation."""
        assert self.assistant is not None
        return await self.assistant.understand(clean(text))
