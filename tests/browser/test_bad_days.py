"""What happens without JavaScript, without a server, without a network, and with input that nobody wants."""

from __future__ import annotations

import json

import pytest
from chat_page import Chat
from playwright.sync_api import expect

HOSTILE = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script> **bold** [link](javascript:window.hit=1) {{7*7}}"
NUMBERS = {"tel:999", "tel:116123", "tel:+442079460000"}


def dialled(page):
    return set(page.locator("nav.help a").evaluate_all("links => links.map((link) => link.getAttribute('href'))"))


def test_without_javascript_the_numbers_and_every_answer_are_there(new_page, bot):
    page = new_page(java_script_enabled=False)
    page.goto(f"{bot}/")
    assert dialled(page) == NUMBERS
    expect(page.locator("noscript p")).to_be_visible()
    assert page.get_by_role("link", name="Leave now").get_attribute("href") == "https://www.bbc.co.uk/weather"
    page.locator("summary", has_text="What can cause it").click()
    page.get_by_role("link", name="Could smoking be the reason").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Smoking and semen")
    assert dialled(page) == NUMBERS


def test_a_server_that_dies_mid_chat_costs_answers_but_no_number_and_no_word(chat):
    page = chat.page
    chat.ask("is it dangerous?")
    page.route("**/chat**", lambda route: route.abort("connectionrefused"))
    chat.box.fill("could smoking be the reason that nothing comes out?")
    chat.box.press("Enter")
    failed = page.locator(".failed")
    expect(failed).to_contain_text("I could not reach the server. The numbers at the top work without it.")
    expect(page.locator(".turn.mine").last).to_contain_text("could smoking be the reason")
    assert dialled(page) == NUMBERS
    failed.get_by_role("button", name="Change it").click()
    expect(chat.box).to_have_value("could smoking be the reason that nothing comes out?")
    expect(chat.box).to_be_focused()
    chat.box.press("Enter")
    expect(failed).to_be_visible()
    page.unroute("**/chat**")
    failed.get_by_role("button", name="Send again").click()
    expect(chat.after(1)).to_contain_text("Smoking is not a known cause")
    expect(failed).to_have_count(0)
    page.route("**/chat/forget", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Clear chat").click()
    expect(page.locator(".status")).to_contain_text("it forgets by itself after 30 minutes")


def test_offline_is_said_as_such(chat):
    chat.ask("is it dangerous?")
    chat.page.context.set_offline(True)
    chat.box.fill("hello")
    chat.box.press("Enter")
    expect(chat.page.locator(".failed")).to_contain_text("You are offline.")
    chat.page.context.set_offline(False)
    chat.page.get_by_role("button", name="Send again").click()
    chat.after(1)


def test_a_page_opened_while_the_server_is_away_works_once_it_is_back(new_page, bot):
    page = new_page()
    page.route("**/chat/new", lambda route: route.abort("connectionrefused"))
    page.goto(f"{bot}/")
    chat = Chat(page)
    chat.box.fill("is it dangerous?")
    chat.box.press("Enter")
    expect(page.locator(".failed")).to_be_visible()
    page.unroute("**/chat/new")
    page.get_by_role("button", name="Send again").click()
    chat.after(0)


def test_a_conversation_that_the_server_ended_goes_on_in_a_new_one_and_says_so(chat, record):
    page = chat.page
    chat.ask("is it dangerous?")
    page.request.post(f"{page.url}chat/forget", data={"conversation": record.tokens[-1]})
    answer = chat.ask("could smoking be the reason that nothing comes out?")
    expect(answer).to_contain_text("Smoking is not a known cause")
    expect(page.locator(".turn.note")).to_contain_text("The chat had ended on the server")


def test_a_refusal_of_the_server_is_shown_in_its_own_words(chat):
    body = json.dumps({"error": {"code": "too_many", "message": "Too many messages. Wait a minute."}})
    chat.page.route("**/chat", lambda route: route.fulfill(status=429, content_type="application/json", body=body))
    chat.box.fill("hello")
    chat.box.press("Enter")
    expect(chat.page.locator(".failed")).to_contain_text("Too many messages. Wait a minute.")


def test_an_answer_that_is_no_json_is_a_failure_like_any_other(chat):
    chat.page.route("**/chat", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>"))
    chat.box.fill("hello")
    chat.box.press("Enter")
    expect(chat.page.locator(".failed")).to_contain_text("I could not reach the server.")


def test_markup_in_a_message_is_text(chat, record):
    chat.ask(HOSTILE)
    expect(chat.page.locator(".bubble")).to_contain_text(HOSTILE)
    assert chat.page.evaluate("window.hit") is None
    assert record.console == []


@pytest.mark.parametrize("outcome", ["answer", "care"])
def test_markup_in_every_field_of_a_reply_is_text(chat, record, outcome):
    reply = {
        "outcome": outcome, "topics": ["a"] if outcome == "answer" else [], "red_flag": None, "care": "urgent",
        "text": f"Opening {HOSTILE}\n\nTitle {HOSTILE}\nText {HOSTILE}\n\nNext step: {HOSTILE}\n\nSources:\n[1] x\n\nDraft: {HOSTILE}",
        "blocks": [{"topic": "a", "title": f"Title {HOSTILE}", "text": f"Text {HOSTILE}", "sources": ["s"],
                    "image": {"id": "x", "title": HOSTILE, "alt": HOSTILE, "url": "/pictures/normal.svg"}}],
        "next_step": HOSTILE, "choices": [{"id": HOSTILE, "label": HOSTILE}],
        "sources": [{"id": "s", "title": HOSTILE, "publisher": HOSTILE, "year": None, "url": "javascript:window.hit=1", "checked": "2026-11-21"}],
        "numbers": ["999", "<b>1"], "review": {"status": "draft", "reviewed": None, "due": None}}
    chat.page.route("**/chat", lambda route: route.fulfill(content_type="application/json", body=json.dumps(reply)))
    answer = chat.ask("hello")
    assert answer.inner_text().count("window.hit=1") >= 10
    assert answer.locator("script, img[src='x'], [onerror], a[href^=javascript]").count() == 0
    assert chat.page.evaluate("window.hit") is None
    assert record.console == []


def test_a_reply_whose_blocks_are_not_in_its_text_is_shown_by_its_text(chat):
    reply = {"outcome": "answer", "topics": ["a"], "red_flag": None, "care": "info", "text": "First line.\n\nSecond line.\n- one\n- two",
             "blocks": [{"topic": "a", "title": "T", "text": "elsewhere", "sources": [], "image": None}], "next_step": None,
             "choices": [], "sources": [], "numbers": [], "review": {"status": "draft", "reviewed": None, "due": None}}
    chat.page.route("**/chat", lambda route: route.fulfill(content_type="application/json", body=json.dumps(reply)))
    answer = chat.ask("hello")
    expect(answer).to_contain_text("First line.")
    expect(answer.get_by_role("listitem").last).to_have_text("two")


def test_a_long_paste_is_counted_kept_and_refused_with_the_limit(chat, record):
    chat.box.fill("a" * 10_000)
    expect(chat.page.locator("#count")).to_have_text("10,000 of 4,000 characters")
    expect(chat.page.get_by_role("alert")).to_have_text("This is 6,000 characters too long. Please shorten it to 4,000.")
    expect(chat.box).to_have_attribute("aria-invalid", "true")
    chat.box.press("Enter")
    expect(chat.page.locator(".turn")).to_have_count(0)
    expect(chat.box).to_have_value("a" * 10_000)
    chat.ask("\U0001f600" * 4_000)      # counted as the server counts
    expect(chat.page.locator(".failed")).to_have_count(0)
    expect(chat.page.get_by_role("alert")).to_have_text("")


def test_an_empty_message_and_a_double_submit_send_nothing_more(chat, record):
    chat.box.press("Enter")
    chat.box.fill("   ")
    chat.box.press("Enter")
    chat.box.fill("could smoking be the reason?")
    chat.box.evaluate("""box => { for (let i = 0; i < 3; i++) box.form.requestSubmit(); }""")
    chat.after(0)
    assert sum(url.endswith("/chat") for url in record.requests) == 1
    expect(chat.page.locator(".turn.mine")).to_have_count(1)


@pytest.mark.parametrize("year", [1999, 2040])
def test_a_clock_that_is_wrong_changes_nothing(new_page, bot, year):
    page = new_page()
    page.clock.set_fixed_time(f"{year}-01-01T00:00:00Z")
    page.goto(f"{bot}/")
    answer = Chat(page).ask("could smoking be the reason that nothing comes out?")
    answer.get_by_text("Sources (").click()
    expect(answer.locator(".sources li").first).to_contain_text("looked at 21 November 2026")
