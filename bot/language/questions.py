"""Tells question sentences from background, also without a question mark: people ask in many ways."""

from __future__ import annotations

import re

_OPENERS = r"(?:so|and|but|also|please|pls|plz|hi|hello|doctor|dr|sir|ok|now|then|or)"
_ASKS = re.compile(
    rf"^(?:{_OPENERS}[,\s]+)*(?:can|could|is|are|does|do|did|will|would|should|what|whats|why|how|when|where|who|which|has|have|any|am|was)\b"
    r"|\?|\bplease (?:suggest|advise|advice|help|tell|guide)|\bwonder|\bwant to know|\bneed to know|\blike to know|\bwhat should|\bis there\b"
    r"|\bany (?:chance|advice|hope|idea|way|cure|treatment|one)|\banyone\b|\bmy question|\bworried|\bafraid|\bscared|\bconfused|\bhow to\b",
    re.IGNORECASE)


def is_question(sentence: str) -> bool:
    """Whether a sentence asks for something."""
    return bool(_ASKS.search(sentence.strip()))
