"""Cleans the raw text of a message: Unicode form, invisible characters, and the slash guard."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0d]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """The text as the parts behind the front door may see it.

    NFC form; zero-width and direction characters, control characters and unpaired surrogates are dropped; leading white
    space and slashes are dropped as well, so that free text can never be read as a Rasa payload such as ``/restart``.
    """
    text = text.encode("utf-8", "ignore").decode("utf-8")
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    return re.sub(r"^[\s/]+", "", text).rstrip()
