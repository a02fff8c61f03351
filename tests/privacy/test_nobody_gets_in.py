"""Two visitors never meet, nobody fires an intent or takes another's conversation, and nothing a client sends breaks the server."""

from __future__ import annotations

import json
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import schemathesis
from canaries import Visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.knowledge.reply import OUTCOMES
from bot.paths import ROOT

TOPICS = {"could smoking be the reason": "smoking", "is this from diabetes": "diabetes", "can we still have children": "having_children"}
INTENTS = [
    "/greet", "/restart", "/session_start", "/back", '/ask_smoking{"topic": "smoking"}', "  /ask_smoking", "\u00a0/ask_smoking", "//ask_smoking",
    "\u200b/ask_smoking", "/ ask_smoking", "/ask_smoking@1.0", '/ask_smoking@1.0{"topic":"smoking"}', "\n/ask_smoking", "\t/ask_smoking",
    "/ask_smoking;/ask_diabetes", '/inform{"cause": "turp"}', "/out_of_scope", "\u2044ask_smoking", "/EXTERNAL: ask_smoking", "/nlu_fallback",
    "\ufeff/restart",
]


def test_two_hundred_conversations_at_once_never_mix(server):
    questions = list(TOPICS.items())

    def visit(number: int) -> list[str]:
        question, topic = questions[number % len(questions)]
        canary = f"cnry{secrets.token_hex(6)}"
        one = Visit(server.port, canary)
        token = one.open()
        faults = []
        _, named = one.send("/chat", {"conversation": token, "message": f"my name is {canary}"})
        _, first = one.send("/chat", {"conversation": token, "message": question})
        time.sleep(0.01 * (number % 7))
        _, more = one.send("/chat", {"conversation": token, "choice": f"more:{first['topics'][0]}" if first["topics"] else "help_now"})
        if topic not in first["topics"] or more["topics"] != first["topics"][:1]:
            faults.append(f"{question}: {first['topics']}, then {more['topics']}")
        if canary in json.dumps([named, first, more]):
            faults.append("an answer repeats what was said")
        return faults

    with ThreadPoolExecutor(24) as pool:
        faults = [fault for found in pool.map(visit, range(200)) for fault in found]
    assert faults == []


@pytest.mark.parametrize("form", INTENTS)
def test_no_text_fires_an_intent(server, form):
    token, _ = server.open()
    server.say(token, "could smoking be the reason")
    reply = server.say(token, form)
    assert reply["outcome"] in OUTCOMES
    status, _, more = server.send("POST", "/chat", {"conversation": token, "choice": "more:smoking"})
    assert status == 200  # the conversation is still there: it was neither restarted nor forgotten
    assert more["topics"] == ["smoking"]


@pytest.mark.parametrize("path", ["/chat", "/chat/forget"])
def test_guessed_stolen_and_ended_tokens_open_nothing(server, path):
    token, _ = server.open()
    ended, _ = server.open()
    server.send("POST", "/chat/forget", {"conversation": ended})
    guesses = [ended, token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), token.swapcase(), f" {token}", f"{token}\n", "default", "0" * 43]
    answers = [server.send("POST", path, {"conversation": guess, **({"message": "hello"} if path == "/chat" else {})}) for guess in guesses]
    assert len({(status, json.dumps(data)) for status, _, data in answers}) == 1  # the same answer to all
    assert answers[0][0] == (404 if path == "/chat" else 200)
    assert server.say(token, "hello")["outcome"] in OUTCOMES


@pytest.mark.parametrize("header", ["X-Conversation", "Authorization", "Cookie"])
def test_a_token_counts_in_the_body_only(server, header):
    token, _ = server.open()
    status, _, _ = server.send("POST", f"/chat?conversation={token}", {"message": "hello"}, headers={header: token})
    assert status == 400


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4), max_leaves=12)
FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


@FEW
@given(body=JSON | st.fixed_dictionaries({"conversation": JSON, "message": JSON}) | st.fixed_dictionaries({"conversation": JSON, "choice": JSON}))
def test_any_json_gets_a_refusal(server, body):
    for path in ("/chat", "/chat/new", "/chat/forget"):
        started = time.monotonic()
        status, _, data = server.send("POST", path, raw=json.dumps(body).encode())
        assert time.monotonic() - started < 10
        assert status < 500
        if status >= 400:
            assert set(data["error"]) == {"code", "message"}


@FEW
@given(text=st.text(st.characters(), min_size=1, max_size=400))
def test_any_text_gets_an_outcome(server, text):
    token, _ = server.open()
    canary = f"cnry{secrets.token_hex(6)}"
    started = time.monotonic()
    status, _, data = server.send("POST", "/chat", raw=json.dumps({"conversation": token, "message": f"{text} {canary}"}).encode())
    assert time.monotonic() - started < 10
    assert status == 200
    assert data["outcome"] in OUTCOMES
    assert canary not in server.log.read_text(errors="replace")


schema = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.yml")


@schema.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_the_door_is_what_its_description_says(server, case):
    case.call_and_validate(base_url=f"http://127.0.0.1:{server.port}")


def test_slow_senders_hold_up_nobody_and_are_dropped(server):
    slow = []
    for _ in range(60):
        one = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        one.sendall(b"POST /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 400\r\n")
        slow.append(one)
    started = time.monotonic()
    assert server.ask("could smoking be the reason")["outcome"] == "answer"
    assert time.monotonic() - started < 5
    slow[0].settimeout(30)
    answer = slow[0].recv(4096)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408")
    for one in slow:
        one.close()


@pytest.mark.parametrize("path", ["/", "/chat", "/health", "/nowhere", "/conversations/a/tracker", "/status", "/model", "/version"])
def test_nothing_tells_what_serves_or_can_be_framed_or_kept(server, path):
    status, headers, body = server.send("GET", path)
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in headers
    assert not {"rasa", "sanic", "3.6"} & set(str(body).lower().replace('"', " ").split())
    assert status == (200 if path in ("/", "/health") else 405 if path == "/chat" else 404)
