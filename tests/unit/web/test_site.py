from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from bot.clinic import Clinic
from bot.knowledge.model import Review, Statement
from bot.web.headers import NOTHING, page_policy, secure
from bot.web.site import CAUSES, CIRCUMSTANCES, GROUPS, Site

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}"


def site(knowledge, **settings):
    return Site(knowledge, Clinic.parse_obj({"name": "A clinic", "country": "GB", "phone": "+44 20 7946 0000", **settings}))


def test_every_group_cause_and_circumstance_of_the_content_has_a_heading(knowledge):
    assert {topic.group for topic in knowledge.topics.values()} == set(GROUPS)
    assert {cause for card in knowledge.cards.values() for cause in card.per_cause} <= set(CAUSES)
    assert {name for card in knowledge.cards.values() for name in card.when_named} <= set(CIRCUMSTANCES)


def test_every_question_is_offered_on_the_chat_page_and_has_its_page(knowledge):
    made = site(knowledge)
    chat, topics = made.chat(), made.topics()
    for topic in knowledge.cards:
        assert f'href="/topics/{topic}" data-choice="ask:{topic}"' in chat
        assert f'href="/topics/{topic}"' in topics
        assert made.topic(topic)
    assert made.topic("no_such_card") is None


def test_no_page_has_an_inline_script_style_or_foreign_file(knowledge):
    made = site(knowledge)
    pages = [made.chat(), made.topics(), made.about(), made.embed("https://a.example"), made.demo(), *map(made.topic, knowledge.cards)]
    for page in pages:
        assert not re.search(r"<script(?![^>]*\ssrc=\"/)|<style|\sstyle=|\son\w+=|<(?:img|link|iframe)[^>]*(?:src|href)=\"https?:", page)


@pytest.mark.parametrize(("country", "shown", "not_shown"), [
    ("GB", ["tel:999", "tel:116123"], []), ("IE", ["tel:112", "tel:999"], []), ("US", ["tel:911", "tel:988"], ["tel:999"]),
    (None, ["Call your local emergency number", "findahelpline.com"], ["tel:999", "tel:112", "tel:911"]),
])
def test_the_numbers_are_those_of_the_country_and_never_of_another(knowledge, country, shown, not_shown):
    page = site(knowledge, country=country).chat()
    assert all(part in page for part in [*shown, "tel:+442079460000"])
    assert not any(part in page for part in not_shown)


def test_markup_in_settings_and_cards_is_text(knowledge):
    card = knowledge.cards["smoking"]
    spoilt = card.copy(update={"title": HOSTILE, "question": HOSTILE, "short": (Statement(text=HOSTILE, heading=HOSTILE),)})
    made = site(replace(knowledge, cards={**knowledge.cards, "smoking": spoilt}), name=HOSTILE, website={"title": HOSTILE, "launcher": HOSTILE})
    for page in (made.chat(), made.topics(), made.topic("smoking"), made.about(), made.embed(f"https://{HOSTILE}"), made.demo()):
        assert "<script>alert" not in page
        assert "{{7*7}}" in page
    assert HOSTILE.replace('"', '\\"') in made.loader()     # a JSON string in a file that is not HTML


def test_a_signed_card_shows_who_reviewed_it_and_until_when(knowledge):
    card = knowledge.cards["smoking"]
    review = Review(status="reviewed", by="Dr Example", on=date(2026, 11, 1), due=date(2027, 11, 1), signed=card.fingerprint())
    signed = replace(knowledge, cards={**knowledge.cards, "smoking": card.copy(update={"review": review})})
    assert "Reviewed by Dr Example on 1 November 2026, next review due 1 November 2027" in site(signed).topic("smoking")
    assert "Draft: no clinician has reviewed this yet" in site(knowledge).topic("smoking")


def test_the_style_and_the_loader_carry_the_clinics_settings(knowledge):
    made = site(knowledge, website={"colour": "#7a1f4b", "launcher": "Ask us", "exit_site": "https://www.example.org/"})
    assert made.style().endswith(":root{--accent:#7a1f4b}@media (prefers-color-scheme:dark){:root{--accent:#82d2e0}}\n")
    assert made.loader().startswith("(CANDOR=>{")
    assert '"launcher": "Ask us"' in made.loader()
    assert 'data-exit="https://www.example.org/"' in made.chat()


def test_only_the_allowed_sites_may_frame_the_chat(knowledge):
    made = site(knowledge, website={"allowed_sites": ["https://www.clinic.example"]})
    policy = page_policy(made.allowed_sites)
    assert "frame-ancestors 'self' https://www.clinic.example;" in policy
    assert "X-Frame-Options" not in secure(policy)
    assert "frame-ancestors 'none'" in page_policy()
    assert secure(NOTHING)["X-Frame-Options"] == "DENY"
    for part in ("default-src 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'", "base-uri 'none'", "form-action 'none'"):
        assert part in policy
    assert "unsafe" not in policy
