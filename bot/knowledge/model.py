"""The typed content model: what a card, a claim and a source are.

Nothing here knows Rasa, HTTP or a file's place on disk. Every sentence a person is shown is a
:class:`Statement` (or the opening or next step) of a :class:`Card`; a statement cites claims; a claim names its sources.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Literal, Optional

from pydantic import BaseModel, Field, validator

Care = Literal["info", "doctor", "specialist", "urgent", "emergency", "support"]
Verified = Literal["yes", "relayed", "no"]
Asker = Literal["self", "partner", "relative"]
#: What a message gives a figure for, where that changes an answer: time spent trying, the woman's age (35 or more), cigarettes a day.
Circumstance = Literal["trying_time", "woman_age", "cigarettes"]
Cause = Literal[
    "turp", "prostatectomy", "rplnd", "diabetes", "spinal_cord_injury", "ms", "medicine", "blocked_ducts"
]

#: Signposting levels from the mildest to the strongest; "support" is a kind of its own and never compared.
CARE_ORDER: tuple[Care, ...] = ("info", "doctor", "specialist", "urgent", "emergency")

#: Word limits of a card's parts. The reply shows opening + short + at most one cause's statements.
MAX_REPLY_WORDS = 120
MAX_MORE_WORDS = 350
MAX_SIMPLE_WORDS = 70
MAX_NEXT_STEP_WORDS = 45


class Strict(BaseModel):
    """Unknown keys are errors, and values do not change after loading."""

    class Config:
        extra = "forbid"
        frozen = True


class Source(Strict):
    """A publication that facts come from."""

    id: str
    title: str
    publisher: str
    year: Optional[int] = Field(None, ge=1900, le=2100)
    url: str
    licence: str
    checked: date

    @validator("url")
    def _absolute(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must start with https:// or http://")
        return value


class Claim(Strict):
    """One fact in our own words, tied to its sources.

    Attributes:
        verified: "yes" the source was read and says so; "relayed" only a copy or report of it was read; "no" unverified.
        kind: a fact, a rule of this project, or an inference from other claims.
        based_on: for rules and inferences, the claims they rest on (they lend their sources).
        quote: for claims of the two source articles, the short phrase they rest on.
        corrected_by: claims or corrections that replace this one where it is wrong or loose.
        left_out: why an article claim is not shown; such a claim cannot be cited.
    """

    id: str
    fact: str
    sources: tuple[str, ...] = ()
    verified: Verified
    kind: Literal["fact", "rule", "inference"] = "fact"
    based_on: tuple[str, ...] = ()
    quote: Optional[str] = None
    corrected_by: tuple[str, ...] = ()
    left_out: Optional[str] = None


class Statement(Strict):
    """A sentence or two that are shown together and rest on the same claims."""

    text: str
    cites: tuple[str, ...] = ()
    heading: Optional[str] = None


class Opening(Strict):
    """A short acknowledgement before the answer; it states no fact and therefore cites nothing."""

    self_: Optional[str] = Field(None, alias="self")
    partner: Optional[str] = None

    def for_asker(self, asker: Asker) -> Optional[str]:
        """The sentence for this asker, if there is one; somebody who asks for a relative or friend gets none."""
        return {"self": self.self_, "partner": self.partner}.get(asker)


class NextStep(Strict):
    """The one concrete thing to do next, worded for who is asking."""

    self_: str = Field(alias="self")
    partner: str
    cites: tuple[str, ...] = ()

    def for_asker(self, asker: Asker) -> str:
        """The sentence for this asker; who asks for a relative or friend gets the one to pass on."""
        return self.partner if asker == "partner" else self.self_


class Review(Strict):
    """Who signed the card, when, until when, and what text was signed."""

    status: Literal["draft", "reviewed"] = "draft"
    by: Optional[str] = None
    on: Optional[date] = None
    due: Optional[date] = None
    signed: Optional[str] = None


RegionalFact = Literal["doctor", "referral", "quit_smoking", "crisis"]


class Card(Strict):
    """The reviewed answer to one topic.

    Attributes:
        regional: what of the clinic's country stands below the answer.
        when_named: statements that are added to the short answer when the message gives a figure for a circumstance.
        regional_when_named: the same for what the clinic's country adds.
    """

    id: str
    title: str
    question: str
    care: Care
    opening: Opening = Field(default_factory=lambda: Opening.parse_obj({}))
    short: tuple[Statement, ...]
    simple: tuple[Statement, ...] = ()
    more: tuple[Statement, ...]
    per_cause: dict[Cause, tuple[Statement, ...]] = {}
    next_step: NextStep
    choices: tuple[str, ...] = ()
    image: Optional[str] = None
    regional: tuple[RegionalFact, ...] = ()
    when_named: dict[Circumstance, tuple[Statement, ...]] = {}
    regional_when_named: dict[Circumstance, tuple[RegionalFact, ...]] = {}
    review: Review = Review()

    def statements(self) -> list[tuple[tuple[str | int, ...], Statement]]:
        """All statements with their location in the file."""
        found: list[tuple[tuple[str | int, ...], Statement]] = []
        for part in ("short", "simple", "more"):
            found += [((part, index), statement) for index, statement in enumerate(getattr(self, part))]
        for cause, statements in self.per_cause.items():
            found += [(("per_cause", cause, index), statement) for index, statement in enumerate(statements)]
        for circumstance, statements in self.when_named.items():
            found += [(("when_named", circumstance, index), statement) for index, statement in enumerate(statements)]
        return found

    def cites(self) -> list[str]:
        """Every claim the card cites, in order of first use."""
        cited = [claim for _, statement in self.statements() for claim in statement.cites]
        return list(dict.fromkeys([*cited, *self.next_step.cites]))

    def fingerprint(self) -> str:
        """SHA-256 of everything but the review, so that an edit after signing shows."""
        text = json.dumps(json.loads(self.json(exclude={"review"}, by_alias=True)), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def is_signed(self) -> bool:
        """True when a named reviewer signed exactly this text."""
        return self.review.status == "reviewed" and self.review.signed == self.fingerprint()

    def is_overdue(self, today: date) -> bool:
        """True when a reviewer signed the card and the day of its next review has passed."""
        return self.review.status == "reviewed" and self.review.due is not None and self.review.due < today


class Picture(Strict):
    """A drawing in ``content/pictures``: its id is the file's name without ``.svg``; ``alt`` says all that it shows."""

    id: str
    title: str
    alt: str


