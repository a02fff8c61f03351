from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from bot.front_door.request import MAX_BODY_BYTES
from bot.knowledge.reply import OUTCOMES
from bot.paths import ROOT

CONTRACT = {"outcome", "topics", "red_flag", "care", "text", "blocks", "next_step", "choices", "sources", "numbers", "review"}
FORUM = [json.loads(line) for line in (Path(__file__).parents[1] / "conversations" / "forum.jsonl").read_text().splitlines()]


def test_a_conversation_from_greeting_to_forgetting(server):
    token, greeting = server.open()
    assert greeting["outcome"] == "smalltalk"
    assert "program, not a doctor" in greeting["text"]

    answer = server.say(token, "could smoking be the reason that nothing comes out?")
    assert set(answer) == CONTRACT
    assert (answer["outcome"], answer["topics"][0], answer["care"]) == ("answer", "smoking", "specialist")
    assert "Smoking is not a known cause of having no semen" in answer["text"]
    assert answer["sources"]

    status, _, more = server.send("POST", "/chat", {"conversation": token, "choice": answer["choices"][0]["id"]})
    assert (status, more["topics"]) == (200, ["smoking"])
    assert more["text"] != answer["text"]

    assert server.say(token, "where does this come from")["topics"] == ["smoking"]
    assert server.say(token, "thank you")["outcome"] == "smalltalk"
    assert server.say(token, "how do I bake sourdough bread")["outcome"] == "not_covered"

    status, _, forgotten = server.send("POST", "/chat/forget", {"conversation": token})
    assert (status, forgotten["erased"]) == (200, ["token", "offered choices", "conversation state"])
    assert server.send("POST", "/chat", {"conversation": token, "message": "hello"})[0] == 404


def test_the_forums_questions_get_a_card_they_asked_for_first(server):
    answers = [server.ask(post["message"]) for post in FORUM]
    assert {answer["outcome"] for answer in answers} == {"answer"}
    assert all(answer["next_step"] and answer["sources"] for answer in answers)
    right = [answer["topics"][0] in post["topics"] for answer, post in zip(answers, FORUM, strict=True)]
    assert sum(right) >= 17, f"{sum(right)} of {len(right)}"


def test_the_wifes_question_is_answered_whole(server):
    answer = server.ask("My husband has aspermia, it was diagnosed when he was 38. He smokes 15 cigarettes a day and we have no children. "
                        "Could the smoking be the cause, and what treatment is there?")
    assert answer["topics"][:2] == ["smoking", "treatment_overview"]
    assert "Smoking is not a known cause of having no semen" in answer["text"]
    assert "harm sperm" in answer["text"]
    assert "depends on the cause" in answer["text"]
    assert "fertility specialist" in answer["next_step"]
    assert "both of you checked" in answer["next_step"]


def test_another_language_gets_the_numbers_and_the_clinic(server):
    answer = server.ask("mi esposo no eyacula nada y queremos tener un hijo, que podemos hacer")
    assert answer["outcome"] == "not_covered"
    assert "only understand English" in answer["text"]
    assert "999" in answer["text"]
    assert "7946" in answer["text"]


def test_a_medicine_and_a_report_line_are_named_in_the_answer(server):
    assert "Tamsulosin is one of the alpha-blockers." in server.ask("can flomax make me dry? I have been on it since march")["text"]
    assert "Morphology" in server.ask("what does morphology mean in my semen report")["text"]


def test_a_person_is_handed_over_to(server):
    answer = server.ask("I want to talk to a person")
    assert answer["outcome"] == "smalltalk"
    assert "I am a program, so nobody is reading here." in answer["text"]
    assert "7946" in answer["text"]


def test_feedback_is_answered(server):
    token, _ = server.open()
    server.say(token, "could smoking be the reason?")
    assert "good to know" in server.say(token, "that really helped, thanks for the clear answer")["text"]


@pytest.mark.parametrize("text", ["/restart", " /restart", "//restart", "\u00a0/restart", '/ask_diabetes{"topic": "x"}', "/session_start", "/back"])
def test_free_text_is_never_read_as_a_payload(server, text):
    token, _ = server.open()
    server.say(token, "could smoking be the reason that nothing comes out?")
    assert server.say(token, text)["outcome"] in OUTCOMES
    assert server.say(token, "tell me more about that")["topics"] == ["smoking"]   # the conversation was not wiped


@pytest.mark.parametrize("text", ["\U0001f600", "???", "\u200bhello", "a" * 4000, "\u202eabc", "\x00", "\ud83d"],
                         ids=["emoji", "marks", "zero width", "4000 letters", "right to left", "null", "half a character"])
def test_odd_messages_end_in_an_outcome(server, text):
    token, _ = server.open()
    status, _, data = server.send("POST", "/chat", raw=json.dumps({"conversation": token, "message": text}).encode())
    assert status == 200
    assert data["outcome"] in OUTCOMES
    assert data["text"].strip()


