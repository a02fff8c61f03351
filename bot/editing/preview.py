"""A card as staff and patients will see it, with the linter's findings beside it, renewed whenever a file of the content changes."""

from __future__ import annotations

import hashlib
import http.server
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Optional
from urllib.parse import urlsplit

from bot.clinic import Clinic
from bot.errors import CandorError
from bot.knowledge.lint import Finding, lint
from bot.knowledge.loader import load
from bot.staff.answers import Answer, answer_of
from bot.staff.site import POLICY, asset, content_type, render
from bot.web.headers import PICTURE, secure

_HERE = Path(__file__).resolve().parent
_LOCAL = ("localhost", "127.0.0.1")


class Preview:
    """Renders cards of a content folder; while a file is broken, the last good card stays on the page below the message.

    Args:
        content: the content folder.
        clinic: whose country and contact are shown.
    """

    def __init__(self, content: Path, clinic: Clinic) -> None:
        self._content = content
        self._clinic = clinic
        self._last: dict[str, Answer] = {}

    def version(self) -> str:
        """Changes whenever a file of the content changes."""
        stats = (path.stat() for path in sorted(self._content.rglob("*.yml")))
        return hashlib.sha256("".join(f"{stat.st_mtime_ns} {stat.st_size}\n" for stat in stats).encode()).hexdigest()

    def page(self, topic: str) -> Optional[str]:
        """The page of a card; None when there is and was no such card."""
        today, version = date.today(), self.version()
        error, own, others = "", list[Finding](), 0
        try:
            knowledge = load(self._content)
            if topic in knowledge.cards:
                findings = lint(knowledge, self._content, today)
                own = [finding for finding in findings if Path(finding.path).stem == topic]
                others = len(findings) - len(own)
                if any(finding.rule == "unknown-claim" for finding in own):
                    error = "A claim that does not exist cannot be shown: see the findings."
                else:
                    self._last[topic] = answer_of(knowledge, self._content, knowledge.cards[topic], self._clinic, today)
            else:
                self._last.pop(topic, None)
        except CandorError as broken:
            error = str(broken)
        answer = self._last.get(topic)
        if answer is None and not error:
            return None
        return render("preview.html", clinic=self._clinic, today=today, served=False, root="/", page="preview", topic=topic, answer=answer,
                      error=error, findings=own, others=others, version=version)

    def picture(self, name: str) -> Optional[bytes]:
        """A drawing of the content."""
        path = self._content / "pictures" / name
        return path.read_bytes() if path.is_file() and path.parent == self._content / "pictures" else None


def _answer(preview: Preview, topic: str, path: str) -> tuple[int, str, bytes]:
    """Status, media type and body for a path."""
    name = path.rsplit("/", 1)[-1]
    if path == "/version":
        return 200, "text/plain; charset=utf-8", preview.version().encode()
    if path == "/preview.js":
        return 200, content_type(path), (_HERE / "preview.js").read_bytes()
    if path in ("/staff.css", "/staff.js", "/icon.svg"):
        return 200, content_type(path), asset(name)
    if path.startswith("/pictures/") and (body := preview.picture(name)) is not None:
        return 200, content_type(name), body
    page = preview.page(topic if path in ("/", "/index.html") else name.removesuffix(".html"))
    if page is None:
        return 404, "text/plain; charset=utf-8", b"There is no such card.\n"
    return 200, content_type("page.html"), page.encode()


def serve(preview: Preview, topic: str, port: int) -> http.server.ThreadingHTTPServer:
    """A server on loopback for the preview of one card; its caller runs and ends it."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answers visits under a name of this machine only."""
            if (self.headers.get("Host") or "").split(":")[0] not in _LOCAL:
                self.send_error(403)
                return
            status, kind, body = _answer(preview, topic, urlsplit(self.path).path)
            self.send_response(status)
            headers = secure(PICTURE if kind == "image/svg+xml" else POLICY) | {"Content-Type": kind, "Content-Length": str(len(body))}
            for name, value in headers.items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # the page was reloaded or closed meanwhile
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)


def run(content: Path, clinic: Clinic, topic: str, port: int, say: Callable[[str], None]) -> None:
    """Serves the preview until interrupted.

    Raises:
        CandorError: there is no file of that card, or the port is taken.
    """
    if not (content / "topics" / f"{topic}.yml").is_file():
        raise CandorError(f"There is no card {topic!r}.", "`candor topic new` starts one.")
    from bot.serve import check_port

    check_port(port)
    say(f"http://localhost:{port} shows {topic} and renews itself when you save (Ctrl+C ends it).")
    with serve(Preview(content, clinic), topic, port) as server:
        server.serve_forever()
