"""Plants a fresh random string in every way into the server, then looks for it in everything the server could have left behind."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Most of a file that is read at once, in bytes.
_CHUNK = 1 << 22


@dataclass
class Visit:
    """What a way in may use.

    Attributes:
        port: of the server, on loopback.
        canary: the string to plant.
    """

    port: int
    canary: str

    def send(self, path: str, body: object = None, headers: Mapping[str, str] | None = None, method: str = "POST", raw: bytes | None = None):
        """(status, parsed JSON or text)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        try:
            connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.lstrip().startswith("{") else text

    def open(self) -> str:
        """A token."""
        status, data = self.send("/chat/new", {})
        assert status == 201, data
        return data["conversation"]

    def say(self, message: object, **more: object) -> int:
        """Says something in a conversation of its own; the status."""
        return self.send("/chat", {"conversation": self.open(), "message": message, **more})[0]


Way = Callable[[Visit], int]


def _with_header(name: str) -> Way:
    return lambda v: v.send("/chat", {"conversation": v.open(), "message": "could smoking do this"}, {name: f"https://{v.canary}.example/"})[0]


def _choose(form: str) -> Way:
    return lambda v: v.send("/chat", {"conversation": v.open(), "choice": form.format(v.canary)})[0]


#: Every way in with the status that shows that it was taken.
WAYS: dict[str, tuple[Way, int]] = {
    "a question": (lambda v: v.say(f"my name is {v.canary} and could smoking do this"), 200),
    "a follow-up": (lambda v: _twice(v), 200),
    "an emergency": (lambda v: v.say(f"sudden severe testicle pain {v.canary}"), 200),
    "self-harm": (lambda v: v.say(f"i want to kill myself {v.canary}"), 200),
    "help in words": (lambda v: v.say(f"help now {v.canary}"), 200),
    "asking for a person": (lambda v: v.say(f"can i talk to a human {v.canary}"), 200),
    "off topic": (lambda v: v.say(f"what is the weather like {v.canary}"), 200),
    "another language": (lambda v: v.say(f"mon mari ne peut pas avoir d'enfants que faire {v.canary}"), 200),
    "a slash command": (lambda v: v.say(f"/restart {v.canary}"), 200),
    "an intent with a slot": (lambda v: v.say(f'/ask_smoking{{"topic": "{v.canary}"}}'), 200),
    "4,000 characters": (lambda v: v.say((f"{v.canary} " * 400)[:4000]), 200),
    "too many characters": (lambda v: v.say(f"{v.canary} " * 500), 413),
    "a body too large": (lambda v: v.say(f"{v.canary} " * 4000), 413),
    "a body far too large": (lambda v: _huge(v), 413),
    "a message that is a list": (lambda v: v.say([v.canary]), 400),
    "a message that is an object": (lambda v: v.say({"text": v.canary}), 400),
    "a message that is null": (lambda v: v.say(None, other=v.canary), 400),
    "metadata": (lambda v: v.say("could smoking do this", metadata={"who": v.canary}, sender=v.canary, input_channel=v.canary), 200),
    "a choice never offered": (_choose("ask:{}"), 400),
    "a choice that is an intent": (_choose('/x{{"a": "{}"}}'), 400),
    "the box for questions, which is off": (
        lambda v: v.send("/chat/question", {"conversation": v.open(), "text": v.canary, "seen": True})[0], 404),
    "an unknown token": (lambda v: v.send("/chat", {"conversation": v.canary, "message": "hello"})[0], 404),
    "forgetting an unknown token": (lambda v: v.send("/chat/forget", {"conversation": v.canary})[0], 200),
    "JSON that is not closed": (lambda v: v.send("/chat", raw=b'{"message": "' + v.canary.encode())[0], 400),
    "not JSON": (lambda v: v.send("/chat", raw=v.canary.encode(), headers={"Content-Type": "text/plain"})[0], 415),
    "not UTF-8": (lambda v: v.send("/chat", raw=b"\xff" + v.canary.encode())[0], 400),
    "a query string": (lambda v: v.send(f"/chat?q={v.canary}", {"conversation": v.open(), "message": "hello"})[0], 200),
    "a path": (lambda v: v.send(f"/{v.canary}", method="GET")[0], 404),
    "a path of Rasa's": (lambda v: v.send(f"/conversations/{v.canary}/tracker", method="GET")[0], 404),
    "a webhook of Rasa's": (lambda v: v.send("/webhooks/rest/webhook", {"sender": v.canary, "message": v.canary})[0], 404),
    "a method": (lambda v: v.send("/chat", {"message": v.canary}, method="PUT")[0], 405),
    "User-Agent": (_with_header("User-Agent"), 200),
    "X-Forwarded-For": (_with_header("X-Forwarded-For"), 200),
    "Referer": (_with_header("Referer"), 200),
    "Cookie": (_with_header("Cookie"), 200),
    "Origin": (_with_header("Origin"), 403),
}


def _twice(visit: Visit) -> int:
    token = visit.open()
    visit.send("/chat", {"conversation": token, "message": "could smoking do this"})
    return visit.send("/chat", {"conversation": token, "message": f"tell me more {visit.canary}"})[0]


def _huge(visit: Visit) -> int:
    """A megabyte; the server may close before it has read it all, which is a refusal too."""
    try:
        return visit.send("/chat", {"conversation": "x", "message": f"{visit.canary} " * 50_000})[0]
    except (ConnectionError, http.client.HTTPException):
        return 413


def plant(port: int, ways: Iterable[str] = tuple(WAYS)) -> dict[str, str]:
    """Goes every way once and checks that it was taken.

    Returns:
        The canary of each way.
    """
    planted = {}
    for name in ways:
        way, expected = WAYS[name]
        canary = f"cnry{secrets.token_hex(8)}"
        status = way(Visit(port, canary))
        assert status == expected, f"{name}: {status} instead of {expected}"
        planted[name] = canary
    return planted


def forms(canary: str) -> list[bytes]:
    """A string as it may be written: as it is, URL-encoded, in base64 at every offset, as hex, in UTF-16."""
    raw = canary.encode()
    encoded = [base64.b64encode(b" " * pad + raw)[4:-4] for pad in range(3)]
    return [raw, raw.upper(), urllib.parse.quote(canary).encode(), raw.hex().encode(),
            canary.encode("utf-16-le"), canary.encode("utf-16-be"), *encoded]


def written_since(started: float, folders: Iterable[Path], leave: Iterable[str] = (".git", ".venv")) -> list[Path]:
    """Every file below some folders that was written since a moment (seconds since 1970)."""
    found = []
    left = set(leave)
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                if not left & set(path.parts) and path.is_file() and path.stat().st_mtime >= started:
                    found.append(path)
            except OSError:  # it went while we looked
                continue
    return found


def hits(paths: Iterable[Path], planted: Mapping[str, str]) -> dict[str, int]:
    """How often each way's canary, in any form, stands in some files."""
    wanted = {name: forms(canary) for name, canary in planted.items()}
    longest = max(len(form) for each in wanted.values() for form in each)
    counts = dict.fromkeys(planted, 0)
    for path in paths:
        try:
            with path.open("rb") as file:
                tail = b""
                while block := file.read(_CHUNK):
                    data = tail + block
                    for name, each in wanted.items():
                        counts[name] += sum(data.count(form) for form in dict.fromkeys(each))
                    tail = data[-longest:] if len(block) == _CHUNK else b""
        except OSError:
            continue
    return counts


def now() -> float:
    """This moment, a little early because file systems round."""
    return time.time() - 2
