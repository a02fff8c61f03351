"""Takes out of a question what patterns can find: addresses, numbers, dates. Offline, and never complete.

Names, places and stories are not found; the person who sends a question is told so and takes them out. Presidio brings most patterns and
is loaded when it is first needed: it takes seconds. Its check of e-mail domains would fetch a list from the network, so it is not used.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

#: Countries whose way of writing telephone numbers is known (those of ``content/regions.yml``).
PHONE_REGIONS = ("GB", "IE", "US", "CA", "AU", "NZ", "IN")
#: Presidio's certainty from which on something is taken out: "05/2024" is, "7/10" is not.
_CERTAIN = 0.2

_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("web address", r"(?:https?://|\bwww\.)\S+"),
    ("web address", r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:[a-z]{2,}/\S+|(?:com|net|org|info|co\.[a-z]{2}|(?:nhs|ac|org|gov)\.[a-z]{2})\b)"),
    ("IP address", r"(?<![\w:])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){3})[0-9a-f:]{4,}(?![\w:])"),
    ("user name", r"(?<!\w)@\w[\w.-]+|(?<![\w/])/?u/[\w-]{3,}"),
    ("date", rf"\b{_DAY}(?: of)?[ -]{_MONTH}\b(?:,?[ -]\d{{4}}\b)?|\b(?!may\b|march\b){_MONTH}[ -]{_DAY}\b(?:,? \d{{4}}\b)?"
             rf"|\b{_MONTH} \d{{1,2}}(?:(?:st|nd|rd|th)\b|,? \d{{4}}\b)|\b{_MONTH} \d{{4}}\b"),
    ("postcode", r"\b[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}\b"),
    ("number", r"\b(?:mrn|(?:nhs|hospital|record|patient|case|file|reference|ref)\.? (?:no|num|number|id)\b)\W{0,3}(?:is )?[a-z]{0,3}-?\d{4,}"),
    ("phone number", r"\+[( ]{0,2}\d(?:[\s()-]{0,2}\d){6,}"),
    ("number", r"(?<![\w.])[+(]*\d(?:[\s()-]{0,2}\d){6,}"),
)
#: What stands in the place of what Presidio names so.
_LABELS = {
    "EMAIL_ADDRESS": "e-mail address", "PHONE_NUMBER": "phone number", "UK_NHS": "number", "UK_NINO": "number", "CREDIT_CARD": "card number",
    "IBAN_CODE": "account number", "IP_ADDRESS": "IP address", "DATE_TIME": "date",
}


@lru_cache(maxsize=1)
def _recognisers() -> tuple[PatternRecognizer | PhoneRecognizer, ...]:
    from presidio_analyzer import Pattern, PatternRecognizer
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        DateRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        IpRecognizer,
        NhsRecognizer,
        PhoneRecognizer,
        UkNinoRecognizer,
    )

    class OfflineEmailRecognizer(EmailRecognizer):
        def validate_result(self, pattern_text: str) -> None:
            """No look-up of the domain: an address with a made-up domain goes too."""
            return None

    own = (PatternRecognizer(label, patterns=[Pattern(label, pattern, 1.0)]) for label, pattern in _PATTERNS)
    return (OfflineEmailRecognizer(), CreditCardRecognizer(), NhsRecognizer(), UkNinoRecognizer(), PhoneRecognizer(supported_regions=PHONE_REGIONS),
            IbanRecognizer(), IpRecognizer(), DateRecognizer(), *own)


def load() -> None:
    """Loads the patterns now, which takes seconds, so that nobody waits for them later."""
    redact("+44 20 7946 0000 me@clinic.example")


def redact(text: str) -> str:
    """A text without what the patterns find; in its place stands what it was, such as "[phone number]".

    Redacting twice changes nothing more.
    """
    while (redacted := _redact_once(text)) != text:
        text = redacted
    return text


def _redact_once(text: str) -> str:
    found = [(result.start, result.end, _LABELS.get(result.entity_type, result.entity_type)) for recogniser in _recognisers()
             for result in recogniser.analyze(text, recogniser.supported_entities) if result.score >= _CERTAIN]
    parts, position = [], 0
    for start, end, label in _joined(found):
        start += len(text[start:end]) - len(text[start:end].lstrip())
        parts += [text[position:start], f"[{label}]"]
        position = end
    return "".join([*parts, text[position:]])


def _joined(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Overlapping finds as one, named after the longest; of equally long ones the first, which is the more specific."""
    joined: list[tuple[int, int, str, int]] = []
    for start, end, label in sorted(found, key=lambda one: (one[0], -one[1])):
        if joined and start < joined[-1][1]:
            first, last, name, length = joined[-1]
            longer = end - start > length
            joined[-1] = (first, max(last, end), label if longer else name, max(length, end - start))
        else:
            joined.append((start, end, label, end - start))
    return [(start, end, label) for start, end, label, _ in joined]
