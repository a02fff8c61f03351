"""What the chat leaves in the browser, whom it talks to, and what a page around it can learn."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from chat_page import Chat
from playwright.sync_api import expect

STORED = """async () => ({
  cookies: document.cookie, local: localStorage.length, session: sessionStorage.length,
  databases: (await indexedDB.databases()).length, caches: self.caches ? (await caches.keys()).length : 0,
  workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0, name: window.name })"""


def test_nothing_is_stored_and_one_origin_is_called(chat, record, bot):
    page = chat.page
    chat.ask("could smoking be the reason that nothing comes out?")
    chat.ask("what is retrograde ejaculation?")
    page.get_by_role("button", name="Clear chat").click()
    expect(page.locator(".status")).to_contain_text("cleared")
    for path in ("/topics", "/topics/smoking", "/about", "/embed", "/embed/demo"):
        page.goto(f"{bot}{path}")
    assert page.evaluate(STORED) == {"cookies": "", "local": 0, "session": 0, "databases": 0, "caches": 0, "workers": 0, "name": ""}
    assert page.context.cookies() == []
    assert {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, record.requests)} == {bot}
    assert [url for url in record.requests if "?" in url or "#" in url] == []
    assert record.console == []     # every violation of a policy would stand here


def test_the_frame_cannot_store_anything_by_construction(embedded):
    embedded.ask("is it dangerous?")
    refused = embedded.where.evaluate("""() => [() => localStorage.length, () => sessionStorage.length, () => document.cookie].map((look) => {
      try { return String(look()); } catch (error) { return error.name; }
    })""")
    assert refused == ["SecurityError"] * 3


def test_copying_and_printing_work_in_the_frame(embedded, record):
    answer = embedded.ask("is it dangerous?")
    answer.get_by_role("button", name="Copy").click()
    expect(embedded.where.get_by_text("Copied", exact=True)).to_be_visible()
    answer.get_by_role("button", name="Print").click()
    assert record.console == []         # a sandbox without allow-modals would say here that print() was ignored


def test_a_key_logger_on_the_clinics_page_hears_nothing(embedded, record, bot, clinic_site):
    page = embedded.page
    embedded.box.press_sequentially("secret words")
    embedded.ask("is it dangerous?")
    embedded.where.get_by_role("button", name="Tell me more").first.click()
    embedded.after(1)
    embedded.where.get_by_role("button", name="Close").click()
    heard = page.evaluate("window.heard")
    assert [entry for entry in heard if entry.startswith(("keydown", "keyup", "input", "paste"))] == []
    assert [entry for entry in heard if entry.startswith("message")] == ['message:{"candor":"close"}']
    assert "click:" in heard            # the listener works: it heard the launcher
    assert page.evaluate("document.querySelector('candor-chat').shadowRoot") is None
    assert "secret" not in page.content()
    assert record.console == []         # the policies of both pages were kept
    assert {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, record.requests)} == {bot, clinic_site.address}


def test_nothing_of_the_chat_is_fetched_before_it_is_opened(new_page, record, bot, clinic_site):
    page = new_page()
    page.goto(f"{clinic_site.address}/")
    page.wait_for_load_state("networkidle")
    assert [url for url in record.requests if url.startswith(bot)] == [f"{bot}/loader.js"]


def test_the_host_page_obeys_nobody_but_its_own_frame(embedded):
    embedded.page.evaluate("window.postMessage({ candor: 'leave' }, '*')")
    embedded.page.wait_for_timeout(200)
    expect(embedded.page.get_by_role("heading", name="A clinic")).to_be_attached()
    expect(embedded.box).to_be_visible()


def test_a_site_that_is_not_allowed_cannot_show_the_chat(new_page, bot):
    page = new_page()
    page.route("http://evil.example/**", lambda route: route.fulfill(
        content_type="text/html", body=f'<iframe src="{bot}/widget"></iframe><iframe src="{bot}/"></iframe>'))
    page.goto("http://evil.example/")
    page.wait_for_load_state("networkidle")
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"] * 2


def test_two_tabs_are_two_conversations(browser, bot, record):
    context = browser.new_context()
    chats = []
    for _ in range(2):
        page = context.new_page()
        record.watch(page)
        page.goto(f"{bot}/")
        chats.append(Chat(page))
    chats[0].ask("could smoking be the reason that nothing comes out?")
    chats[1].ask("does diabetes cause retrograde ejaculation?")
    expect(chats[0].ask("tell me more about that").get_by_role("heading").first).to_have_text("Smoking and semen")
    expect(chats[1].ask("tell me more about that").get_by_role("heading").first).to_have_text("Diabetes and ejaculation")
    assert len(set(record.tokens)) == 2
    chats[0].page.get_by_role("button", name="Clear chat").click()
    expect(chats[1].replies).to_have_count(2)
    context.close()


def test_the_token_stands_nowhere_in_the_page(chat, record):
    chat.ask("is it dangerous?")
    token = record.tokens[-1]
    assert token not in chat.page.content()
    assert token not in json.dumps(chat.page.evaluate("Object.entries(window).map(([name, value]) => [name, String(value)])"))
