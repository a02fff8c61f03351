"""The dialogue engine behind the front door: a Rasa agent that never sees words in its tracker."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.forms import reader_of
from bot.conversation.resolve import resolve
from bot.conversation.state import from_slots, to_slots
from bot.errors import CandorError
from bot.front_door.door import FORGET_ME, Understood
from bot.knowledge.compose import UNKNOWN_MEDICINE
from bot.knowledge.loader import load_once
from bot.knowledge.reply import Reply, reply_from_dict
from bot.language.spacy_pipeline import load_lexicon
from bot.language.topic_model import OFF_TOPIC
from bot.paths import CONTENT
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
        self._knowledge = load_once(CONTENT)
        self._forms = reader_of(CONTENT)
        lexicon = load_lexicon(CONTENT)
        self._subjects = {entry.id for entry in lexicon.values() if entry.label in ("condition", "operation", "medicine")}

    async def understand(self, text: str) -> Understood:
        """Parses a text and keeps only whitelisted canonical values."""
        if not text:
            return Understood("nlu_fallback", 0.0)
        parsed = await self._agent.parse_message(text)
        details = parsed.get("details") or {}
        form = self._forms.read(text)
        intent = parsed["intent"]["name"] or "nlu_fallback"
        if form.control == FORGET_ME:  # the front door has to know, as it forgets as well
            intent = FORGET_ME
        elif form.aspect and intent != OFF_TOPIC and not intent.startswith("ask_"):  # no small talk, however near
            intent = "nlu_fallback"
        return Understood(
            intent=intent,
            confidence=float(parsed["intent"]["confidence"]),
            topics=tuple(parsed.get("topics") or ()),
            candidates=tuple(parsed.get("candidates") or ()),
            asker=details["asker"] if details.get("asker") in ("partner", "relative") else None,
            cause=details.get("cause"),
            medicines=(*(details.get("medicines") or ()), *([UNKNOWN_MEDICINE] if details.get("unknown_medicine") else [])),
            report_lines=tuple(details.get("report_lines") or ()),
            circumstances=tuple(details.get("circumstances") or ()),
            ranking=tuple((entry["name"], entry["confidence"]) for entry in parsed.get("intent_ranking") or ()),
            named=bool(self._subjects.intersection(details.get("named") or ())),
            form=form,
        )

    async def reply(self, pseudonym: str, understood: Understood) -> list[Reply]:
        """Hands Rasa a message with no text and only canonical values.

        A turn costs the same however long the conversation is, because the tracker is folded down to its slots first.
        """
        understood = await self._take_up(pseudonym, understood)
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

    async def _take_up(self, pseudonym: str, understood: Understood) -> Understood:
        """Moves the thread on by a message and replaces the tracker by one that holds nothing but slots.

        Returns:
            the message as the thread makes it.
        """
        old = await self._agent.tracker_store.retrieve(pseudonym)
        slots = old.current_slot_values() if old is not None else {}
        turn = resolve(self._knowledge, from_slots(slots), understood)
        tracker = DialogueStateTracker(pseudonym, self._agent.domain.slots)
        for name, value in {**slots, **to_slots(turn.state)}.items():
            if value is not None and name in tracker.slots:
                tracker.update(SlotSet(name, value))
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        await self._agent.tracker_store.save(tracker)
        return turn.understood

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
