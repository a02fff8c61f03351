"""Measures the running chat in a real Chromium: for ``candor widget --measure``. It needs what the tests need (Playwright, Chromium, axe-core)."""

from __future__ import annotations

import gzip
import os
import shutil
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

from bot.errors import CandorError
from bot.paths import ROOT
from bot.web.site import STATIC

AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
FILES = ("chat.js", "candor.css", "loader.js")
QUESTIONS = (
    "could smoking be the reason that nothing comes out?", "what is retrograde ejaculation?", "does diabetes do this and can it be reversed?",
    "can we still have a baby?", "is it dangerous?", "which tests show why nothing comes out?", "can tamsulosin be the reason?",
    "what does it cost?", "should both partners be checked?", "is there a medicine that brings semen back?",
)
CARE = "sudden terrible pain in my left testicle since an hour"
ROUNDS = 5
SLOWDOWN = 4
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "320 px": {"viewport": {"width": 320, "height": 568}},
    "forced colours": {"viewport": {"width": 1280, "height": 800}, "forced_colors": "active"},
}
_STORED = """async () => document.cookie.length + localStorage.length + sessionStorage.length + (await indexedDB.databases()).length
  + (self.caches ? (await caches.keys()).length : 0) + (navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0)"""
#: Time from the key to the first frame in which the answer is painted, in milliseconds.
_PAINTED = """() => new Promise((done) => {
  const box = document.getElementById("message"), log = document.querySelector(".log"), before = log.querySelectorAll("article").length;
  let pressed;
  new MutationObserver((all, observer) => {
    if (log.querySelectorAll("article").length === before) return;
    observer.disconnect();
    requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => done(performance.now() - pressed);
      channel.port2.postMessage(0); });
  }).observe(log, { childList: true });
  box.addEventListener("keydown", () => { pressed = performance.now(); }, { once: true, capture: true });
})"""
_FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@dataclass
class Figures:
    """What was measured; times in milliseconds."""

    sizes: dict[str, int] = field(default_factory=dict)
    origins: set[str] = field(default_factory=set)
    requests: int = 0
    violations: int = 0
    stored: int = 0
    axe: dict[str, int] = field(default_factory=dict)
    painted: list[float] = field(default_factory=list)
    first_paint: list[float] = field(default_factory=list)
    browser: str = ""