class Topic(Strict):
    """A line of the taxonomy: what a topic covers and its lowest care level."""

    group: str
    care: Care
    covers: str
    origin: tuple[str, ...] = Field(alias="from")


Urgency = Literal["emergency", "urgent", "doctor", "support"]
Call = Literal["emergency", "non_emergency", "crisis", "assault", "violence", "child", "doctor"]
#: Most words of a care card: title, if and do.
MAX_CARE_WORDS = 75


class CareCard(Strict):
    """What is shown first when a red flag is raised. It names no diagnosis and links to no reading.

    Attributes:
        id: of its red flag.
        title: the sign in plain words.
        level: how urgent it is.
        call: what of the clinic's country leads, in this order.
        opening: a kind word before the numbers.
        if_: bullets below "... if there is:"; opening sentences of a support card.
        do: what to do, a sentence each.
        topics: topics worth offering afterwards.
    """

    id: str = Field(regex=r"^RF-\d\d$")
    title: str
    level: Urgency
    call: tuple[Call, ...]
    opening: Optional[Statement] = None
    if_: tuple[Statement, ...] = Field(alias="if")
    do: tuple[Statement, ...]
    topics: tuple[str, ...] = ()
    review: Review = Review()


class CarePhrases(Strict):
    """The fixed sentences of care cards and of the safety state.

    Attributes:
        lead: for each level the word that stands first, in capitals.
        condition: for each level the line above the bullets; a support card has none.
        doctor, non_emergency: said where the country has nothing better.
        not_for_minors: topics that somebody who seems to be under 18 is told to ask an adult about.
        requests: for each kind of refused request what is said first.
    """

    lead: dict[Urgency, str]
    condition: dict[Urgency, str]
    what_to_do: str
    doctor: str
    non_emergency: str
    in_danger: str
    in_case: str
    keep_asking: str
    draft_note: str
    help_now: str
    help_now_title: str
    emergency: str
    urgent: str
    crisis: str
    clinic: str
    not_for_minors: tuple[str, ...]
    self_harm_reminder: str
    minor: str
    requests: dict[str, Statement]


