from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bot.clinic import load_clinic
from bot.errors import CandorError
from bot.paths import CLINIC

GOOD = "name: A clinic\ncountry: GB\nphone: '+44 20 7946 0000'\ntimezone: Europe/London\nhours:\n  monday: 09:00-17:00\n"


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "clinic.yml").write_text(text)
        return load_clinic(tmp_path / "clinic.yml")
    return write


def test_the_shipped_file_is_valid():
    assert load_clinic(CLINIC).name


@pytest.mark.parametrize(("old", "new", "message"), [
    ("country: GB", "country: Britain", r"clinic\.yml:2: country"),
    ("Europe/London", "Mars/Base", "is not a time zone name"),
    ("09:00-17:00", "nine to five", "write opening hours as"),
    ("monday", "montag", "not an English weekday"),
    ("name: A clinic\n", "", "name: field required"),
    ("name: A clinic", "nane: A clinic", "nane: extra fields not permitted"),
    ("hours:\n", "hours: [\n", r"not valid YAML"),
])
def test_a_wrong_setting_is_one_sentence_with_its_line(write, old, new, message):
    with pytest.raises(CandorError, match=message):
        write(GOOD.replace(old, new))


@pytest.mark.parametrize(("hour", "is_open"), [(8, False), (9, True), (16, True), (17, False)])
def test_opening_hours_are_local_time(write, hour, is_open):
    clinic = write(GOOD)
    assert clinic.is_open(datetime(2026, 11, 16, hour, tzinfo=timezone.utc)) is is_open          # winter: London is UTC
    assert clinic.is_open(datetime(2026, 7, 13, hour - 1, tzinfo=timezone.utc)) is is_open       # summer: one hour ahead


def test_a_clinic_without_contact_says_so(write):
    clinic = write("name: A clinic\n")
    assert "has not given a phone number" in clinic.contact()
    assert clinic.opening_hours() == "No opening hours are given."
