"""Leaving, clearing, idling: what is left, and what Back shows."""

from __future__ import annotations

import pytest
from chat_page import Chat, open_launcher
from playwright.sync_api import expect

from bot.web.measure import find_chromium

EXIT = "https://www.bbc.co.uk/weather"
HALF = "half a question about my"


def neutral_site(page):
    page.route(f"{EXIT}**", lambda route: route.fulfill(body="<title>Weather</title><h1>Weather</h1>", content_type="text/html"))


def talk(chat):
    chat.ask("could smoking be the reason that nothing comes out?")
    chat.box.fill(HALF)


def assert_empty(chat):
    expect(chat.box).to_have_value("")
    expect(chat.where.locator(".turn")).to_have_count(0)
    assert "smoking be the reason that" not in chat.where.locator("#chat").inner_text()


@pytest.fixture(scope="module", params=[True, False], ids=["back/forward cache", "no back/forward cache"])
def caching_browser(request, play):
    """Playwright switches the back/forward cache off by itself; here it is on and off."""
    ignored = ["--disable-back-forward-cache"] if request.param else None
    browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"], ignore_default_args=ignored)
    yield browser, request.param
    browser.close()


@pytest.mark.parametrize("cacheable", [True, False], ids=["cacheable", "no-store"])
def test_back_shows_no_word_in_any_variant_of_caching(caching_browser, bot, cacheable):
    browser, kept = caching_browser
    context = browser.new_context()
    page = context.new_page()
    neutral_site(page)
    if cacheable:
        def without_no_store(route):
            response = route.fetch()
            route.fulfill(response=response, headers={k: v for k, v in response.headers.items() if k != "cache-control"})
        page.route(f"{bot}/", without_no_store)
    page.goto(f"{bot}/topics")
    page.goto(f"{bot}/")
    chat = Chat(page)
    page.evaluate("window.addEventListener('pageshow', (event) => { window.persisted = event.persisted; })")
    talk(chat)

    page.evaluate("location.href = '/about'")       # an ordinary way off the page
    expect(page.get_by_role("heading", name="Privacy and limits")).to_be_visible()
    page.go_back(wait_until="commit")
    assert_empty(chat)
    assert (page.evaluate("window.persisted") is True) == (kept and cacheable)    # the cache under test was really used
    chat.ask("is it dangerous?")                    # and the page works again

    chat.box.fill(HALF)
    page.get_by_role("link", name="Leave now").click()
    page.wait_for_url(EXIT)
    page.go_back(wait_until="commit")
    page.wait_for_url(f"{bot}/topics", wait_until="commit")    # the chat is not in the history any more
    context.close()


def test_back_to_the_clinics_page_shows_no_word_either(caching_browser, bot, clinic_site):
    browser, _ = caching_browser
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{clinic_site.address}/")
    talk(open_launcher(page))
    page.evaluate("location.href = '/next'")
    expect(page.get_by_role("heading", name="Another page")).to_be_visible()
    page.go_back(wait_until="commit")
    expect(page.get_by_role("heading", name="A clinic")).to_be_visible()
    reopened = open_launcher(page)
    assert_empty(reopened)
    reopened.ask("is it dangerous?")
    context.close()


def test_leaving_blanks_the_page_at_once_and_tells_the_server(chat, record, bot):
    page = chat.page
    page.route(f"{EXIT}**", lambda route: None)     # a slow neutral site: what is on screen meanwhile?
    talk(chat)
    with page.expect_response("**/chat/forget") as told:
        text, title, covers = page.evaluate("""() => {
          document.getElementById("leave").click();
          return [document.body.textContent, document.title, document.querySelector(".cover").getBoundingClientRect().height === innerHeight];
        }""")
    assert (text, title.strip("\u200b"), covers) == ("", "", True)
    assert told.value.status == 200
    assert page.request.post(f"{bot}/chat", data={"conversation": record.tokens[-1], "message": "hello"}).status == 404


def test_three_shifts_leave_from_the_page(chat):
    neutral_site(chat.page)
    talk(chat)
    chat.page.keyboard.press("Shift")
    expect(chat.page.locator(".status")).to_have_text("Shift, press 2 more times to leave.")
    chat.page.keyboard.press("Shift")
    expect(chat.page.locator(".status")).to_have_text("Shift, press once more to leave.")
    chat.page.keyboard.press("Shift")
    chat.page.wait_for_url(EXIT)


def test_shifts_for_capitals_and_shifts_apart_do_not_leave(new_page, bot):
    page = new_page()
    page.clock.install()
    page.goto(f"{bot}/")
    chat = Chat(page)
    chat.box.focus()
    for _ in range(4):
        page.keyboard.press("Shift+A")
    expect(chat.box).to_have_value("AAAA")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.clock.fast_forward(5_100)
    page.keyboard.press("Shift")
    page.keyboard.press("b")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    assert page.url == f"{bot}/"


@pytest.mark.parametrize("way", ["button", "shifts"])
def test_leaving_from_the_frame_takes_the_whole_page_away(embedded, way, bot):
    page = embedded.page
    neutral_site(page)
    length = page.evaluate("history.length")
    talk(embedded)
    if way == "button":
        embedded.where.get_by_role("link", name="Leave now").click()
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url(EXIT)
    assert page.evaluate("history.length") == length
    page.go_back(wait_until="commit")
    page.wait_for_url(f"{bot}/about", wait_until="commit")               # the page before the clinic's page


def test_clearing_empties_the_page_and_the_server_and_puts_the_cursor_in_the_box(chat, record):
    page = chat.page
    talk(chat)
    with page.expect_response("**/chat/forget") as forgotten:
        page.get_by_role("button", name="Clear chat").click()
    assert "token" in forgotten.value.json()["erased"]
    expect(page.locator(".status")).to_have_text("Chat cleared, here and on the server.")
    assert_empty(chat)
    expect(chat.box).to_be_focused()
    assert record.tokens[-1] not in page.content()
    chat.ask("is it dangerous?")


def test_clearing_while_an_answer_is_under_way_lets_it_never_arrive(chat):
    chat.page.route("**/chat", lambda route: None)
    chat.box.fill("could smoking be the reason?")
    chat.box.press("Enter")
    expect(chat.page.locator(".waiting")).to_contain_text("Looking")
    chat.page.get_by_role("button", name="Clear chat").click()
    assert_empty(chat)
    expect(chat.page.locator(".waiting")).to_have_text("")


def test_an_idle_chat_offers_to_stay_and_then_clears_itself(new_page, bot):
    page = new_page()
    page.clock.install()
    page.goto(f"{bot}/")
    chat = Chat(page)
    talk(chat)
    page.clock.fast_forward("14:06")
    expect(page.get_by_role("alert").filter(has_text="Still there?")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Still there?")).to_have_count(0)
    expect(chat.replies).to_have_count(1)
    page.clock.fast_forward("14:06")
    page.clock.fast_forward("01:00")
    expect(page.get_by_text("The chat was cleared because nothing happened for a while.")).to_be_visible()
    expect(chat.replies).to_have_count(0)
    expect(chat.box).to_have_value("")
