"""One server, one browser and one stand-in for a clinic's website, for all tests in a real Chromium."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from chat_page import Chat, Record, open_launcher
from playwright.sync_api import Page, sync_playwright
from real_server import running

from bot.paths import CLINIC
from bot.web.measure import AXE, find_chromium

#: What a clinic's page may do: it listens to everything that reaches it.
HOST_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A clinic</title>
<script nonce="own">
window.heard = [];
for (const kind of ["keydown", "keyup", "input", "paste", "click", "focusin", "message"])
  window.addEventListener(kind, (event) => window.heard.push(kind + ":" + (event.key || JSON.stringify(event.data) || "")), true);
</script>
<script src="BOT/loader.js" defer></script></head><body><h1>A clinic</h1><a href="/next">Next page</a></body></html>"""
HOST_POLICY = "default-src 'none'; script-src 'nonce-own' BOT; frame-src BOT; require-trusted-types-for 'script'; trusted-types 'none'"


@pytest.fixture(scope="session")
def clinic_site():
    """A clinic's website on an origin of its own; its page has a strict policy."""
    pages = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body, policy = pages.get(self.path, (b"<!doctype html><title>Another page</title><h1>Another page</h1>", "default-src 'none'"))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.pages, server.address = pages, f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def bot(tmp_path_factory, clinic_site):
    """The address of the one server; the clinic's website may show its chat, and the clinic takes questions."""
    folder = tmp_path_factory.mktemp("browser")
    settings = CLINIC.read_text().replace("allowed_sites: []", f"allowed_sites: [{clinic_site.address}]")
    assert clinic_site.address in settings
    (folder / "clinic.yml").write_text(settings.replace("opt_in_questions: false", "opt_in_questions: true"))
    environment = {"CANDOR_CLINIC": str(folder / "clinic.yml"), "CANDOR_KEPT": str(folder / "kept")}
    with running(folder / "log.txt", environment=environment) as server:
        address = f"http://127.0.0.1:{server.port}"
        clinic_site.pages["/"] = (HOST_PAGE.replace("BOT", address).encode(), HOST_POLICY.replace("BOT", address))
        yield address


@pytest.fixture(scope="session")
def play():
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(play):
    made = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
    yield made
    made.close()


@pytest.fixture
def record():
    return Record()


@pytest.fixture
def new_page(browser, record):
    """Makes pages, each in a context of its own."""
    contexts = []

    def make(**options) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        record.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def chat(new_page, bot):
    """The chat page, ready."""
    page = new_page()
    page.goto(f"{bot}/")
    return Chat(page)


@pytest.fixture
def embedded(new_page, bot, clinic_site):
    """The chat opened from its button on the clinic's page."""
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{bot}/about")
    page.goto(f"{clinic_site.address}/")
    return open_launcher(page)


@pytest.fixture
def axe():
    """The source of axe-core, as `npm ci` in widget/ has put it there."""
    assert AXE.is_file(), "axe-core is missing: npm ci --prefix widget"
    return AXE.read_text()
