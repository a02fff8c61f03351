from __future__ import annotations

import asyncio
import logging
import socket
import uuid

import pytest
from staff_server import Browser, a_clinic
from test_access import HASH, PASSWORD

from bot.errors import CandorError
from bot.privacy import quiet
from bot.safety.check import Findings
from bot.staff import http as staff_http
from bot.staff.access import COOKIE
from bot.staff.settings import StaffSettings
from bot.staff.site import POLICY


def test_every_page_carries_strict_headers_and_sets_one_strict_cookie(open_site):
    _, _, browser = open_site()
    for path in ("/staff/", "/staff/answers/smoking.html", "/staff/review.html", "/staff/ask", "/staff/insights", "/staff/staff.js"):
        status, headers, _ = browser.send(path)
        assert (status, headers["Content-Security-Policy"], headers["Cache-Control"]) == (200, POLICY, "no-store")
        assert headers["Referrer-Policy"] == "same-origin"
    _, headers, _ = Browser(browser.port).send("/staff/ask")
    name, *marks = [part.strip() for part in headers["Set-Cookie"].split(";")]
    assert name.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/staff"} == set(marks)


def test_the_address_without_a_slash_leads_to_the_site(open_site):
    _, _, browser = open_site()
    status, headers, _ = browser.send("/staff")
    assert (status, headers["Location"]) == (308, "/staff/")


@pytest.mark.parametrize("path", ["/", "/stafff", "/staffing/x", "/chat"])
def test_nothing_outside_is_touched(open_site, path):
    _, _, browser = open_site()
    assert browser.send(path)[0] == 404
    assert "Staff answers" not in browser.send(path)[2]


@pytest.mark.parametrize("path", [
    "/staff/../clinic.yml", "/staff/%2e%2e/clinic.yml", "/staff/templates/base.html", "/staff/answers/", "/staff/nothing"])
def test_only_the_finished_pages_are_served(open_site, path):
    _, _, browser = open_site()
    status, _, text = browser.send(path)
    assert status == 404
    assert "argon2" not in text


def test_a_forwarded_visit_finds_nothing_where_no_access_is_set_up(open_site):
    _, assistant, browser = open_site()
    token = browser.token("/staff/ask")
    status, _, text = browser.send("/staff/", **{"X-Forwarded-For": "192.0.2.7"})
    assert status == 404
    assert "Staff answers" not in text
    assert browser.send("/staff/ask", {"csrf": token, "message": "x"}, Host="clinic.example")[0] == 404
    assert assistant.texts == []


def test_signing_in_and_out(open_site):
    _, _, browser = open_site(password_hash=HASH)
    for path in ("/staff/", "/staff/answers/smoking.html", "/staff/search-data.js", "/staff/insights", "/staff/pictures/normal.svg"):
        status, _, text = browser.send(path)
        assert status == 401
        assert "staff password" in text
        assert "Smoking is not a known cause" not in text
    assert browser.send("/staff/staff.css")[0] == 200
    before = browser.cookie
    status, headers, _ = browser.send("/staff/signin", {"csrf": browser.token("/staff/"), "password": PASSWORD})
    assert (status, headers["Location"]) == (303, "/staff/index.html")
    assert browser.cookie != before                                                   # a session of somebody else's making is not taken over
    assert browser.send("/staff/answers/smoking.html")[0] == 200
    old = browser.cookie
    assert browser.send("/staff/signout", {"csrf": browser.token("/staff/signout")})[0] == 303
    browser.cookie = old
    assert browser.send("/staff/answers/smoking.html")[0] == 401


def test_a_wrong_password_is_said_and_then_limited(open_site):
    _, _, browser = open_site(password_hash=HASH)
    token = browser.token("/staff/")
    found = [browser.send("/staff/signin", {"csrf": token, "password": "wrong"}) for _ in range(6)]
    assert [status for status, _, _ in found] == [403] * 5 + [429]
    assert "The password is not right." in found[0][2]
    assert int(found[5][1]["Retry-After"]) > 0
    assert "Please wait" in found[5][2]


@pytest.mark.parametrize("token", [None, "", "guessed"])
@pytest.mark.parametrize("path", ["/staff/signin", "/staff/ask", "/staff/questions", "/staff/signout"])
def test_a_form_without_its_token_changes_nothing(open_site, path, token):
    _, assistant, browser = open_site()
    browser.send("/staff/ask")
    form = {"message": "could smoking be the reason?", "password": "x", "key": "1", "verdict": "example"}
    status, _, text = browser.send(path, form if token is None else {**form, "csrf": token})
    assert status == 403
    assert "Please send it again" in text
    assert assistant.texts == []


def test_the_proxy_header_of_a_known_proxy_lets_in(open_site):
    _, _, browser = open_site(proxies=["127.0.0.1"])
    assert browser.send("/staff/")[0] == 404
    assert browser.send("/staff/", **{"X-Remote-User": "ann", "X-Forwarded-For": "192.0.2.7", "Host": "staff.clinic.example"})[0] == 200


def test_behind_https_the_session_cookie_is_secure(open_site):
    _, _, browser = open_site(password_hash=HASH)
    browser.headers = {"X-Forwarded-Proto": "https", "Host": "staff.clinic.example"}
    _, headers, _ = browser.send("/staff/signin", {"csrf": browser.token("/staff/"), "password": PASSWORD})
    assert headers["Set-Cookie"].endswith("; Secure")


