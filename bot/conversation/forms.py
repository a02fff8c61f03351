"""Reads what the form of a message says: a control, a follow-up without a subject, an answer of the guided check, a feeling.

Words are looked at in memory for one turn; what leaves is ids. Matching is linear in the length of the text (RE2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import re2
from rapidfuzz import fuzz, process

from bot.knowledge.loader import Knowledge, load_once
from bot.language.questions import is_question
from bot.safety.text import plain

#: Most words of a message that can be a follow-up or a control.
MAX_WORDS = 24
#: Most words beside a follow-up in the same message; with more it has a subject of its own.
MAX_BESIDE = 4
#: Most words of a message whose subject may be left out, where only the classifier knows the aspect.
MAX_SHORT = 10
#: Least similarity (0 to 100) of a name to be offered as the one that was meant.
NEAR = 62.0

_IT = ("(?:it|this|that|they|them|these|those|he|him|i|me|we|us|one|(?:the|this|that|such an?|my|his|our) "
       "(?:problem|condition|operation|surgery|damage|effect|thing|issue|illness|disease|treatment|medicine|tablets?|pills?|procedure|side effect))")
_BEFORE = re2.compile(
    r"^(?:(?:ok|okay|so|and|but|then|also|well|please|thanks|thank you|thank you so much|thx|hmm+|oh|right|alright|sorry|yes|now|hi|hello"
    r"|doctor|honestly|just|can you tell me|could you tell me"
    r"|tell me|do you know|i want to know|i would like to know|i wonder|im wondering"
    r"|one more(?: thing| question)?|another question|in (?:his|my|our|this|that) case|for (?:him|me|us)"
    r"|what i (?:want to know|mean) is|my question is) )+")
_AFTER = re2.compile(
    r"(?: (?:then|please|now|exactly|actually|at all|for (?:him|me|us|my husband|my partner)|in (?:his|my|our|this|that) case|though|anyway|again"
    r"|thanks|thank you|do you think|or not|after (?:this|that|it|all)|with (?:this|that|it)|doctor|pls|plz|too|as well|right))+$")
_WORDS = {
    "skip": "(?:skip|pass|next|next question)(?: (?:it|this|that|this one|that one|the question))?",
    "back": "(?:go )?back|previous(?: question)?|the one before",
    "leave": "(?:stop|quit|exit|leave|cancel|enough|pause|later|end)(?: (?:it|this|that|the check|check|for now|please))*",
    "why": "why(?: (?:do|are|would) you (?:ask|asking|want to know|need (?:to know )?(?:that|this|it))(?: (?:that|this|me that|it))?"
           "| is (?:that|this|it) important| that| this)?",
}
_NUMBER = re2.compile(r"(?:number |option |answer |no )?([1-9])(?: \.)?")


@dataclass(frozen=True)
class Form:
    """What the form of a message says.

    Attributes:
        control: the intent that the whole message stands for.
        aspect: the follow-up it asks.
        options: answers of the guided check that it may give, "question=option" each.
        asker: "self", "partner" or "relative" when the message says nothing but that.
        correction: whether it puts something right.
        agrees: True for a bare yes, False for a bare no.
        number: a bare number, from 1.
        word: "skip", "back", "leave" or "why", said about a question.
        feeling: the feeling that it says.
        short: whether it is short enough to have its subject left out.
        asks: whether it is a question.
        near: ids of medicines whose names are near to a short message.
    """

    control: Optional[str] = None
    aspect: Optional[str] = None
    options: tuple[str, ...] = ()
    asker: Optional[str] = None
    correction: bool = False
    agrees: Optional[bool] = None
    number: Optional[int] = None
    word: Optional[str] = None
    feeling: Optional[str] = None
    short: bool = False
    asks: bool = False
    near: tuple[str, ...] = ()


NO_FORM = Form()


def bare(sentence: str) -> str:
    """A sentence in plain form without the words that only lead in or out."""
    said = str(_BEFORE.sub("", sentence.strip()))
    stripped = str(_AFTER.sub("", said))
    return stripped or said


def _whole(forms: tuple[str, ...] | list[str]) -> Any:
    """One expression that matches when one of the forms is the whole text."""
    return re2.compile("(?:" + "|".join(f"(?:{form.replace('{it}', _IT)})" for form in forms) + ")")


class FormReader:
    """The forms of a content folder, compiled once.

    Args:
        knowledge: loaded content.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        ups = knowledge.follow_ups
        self._controls = {intent: _whole(forms) for intent, forms in ups.controls.items()}
        self._askers = {asker: _whole([f"(?:(?:no|actually|sorry|wait) )*(?:{form})" for form in forms]) for asker, forms in ups.askers.items()}
        self._aspects = {aspect.id: _whole(aspect.forms) for aspect in ups.aspects}
        self._correction = re2.compile("^(?:" + "|".join(ups.corrections) + ")")
        self._agrees, self._denies = _whole(ups.agrees), _whole(ups.denies)
        self._words = {name: _whole([form]) for name, form in _WORDS.items()}
        self._options = {
            f"{question.id}={option.id}": _whole([*option.forms, re2.escape(plain(option.label))])
            for question in knowledge.guided_check.questions for option in question.options
        }
        self._feelings = {feeling.id: re2.compile("|".join(feeling.forms)) for feeling in knowledge.feelings.feelings}
        self._medicines = {spelling: medicine.id for medicine in knowledge.medicines.medicines for spelling in medicine.spellings()}
        self._spellings = list(self._medicines)

    def read(self, text: str) -> Form:
        """What the form of a cleaned text says."""
        said = plain(text)
        sentences = [sentence.strip() for sentence in said.split(" .") if sentence.strip()]
        feeling = next((name for name, form in self._feelings.items() if form.search(said)), None)
        words = len(said.replace(" .", "").split())
        if not sentences or words > MAX_WORDS:
            return Form(feeling=feeling, asks=is_question(text))
        whole, last = " ".join(sentences), bare(sentences[-1])
        stripped = bare(whole)
        asker = self._first(self._askers, whole, stripped)
        agrees = True if self._agrees.fullmatch(whole) else False if self._denies.fullmatch(whole) else None
        number = _NUMBER.fullmatch(said)
        return Form(
            control=self._first(self._controls, whole, stripped),
            aspect=self._aspect(sentences),
            options=tuple(name for name, form in self._options.items() if form.fullmatch(whole) or form.fullmatch(stripped)),
            asker=asker,
            correction=bool(self._correction.search(whole)) and words > 1 and not is_question(text),
            agrees=agrees,
            number=int(number.group(1)) if number else None,
            word=self._first(self._words, whole, stripped),
            feeling=feeling,
            short=words <= MAX_SHORT,
            asks=is_question(text) or is_question(last),
            near=self._near(stripped) if words <= 4 else (),
        )

    def _aspect(self, sentences: list[str]) -> Optional[str]:
        """The follow-up that a message asks; what else it says may only be a word or two ("ok thanks")."""
        lengths = [len(sentence.split()) for sentence in sentences]
        for sentence, length in zip(sentences, lengths, strict=True):
            found = self._first(self._aspects, sentence, bare(sentence))
            if found and sum(lengths) - length <= MAX_BESIDE:
                return found
        return None

    @staticmethod
    def _first(forms: dict[str, Any], *texts: str) -> Optional[str]:
        return next((name for name, form in forms.items() if any(form.fullmatch(text) for text in texts)), None)

    def _near(self, said: str) -> tuple[str, ...]:
        """Medicines whose name is near to one of the words, the nearest first, at most three."""
        found: dict[str, float] = {}
        for word in said.split():
            if len(word) >= 5 and word.isalpha():
                for spelling, score, _ in process.extract(word, self._spellings, scorer=fuzz.ratio, score_cutoff=NEAR, limit=6):
                    medicine = self._medicines[spelling]
                    found[medicine] = max(found.get(medicine, 0.0), score)
        return tuple(sorted(found, key=lambda medicine: -found[medicine])[:3])


@lru_cache(maxsize=2)
def reader_of(content: Path) -> FormReader:
    """The reader of a content folder, made once a process."""
    return FormReader(load_once(content))
