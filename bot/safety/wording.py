"""How a message is meant: as a call for help, or as a general question about nobody in particular."""

from __future__ import annotations

import re

from bot.safety.text import plain

_HELP = re.compile(
    r"(?:i need |please |get me |need |please i need )?(?:help now|emergency|sos|urgent help|help me now|emergency help|immediate help"
    r"|crisis(?: line)?|emergency numbers?|the numbers?|numbers|hotline|helpline|who (?:can|do) i call(?: now)?)(?: please| now)?(?: [.])?")
_SOMEBODY = re.compile(
    r"\b(?:i|im|ive|id|my|me|mine|myself|he|hes|his|him|she|shes|her|we|were|weve|our|us|husbands?|hubby|wife|wifes|partners?|boyfriend|girlfriend|bf|gf|son|sons"
    r"|daughter|dad|father|mum|mom|mother|brother|friend|mate|today|yesterday|tonight|now|morning|ago|since|just|last|week|days?|twice|again|noticed|seen|saw)\b")
_ASKS = re.compile(r"^(?:hi |hello |doctor |dr |please )*(?:is|are|can|could|does|do|what|why|how|when|should|which)\b")


def asks_for_help_now(text: str) -> bool:
    """Whether a message is nothing but a call for help."""
    return _HELP.fullmatch(plain(text)) is not None


def is_general(text: str) -> bool:
    """Whether a message is a short question about nobody and no moment: "is blood in semen common?"."""
    said = plain(text)
    return len(said.split()) <= 15 and _ASKS.match(said) is not None and _SOMEBODY.search(said) is None
