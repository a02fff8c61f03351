"""The front door: the only way a message reaches the assistant, and the only way a reply leaves it.

Every accepted message ends in exactly one outcome; whatever breaks behind the door, the person gets a reply. Words exist
here for one turn and are handed to :meth:`Assistant.understand` only; what goes on is topics and details.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Optional, Protocol

from bot.front_door.choices import meaning_of
from bot.front_door.clean import clean
from bot.front_door.conversations import Conversation, Conversations
from bot.front_door.request import check_length
from bot.knowledge import compose
from bot.knowledge.loader import Knowledge
from bot.knowledge.reply import Reply

logger = logging.getLogger(__name__)

#: Longest time a person waits for an outcome, in seconds.
TIME_LIMIT = 10.0
#: The intent after whose reply everything about the conversation is erased.
FORGET_ME = "forget_me"


@dataclass(frozen=True)
class Understood:
    """What is kept of a message: canonical ids only.

    Attributes:
        intent: intent name.
        confidence: 0 to 1.
        topics: topics to answer, in order.
        candidates: topics to offer beside the answered ones, or instead when unclear.
        asker: "partner" when the message says so, else None.
        cause: canonical cause when the message names one.
        medicines: ids of medicines it names.
        report_lines: ids of semen-report lines it names.
        ranking: the likeliest intents with their confidence; for evaluation, never handed on.
    """

    intent: str
    confidence: float = 1.0
    topics: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    asker: Optional[str] = None
    cause: Optional[str] = None
    medicines: tuple[str, ...] = ()
    report_lines: tuple[str, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()


class Assistant(Protocol):
    """What the door needs from the dialogue engine."""

    async def understand(self, text: str) -> Understood:
        """Reads a cleaned text."""

    async def reply(self, pseudonym: str, understood: Understood) -> list[Reply]:
        """Takes one turn; an empty list is a fault."""

    async def erase(self, pseudonym: str) -> bool:
        """Forgets a conversation's state; False when there was none."""


class FrontDoor:
    """Conversations in, replies out."""

    def __init__(self, assistant: Assistant, knowledge: Knowledge, conversations: Optional[Conversations] = None,
                 time_limit: float = TIME_LIMIT) -> None:
        self._assistant = assistant
        self._knowledge = knowledge
        self._conversations = conversations or Conversations()
        self._time_limit = time_limit

    async def open(self) -> tuple[str, Reply]:
        """Starts a conversation.

        Returns:
            its token and the greeting.
        """
        for old in self._conversations.expired():
            await self._assistant.erase(old.pseudonym)
        token, conversation = self._conversations.open()
        return token, await self._take_turn(conversation, Understood("greet"))

    async def message(self, token: str, text: str) -> Reply:
        """Answers a free text.

        Raises:
            DoorError: unknown token (404) or too long a text (413).
        """
        check_length(text)
        conversation = self._conversations.get(token)
        return await self._take_turn(conversation, clean(text))

    async def choose(self, token: str, choice: str) -> Reply:
        """Answers a tapped choice.

        Raises:
            DoorError: unknown token (404) or a choice that was not offered (400).
        """
        conversation = self._conversations.get(token)
        meaning = meaning_of(choice, conversation.offered)
        return await self._take_turn(conversation, Understood(meaning.intent, topics=meaning.topics))

    async def forget(self, token: str) -> list[str]:
        """Erases a conversation.

        Returns:
            what was erased; empty for an unknown token.
        """
        conversation = self._conversations.forget(token)
        if conversation is None:
            return []
        erased = ["token", "offered choices"]
        if await self._assistant.erase(conversation.pseudonym):
            erased.append("conversation state")
        return erased

    async def _take_turn(self, conversation: Conversation, said: str | Understood) -> Reply:
        try:
            async with conversation.lock:
                reply = await asyncio.wait_for(self._ask(conversation, said), self._time_limit)
        except Exception as error:  # the outcome guarantee: no fault behind the door leaves a person without a reply
            logger.error("a turn failed with %s", type(error).__name__)
            reply = compose.unavailable(self._knowledge)
        conversation.offered.update(choice.id for choice in reply.choices)
        return reply

    async def _ask(self, conversation: Conversation, said: str | Understood) -> Reply:
        understood = await self._assistant.understand(said) if isinstance(said, str) else said
        replies = [reply for reply in await self._assistant.reply(conversation.pseudonym, understood) if reply.text.strip()]
        if understood.intent == FORGET_ME:
            await self._assistant.erase(conversation.pseudonym)
            conversation.offered.clear()
        return compose.joined(replies) if replies else compose.unavailable(self._knowledge)
