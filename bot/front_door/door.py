"""The front door: the only way a message reaches the assistant, and the only way a reply leaves it.

Red flags are looked for in the raw text before anything else; a care reply needs nothing behind the door. Every accepted message
ends in exactly one outcome; whatever breaks behind the door, the person gets a reply. Words exist here for one turn and are
handed to the check and to :meth:`Assistant.understand` only; what goes on is topics and details.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Optional, Protocol

from bot.clinic import Clinic
from bot.conversation.forms import NO_FORM, Form
from bot.front_door.choices import meaning_of
from bot.front_door.clean import clean
from bot.front_door.conversations import Conversation, Conversations
from bot.front_door.errors import DoorError
from bot.front_door.limits import MAX_TURNS
from bot.front_door.request import MAX_CHARACTERS, check_length
from bot.knowledge import compose
from bot.knowledge.loader import Knowledge
from bot.knowledge.reply import Choice, Reply
from bot.language.message import one_turn
from bot.safety import cards
from bot.safety.check import Findings
from bot.safety.wording import asks_for_help_now, is_general

logger = logging.getLogger(__name__)

#: Longest time a person waits for an outcome, in seconds.
TIME_LIMIT = 10.0
#: Longest time that a care reply waits for the topics to offer below it, in seconds.
CARE_TIME_LIMIT = 0.5
_NOTHING_FOUND = Findings()
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
        asker: "partner" or "relative" when the message says so, else None.
        cause: canonical cause when the message names one.
        medicines: ids of medicines it names.
        report_lines: ids of semen-report lines it names.
        circumstances: what it gives a figure for (see :data:`bot.knowledge.model.Circumstance`).
        ranking: the likeliest intents with their confidence; for evaluation, never handed on.
        named: whether it names a condition, an operation or a medicine.
        form: what its form says.
        chosen: what a tapped choice names beside its intent, such as "climax:dry".
        after_care: whether a care card was shown since the last turn.
    """

    intent: str
    confidence: float = 1.0
    topics: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    asker: Optional[str] = None
    cause: Optional[str] = None
    medicines: tuple[str, ...] = ()
    report_lines: tuple[str, ...] = ()
    circumstances: tuple[str, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    named: bool = False
    form: Form = NO_FORM
    chosen: Optional[str] = None
    after_care: bool = False


class Assistant(Protocol):
    """What the door needs from the dialogue engine."""

    async def understand(self, text: str) -> Understood:
        """Reads a cleaned text."""

    async def reply(self, pseudonym: str, understood: Understood) -> list[Reply]:
        """Takes one turn; an empty list is a fault."""

    async def erase(self, pseudonym: str) -> bool:
        """Forgets a conversation's state; False when there was none."""


class Check(Protocol):
    """What the door needs from the safety layer."""

    def __call__(self, text: str) -> Findings:
        """Checks a raw text; never raises an error."""


class Counts(Protocol):
    """What the door needs of the clinic's counts."""

    def add(self, channel: str, topic: str, outcome: str) -> None:
        """Counts one."""

    def flush(self) -> None:
        """Writes what was counted."""


class QuestionBox(Protocol):
    """What the door needs of the box for questions to the team."""

    def preview(self, text: str) -> str:
        """What would be sent."""

    def accept(self, text: str, topic: Optional[str]) -> None:
        """Keeps what its writer has seen."""

    def expire(self) -> None:
        """Deletes what is due."""


class FrontDoor:
    """Conversations in, replies out.

    Args:
        assistant: the dialogue engine.
        knowledge: loaded content.
        check: the red-flag check.
        clinic: whose country and contact the care cards name.
        conversations: the live conversations; new ones by default.
        time_limit: longest time a person waits for an outcome, in seconds.
        counts: the clinic's counts, None when it keeps none.
        box: where questions may be sent to the team, None when the clinic has no such box.
    """

    def __init__(self, assistant: Assistant, knowledge: Knowledge, check: Check, clinic: Clinic,
                 conversations: Optional[Conversations] = None, time_limit: float = TIME_LIMIT, counts: Optional[Counts] = None,
                 box: Optional[QuestionBox] = None) -> None:
        self._assistant = assistant
        self._knowledge = knowledge
        self._check = check
        self._clinic = clinic
        # The page lists every topic's question, so these may always be taken.
        self._questions = frozenset(f"ask:{topic}" for topic in knowledge.cards)
        self._conversations = conversations or Conversations()
        self._time_limit = time_limit
        self._counts = counts
        self._box = box
        self._turns = 0

    async def open(self, channel: str = "website") -> tuple[str, Reply]:
        """Starts a conversation.

        Args:
            channel: class of the way in: website, messaging, staff or terminal.

        Returns:
            its token and the greeting.

        Raises:
            DoorError: 503, too many turns are running.
        """
        await self.sweep()
        token, conversation = self._conversations.open(channel)
        return token, await self._take_turn(conversation, Understood("greet"))

    def begin(self, channel: str) -> str:
        """Starts a conversation without a greeting, where the person speaks first. It waits for nothing, so a card need not either.

        Args:
            channel: see :meth:`open`.

        Returns:
            its token.
        """
        return self._conversations.open(channel)[0]

    async def sweep(self) -> None:
        """Erases the conversations that idled too long; to be called now and then, also when nobody writes."""
        for old in self._conversations.expired():
            await self._assistant.erase(old.pseudonym)

    def flush(self) -> None:
        """Writes the counts and deletes the questions that are due; a fault there must not end what runs."""
        try:
            if self._counts is not None:
                self._counts.flush()
            if self._box is not None:
                self._box.expire()
        except Exception as error:
            logger.error("counts or questions could not be written: %s", type(error).__name__)

    async def message(self, token: str, text: str) -> Reply:
        """Answers a free text. Whatever else is wrong with a message, a red flag in it gets its card.

        Raises:
            DoorError: unknown token (404), too long a text (413), too many messages (429, 503).
        """
        conversation = self._conversations.get(token)
        with one_turn():
            found = self._check(text)
            if found.flags:
                return await self._care(conversation, found, text[:MAX_CHARACTERS])
            check_length(text)
            self._conversations.take_turn(conversation)
            if asks_for_help_now(text):
                return self._help_now(conversation)
            return await self._take_turn(conversation, clean(text), found)

    async def choose(self, token: str, choice: str) -> Reply:
        """Answers a tapped choice.

        Raises:
            DoorError: unknown token (404), a choice that is neither a topic's question nor was offered (400), too many (429, 503).
        """
        conversation = self._conversations.get(token)
        if choice == cards.HELP_NOW:
            return self._help_now(conversation)
        self._conversations.take_turn(conversation)
        meaning = meaning_of(choice, conversation.offered | self._questions)
        flag = self._knowledge.guided_check.flag(choice)
        if flag:  # a sign that was tapped gets its card like one that was written, without anything behind the door
            return self._care_for(conversation, Findings((flag,)))
        return await self._take_turn(conversation, Understood(meaning.intent, topics=meaning.topics, chosen=meaning.chosen))

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

    def has_box(self) -> bool:
        """Whether questions may be sent to the team."""
        return self._box is not None

    async def preview_question(self, token: str, text: str) -> str | Reply:
        """What would be sent to the team of a question; its care card when there is a red flag in it, because nobody reads the box soon.

        Raises:
            DoorError: unknown token or no box (404), too many (429), too long (413) or nothing left (400).
        """
        box, care = await self._admit_to_box(token, text)
        return await asyncio.to_thread(box.preview, text) if care is None else care

    async def send_question(self, token: str, text: str, topic: Optional[str]) -> Optional[Reply]:
        """Keeps a question for the team as its writer has seen it; a care card instead when there is a red flag in it.

        Raises:
            DoorError: as :meth:`preview_question`; 409 when it would be changed, 503 when the box is full.
        """
        box, care = await self._admit_to_box(token, text)
        if care is None:
            await asyncio.to_thread(box.accept, text, topic)
        return care

    async def _admit_to_box(self, token: str, text: str) -> tuple[QuestionBox, Optional[Reply]]:
        conversation = self._conversations.get(token)
        if self._box is None:
            raise DoorError(404, "not_found", "This clinic takes no questions here.")
        with one_turn():
            found = self._check(text)
            if found.flags:
                return self._box, await self._care(conversation, found, text[:MAX_CHARACTERS])
        self._conversations.take_turn(conversation)
        return self._box, None

    async def _care(self, conversation: Conversation, found: Findings, text: str) -> Reply:
        """The care reply. It waits for nobody: not for the conversation's lock, and but a moment for topics to offer below it.

        A general question that raises no emergency ("is blood in semen common?") gets its answer below the card.
        """
        reply = self._care_for(conversation, found)
        try:
            understood = await asyncio.wait_for(self._assistant.understand(clean(text)), CARE_TIME_LIMIT)
            reply = self._care_for(conversation, found, (*understood.topics, *understood.candidates))
            if understood.topics and reply.care in ("urgent", "doctor") and is_general(text):
                understood = replace(understood, after_care=True)
                answers = await asyncio.wait_for(self._assistant.reply(conversation.pseudonym, understood), CARE_TIME_LIMIT)
                reply = cards.with_answer(reply, compose.joined(answers))
        except Exception as error:  # the card is complete without them
            logger.error("what stands below a care card failed with %s", type(error).__name__)
        return self._offer(conversation, reply)

    def _care_for(self, conversation: Conversation, found: Findings, topics: tuple[str, ...] = ()) -> Reply:
        """The card of the flags, which the conversation remembers; topics are offered below it."""
        conversation.flags += [flag for flag in found.flags if flag not in conversation.flags]
        conversation.cared = True
        kept = [cards.SELF_HARM] if cards.SELF_HARM in conversation.flags else []
        return self._offer(conversation, cards.care_reply(self._knowledge, self._clinic.country, [*found.flags, *kept], topics))

    def _help_now(self, conversation: Conversation) -> Reply:
        """Every number, and the card of what was raised before."""
        conversation.cared = True
        return self._offer(conversation, cards.help_now(
            self._knowledge, self._clinic.country, self._clinic.contact(), conversation.flags))

    def _unavailable(self) -> Reply:
        return compose.unavailable(self._knowledge, self._clinic.country)

    def _offer(self, conversation: Conversation, reply: Reply) -> Reply:
        """The reply with "Help now" among its choices, all of which may be taken from now on."""
        if all(choice.id != cards.HELP_NOW for choice in reply.choices):
            reply = replace(reply, choices=(*reply.choices, Choice(cards.HELP_NOW, self._knowledge.phrases.care.help_now)))
        conversation.offered.update(choice.id for choice in reply.choices)
        self._count(conversation, reply)
        return reply

    def _count(self, conversation: Conversation, reply: Reply) -> None:
        """Counts a reply's topics with its outcome, each once a conversation; never which red flag it was."""
        if self._counts is None or reply.outcome == "smalltalk":
            return
        offered = [choice.id.removeprefix("ask:") for choice in reply.choices if choice.id.startswith("ask:")]
        nearest = offered[:1] if reply.outcome == "clarify" else []
        for topic in reply.topics or nearest or ("none",):
            if (topic, reply.outcome) not in conversation.counted:
                conversation.counted.add((topic, reply.outcome))
                self._counts.add(conversation.channel, topic, reply.outcome)

    async def _take_turn(self, conversation: Conversation, said: str | Understood, found: Findings = _NOTHING_FOUND) -> Reply:
        if self._turns >= MAX_TURNS:
            raise DoorError(503, "busy", "Very many people are writing just now. Please wait a few seconds and send it again.", 5)
        self._turns += 1
        try:
            reply = await asyncio.wait_for(self._one_at_a_time(conversation, said), self._time_limit)
        except Exception as error:  # the outcome guarantee: no fault behind the door leaves a person without a reply
            logger.error("a turn failed with %s", type(error).__name__)
            reply = self._unavailable()
        finally:
            self._turns -= 1
        return self._offer(conversation, self._made_safe(conversation, reply, found))

    def _made_safe(self, conversation: Conversation, reply: Reply, found: Findings) -> Reply:
        """What the safety state of the conversation and the message's requests make of a reply."""
        knowledge, country = self._knowledge, self._clinic.country
        if cards.MINOR in conversation.flags and set(reply.topics) & set(knowledge.phrases.care.not_for_minors):
            reply = cards.for_minor(knowledge, country, reply)
        reply = cards.with_refusal(knowledge, reply, found.requests)
        reply = cards.with_note(knowledge, country, reply, found.possible)
        if not found.whole:
            reply = cards.with_numbers(knowledge, country, reply)
        if cards.SELF_HARM in conversation.flags:
            reply = cards.with_self_harm_reminder(knowledge, country, reply)
        return reply

    async def _one_at_a_time(self, conversation: Conversation, said: str | Understood) -> Reply:
        async with conversation.lock:
            return await self._ask(conversation, said)

    async def _ask(self, conversation: Conversation, said: str | Understood) -> Reply:
        understood = await self._assistant.understand(said) if isinstance(said, str) else said
        understood = replace(understood, after_care=conversation.cared)
        conversation.cared = False
        replies = [reply for reply in await self._assistant.reply(conversation.pseudonym, understood) if reply.text.strip()]
        if understood.intent == FORGET_ME:
            await self._assistant.erase(conversation.pseudonym)
            conversation.offered.clear()
            conversation.flags.clear()
        reply = compose.joined(replies) if replies else self._unavailable()
        if reply.outcome == "care" and reply.red_flag:  # a sign that was named by its number in the guided check
            return self._care_for(conversation, Findings((reply.red_flag,)))
        return reply
