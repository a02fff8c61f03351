"""What a clinic changes: its name, country, contact, hours, allowed sites and messaging channels, from ``clinic.yml``."""

from __future__ import annotations

import re
from datetime import datetime, time
from pathlib import Path
from typing import Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, validator

from bot.knowledge.loader import parse
from bot.knowledge.model import Strict
from bot.staff.settings import StaffSettings
from bot.web.settings import Website
from bot.yaml_file import read_yaml

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: The messaging channels there are.
CHANNELS = ("telegram", "twilio", "messenger", "slack", "mattermost")
_HOURS = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


class Channels(Strict):
    """The messaging apps that a clinic switches on.

    Attributes:
        public_url: where this server is reached from outside, without a slash at its end; people are told that they can ask there anonymously.
        on: names of the channels, see :data:`CHANNELS`.
    """

    public_url: Optional[str] = Field(None, regex=r"^https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[\w-]+)*$")
    on: tuple[str, ...] = ()

    @validator("on", each_item=True)
    def _supported(cls, value: str) -> str:
        if value not in CHANNELS:
            raise ValueError(f"{value!r} is not supported: only {', '.join(CHANNELS)} prove who sends and were tested")
        return value

    @validator("on")
    def _with_url(cls, value: tuple[str, ...], values: dict[str, object]) -> tuple[str, ...]:
        if value and not values.get("public_url"):
            raise ValueError("a channel needs public_url, such as https://chat.clinic.example, before it can be switched on")
        return value


class Clinic(Strict):
    """A clinic's own settings.

    Attributes:
        name: as patients know it.
        country: ISO 3166 code of two letters, or None (then neutral wording is shown).
        phone: as it should be dialled, or None.
        booking_url: page for booking, or None.
        timezone: IANA name that the hours are in.
        hours: by English weekday, "HH:MM-HH:MM"; a missing day is closed.
        channels: messaging apps; none unless named.
        website: how the chat looks and where it may stand.
        proxies: how many trusted proxies stand in front of the server; each adds one address to X-Forwarded-For.
        counts: whether topics are counted by week (:mod:`bot.privacy.counts`).
        opt_in_questions: whether people may send a question to the team (:mod:`bot.privacy.opt_in`).
        withdraw_overdue: whether a card whose review is overdue is not answered any more.
        staff: who may see the staff site.
    """

    name: str = Field(min_length=1)
    country: Optional[str] = Field(None, regex="^[A-Z]{2}$")
    phone: Optional[str] = Field(None, regex=r"^\+?[0-9 ()-]{3,20}$")
    booking_url: Optional[str] = Field(None, regex=r"^https://")
    timezone: str = "UTC"
    hours: dict[str, str] = {}
    channels: Channels = Channels.parse_obj({})
    website: Website = Website.parse_obj({})
    proxies: int = Field(0, ge=0, le=5)
    counts: bool = False
    opt_in_questions: bool = False
    withdraw_overdue: bool = False
    staff: StaffSettings = Field(default_factory=lambda: StaffSettings.parse_obj({}))

    @validator("timezone")
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("is not a time zone name such as Europe/London") from None
        return value

    @validator("hours")
    def _readable_hours(cls, value: dict[str, str]) -> dict[str, str]:
        for day, hours in value.items():
            if day not in DAYS:
                raise ValueError(f"{day!r} is not an English weekday in lower case")
            if not _HOURS.match(hours):
                raise ValueError(f'{day}: write opening hours as "09:00-17:00"')
        return value

    def is_open(self, at: datetime) -> bool:
        """Whether somebody can be reached at a moment (timezone-aware)."""
        local = at.astimezone(ZoneInfo(self.timezone))
        match = _HOURS.match(self.hours.get(DAYS[local.weekday()], ""))
        if not match:
            return False
        hour, minute, to_hour, to_minute = map(int, match.groups())
        return time(hour, minute) <= local.time() < time(to_hour, to_minute)

    def contact(self) -> str:
        """How to reach a person, as one sentence."""
        ways = []
        if self.phone:
            ways.append(f"call {self.phone}")
        if self.booking_url:
            ways.append(f"book at {self.booking_url}")
        if not ways:
            return f"{self.name} has not given a phone number or booking page here; please use the contact details on its website."
        return f"To reach {self.name}, {' or '.join(ways)}."

    def opening_hours(self) -> str:
        """The hours as one sentence."""
        days = [f"{day.capitalize()} {self.hours[day]}" for day in DAYS if day in self.hours]
        return f"Opening hours ({self.timezone}): {', '.join(days)}." if days else "No opening hours are given."


def load_clinic(path: Path) -> Clinic:
    """Reads ``clinic.yml``.

    Raises:
        ContentError, YamlError: with file, line and one sentence.
    """
    file = read_yaml(path)
    return parse(Clinic, file.data, file, ())
