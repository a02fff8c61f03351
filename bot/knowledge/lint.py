"""The content linter: what may not be in a card, one function a rule.

A finding names file, line and rule. The rules hold the promises of the product's medicine: nothing without a source,
no number that no source holds, no copied text, no dose, no timing, no "stop your medicine", no blame, always a next step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.knowledge import model
from bot.knowledge.conversation_model import Row
from bot.knowledge.lint_conversation import conversation
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import CARE_ORDER, Card, Claim, Statement
from bot.knowledge.word_runs import first_shared_run, read_hashes
from bot.yaml_file import Location


@dataclass(frozen=True, order=True)
class Finding:
    """One complaint of the linter."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Text:
    """A text that a person may see, with where it stands in its file."""

    at: Location
    text: str
    cites: tuple[str, ...]
    kind: str  # "statement", "opening", "next_step", "label"


def texts(card: Card) -> list[Text]:
    """Everything of a card that a person may see."""
    found = [Text((*at, "text"), s.text, s.cites, "statement") for at, s in card.statements()]
    found += [Text(("opening", who), text, (), "opening")
              for who, text in (("self", card.opening.self_), ("partner", card.opening.partner)) if text]
    found += [Text(("next_step", who), text, card.next_step.cites, "next_step")
              for who, text in (("self", card.next_step.self_), ("partner", card.next_step.partner))]
    found += [Text((name,), getattr(card, name), (), "label") for name in ("title", "question")]
    return found


def _listed(at: Location, statements: Sequence[Statement]) -> list[Text]:
    return [Text((*at, index, "text"), s.text, s.cites, "statement") for index, s in enumerate(statements)]


def other_texts(knowledge: Knowledge) -> dict[str, list[Text]]:
    """The statements outside cards that a person may see, by file."""
    medicines = _listed(("unknown",), knowledge.medicines.unknown)
    for index, group in enumerate(knowledge.medicines.classes):
        medicines += _listed(("classes", index, "effect"), group.effect) + _listed(("classes", index, "advice"), group.advice)
    for index, medicine in enumerate(knowledge.medicines.medicines):
        medicines += _listed(("medicines", index, "effect"), medicine.effect)
    report = _listed(("refusal",), knowledge.semen_report.refusal) + _listed(("questions",), knowledge.semen_report.questions)
    for index, line in enumerate(knowledge.semen_report.lines):
        for part in ("meaning", "limit", "reading"):
            report += _listed(("lines", index, part), getattr(line, part))
    care: list[Text] = []
    for index, card in enumerate(knowledge.care_cards.values()):
        care += _listed((index, "if"), card.if_) + _listed((index, "do"), card.do)
        care += _listed((index, "opening"), [card.opening] if card.opening else [])
        care.append(Text((index, "title"), card.title, (), "label"))
    requests = [Text(("care", "requests", name), statement.text, statement.cites, "statement")
                for name, statement in knowledge.phrases.care.requests.items()]
    return {"medicines": medicines, "semen_report": report, "care_cards": care, "phrases": requests, **_conversation_texts(knowledge)}


def _rows(name: str, rows: Sequence[Row]) -> list[Text]:
    found = [Text((name, index, "text"), row.text, row.cites, "statement") for index, row in enumerate(rows)]
    return found + [Text((name, index, "partner"), row.partner, row.cites, "statement") for index, row in enumerate(rows) if row.partner]


