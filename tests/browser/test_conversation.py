"""A whole conversation as a person has it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from chat_page import Chat
from playwright.sync_api import expect

from bot.knowledge.compose import answer as answer_to
from bot.knowledge.compose import clarify


def test_a_conversation_from_question_to_sources_and_more(chat, record):
    expect(chat.page.get_by_role("heading", name="Ask what is hard to ask out loud")).to_be_visible()
    answer = chat.ask("could smoking be the reason that nothing comes out?")
    expect(answer.get_by_role("heading", name="Smoking and semen")).to_be_visible()
    expect(answer).to_contain_text("Smoking is not a known cause of having no semen")
    expect(answer.locator(".next")).to_contain_text("Next step: Consult a fertility specialist")
    expect(answer).to_contain_text("Draft: no clinician has reviewed this answer yet")
    expect(answer).not_to_contain_text("[1]")    # the list of sources stands in its fold only

    answer.get_by_text(re.compile(r"Sources \(\d+\)")).click()
    source = answer.get_by_role("link", name="Meta-analysis of smoking and semen quality")
    expect(source).to_be_visible()
    assert source.get_attribute("target") == "_blank"
    assert source.get_attribute("rel") == "noopener noreferrer nofollow"
    assert source.get_attribute("referrerpolicy") == "no-referrer"
    expect(answer.locator(".sources li").first).to_contain_text("looked at 21 November 2026")

    expect(chat.tap("Tell me more")).to_contain_text("5,865 men")
    expect(chat.tap("Say it simpler")).to_contain_text("cigarettes do not make semen disappear")
    assert record.console == []


def test_a_reviewed_answer_says_when_and_until_when(chat, knowledge):
    reply = replace(answer_to(knowledge, ["smoking"]), review={"status": "reviewed", "reviewed": "2026-11-01", "due": "2027-05-01"})
    body = json.dumps(reply.to_dict())
    chat.page.route("**/chat", lambda route: route.fulfill(content_type="application/json", body=body), times=1)
    expect(chat.ask("hello")).to_contain_text("Reviewed 1 November 2026, next review due 1 May 2027.")


def test_a_common_question_is_tapped(chat):
    chat.page.locator("summary", has_text="What can cause it").click()
    chat.page.get_by_role("link", name="Could blocked ducts be why").click()
    answer = chat.after(0)
    expect(answer.get_by_role("heading", name="Blocked ejaculatory ducts")).to_be_visible()
    picture = answer.get_by_role("img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0
    assert len(picture.get_attribute("alt")) > 100
    assert chat.page.url.endswith("/")


def test_a_question_back_has_titled_choices_and_one_is_taken(chat, knowledge):
    """The model asks back seldom; here its words are the real ones, and the choice is answered by the server."""
    reply = json.dumps(clarify(knowledge, ["diabetes", "smoking"]).to_dict())
    chat.page.route("**/chat", lambda route: route.fulfill(content_type="application/json", body=reply), times=1)
    answer = chat.ask("it is about the other thing")
    expect(answer).to_contain_text("I am not sure which of these you mean.")
    expect(answer.get_by_role("button", name="None of these")).to_be_visible()
    question = "Can diabetes stop semen from coming out, and can it be reversed?"
    expect(chat.tap(question).get_by_role("heading", name="Diabetes and ejaculation")).to_be_visible()
    expect(chat.page.locator(".bubble").last).to_contain_text(question)


@pytest.mark.parametrize(("message", "level", "title", "call"), [
    ("sudden terrible pain in my left testicle since an hour", "emergency", "EMERGENCY: Sudden or severe pain in a testicle", "Call 999"),
    ("there is blood in my pee", "urgent", "URGENT: Blood in pee", "Call 111"),
    ("i found a hard lump on my testicle", "doctor", "SEE A DOCTOR: A lump or change in a testicle", None),
    ("my partner hits me", "support", "YOU ARE NOT ALONE: Hurt or controlled by a partner", "Call 0808 2000 247"),
])
def test_a_care_card_says_its_level_in_words_and_leads_with_its_number(chat, message, level, title, call):
    card = chat.ask(message).locator(f"section.care-{level}")
    expect(card.get_by_role("heading", name=title)).to_be_visible()
    if call:
        button = card.locator(".numbers a").first
        expect(button).to_have_text(call)
        assert button.get_attribute("href") == "tel:" + re.sub(r"\D", "", call)
        assert button.bounding_box()["height"] >= 44
    expect(card.get_by_text("What to do:")).to_be_visible()


def test_the_crisis_line_stays_after_self_harm(chat):
    chat.ask("i want to kill myself")
    later = chat.ask("could smoking be the reason that nothing comes out?")
    expect(later.locator(".numbers a").first).to_have_text("Call 116 123")
    expect(later).to_contain_text("thoughts of dying or self-harm")
    expect(later).to_contain_text("Smoking is not a known cause")


def test_help_now_is_one_tap_away_and_does_not_wait_for_another_answer(chat):
    chat.page.route("**/chat", lambda route: None if "smoking" in route.request.post_data else route.continue_())
    chat.box.fill("could smoking be the reason?")
    chat.box.press("Enter")
    expect(chat.page.locator(".waiting")).to_contain_text("Looking for the answer")
    chat.page.get_by_role("button", name="Help now").click()
    expect(chat.after(0)).to_contain_text("Samaritans")


def test_the_waiting_is_said_at_once_then_at_3_and_at_10_seconds(new_page, bot):
    page = new_page()
    page.clock.install()
    page.goto(f"{bot}/")
    chat = Chat(page)
    page.route("**/chat", lambda route: None)
    chat.box.fill("anything")
    chat.box.press("Enter")
    waiting = page.locator(".waiting")
    expect(waiting).to_have_text("Looking for the answer")
    page.clock.fast_forward(3_100)
    expect(waiting).to_have_text("Still looking")
    page.clock.fast_forward(7_000)
    expect(waiting).to_contain_text("The numbers at the top always work")
    page.clock.fast_forward(11_000)
    expect(page.locator(".failed")).to_contain_text("I could not reach the server")


def test_a_long_answer_is_shown_from_its_start(new_page, bot):
    page = new_page(viewport={"width": 390, "height": 700})
    page.goto(f"{bot}/")
    chat = Chat(page)
    for message in ("could smoking be the reason?", "what do the lines of my semen report mean?"):
        answer = chat.ask(message)
        assert answer.bounding_box()["height"] > 400
        top = answer.bounding_box()["y"] - page.locator("main").bounding_box()["y"]
        assert 0 <= top < 100        # the end of the question stays in sight above it
        assert page.evaluate("window.scrollY") == 0


def test_one_answer_is_copied_whole_and_printed_alone(new_page, bot):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{bot}/")
    chat = Chat(page)
    chat.ask("is it dangerous?")
    answer = chat.ask("could smoking be the reason that nothing comes out?")
    answer.get_by_role("button", name="Copy").click()
    expect(page.locator(".status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Smoking is not a known cause" in copied
    assert "https://" in copied
    page.evaluate("window.print = () => { window.printed = [...document.querySelectorAll('.printing')].map((e) => e.textContent); }")
    answer.get_by_role("button", name="Print").click()
    printed = page.evaluate("window.printed")
    assert len(printed) == 1
    assert "Smoking is not" in printed[0]
    assert page.locator(".printing").count() == 0
    answer.evaluate("e => e.classList.add('printing')")
    page.emulate_media(media="print")
    expect(answer).to_be_visible()
    expect(chat.replies.first).to_be_hidden()
    expect(chat.box).to_be_hidden()