class Phrases(Strict):
    """The fixed sentences around the cards."""

    care: CarePhrases

    next_step: str
    next_step_to_pass_on: str
    more: str
    simpler: str
    sources: str
    sources_of: str
    draft_note: str
    overdue_note: str
    withdrawn: str
    clarify: str
    none_of_these: str
    not_covered: str
    unavailable: str
    medicine_is: str
    questions_to_ask: str
    other_language: str
    common_topics: tuple[str, ...]


class MedicineClass(Strict):
    """A class of medicines and what is known about it.

    Attributes:
        topic: the card that covers the class.
        effect: what is known about semen, ejaculation and sperm; one statement saying that nothing is held is a valid effect.
        advice: what to do: never to stop it alone, whom to ask.
    """

    id: str
    name: str
    topic: str
    used_for: str
    effect: tuple[Statement, ...]
    advice: tuple[Statement, ...]


class Medicine(Strict):
    """One medicine as people name it.

    Attributes:
        names: generic names, the first is the one shown.
        brands: common brand names by country (GB, US and others).
        misspellings: how people write it wrongly.
        effect: what is known about this one beyond its class.
    """

    id: str
    medicine_class: str = Field(alias="class")
    names: tuple[str, ...]
    brands: dict[str, tuple[str, ...]] = {}
    misspellings: tuple[str, ...] = ()
    effect: tuple[Statement, ...] = ()

    def spellings(self) -> list[str]:
        """Every way it is written, in lower case, each once."""
        brands = [brand for group in self.brands.values() for brand in group]
        return list(dict.fromkeys(word.lower() for word in (*self.names, *brands, *self.misspellings)))


class Medicines(Strict):
    """The whole medicines file; ``unknown`` is what is said of a medicine that is not in it."""

    unknown: tuple[Statement, ...]
    classes: tuple[MedicineClass, ...]
    medicines: tuple[Medicine, ...]


class RegionFact(Strict):
    """Something that differs by country, with its source.

    Attributes:
        text: the words shown.
        numbers: telephone numbers in it, as they should be dialled.
    """

    text: str
    numbers: tuple[str, ...] = ()
    sources: tuple[str, ...]
    verified: Verified


class Region(Strict):
    """What a country changes. ``default`` is the neutral one for an unknown country."""

    id: str = Field(regex="^([A-Z]{2}|default)$")
    name: str
    emergency: RegionFact
    non_emergency: Optional[RegionFact] = None
    crisis: RegionFact
    assault: Optional[RegionFact] = None
    violence: Optional[RegionFact] = None
    child: Optional[RegionFact] = None
    doctor: RegionFact
    referral: RegionFact
    quit_smoking: RegionFact

    def facts(self) -> dict[str, RegionFact]:
        """The facts that the region has, by their key."""
        return {name: value for name, value in self if isinstance(value, RegionFact)}


class ReportLine(Strict):
    """One line of a semen report: what it means, the reference limit and how to read it."""

    id: str
    name: str
    also: tuple[str, ...] = ()
    meaning: tuple[Statement, ...]
    limit: tuple[Statement, ...]
    reading: tuple[Statement, ...]


class SemenReport(Strict):
    """The explainer of a semen report. It never judges a person's numbers."""

    refusal: tuple[Statement, ...]
    lines: tuple[ReportLine, ...]
    questions: tuple[Statement, ...]