def _conversation_texts(knowledge: Knowledge) -> dict[str, list[Text]]:
    """What the conversation says: lines of the tables cite claims; questions, acknowledgements and fixed sentences state no fact."""
    guided, sheet, ups, feelings = knowledge.guided_check, knowledge.sheet, knowledge.follow_ups, knowledge.feelings
    check = _rows("raise", guided.raise_) + _rows("with", guided.with_) + _rows("soon", guided.soon)
    check += [Text(("phrases",), text, (), "opening") for text in guided.phrases.dict().values()]
    for index, question in enumerate(guided.questions):
        asked = (question.text, question.partner, question.why, *(option.label for option in question.options), *(o.sheet for o in question.options))
        check += [Text(("questions", index), text, (), "label") for text in asked if text]
    page = _rows("questions", sheet.questions) + _rows("tests", sheet.tests) + _rows("who", sheet.who) + _listed(("bring",), sheet.bring)
    fixed_lines = sheet.phrases.dict()
    page += [Text(("phrases",), text, (), "opening") for text in (*fixed_lines.pop("named").values(), *fixed_lines.values())]
    fixed = [ups.phrases.missing, ups.phrases.corrected, *ups.phrases.again.values(), *ups.phrases.asker.values()]
    said = [Text(("phrases",), text, (), "opening") for text in fixed]
    said += [Text(("aspects", index), aspect.title, (), "label") for index, aspect in enumerate(ups.aspects)]
    felt = [Text(("feelings", index, who), text, (), "opening")
            for index, feeling in enumerate(feelings.feelings) for who, text in (("self", feeling.self_), ("partner", feeling.partner))]
    felt += [Text(("lookup",), text, (), "opening") for text in feelings.lookup.dict().values()]
    return {"guided_check": check, "appointment_sheet": page, "follow_ups": said, "feelings": felt}


def texts_by_file(knowledge: Knowledge) -> dict[str, list[Text]]:
    """Every text that a person may see, by file."""
    return {f"topics/{card.id}": texts(card) for card in knowledge.cards.values()} | other_texts(knowledge)


def count_words(text: str) -> int:
    """Words as a reader counts them: runs between white space."""
    return len(text.split())


_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def numbers(text: str) -> set[str]:
    """The numbers in a text, without thousands separators: "1,957 cycles, 6-7%" gives {"1957", "6", "7"}."""
    return {found.replace(",", "").rstrip(".") for found in _NUMBER.findall(text)}


_MEDICINE = (
    r"(?:medicines?|medications?|tablets?|pills?|drugs?|insulin|antidepressants?|antipsychotics?|alpha-blockers?|treatment)"
)
_VERBS = r"(?:stop|stopping|skip|skipping|pause|halve|double|come off|switch|change)"
_STOP = re.compile(rf"\b{_VERBS}\b(?:\W+\w+){{0,4}}?\W+{_MEDICINE}\b", re.I)
_STOP_ALLOWED = re.compile(
    rf"\b(?:do not|don't|never|not|without|before|rather than|instead of)\b(?:\W+\w+){{0,5}}?\W+{_VERBS}\b"
    rf"|\b(?:doctor|prescriber|pharmacist|clinician|specialist|team|they)\b(?:\W+\w+){{0,6}}?\W+{_VERBS}\b", re.I)
_DOSE = re.compile(
    r"\b\d+(?:\.\d+)?\s?(?:mg|mcg|\u00b5g|micrograms?|milligrams?|grams?|g|iu)\b"
    r"|\b(?:hours?|minutes?)\b(?:\W+\w+){0,3}?\W+before\W+(?:sex|intercourse|climax|ejaculat\w*|having sex)\b"
    r"|\b(?:tablets?|capsules?|pills?|doses?)\b(?:\W+\w+){0,3}?\W+(?:once|twice|daily|a day|per day|every \d+ hours)\b"
    r"|\b(?:once|twice|three times)\W+(?:daily|a day|per day)\b|\btake (?:one|two|three|\d+)\b", re.I)
_BLAME = re.compile(
    r"\b(?:just|simply|heavy smokers?|left uncontrolled|poorly controlled|should have|non-?complian\w*|own fault|(?<!not )your fault|obviously)\b",
    re.I)
_PROMISE = re.compile(
    r"\b(?:guarantee[sd]?|definitely|certainly|no doubt|100\s?%|will be able to (?:have|father)|cured?\b(?! rates?)|always works?)\b", re.I)
_BANNED = re.compile(r"\b(?:akovaz|vazculep|veltane|asenden|asendin)\b|urethra or rectum|tumou?rs of the prostate", re.I)

#: The rule that stops a release, but not a start: time passes by itself.
OVERDUE = "overdue-review"

Rule = Callable[[Knowledge, Card], Iterator[tuple[Location, str]]]
TextRule = Callable[[Knowledge, Text], Iterator[str]]


