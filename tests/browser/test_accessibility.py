"""Accessibility: what axe-core finds, and what it cannot find. docs/accessibility.md says what only a person can test."""

from __future__ import annotations

from pathlib import Path

import pytest
from chat_page import Chat, open_launcher
from playwright.sync_api import expect

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SNAPSHOT = Path(__file__).parent / "chat.aria.yml"
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "320 px": {"viewport": {"width": 320, "height": 568}},
    "forced colours": {"viewport": {"width": 1280, "height": 800}, "forced_colors": "active"},
}


def violations(where, axe):
    where.evaluate(axe)
    found = where.evaluate("tags => axe.run({ runOnly: tags })", TAGS)
    return [(broken["id"], broken["impact"], [node["html"][:200] for node in broken["nodes"]]) for broken in found["violations"]]


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth || document.querySelector('main').scrollWidth > innerWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_a_whole_conversation(new_page, bot, axe, look):
    page = new_page(bypass_csp=True, **LOOKS[look])
    page.goto(f"{bot}/")
    chat = Chat(page)
    assert violations(page, axe) == []
    chat.ask("could smoking be the reason that nothing comes out?").get_by_text("Sources (").click()
    page.locator("summary", has_text="What can cause it").click()
    chat.ask("what is retrograde ejaculation?")
    chat.ask("sudden terrible pain in my left testicle since an hour")
    chat.ask("there is blood in my pee")
    page.route("**/chat", lambda route: route.abort())
    chat.box.fill("hello")
    chat.box.press("Enter")
    expect(page.locator(".failed")).to_be_visible()
    chat.box.fill("a" * 5_000)
    assert violations(page, axe) == []
    assert not sideways(page)


@pytest.mark.parametrize(("look", "path"), [
    ("light", "/topics"), ("light", "/topics/what_is_retrograde_ejaculation"), ("light", "/about"), ("light", "/embed"),
    ("dark", "/topics/what_is_retrograde_ejaculation"), ("320 px", "/topics/semen_analysis"), ("320 px", "/embed")])
def test_axe_finds_nothing_on_the_pages_to_read(new_page, bot, axe, look, path):
    page = new_page(bypass_csp=True, **LOOKS[look])
    page.goto(f"{bot}{path}")
    assert violations(page, axe) == []
    assert not sideways(page)


def test_axe_finds_nothing_on_the_clinics_page_and_in_its_frame(new_page, bot, axe):
    page = new_page(bypass_csp=True, viewport={"width": 1280, "height": 800})
    page.goto(f"{bot}/embed/demo")
    assert violations(page, axe) == []
    chat = open_launcher(page)
    chat.ask("is it dangerous?")
    assert violations(chat.where, axe) == []


def test_the_log_is_there_first_and_each_turn_adds_one_question_and_one_answer(chat):
    log = chat.page.get_by_role("log")
    expect(log).to_have_count(1)
    assert log.evaluate("log => log.closest('[aria-live], [role=status], [role=alert]')") is None    # one announcer, never two
    chat.ask("is it dangerous?")
    log.evaluate("""log => {
      window.changes = [];
      window.before = [...log.querySelectorAll('.turn')];
      new MutationObserver((all) => all.forEach((one) => window.changes.push(
        [one.type, one.target.className, one.addedNodes.length, one.removedNodes.length]))).observe(log, { subtree: true, childList: true,
        characterData: true });
    }""")
    chat.ask("could smoking be the reason that nothing comes out?")
    assert chat.page.evaluate("window.changes") == [["childList", "log", 1, 0]] * 2
    assert log.evaluate("log => window.before.every((turn, index) => turn === log.querySelectorAll('.turn')[index])")


def test_who_speaks_is_said_and_the_cursor_stays_in_the_box(chat):
    chat.ask("is it dangerous?")
    expect(chat.page.get_by_role("log")).to_contain_text("You said: is it dangerous?")
    expect(chat.replies.first).to_contain_text("Answer:")
    expect(chat.box).to_be_focused()


def test_waiting_is_a_status(chat):
    chat.page.route("**/chat", lambda route: None)
    chat.box.fill("anything")
    chat.box.press("Enter")
    expect(chat.page.get_by_role("status").filter(has_text="Looking for the answer")).to_be_visible()


