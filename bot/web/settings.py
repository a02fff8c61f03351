"""What a clinic sets about its website: the section ``website`` of ``clinic.yml``."""

from __future__ import annotations

import re
from typing import Optional

from pydantic import Field, validator

from bot.knowledge.model import Strict
from bot.web.colours import DARK, LIGHT, check

_COLOUR = "^#[0-9a-f]{6}$"
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1)(:\d+)?")


def _origin(value: str) -> str:
    if not _ORIGIN.fullmatch(value):
        raise ValueError(f"{value!r} is not the origin of a site: write it as https://www.clinic.example, without a path "
                         "(http only for localhost, to try things out)")
    return value


class Website(Strict):
    """How the chat looks and where it may stand.

    Attributes:
        name: shown at the head of the chat; None is the clinic's name.
        title: of the browser tab and of the frame. It stays in the browser's history, so it must not tell what the chat is about.
        launcher: the words on the button that opens the chat.
        colour: of buttons and links on a light page; readable as text there.
        colour_dark: the same on a dark page.
        address: origin that the chat is served from, for the script tag that /embed shows; None is the address asked for.
        allowed_sites: origins whose pages may show the chat in a frame.
        exit_site: where "Leave now" goes: a page that is the same for everybody and tells nothing.
    """

    name: Optional[str] = Field(None, min_length=1, max_length=60)
    title: str = Field("Questions", min_length=1, max_length=40)
    launcher: str = Field("Ask privately", min_length=1, max_length=40)
    colour: str = Field("#0b5c6b", regex=_COLOUR)
    colour_dark: str = Field("#82d2e0", regex=_COLOUR)
    address: Optional[str] = None
    allowed_sites: tuple[str, ...] = ()
    exit_site: str = Field("https://www.bbc.co.uk/weather", regex=r"^https://[^\s\"'<>]+$")

    @validator("colour")
    def _readable(cls, value: str) -> str:
        return check(value, LIGHT)

    @validator("colour_dark")
    def _readable_dark(cls, value: str) -> str:
        return check(value, DARK)

    @validator("address")
    def _address(cls, value: Optional[str]) -> Optional[str]:
        return None if value is None else _origin(value)

    @validator("allowed_sites", each_item=True)
    def _site(cls, value: str) -> str:
        return _origin(value)