@pytest.mark.parametrize(("body", "status", "code"), [
    ({"conversation": "TOKEN"}, 400, "invalid_message"),
    ({"conversation": "TOKEN", "message": "a", "choice": "b"}, 400, "invalid_message"),
    ({"conversation": "TOKEN", "message": ["a"]}, 400, "invalid_message"),
    ({"conversation": "TOKEN", "message": None}, 400, "invalid_message"),
    ({"conversation": "TOKEN", "message": "  "}, 400, "empty_message"),
    ({"conversation": "TOKEN", "message": "a" * 4001}, 413, "message_too_long"),
    ({"conversation": "TOKEN", "choice": "more:no_such_card"}, 400, "unknown_choice"),
    ({"conversation": "TOKEN", "choice": "/restart"}, 400, "unknown_choice"),
    ({"conversation": "guessed", "message": "hello"}, 404, "unknown_conversation"),
    ({"conversation": 5, "message": "hello"}, 400, "invalid_conversation"),
    ({"message": "hello"}, 400, "invalid_conversation"),
])
def test_bad_requests_get_one_clear_json_sentence(server, body, status, code):
    token, _ = server.open()
    found, headers, data = server.send("POST", "/chat", {k: token if v == "TOKEN" else v for k, v in body.items()})
    assert (found, data["error"]["code"]) == (status, code)
    assert data["error"]["message"].endswith(".")
    assert headers["Content-Type"] == "application/json"
    assert server.say(token, "hello")["outcome"] == "smalltalk"   # nothing was left half done


@pytest.mark.parametrize(("path", "raw", "content_type", "status"), [
    ("/chat", b"{", "application/json", 400),
    ("/chat", b"[]", "application/json", 400),
    ("/chat", b"\xff\xfe", "application/json", 400),
    ("/chat", b"{}", "text/plain", 415),
    ("/chat/new", b"{}", "application/x-www-form-urlencoded", 415),
    ("/chat", b'{"a": "' + b"x" * MAX_BODY_BYTES + b'"}', "application/json", 413),
    ("/chat", b"x" * 200_000, "application/json", 413),
    ("/chat/forget", b"nonsense", "text/plain", 400),
], ids=["not closed", "a list", "not UTF-8", "text/plain", "a form", "over 16 KB", "over 64 KB", "a bad beacon"])
def test_bad_bodies_get_json(server, path, raw, content_type, status):
    found, _, data = server.send("POST", path, raw=raw, headers={"Content-Type": content_type})
    assert found == status
    assert set(data) == {"error"}


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nothing", 404), ("GET", "/webhooks/rest/webhook", 404), ("GET", "/conversations/x/tracker", 404), ("PUT", "/model", 404),
    ("GET", "/version", 404), ("GET", "/chat", 405), ("DELETE", "/chat/new", 405),
])
def test_nothing_else_answers(server, method, path, status):
    found, _, data = server.send(method, path)
    assert found == status
    assert "rasa" not in json.dumps(data).lower()


def test_the_page_is_served_with_strict_headers_and_names_no_version(server):
    for path in ("/", "/widget", "/topics", "/topics/smoking", "/about", "/embed", "/embed/demo", "/chat.js", "/loader.js", "/candor.css"):
        status, headers, text = server.send("GET", path)
        assert status == 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Rasa" not in text


def test_a_frame_of_an_opaque_origin_may_call_the_json_door_and_nothing_else(server):
    ask = {"Origin": "null", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in ("/chat", "/chat/new", "/chat/forget"):
        status, headers, _ = server.send("OPTIONS", path, headers=ask)
        assert status == 204
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert "Access-Control-Allow-Credentials" not in headers
    for body, status in (({}, 400), ({"conversation": "guessed", "message": "hello"}, 404)):
        found, headers, _ = server.send("POST", "/chat", body, headers={"Origin": "null"})
        assert (found, headers["Access-Control-Allow-Origin"]) == (status, "*")     # or the page could not read the refusal
    for path in ("/health", "/topics", "/"):
        assert "Access-Control-Allow-Origin" not in server.send("GET", path, headers={"Origin": "null"})[1]


def test_two_conversations_do_not_mix(server):
    first, second = server.open()[0], server.open()[0]
    server.say(first, "could smoking be the reason that nothing comes out?")
    server.say(second, "does diabetes cause retrograde ejaculation?")
    assert server.say(first, "tell me more about that")["topics"] == ["smoking"]
    assert server.say(second, "tell me more about that")["topics"] == ["diabetes"]


def test_the_same_question_gets_the_same_bytes_again_and_after_a_restart(server, restarted):
    for post in FORUM:
        first = server.ask(post["message"])
        assert json.dumps(server.ask(post["message"])) == json.dumps(first)
        assert json.dumps(restarted.ask(post["message"])) == json.dumps(first)


def test_a_canary_is_in_no_log_and_no_file(server):
    canary = f"canary{uuid.uuid4().hex}"
    token, _ = server.open()
    for text in (canary, f"could smoking be the reason {canary}", f"/restart {canary}", f'/greet{{"a": "{canary}"}}'):
        assert server.say(token, text)["outcome"] in OUTCOMES
    for body in ({"conversation": token, "message": [canary]}, {"conversation": canary, "message": "a"}, {"conversation": token, "choice": canary}):
        assert server.send("POST", "/chat", body)[0] in (400, 404)
    needle = canary.encode()
    log = server.log.read_bytes()
    assert b"Starting" in log           # the log is the real one
    assert needle not in log
    written = [p for folder in ("build", "models", ".rasa", "content", "data") for p in (ROOT / folder).rglob("*") if p.is_file()]
    assert written
    assert [str(p) for p in written if needle in p.read_bytes()] == []
