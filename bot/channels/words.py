"""The fixed sentences of messaging apps from ``content/channels.yml``, and the words that people can send everywhere."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, Optional

from bot.clinic import Clinic
from bot.knowledge.loader import Knowledge, parse
from bot.knowledge.model import Strict
from bot.yaml_file import read_yaml

Word = Literal["help", "stop", "delete", "leave", "start"]

_WORDS: dict[str, Word] = {
    "help": "help", "info": "help",
    "stop": "stop", "stopall": "stop", "unsubscribe": "stop", "cancel": "stop", "end": "stop", "quit": "stop",
    "delete": "delete", "leave": "leave", "start": "start",
}
_ALONE = re.compile(r"/?([a-z]+)(?:@\w+)?[.!]*")
#: How Telegram's links open a chat. A plain word behind it is what somebody says.
_START_LINK = re.compile(r"/start (?=[a-z]*[0-9_-])[a-z0-9_-]{1,64}")
_NUMBER = re.compile(r"([0-9]{1,2})[.)]?")
_KEYCAP = dict.fromkeys((0xFE0F, 0x20E3))


class StaffPhrases(Strict):
    """Around an answer for staff."""

    title: str
    checked: str
    draft: str
    reviewed: str


class ChannelPhrases(Strict):
    """The sentences of ``content/channels.yml``; ``reveals`` and ``leave`` by service."""

    reveals: dict[str, str]
    anonymous: str
    words: str
    staff_words: str
    help: str
    stop: str
    delete: str
    leave: dict[str, str]
    not_words: str
    attachment_unread: str
    too_long: str
    emergency_hint: str
    private_only: str
    old_choice: str
    no_such_number: str
    choose: str
    also: str
    staff: StaffPhrases


@lru_cache(maxsize=2)
def load_phrases(content: Path) -> ChannelPhrases:
    """Reads ``channels.yml`` of a content folder.

    Raises:
        ContentError, YamlError: with file, line and one sentence.
    """
    file = read_yaml(content / "channels.yml")
    return parse(ChannelPhrases, file.data, file, ())


def word_of(text: str) -> Optional[Word]:
    """The word that a message consists of; None for every other message, whatever it begins with."""
    said = text.strip().lower()
    if found := _ALONE.fullmatch(said):
        return _WORDS.get(found.group(1))
    return "start" if _START_LINK.fullmatch(said) else None


def number_of(text: str) -> Optional[int]:
    """The number that a message consists of, such as "2", "2." or a keycap; None for every other message."""
    found = _NUMBER.fullmatch(text.translate(_KEYCAP).strip())
    return int(found.group(1)) if found else None


class Sayings:
    """The sentences filled in for one clinic."""

    def __init__(self, phrases: ChannelPhrases, knowledge: Knowledge, clinic: Clinic) -> None:
        self.phrases = phrases
        self._clinic = clinic
        self._hint = phrases.emergency_hint.format(emergency=knowledge.region(clinic.country).emergency.text)

    def introduction(self, service: str, staff: bool) -> str:
        """What stands in the first reply."""
        phrases = self.phrases
        lines = [phrases.reveals[service].format(clinic=self._clinic.name)]
        if staff:
            return "\n".join([*lines, phrases.staff_words])
        website = self._clinic.channels.public_url
        return "\n".join([*lines, *([phrases.anonymous.format(website=website)] if website else []), phrases.words])

    def help(self, staff: bool) -> str:
        """What the words are."""
        return self.phrases.staff_words if staff else self.phrases.help.format(clinic=self._clinic.name)

    def with_hint(self, sentence: str) -> str:
        """A sentence with the emergency number."""
        return sentence.format(emergency_hint=self._hint)
