"""The pages to read and the files that are shipped."""

from __future__ import annotations

import gzip
import subprocess

import pytest
from playwright.sync_api import expect

from bot.paths import ROOT
from bot.web.site import STATIC

BUDGET = 15_000


def test_a_topic_page_has_the_whole_card(new_page, bot, knowledge, record):
    page = new_page()
    page.goto(f"{bot}/topics")
    page.get_by_role("link", name="What is retrograde ejaculation?").click()
    card = knowledge.cards["what_is_retrograde_ejaculation"]
    text = page.locator("main").inner_text().replace("\n", " ")
    for _, statement in card.statements():
        assert statement.text in text
    assert card.next_step.self_ in text
    assert card.next_step.partner in text
    expect(page.get_by_text("Draft: no clinician has reviewed this yet")).to_be_visible()
    expect(page.get_by_role("heading", name="With diabetes")).to_be_visible()
    assert page.get_by_role("img").evaluate("image => image.naturalWidth") > 0
    sources = page.locator(".sources li")
    assert sources.count() > 5
    expect(sources.first).to_contain_text("looked at 21 November 2026")
    page.locator(".cite").first.click()
    assert page.url.endswith("#source-1")
    assert record.console == []


def test_a_question_is_sent_only_as_it_was_seen(new_page, bot, record):
    page = new_page()
    page.goto(f"{bot}/about")
    page.get_by_role("link", name="Send a question to the team").click()
    page.get_by_label("Your question").fill("does hot soup matter, write to me@clinic.example")
    page.get_by_role("button", name="Look at what would be sent").click()
    seen = page.get_by_label("Change it as you like")
    expect(seen).to_be_focused()
    assert "me@clinic.example" not in seen.input_value()
    page.get_by_role("button", name="Do not send").click()
    expect(page.get_by_role("status")).to_have_text("Nothing was sent.")
    page.get_by_label("Your question").fill("does hot soup matter")
    page.get_by_role("button", name="Look at what would be sent").click()
    seen.fill("does hot soup matter, call +44 20 7946 0000")
    page.get_by_role("button", name="Send it").click()  # it would be changed, so it is shown again
    expect(seen).not_to_have_value("does hot soup matter, call +44 20 7946 0000")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_have_text("Sent. Thank you.")
    page.get_by_label("Your question").fill("sudden terrible pain in my testicle since an hour")
    page.get_by_role("button", name="Look at what would be sent").click()
    expect(page.get_by_role("status")).to_contain_text("Call 999")
    assert [line for line in record.console if "409" not in line] == []  # the browser itself reports the refusal that was meant


def test_the_title_of_no_page_tells_what_was_read(new_page, bot):
    page = new_page()
    for path in ("/", "/widget", "/topics", "/topics/smoking", "/about"):
        page.goto(f"{bot}{path}")
        assert page.title() == "Questions"


@pytest.mark.parametrize("path", ["/topics/no_such_card", "/topics/../clinic.yml", "/topics/smoking/", "/widget/x", "/loader.js/x"])
def test_there_is_nothing_else(new_page, bot, path):
    assert new_page().request.get(f"{bot}{path}").status == 404


def test_the_widget_keeps_within_its_budget():
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in ("chat.js", "candor.css", "loader.js")}
    assert sum(sizes.values()) <= BUDGET, sizes


def test_the_shipped_files_are_what_their_source_gives():
    done = subprocess.run(["npm", "run", "--silent", "check"], cwd=ROOT / "widget", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
