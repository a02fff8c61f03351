"""Takes one update through the front door and makes the reply that an app shows. Every update somebody waits on ends in exactly one reply."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Optional

from bot.channels.platform import Update
from bot.channels.visitors import Visitor, Visitors
from bot.channels.words import Sayings, number_of, word_of
from bot.clinic import Clinic
from bot.front_door.door import FrontDoor
from bot.front_door.errors import DoorError
from bot.front_door.request import MAX_CHARACTERS
from bot.knowledge import compose
from bot.knowledge.loader import Knowledge
from bot.knowledge.reply import Choice, Reply
from bot.safety import cards
from bot.safety.cards import HELP_NOW

logger = logging.getLogger(__name__)

#: Characters that two pieces of a very long message share, so that no emergency is cut in two.
OVERLAP = 500
#: Most pieces of a message that are read.
MOST_PIECES = 4


def _class(staff: bool) -> str:
    """The class of the way in, for the clinic's counts."""
    return "staff" if staff else "messaging"


def pieces_of(text: str) -> list[str]:
    """A message in pieces that the front door takes."""
    step = MAX_CHARACTERS - OVERLAP
    return [text[start:start + MAX_CHARACTERS] for start in range(0, max(len(text) - OVERLAP, 1), step)]


@dataclass(frozen=True)
class Turn:
    """What is shown after an update.

    Attributes:
        reply: the answer contract.
        asides: sentences that are no part of the answer: what the app reveals, what was not read.
        forgotten: whether the person asked to forget: earlier replies still on their way are then not sent.
    """

    reply: Reply
    asides: tuple[str, ...] = ()
    forgotten: bool = False


class Turns:
    """The conversations of every messaging channel.

    Args:
        door: the front door of this process.
        visitors: who is writing.
        sayings: the fixed sentences.
        knowledge: loaded content.
        clinic: whose country the numbers are for.
    """

    def __init__(self, door: Callable[[], FrontDoor], visitors: Visitors, sayings: Sayings, knowledge: Knowledge, clinic: Clinic) -> None:
        self._door = door
        self._visitors = visitors
        self._sayings = sayings
        self._knowledge = knowledge
        self._clinic = clinic

    async def take(self, update: Update, pseudonym: str, staff: bool) -> Optional[Turn]:
        """What to show after an update; None when nobody waits.

        Args:
            update: what happened.
            pseudonym: of whoever wrote.
            staff: whether the channel is for staff.
        """
        if update.kind == "group":
            return Turn(Reply("smalltalk", self._sayings.phrases.private_only))
        try:
            if update.kind == "left":
                await self._forget(pseudonym)
                return None
            return await self._turn(update, pseudonym, staff)
        except DoorError as error:
            return self._refused(pseudonym, error)
        except Exception as error:  # the outcome guarantee: no fault leaves a person without a reply
            logger.error("a turn in %s failed with %s", update.service, type(error).__name__)
            return Turn(compose.unavailable(self._knowledge, self._clinic.country))

    def _refused(self, pseudonym: str, error: DoorError) -> Optional[Turn]:
        """What somebody is told whose message the door did not take. Of many at once, one is answered: each answer may be paid for."""
        visitor = self._visitors.of(pseudonym)
        if visitor.slowed and error.wait:
            return None
        visitor.slowed = True
        numbers = cards.help_now(self._knowledge, self._clinic.country, self._clinic.contact())
        return Turn(replace(numbers, outcome="unavailable", care="doctor", text=f"{error.message}\n\n{numbers.text}"))

    async def sweep(self) -> None:
        """Forgets whoever idled too long."""
        for token in self._visitors.expired():
            await self._door().forget(token)

    async def _forget(self, pseudonym: str) -> None:
        token = self._visitors.drop(pseudonym)
        if token is not None:
            await self._door().forget(token)

    async def _turn(self, update: Update, pseudonym: str, staff: bool) -> Turn:
        phrases = self._sayings.phrases
        word = "start" if update.kind == "start" else word_of(update.text) if update.kind == "text" else None
        if word in ("stop", "delete", "start"):
            await self._forget(pseudonym)
        if word in ("stop", "delete"):
            return Turn(Reply("smalltalk", phrases.stop if word == "stop" else phrases.delete), forgotten=True)
        visitor = self._visitors.of(pseudonym)
        asides: list[str] = []
        if word == "start":
            visitor.token, reply = await self._door().open(_class(staff))
        elif word == "leave":
            reply = Reply("smalltalk", phrases.leave[update.service])
        elif word == "help":
            reply = await self._choose(visitor, HELP_NOW, staff)
            reply = replace(reply, choices=tuple(choice for choice in reply.choices if choice.id != HELP_NOW))
            asides.append(self._sayings.help(staff))
        elif update.kind == "other":
            # A voice message or a photo may be a call for help: the number stands in the answer.
            reply = Reply("smalltalk", self._sayings.with_hint(phrases.not_words), choices=visitor.choices or (self._help_now(),))
        elif update.kind == "choice":
            reply = await self._choose(visitor, update.text, staff)
        else:
            reply = await self._said(visitor, update.text, staff)
            asides += [phrases.attachment_unread] if update.attached else []
            asides += [self._sayings.with_hint(phrases.too_long)] if len(pieces_of(update.text)) > MOST_PIECES else []
        if reply.choices:
            visitor.choices = reply.choices
        visitor.slowed = False
        if not visitor.introduced:
            visitor.introduced = True
            asides.insert(0, self._sayings.introduction(update.service, staff))
        return Turn(reply, tuple(asides))

    def _help_now(self) -> Choice:
        return Choice(HELP_NOW, self._knowledge.phrases.care.help_now)

    def _token(self, visitor: Visitor, staff: bool) -> str:
        if visitor.token is None:
            visitor.token = self._door().begin(_class(staff))
        return visitor.token

    async def _choose(self, visitor: Visitor, choice: str, staff: bool) -> Reply:
        try:
            return await self._door().choose(self._token(visitor, staff), choice)
        except DoorError as error:
            if error.wait:
                raise
            if error.status == 404:  # the conversation ended at the door first
                visitor.token, visitor.choices = None, ()
            if choice == HELP_NOW:
                return await self._door().choose(self._token(visitor, staff), HELP_NOW)
            return Reply("clarify", self._sayings.phrases.old_choice, choices=(self._help_now(),))

    async def _said(self, visitor: Visitor, text: str, staff: bool) -> Reply:
        """The reply to words: a number of the last list, or a message."""
        number = number_of(text)
        if number is not None and visitor.choices:
            if not 1 <= number <= len(visitor.choices):
                return Reply("clarify", self._sayings.phrases.no_such_number, choices=visitor.choices)
            return await self._choose(visitor, visitor.choices[number - 1].id, staff)
        first, *later = pieces_of(text)[:MOST_PIECES]
        # The beginning is read last, so that the conversation goes on from it; an emergency in any piece comes first.
        care = None
        for piece in reversed(later):
            found = await self._message(visitor, piece, staff)
            care = found if found.outcome == "care" else care
        reply = await self._message(visitor, first, staff)
        return care if care is not None and reply.outcome != "care" else reply

    async def _message(self, visitor: Visitor, text: str, staff: bool) -> Reply:
        try:
            return await self._door().message(self._token(visitor, staff), text)
        except DoorError as error:
            if error.status != 404:
                raise
            visitor.token, visitor.choices = None, ()  # the conversation ended at the door first
            return await self._door().message(self._token(visitor, staff), text)