def uncited_statement(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """Every statement and every next step cites at least one claim."""
    if text.kind in ("statement", "next_step") and not text.cites:
        yield "cites no claim"


def unknown_claim(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """Cites name claims that exist."""
    for claim_id in text.cites:
        if claim_id not in knowledge.claims:
            yield f"there is no claim {claim_id!r}"


def _supporting_facts(knowledge: Knowledge, cites: tuple[str, ...]) -> Iterator[str]:
    waiting, seen = list(cites), set()
    while waiting:
        claim_id = waiting.pop()
        claim = knowledge.claims.get(claim_id)
        if claim is None or claim_id in seen:
            continue
        seen.add(claim_id)
        yield claim.fact
        waiting += claim.based_on


def unsupported_number(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """A number stands in a text only if a cited claim holds it."""
    if text.kind != "label":
        held = set().union(*(numbers(fact) for fact in _supporting_facts(knowledge, text.cites)), set())
        for number in sorted(numbers(text.text) - held):
            yield f"no cited claim holds the number {number}"


def left_out_claim(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """A claim that was left out is not cited; a corrected one only together with its correction."""
    for claim_id in text.cites:
        claim = knowledge.claims.get(claim_id)
        if claim is None:
            continue
        if claim.left_out:
            yield f"the claim {claim_id} is marked as left out"
        elif claim.corrected_by and not set(claim.corrected_by) & set(text.cites):
            yield f"the claim {claim_id} is corrected by {', '.join(claim.corrected_by)}: cite that as well"


def dose_or_timing(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """No dose and no timing of a medicine."""
    if found := _DOSE.search(text.text):
        yield f"reads as a dose or timing: {found.group()!r}"


def stop_medicine(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """Nobody is told to stop, skip, switch or change a medicine; only the prescriber does that."""
    if (found := _STOP.search(text.text)) and not _STOP_ALLOWED.search(text.text):
        yield f"reads as advice to change a medicine: {found.group()!r}"


def blame(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """No blame and no belittling words."""
    if found := _BLAME.search(text.text):
        yield f"blames or belittles: {found.group()!r}"


def promise(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """No promise of an outcome."""
    if found := _PROMISE.search(text.text):
        yield f"promises an outcome: {found.group()!r}"


def banned_wording(knowledge: Knowledge, text: Text) -> Iterator[str]:
    """Wordings of the source articles that are wrong and were corrected."""
    if found := _BANNED.search(text.text):
        yield f"a corrected error of the source articles: {found.group()!r}"


TEXT_RULES: tuple[TextRule, ...] = (
    uncited_statement, unknown_claim, unsupported_number, left_out_claim, dose_or_timing, stop_medicine, blame, promise, banned_wording,
)


def unknown_id(knowledge: Knowledge, card: Card) -> Iterator[tuple[Location, str]]:
    """Choices, the card itself and its picture name things that exist."""
    for index, topic in enumerate(card.choices):
        if topic not in knowledge.cards:
            yield ("choices", index), f"there is no card {topic!r}"
    if card.id not in knowledge.topics:
        yield ("id",), f"there is no topic {card.id!r} in the taxonomy"
    if card.image and card.image not in knowledge.pictures:
        yield ("image",), f"there is no picture {card.image!r}"


def too_long(knowledge: Knowledge, card: Card) -> Iterator[tuple[Location, str]]:
    """The parts of a card keep their word limits."""
    opening = max((count_words(text) for text in (card.opening.self_, card.opening.partner) if text), default=0)
    short = sum(count_words(s.text) for s in card.short)
    cause = max((sum(count_words(s.text) for s in part) for part in card.per_cause.values()), default=0)
    if (total := opening + short + cause) > model.MAX_REPLY_WORDS:
        yield ("short",), f"opening, short answer and longest cause have {total} words, more than {model.MAX_REPLY_WORDS}"
    for name, limit in (("more", model.MAX_MORE_WORDS), ("simple", model.MAX_SIMPLE_WORDS)):
        total = sum(count_words(s.text) + count_words(s.heading or "") for s in getattr(card, name))
        if total > limit:
            yield (name,), f"has {total} words, more than {limit}"
    for who, text in (("self", card.next_step.self_), ("partner", card.next_step.partner)):
        if count_words(text) > model.MAX_NEXT_STEP_WORDS:
            yield ("next_step", who), f"has {count_words(text)} words, more than {model.MAX_NEXT_STEP_WORDS}"


def missing_part(knowledge: Knowledge, card: Card) -> Iterator[tuple[Location, str]]:
    """A card has a short answer, a longer one, and a next step for either asker."""
    for name in ("short", "more"):
        if not getattr(card, name):
            yield (name,), "is empty"
    for who, text in (("self", card.next_step.self_), ("partner", card.next_step.partner)):
        if not text.strip():
            yield ("next_step", who), "the next step is missing"


def care_too_low(knowledge: Knowledge, card: Card) -> Iterator[tuple[Location, str]]:
    """A card signposts at least as strongly as its topic asks."""
    topic = knowledge.topics.get(card.id)
    if topic and topic.care in CARE_ORDER and card.care in CARE_ORDER and CARE_ORDER.index(card.care) < CARE_ORDER.index(topic.care):
        yield ("care",), f"is {card.care!r}, below the topic's lowest level {topic.care!r}"


def specialist_signpost(knowledge: Knowledge, card: Card) -> Iterator[tuple[Location, str]]:
    """A card of level "specialist" names the specialist in its next step."""
    if card.care == "specialist":
        for who, text in (("self", card.next_step.self_), ("partner", card.next_step.partner)):
            if not re.search(r"fertility (?:specialist|clinic)|urologist|andrologist", text, re.I):
                yield ("next_step", who), "does not name the specialist to see"


CARD_RULES: tuple[Rule, ...] = (unknown_id, too_long, missing_part, care_too_low, specialist_signpost)


def _review(card: Card, today: date) -> Iterator[tuple[Location, str, str]]:
    review = card.review
    if review.status == "draft":
        return
    if not (review.by and review.on and review.due and review.signed):
        yield ("review",), "incomplete-review", "a reviewed card names its reviewer, the day, the due day and the signed text"
    elif not card.is_signed():
        yield ("review",), "edited-after-review", f"the text changed after {review.by} signed it: sign again or set status to draft"
    elif review.due < today:
        yield ("review", "due"), OVERDUE, f"the review was due on {review.due}"


def used_claims(knowledge: Knowledge) -> set[str]:
    """Claims that shown texts cite, what those rest on, and the corrections of article claims."""
    waiting = [claim_id for found in texts_by_file(knowledge).values() for text in found for claim_id in text.cites]
    waiting += [other for claim in knowledge.claims.values() if claim.quote for other in claim.corrected_by]
    used: set[str] = set()
    while waiting:
        claim_id = waiting.pop()
        if claim_id not in used and claim_id in knowledge.claims:
            used.add(claim_id)
            waiting += [*knowledge.claims[claim_id].based_on, *knowledge.claims[claim_id].corrected_by]
    return used


def _claims(knowledge: Knowledge) -> Iterator[tuple[str, Location, str, str]]:
    used = used_claims(knowledge)
    for index, claim in enumerate(knowledge.claims.values()):
        at: Location = (index,)
        for other in (*claim.based_on, *claim.corrected_by):
            if other not in knowledge.claims:
                yield "claims", at, "unknown-id", f"the claim {claim.id} names the claim {other!r}, which does not exist"
        for source in claim.sources:
            if source not in knowledge.sources:
                yield "claims", at, "unknown-id", f"the claim {claim.id} names the source {source!r}, which does not exist"
        if not claim.sources and not claim.based_on:
            yield "claims", at, "claim-without-source", f"the claim {claim.id} has neither a source nor claims it is based on"
        if claim.quote is not None and count_words(claim.quote) > 20:
            yield "claims", at, "long-quote", f"the quote of {claim.id} has more than 20 words"
        if claim.id not in used and not _accounted(claim):
            yield "claims", at, "unused-id", f"no card uses the claim {claim.id}"
    source_ids = {source for claim in knowledge.claims.values() for source in claim.sources}
    for region in knowledge.regions.values():
        source_ids |= {source for fact in region.facts().values() for source in fact.sources}
    for index, source_id in enumerate(knowledge.sources):
        if source_id not in source_ids:
            yield "sources", (index,), "unused-id", f"no claim or region uses the source {source_id}"


def _accounted(claim: Claim) -> bool:
    """An article claim that is not shown was corrected or left out for a reason."""
    return claim.quote is not None and bool(claim.left_out or claim.corrected_by)


def _copied(shown: dict[str, list[Text]], knowledge: Knowledge, runs: frozenset[str]) -> Iterator[tuple[str, Location, str, str]]:
    message = "eight words in a row stand in a source: {!r}"
    for file, found in shown.items():
        for text in found:
            if run := first_shared_run(text.text, runs):
                yield file, text.at, "copied-words", message.format(run)
    for index, claim in enumerate(knowledge.claims.values()):
        if run := first_shared_run(claim.fact, runs):
            yield "claims", (index, "fact"), "copied-words", message.format(run)


def _rest(knowledge: Knowledge, content: Path) -> Iterator[tuple[str, Location, str, str]]:
    """Topics without a card, regions and medicines that name unknown things, pictures without a file or a use."""
    for topic in knowledge.topics:
        if topic not in knowledge.cards:
            yield "taxonomy", ("topics", topic), "missing-card", f"the topic {topic} has no card"
    for number, region in enumerate(knowledge.regions.values()):
        for name, fact in region.facts().items():
            for source in fact.sources:
                if source not in knowledge.sources:
                    yield "regions", (number, name), "unknown-id", f"there is no source {source!r}"
            if not fact.sources and region.id != "default":
                yield "regions", (number, name), "uncited-statement", "cites no source"
            for dialled in fact.numbers:
                if dialled not in fact.text:
                    yield "regions", (number, name), "unsupported-number", f"the text does not hold the number {dialled}"
    for number, group in enumerate(knowledge.medicines.classes):
        if group.topic not in knowledge.cards:
            yield "medicines", ("classes", number, "topic"), "unknown-id", f"there is no card {group.topic!r}"
        if not any(re.search(r"\b(?:do not|don't|never)\b", s.text, re.I) for s in group.advice):
            yield "medicines", ("classes", number, "advice"), "stop-medicine", "does not say not to stop or change it alone"
    for number, care in enumerate(knowledge.care_cards.values()):
        for topic in care.topics:
            if topic not in knowledge.cards:
                yield "care_cards", (number, "topics"), "unknown-id", f"there is no card {topic!r}"
        words = count_words(care.title) + sum(count_words(s.text) for s in (*care.if_, *care.do))
        if words > model.MAX_CARE_WORDS:
            yield "care_cards", (number,), "too-long", f"has {words} words, more than {model.MAX_CARE_WORDS}"
        if not care.call or not care.do or not care.if_:
            yield "care_cards", (number,), "missing-part", "needs whom to call, when, and what to do"
        if care.level == "emergency" and not {"emergency", "crisis"} & set(care.call[:1]):
            yield "care_cards", (number, "call"), "care-too-low", "an emergency card begins with the emergency or crisis number"
    shown = {card.image for card in knowledge.cards.values()}
    for number, picture in enumerate(knowledge.pictures):
        if picture not in shown:
            yield "pictures", (number,), "unused-id", f"no card shows the picture {picture}"
        if not (content / "pictures" / f"{picture}.svg").is_file():
            yield "pictures", (number,), "unknown-id", f"pictures/{picture}.svg is missing"


def lint(knowledge: Knowledge, content: Path, today: date) -> list[Finding]:
    """Runs every rule over loaded content.

    Args:
        knowledge: from :func:`bot.knowledge.loader.load`.
        content: the folder it came from (for the word runs and pictures).
        today: the day on which reviews are due or not.

    Returns:
        Findings sorted by file and line; empty when the content may be shipped.
    """
    found: list[Finding] = []

    def add(file: str, at: Location, rule: str, message: str) -> None:
        source = knowledge.files[file]
        found.append(Finding(str(source.path), source.line(at), rule, message))

    shown = texts_by_file(knowledge)
    for file, found_texts in shown.items():
        for text in found_texts:
            for text_rule in TEXT_RULES:
                for message in text_rule(knowledge, text):
                    add(file, text.at, text_rule.__name__.replace("_", "-"), message)
    for card in knowledge.cards.values():
        file = f"topics/{card.id}"
        for rule in CARD_RULES:
            for at, message in rule(knowledge, card):
                add(file, at, rule.__name__.replace("_", "-"), message)
        for at, name, message in _review(card, today):
            add(file, at, name, message)
    for item in _claims(knowledge):
        add(*item)
    for item in _rest(knowledge, content):
        add(*item)
    for item in conversation(knowledge):
        add(*item)
    for item in _copied(shown, knowledge, read_hashes(content / "source_runs.txt")):
        add(*item)
    return sorted(found)
