"""The chat as the browser tests use it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from playwright.sync_api import Frame, Page, expect


@dataclass
class Record:
    """What a page did that a person does not see."""

    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", self._asked)
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))

    def _asked(self, request):
        self.requests.append(request.url)
        if request.url.endswith("/chat"):
            self.tokens.append(json.loads(request.post_data)["conversation"])


class Chat:
    """The chat as a person uses it, on a page or in a frame."""

    def __init__(self, page: Page, where: Page | Frame | None = None) -> None:
        self.page = page
        self.where = where or page
        self.box = self.where.get_by_label("Your question")
        self.replies = self.where.locator(".turn.reply article")

    def ask(self, text: str):
        """Types and sends; returns the new answer."""
        before = self.replies.count()
        self.box.fill(text)
        self.box.press("Enter")
        return self.after(before)

    def tap(self, name: str):
        """Takes a choice of the newest answer."""
        before = self.replies.count()
        self.replies.last.get_by_role("button", name=name).click()
        return self.after(before)

    def after(self, before: int):
        expect(self.replies).to_have_count(before + 1, timeout=15_000)
        return self.replies.nth(before)


def open_launcher(page: Page) -> Chat:
    """Presses the launcher. Its shadow root is closed, so that it is found by its place only."""
    size = page.viewport_size
    with page.expect_event("frameattached") as attached:
        page.mouse.click(size["width"] - 60, size["height"] - 40)
    chat = Chat(page, attached.value)
    expect(chat.box).to_be_visible()
    return chat
