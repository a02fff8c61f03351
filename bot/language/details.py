"""Reads the details that change an answer off a spaCy doc, as canonical ids and bands; never the person's words or numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from bot.language.spacy_pipeline import REPORT_LINE, Entry
from bot.language.unknown_medicine import names_unknown_medicine

#: From this age on (years) a woman's age is a reason not to wait; the lowest that the regions' referral rules name is 35.
_WOMAN_NOT_TO_WAIT = 35
_TRYING = re.compile(
    r"\b(?:try|trying|tried|ttc|married|marriage|conceiv\w*|baby|babies|child|children|kids|pregnan\w*|infertil\w*|without success)\b")
_YEARS = r"(\d\d)(?!\s*(?:mg|mm|cm|kg|million|%|weeks?|months?|days?))\b"
_HER_AGE = re.compile(
    r"\b(?:wife|girlfriend|gf|fianc[e\u00e9]e|she|her age|her)(?:'s|\u2019s)?\W+"
    rf"(?:is\W+|age\W+|aged\W+|who\W+is\W+|will be\W+|turns\W+|turning\W+|now\W+){{0,2}}{_YEARS}|\b(\d\d) (?:year|yr)s?[- ]old (?:wife|girlfriend)")
_OWN_AGE = re.compile(rf"\b(?:i am|i'm|im|i\u2019m|me|myself)\W+(?:aged?\W+|now\W+|turning\W+)?{_YEARS}")
_A_DAY = re.compile(r"\d+\s*(?:-\s*\d+\s*)?(?:cig\w*\s*|fags\s*|smokes\s*)?(?:a|per|/|each|every)\s*day")


@dataclass(frozen=True)
class Details:
    """The details of one message.

    Attributes:
        asker: "self", "partner" or "relative": who is writing.
        cause: the per-cause key that it names, if any.
        medicines: ids of medicines it names.
        unknown_medicine: whether it names one that the list does not hold.
        report_lines: ids of semen-report lines it names.
        circumstances: "trying_time", "woman_age", "cigarettes": what it gives a figure for that changes an answer.
        named: ids of everything the lexicon found but the asker.
    """

    asker: str = "self"
    cause: Optional[str] = None
    medicines: tuple[str, ...] = ()
    unknown_medicine: bool = False
    report_lines: tuple[str, ...] = ()
    circumstances: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def read_details(doc: Any, lexicon: Mapping[str, Entry], medicines: Collection[str]) -> Details:
    """The details that a doc names.

    Args:
        doc: spaCy doc of the message in lower case.
        lexicon: by entity id.
        medicines: ids that are medicines.
    """
    ids = [i for i in dict.fromkeys(entity.ent_id_ for entity in doc.ents) if i in lexicon]
    entries = [lexicon[i] for i in ids]
    askers = [entry.id for entry in entries if entry.label == "asker"]
    asker = "partner" if "partner" in askers else askers[0] if askers else "self"
    return Details(
        asker=asker,
        cause=next((entry.cause for entry in entries if entry.cause), None),
        medicines=tuple(i for i in ids if i in medicines),
        unknown_medicine=names_unknown_medicine([token.text for token in doc if not token.ent_type_]),
        report_lines=tuple(i.removeprefix(REPORT_LINE) for i in ids if i.startswith(REPORT_LINE)),
        circumstances=tuple(_circumstances(doc, asker, "smoking" in ids)),
        named=tuple(entry.id for entry in entries if entry.label != "asker"),
    )


def _circumstances(doc: Any, asker: str, smoking: bool) -> list[str]:
    found = []
    for sentence in doc.sents:
        if any(entity.label_ == "duration" for entity in sentence.ents) and _TRYING.search(sentence.text):
            found.append("trying_time")
            break
    ages = [int(age) for pair in _HER_AGE.findall(doc.text) for age in pair if age]
    if asker == "partner":
        ages += [int(age) for age in _OWN_AGE.findall(doc.text)]
    if any(_WOMAN_NOT_TO_WAIT <= age <= 55 for age in ages):
        found.append("woman_age")
    if any(entity.label_ == "amount" for entity in doc.ents) or (smoking and _A_DAY.search(doc.text)):
        found.append("cigarettes")
    return found