def test_asking_as_a_patient_shows_answer_topics_and_reasons_and_forgets(open_site, capsys):
    _, assistant, browser = open_site(check=lambda text: Findings(possible=("RF-04",), requests=("diagnose",)))
    canary = f"canary{uuid.uuid4().hex}"
    status, _, text = browser.send("/staff/ask", {"csrf": browser.token("/staff/ask"), "message": f"is it the smoking {canary}"})
    assert status == 200
    for words in ("Smoking and semen", "90 %", "answered", "Possible red flag", "Refused kindly: diagnose", "Somebody asks as a partner",
                  "Smoking is not a known cause", canary):
        assert words in text
    assert assistant.live == set()                                        # the conversation was erased
    assert canary not in browser.send("/staff/ask")[2]
    assert canary not in "".join(capsys.readouterr())


def test_a_red_flag_comes_first_and_alone(open_site):
    _, _, browser = open_site(check=lambda text: Findings(flags=("RF-04",), by_meaning=("RF-04",)))
    text = browser.send("/staff/ask", {"csrf": browser.token("/staff/ask"), "message": "it hurts"})[2]
    assert "comes first and alone" in text
    assert "by meaning" in text
    assert ">answered<" not in text
    assert "Smoking is not a known cause" not in text


def test_what_is_asked_is_shown_as_text_never_as_markup(open_site):
    _, _, browser = open_site()
    text = browser.send("/staff/ask", {"csrf": browser.token("/staff/ask"), "message": "</textarea><script>alert(1)</script>"})[2]
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize(("message", "status", "words"), [
    ("  ", 400, "Please write a question."), ("a" * 4001, 413, "at most 4000"), ("a" * 20_000, 413, "Too long"), ("a" * 200_000, 413, "Too long"),
])
def test_bad_questions_get_a_clear_sentence(open_site, message, status, words):
    _, assistant, browser = open_site()
    found, _, text = browser.send("/staff/ask", {"csrf": browser.token("/staff/ask"), "message": message})
    assert found == status
    assert words in text
    assert assistant.texts == []


def test_a_long_question_that_is_refused_is_not_lost(open_site):
    _, _, browser = open_site()
    assert "b" * 4001 in browser.send("/staff/ask", {"csrf": browser.token("/staff/ask"), "message": "b" * 4001})[2]


def test_asking_is_limited(open_site):
    _, _, browser = open_site()
    token = browser.token("/staff/ask")
    found = [browser.send("/staff/ask", {"csrf": token, "message": "x"})[0] for _ in range(12)]
    assert found[:10] == [200] * 10
    assert 429 in found[10:]


def test_the_audit_says_what_happened_without_content_name_or_address(open_site, caplog):
    logging.getLogger("bot.staff.audit").propagate = True
    _, _, browser = open_site(password_hash=HASH)
    with caplog.at_level(logging.INFO, "bot.staff.audit"):
        browser.send("/staff/signin", {"csrf": browser.token("/staff/"), "password": "wrong canary words"})
        browser.send("/staff/signin", {"csrf": browser.token("/staff/"), "password": PASSWORD})
        browser.send("/staff/ask", {"csrf": browser.token("/staff/ask"), "message": "canary question"})
    lines = [record.getMessage() for record in caplog.records if record.name == "bot.staff.audit"]
    assert [line.split(" ", 1)[1] for line in lines] == ["wrong password", "signed in", "asked as a patient"]
    assert lines[1].split(" ", 1)[0] == lines[2].split(" ", 1)[0]
    assert not any(word in "\n".join(lines) for word in ("canary", "127.0.0.1", browser.cookie.split("=")[1]))


def test_a_served_site_s_quiet_logs_let_the_audit_through(open_site, caplog):
    logging.getLogger("bot.staff.audit").propagate = True
    _, _, browser = open_site(password_hash=HASH)
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(quiet._record)
    try:
        with caplog.at_level(logging.INFO, "bot.staff.audit"):
            browser.send("/staff/signin", {"csrf": browser.token("/staff/"), "password": "wrong canary words"})
    finally:
        logging.setLogRecordFactory(before)
    assert [record.getMessage().split()[-2:] for record in caplog.records if record.name == "bot.staff.audit"] == [["wrong", "password"]]


@pytest.fixture
def start(served, monkeypatch):
    """Runs what a starting server runs, with settings; returns the middlewares that it added."""
    _, _, loop, app = served
    before = list(app.request_middleware)

    def start(assistant, **settings):
        clinic = a_clinic(staff=StaffSettings.parse_obj(settings))
        monkeypatch.setattr(staff_http, "load_clinic", lambda path: clinic)
        asyncio.run_coroutine_threadsafe(staff_http.staff_site(assistant)(app, loop), loop).result(20)
        return [function.__name__ for function in app.request_middleware if function not in before]

    yield start
    for function in [function for function in app.request_middleware if function not in before]:
        app.request_middleware.remove(function)


def test_the_site_stands_on_the_websites_port_unless_told_otherwise(start):
    assert start(None) == ["answer"]


def test_a_switched_off_site_is_nowhere(start):
    assert start(None, enabled=False) == []


def test_the_site_can_have_a_port_of_its_own(start, open_site, served, monkeypatch):
    _, assistant, website = open_site()

    async def nobody(request):
        return None

    monkeypatch.setattr(served[0].site, "answer", nobody)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start(assistant, port=port)
    alone = Browser(port)
    assert alone.send("/staff/review.html")[0] == 200
    assert "nothing at this address" in alone.send("/")[2]
    assert alone.send("/staff/ask", {"csrf": alone.token("/staff/ask"), "message": "is it the smoking"})[0] == 200
    assert assistant.texts == ["is it the smoking"]
    assert website.send("/staff/review.html")[0] == 404
    with pytest.raises(CandorError, match=f"Port {port} on 127.0.0.1 is in use"):
        start(assistant, port=port)