def find_chromium() -> str:
    """Path of a Chromium: CANDOR_CHROMIUM, or one that is installed.

    Raises:
        CandorError: there is none.
    """
    names = (os.environ.get("CANDOR_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        raise CandorError("There is no Chromium.", "Install it (on Debian: apt-get install chromium), or give its path in CANDOR_CHROMIUM.")
    return path


@contextmanager
def _chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise CandorError("Playwright is missing.", "Run `make install-dev`.") from None
    if not AXE.is_file():
        raise CandorError("axe-core is missing.", "Run `make install-dev`.")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _ask(page: Any, text: str) -> None:
    answers = page.locator(".turn.reply")
    before = answers.count()
    page.fill("#message", text)
    page.press("#message", "Enter")
    answers.nth(before).wait_for(timeout=15_000)


def _talk(browser: Any, address: str, figures: Figures) -> None:
    """A conversation under the real policies, watched from outside."""
    page = browser.new_page()
    page.on("request", lambda request: _count(figures, request.url))
    page.on("console", lambda message: _violated(figures, message.text))
    page.goto(address)
    for question in QUESTIONS * ROUNDS:
        page.fill("#message", question)
        page.evaluate(f"() => {{ window.painted = ({_PAINTED})(); }}")
        page.press("#message", "Enter")
        figures.painted.append(page.evaluate("() => window.painted"))
    _ask(page, CARE)
    figures.stored = page.evaluate(_STORED) + len(page.context.cookies())
    page.close()


def _count(figures: Figures, url: str) -> None:
    figures.requests += 1
    figures.origins.add("{0.scheme}://{0.netloc}".format(urlsplit(url)))


def _violated(figures: Figures, message: str) -> None:
    figures.violations += "Content Security Policy" in message or "Trusted Type" in message


def _axe(browser: Any, address: str) -> dict[str, int]:
    found = {}
    for look, options in LOOKS.items():
        context = browser.new_context(bypass_csp=True, **options)
        page = context.new_page()
        page.goto(address)
        _ask(page, QUESTIONS[0])
        page.click(".sources summary")
        _ask(page, CARE)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found[look] = len(page.evaluate("tags => axe.run({ runOnly: tags })", TAGS)["violations"])
        context.close()
    return found


def _first_paint(browser: Any, address: str) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        page.goto(address)
        page.wait_for_selector("#message")
        times.append(page.evaluate(_FIRST_PAINT))
        context.close()
    return [time for time in times if time is not None]


def _picture(browser: Any, address: str, folder: Path) -> None:
    """The pictures of docs/widget.md: start, answer, open sources, care card, on desktop and phone, light and dark; the launcher."""
    sizes = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
    for device, size in sizes.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=1 if device == "desktop" else 1.5)
            page = context.new_page()

            def save(what: str, page: Any = page, name: str = f"{device}-{scheme}") -> None:
                page.wait_for_timeout(200)
                page.screenshot(path=folder / f"{name}-{what}.png")

            page.goto(address)
            page.wait_for_selector("#message")
            save("start")
            _ask(page, QUESTIONS[0])
            save("answer")
            page.click(".sources summary")
            page.locator(".sources").evaluate("fold => fold.scrollIntoView()")
            save("sources")
            _ask(page, CARE)
            save("care")
            context.close()
    page = browser.new_page(viewport=sizes["desktop"])
    page.goto(f"{address}/embed/demo")
    with page.expect_event("frameattached") as attached:
        page.mouse.click(sizes["desktop"]["width"] - 60, sizes["desktop"]["height"] - 40)
    _ask(attached.value, QUESTIONS[4])
    page.wait_for_timeout(200)
    page.screenshot(path=folder / "embedded.png")
    page.close()


def measure(address: str, pictures: Optional[Path], say: Callable[[str], None]) -> str:
    """Measures and returns the report as Markdown.

    Args:
        address: of the running chat, without a slash at the end.
        pictures: folder for pictures, or None.
        say: tells what is going on.

    Raises:
        CandorError: something that it needs is missing, or nothing answers there.
    """
    figures = Figures(sizes={name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in FILES})
    with _chromium() as browser:
        from playwright.sync_api import Error

        figures.browser = browser.version
        try:
            say(f"{len(QUESTIONS) * ROUNDS} questions ...")
            _talk(browser, address, figures)
            say("axe-core ...")
            figures.axe = _axe(browser, address)
            figures.first_paint = _first_paint(browser, address)
            if pictures:
                say("Pictures ...")
                pictures.mkdir(parents=True, exist_ok=True)
                _picture(browser, address, pictures)
        except Error as error:
            raise CandorError(f"{address} could not be measured: {error.message.splitlines()[0]}") from None
    return _report(figures, address)


def _report(figures: Figures, address: str) -> str:
    foreign = [origin for origin in figures.origins if origin != address]
    painted = sorted(figures.painted)
    sizes = ", ".join(f"{name} {size / 1000:.1f}" for name, size in figures.sizes.items())
    rows = [
        ("JavaScript and CSS together, gzip -9", f"{sum(figures.sizes.values()) / 1000:.1f} kB ({sizes})"),
        ("requests to another origin", f"{len(foreign)} of {figures.requests} requests"),
        ("violations of the Content-Security-Policy, Trusted Types among it", str(figures.violations)),
        ("cookies, storage, databases, caches, service workers after the chat", str(figures.stored)),
        ("axe-core violations (WCAG 2.2 A and AA, best practice)", ", ".join(f"{look} {count}" for look, count in figures.axe.items())),
        ("Enter to painted answer", f"p50 {statistics.median(painted):.0f} ms, p95 {painted[int(len(painted) * 0.95)]:.0f} ms (n = {len(painted)})"),
        (f"first contentful paint, phone size, processor slowed {SLOWDOWN} times",
         f"median {statistics.median(figures.first_paint):.0f} ms (n = {len(figures.first_paint)})"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return (f"# The chat page in figures\n\nMade by `candor widget --measure`; do not edit. Chromium {figures.browser} on the machine that runs "
            f"the server, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}.\n\n| | |\n|---|---|\n{table}\n")
