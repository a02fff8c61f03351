"""A real browser for the staff site: Chromium, with everything that it complains about or fetches from elsewhere noted."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import sync_playwright

from bot.paths import ROOT

AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium():
    """The browser's program; an error says what to install."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("The browser tests need Chromium: apt-get install chromium")


@dataclass
class Seen:
    """A page with what went wrong on it."""

    page: Any
    complaints: list = field(default_factory=list)
    elsewhere: list = field(default_factory=list)


@contextmanager
def launched():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, origin, bypass_csp=False, **options):
    """A fresh page that notes console errors and requests to other origins."""
    context = browser.new_context(bypass_csp=bypass_csp, **options)
    if origin.startswith("http"):
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    seen = Seen(context.new_page())
    seen.page.on("console", lambda message: seen.complaints.append(message.text) if message.type in ("error", "warning") else None)
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("request", lambda request: seen.elsewhere.append(request.url) if not request.url.startswith(origin) else None)
    yield seen
    context.close()


def violations(page):
    """What axe finds, a line each."""
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("rules => axe.run({ runOnly: { type: 'tag', values: rules } })", RULES)
    return [f"{rule['id']}: {node['target']} {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]
