"""The dialogue engine behind the front door: a Rasa agent that never sees words in its tracker."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.errors import CandorError
from bot.front_door.door import Understood
from bot.knowledge.compose import UNKNOWN_MEDICINE
from bot.knowledge.reply import Reply, reply_from_dict
from bot.privacy.stores import STORES, ForgetfulInMemoryStore

CHANNEL = "candor"


class ReplyCollector(OutputChannel):
    """Keeps the replies of one turn in memory."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    @classmethod
    def name(cls) -> str:
        """The channel's name, the same for every way in."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Takes what the response generator made."""
        custom = message.get("custom") or {}
        if "reply" in custom:
            self.replies.append(reply_from_dict(custom["reply"]))
        elif message.get("text"):
            self.replies.append(Reply("smalltalk", message["text"]))


class RasaAssistant:
    """Implements :class:`bot.front_door.door.Assistant` on a Rasa agent.

    Args:
        agent: with one of :data:`bot.privacy.stores.STORES`.

    Raises:
        CandorError: its tracker store would keep more than it may.
    """

    def __init__(self, agent: Agent) -> None:
        failsafe: Any = agent.tracker_store
        self._store: Any = getattr(failsafe, "_tracker_store", failsafe)
        if not isinstance(self._store, STORES):
            raise CandorError(f"{type(self._store).__name__} would keep conversations.", "Name a store of bot.privacy.stores in endpoints.yml.")
        if failsafe is not self._store:  # Rasa's own fallback would be a plain memory that keeps everything
            failsafe._fallback_tracker_store = ForgetfulInMemoryStore(self._store.domain)
        self._agent = agent

    async def understand(self, text: str) -> Understood:
        """Parses a text and keeps only whitelisted canonical values."""
        if not text:
            return Understood("nlu_fallback", 0.0)
        parsed = await self._agent.parse_message(text)
        details = parsed.get("details") or {}
        return Understood(
            intent=parsed["intent"]["name"] or "nlu_fallback",
            confidence=float(parsed["intent"]["confidence"]),
            topics=tuple(parsed.get("topics") or ()),
            candidates=tuple(parsed.get("candidates") or ()),
            asker=details["asker"] if details.get("asker") in ("partner", "relative") else None,
            cause=details.get("cause"),
            medicines=(*(details.get("medicines") or ()), *([UNKNOWN_MEDICINE] if details.get("unknown_medicine") else [])),
            report_lines=tuple(details.get("report_lines") or ()),
            circumstances=tuple(details.get("circumstances") or ()),
            ranking=tuple((entry["name"], entry["confidence"]) for entry in parsed.get("intent_ranking") or ()),
        )

    async def reply(self, pseudonym: str, understood: Understood) -> list[Reply]:
        """Hands Rasa a message with no text and only canonical values."""
        entities = [{"entity": "topic", "value": topic} for topic in understood.topics]
        entities += [{"entity": "candidate", "value": topic} for topic in understood.candidates]
        entities += [{"entity": name, "value": value} for name, value in (("asker", understood.asker), ("cause", understood.cause)) if value]
        entities += [{"entity": "named_medicine", "value": value} for value in understood.medicines]
        entities += [{"entity": "report_line", "value": value} for value in understood.report_lines]
        entities += [{"entity": "circumstance", "value": value} for value in understood.circumstances]
        collector = ReplyCollector()
        await self._agent.handle_message(UserMessage(
            text="", output_channel=collector, sender_id=pseudonym, input_channel=CHANNEL, metadata={},
            parse_data={"text": "", "intent": {"name": understood.intent, "confidence": understood.confidence}, "entities": entities},
        ))
        return collector.replies

    async def erase(self, pseudonym: str) -> bool:
        """Drops the conversation from the store."""
        return bool(await self._store.erase(pseudonym))


class LateAssistant:
    """The assistant of whatever agent is in service; a fault while there is none, which the front door turns into a reply."""

    def __init__(self) -> None:
        self._agent: Optional[Agent] = None
        self._assistant: Optional[RasaAssistant] = None

    def use(self, agent: Optional[Agent]) -> None:
        """Takes the agent in service, None when there is none."""
        if agent is not self._agent:
            self._agent = agent
            self._assistant = RasaAssistant(agent) if agent is not None else None

    def is_ready(self) -> bool:
        """Whether it can answer."""
        return self._agent is not None and bool(self._agent.is_ready())

    def _ready(self) -> RasaAssistant:
        if self._assistant is None or not self.is_ready():
            raise CandorError("There is no trained model in service.")
        return self._assistant

    async def understand(self, text: str) -> Understood:
        """See :class:`RasaAssistant`."""
        return await self._ready().understand(text)

    async def reply(self, pseudonym: str, understood: Understood) -> list[Reply]:
        """See :class:`RasaAssistant`."""
        return await self._ready().reply(pseudonym, understood)

    async def erase(self, pseudonym: str) -> bool:
        """See :class:`RasaAssistant`; nothing to erase while there is no agent."""
        return await self._assistant.erase(pseudonym) if self._assistant is not None else False
