from __future__ import annotations

import pytest

from bot.clinic import load_clinic
from bot.errors import CandorError
from bot.web.colours import contrast


@pytest.fixture
def write(tmp_path):
    def write(*lines):
        (tmp_path / "clinic.yml").write_text("\n".join(["name: A clinic", "website:", *(f"  {line}" for line in lines), ""]))
        return load_clinic(tmp_path / "clinic.yml").website
    return write


def test_without_settings_there_are_neutral_ones(write):
    website = write("launcher: Ask us")
    assert (website.title, website.allowed_sites, website.exit_site) == ("Questions", (), "https://www.bbc.co.uk/weather")


@pytest.mark.parametrize(("line", "message"), [
    ('colour: "#777777"', r"clinic\.yml:3: website\.colour: #777777 has a contrast of 4\.[012] against the page \(#f4f7f7\); text needs 4\.5\."),
    ('colour: "#ffee00"', "Choose a darker colour"),
    ('colour_dark: "#0b5c6b"', r"website\.colour_dark: #0b5c6b has a contrast of .* Choose a lighter colour"),
    ("colour: teal", "website.colour: string does not match"),
    ("allowed_sites: [www.clinic.example]", "is not the origin of a site: write it as https://www.clinic.example, without a path"),
    ("allowed_sites: [https://www.clinic.example/]", "is not the origin of a site"),
    ("allowed_sites: ['*']", "is not the origin of a site"),
    ("allowed_sites: ['https://*.example']", "is not the origin of a site"),
    ('allowed_sites: ["https://a.example; script-src *"]', "is not the origin of a site"),
    ("allowed_sites: [http://www.clinic.example]", "is not the origin of a site"),
    ("address: chat.clinic.example", "is not the origin of a site"),
    ("exit_site: javascript:alert(1)", "website.exit_site"),
    ("launcher: ''", "website.launcher"),
    ("launchr: Ask", "launchr: extra fields not permitted"),
])
def test_a_wrong_setting_is_one_sentence_with_its_line(write, line, message):
    with pytest.raises(CandorError, match=message):
        write(line)


@pytest.mark.parametrize("origin", ["https://www.clinic.example", "https://clinic.example:8443", "http://localhost:8000", "http://127.0.0.1:8000"])
def test_origins_are_taken(write, origin):
    assert write(f"allowed_sites: ['{origin}']").allowed_sites == (origin,)


def test_contrast_is_that_of_the_standard():
    assert round(contrast("#ffffff", "#000000"), 2) == 21
    assert contrast("#123456", "#123456") == 1
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54