def test_the_page_is_used_with_the_keyboard_alone(chat):
    page = chat.page
    order = []
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.replace(/\\s+/g, ' ').trim()"))
    assert order == ["Skip to the question box", "Leave now", "Help now", "Emergency999", "Crisis line116 123", "Clinic+44 20 7946 0000",
                     "Privacy and limits", "What it is (9)"]
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="What does aspermia mean?")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(chat.after(0).get_by_role("heading", name="What aspermia is")).to_be_visible()


def test_the_skip_link_leads_to_the_box(chat):
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Enter")
    chat.page.keyboard.type("is it dangerous?")
    chat.page.keyboard.press("Enter")
    chat.after(0)


def test_the_focus_is_always_in_sight(new_page, bot):
    page = new_page(viewport={"width": 390, "height": 700})
    page.goto(f"{bot}/")
    Chat(page).ask("could smoking be the reason that nothing comes out?")
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        hidden = page.evaluate("""() => {
          const it = document.activeElement, box = it.getBoundingClientRect();
          if (it === document.body) return null;
          const seen = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
          return it.contains(seen) || seen?.contains(it) ? null : it.outerHTML.slice(0, 100);
        }""")
        assert hidden is None
    page.keyboard.press("Tab")


def test_escape_closes_the_frame_and_brings_the_focus_back_to_the_launcher(embedded):
    page = embedded.page
    embedded.ask("is it dangerous?")
    page.keyboard.press("Escape")
    expect(embedded.box).to_be_hidden()
    assert page.evaluate("document.activeElement.localName") == "candor-chat"
    page.keyboard.press("Enter")
    expect(embedded.box).to_be_visible()
    expect(embedded.replies).to_have_count(1)       # closing is not clearing
    embedded.where.get_by_role("button", name="Close").click()
    expect(embedded.box).to_be_hidden()


def test_targets_are_44_pixels_or_links_in_text(new_page, bot):
    page = new_page(viewport={"width": 320, "height": 568})
    page.goto(f"{bot}/")
    chat = Chat(page)
    chat.ask("sudden terrible pain in my left testicle")
    chat.ask("could smoking be the reason that nothing comes out?")
    small = page.evaluate("""() => [...document.querySelectorAll('button, summary, .leave, .numbers a, nav.help a, textarea')]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120))""")
    assert small == []


@pytest.mark.parametrize("path", ["/", "/topics/smoking"])
@pytest.mark.parametrize(("width", "size", "direction"), [(640, "200%", "ltr"), (320, "100%", "rtl"), (1280, "100%", "rtl")])
def test_nothing_is_cut_off_with_large_text_or_from_right_to_left(new_page, bot, path, width, size, direction):
    page = new_page(viewport={"width": width, "height": 800})
    page.goto(f"{bot}{path}")
    page.evaluate("([size, direction]) => Object.assign(document.documentElement, { dir: direction }).style.fontSize = size", [size, direction])
    if path == "/":
        Chat(page).ask("could smoking be the reason that nothing comes out?")
    assert not sideways(page)
    if direction == "rtl":
        assert page.locator(".leave").bounding_box()["x"] < page.locator(".brand").bounding_box()["x"]


def test_on_a_low_screen_everything_scrolls_instead_of_the_head_covering_it(new_page, bot):
    page = new_page(viewport={"width": 320, "height": 256})      # 1280 x 1024 at 400 %
    page.goto(f"{bot}/")
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).overflowY") == "visible"


def test_nothing_moves_for_people_who_asked_for_less_motion(new_page, bot):
    for wanted, names in (("reduce", {"none"}), ("no-preference", {"wait"})):
        page = new_page(reduced_motion=wanted)
        page.goto(f"{bot}/")
        page.route("**/chat", lambda route: None)
        chat = Chat(page)
        chat.box.fill("anything")
        chat.box.press("Enter")
        expect(page.locator(".dots")).to_be_visible()
        assert set(page.locator(".dots i").evaluate_all("all => all.map((dot) => getComputedStyle(dot).animationName)")) == names


def test_the_page_reads_to_a_screen_reader_as_it_always_did(chat):
    """After a wanted change: delete the file and run this test once; it fails, writes it anew, and is green from then on."""
    found = chat.page.locator("body").aria_snapshot()
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(found + "\n")
        pytest.fail(f"{SNAPSHOT.name} was missing and is written; look at it and keep it")
    assert found == SNAPSHOT.read_text().rstrip("\n")
