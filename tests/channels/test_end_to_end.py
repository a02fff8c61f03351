"""A real server with every channel on, the real model and the platforms faked on loopback: as a clinic would run it.

``pytest tests/channels/test_end_to_end.py -s`` prints the conversations and the times.
"""

from __future__ import annotations

import base64
import json
import statistics
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from calls import (
    ENVIRONMENT,
    NAMES,
    PUBLIC_URL,
    mattermost,
    mattermost_fields,
    messenger,
    messenger_body,
    said,
    slack,
    slack_body,
    slack_command,
    telegram,
    telegram_tap,
    telegram_update,
    twilio,
    twilio_fields,
)
from fake_platform import fake_platform
from real_server import running
from test_forged import FORGED

from bot.paths import ROOT

#: A reply is whole when nothing more came for so long, in seconds.
QUIET = 0.3
LAUNCHER = """
import json, sys
from pathlib import Path
import bot.paths
apis, bot.paths.CLINIC = json.loads(sys.argv[1]), Path(sys.argv[2])
from bot.channels.registry import PLATFORMS
for name, api in apis.items():
    PLATFORMS[name].api = api
from bot.rasa_quiet import settle_environment
settle_environment()
from bot.serve import serve
serve(int(sys.argv[3]), print)
"""


class Clinic:
    """The running server and its fakes."""

    def __init__(self, server, fakes):
        self.server, self.fakes = server, fakes

    def send(self, name, call, more=None, path=None):
        """A request to a webhook; returns (status, body)."""
        url = f"http://127.0.0.1:{self.server.port}{path or f'/webhooks/{name}'}" + (f"?{call.query}" if call.query else "")
        headers = {key: value for key, value in {**call.headers, **(more or {})}.items() if value.isascii()}
        request = urllib.request.Request(url, call.body if call.method == "POST" else None, headers, method=call.method)
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def shown(self, name, call, more=None, quiet=QUIET):
        """The messages that a genuine request leads to."""
        if name == "mattermost":
            status, body = self.send(name, call, more)
            assert status == 200
            return [json.loads(body)["text"]]
        fake = self.fakes[name]
        before = len(fake.sent)
        assert self.send(name, call, more)[0] == 200
        deadline = time.monotonic() + 10
        while len(fake.sent) == before or time.perf_counter() - fake.times[-1] < quiet:
            assert time.monotonic() < deadline, "no reply came"
            time.sleep(0.002)
        return fake.texts()[before:]

    def say(self, name, text):
        return self.shown(name, said(name, text))


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("channels")
    (folder / "clinic.yml").write_text((ROOT / "clinic.yml").read_text() + f"channels:\n  public_url: {PUBLIC_URL}\n  on: [{', '.join(NAMES)}]\n")
    with ExitStack() as stack:
        fakes = {name: stack.enter_context(fake_platform(name)) for name in NAMES if name != "mattermost"}
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        apis = json.dumps({name: fake.url for name, fake in fakes.items()})
        command = [sys.executable, "-c", LAUNCHER, apis, str(folder / "clinic.yml")]
        yield Clinic(stack.enter_context(running(folder / "log.txt", command)), fakes)


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_conversation(clinic, name):
    def say(text, call=None):
        parts = clinic.shown(name, call or said(name, text))
        print(f"\n--- {name} > {text}\n" + "\n   ~~~ next message ~~~\n".join(parts))
        return "\n".join(parts)

    answer = say("my husband is 38 and smokes 15 a day, nothing comes out, could smoking be the cause?")
    assert "Smoking is not a known cause of having no semen" in answer
    assert "keep" in answer
    more = say("(taps the first button)", telegram(telegram_tap("more:smoking"))) if name == "telegram" else say("1")
    assert more != answer
    assert "moking" in more
    care = say("since an hour he has terrible sudden pain in his left testicle")
    assert "EMERGENCY" in care.split("\n")[0]
    assert "Call 999." in care
    assert "Call 999." in say("HELP")
    assert "I have forgotten what we spoke about" in say("DELETE")
    assert "what would you like to know" in say("tell me more").lower()      # nothing is left of the topic


@pytest.mark.parametrize("name", NAMES)
def test_forged_requests_over_http(clinic, name):
    sent = {fake: len(found.asked) for fake, found in clinic.fakes.items()}
    for how, make in FORGED[name].items():
        call = make()
        if all(value.isascii() for value in call.headers.values()):
            assert clinic.send(name, call)[0] == 403, how
    assert {fake: len(found.asked) for fake, found in clinic.fakes.items()} == sent


@pytest.mark.parametrize("name", NAMES)
def test_too_large_a_body_over_http(clinic, name):
    call = said(name, "hello")
    status, body = clinic.send(name, replace(call, body=call.body + b" " * 100_000))
    assert status == 413
    assert json.loads(body)["error"]["code"] == "body_too_large"
    with suppress(OSError):      # the server may hang up before a megabyte is through
        assert clinic.send(name, replace(call, body=call.body + b" " * 1_000_000))[0] == 413
    assert clinic.say(name, "hello again")     # and the server goes on


@pytest.mark.parametrize(("path", "status"), [
    ("/webhooks/telegram/webhook", 404), ("/webhooks/telegram/set_webhook", 404), ("/webhooks/twilio/webhook", 404), ("/webhooks/rest/webhook", 404),
    ("/webhooks/callback/webhook", 404), ("/webhooks/rocketchat", 404), ("/socket.io/", 404), ("/webhooks/", 404),
])
def test_no_other_webhook_is_there(clinic, path, status):
    assert clinic.send("telegram", said("telegram", "hello"), path=path)[0] == status


def test_only_metas_check_may_get(clinic):
    from bot.channels.platform import Call

    for name in NAMES:
        assert clinic.send(name, Call("GET"))[0] == (403 if name == "messenger" else 405)


def test_the_website_shares_the_door_and_works_beside_the_channels(clinic):
    assert clinic.server.ask("could smoking be the reason that nothing comes out?")["topics"][0] == "smoking"


def test_the_time_of_one_message_through_each(clinic):
    times = {}
    for name in NAMES:
        taken = []
        for _ in range(15):
            clinic.shown(name, said(name, "DELETE"), quiet=0.0)      # so that the message opens a conversation, as most do
            call = said(name, "does diabetes cause retrograde ejaculation?")
            started = time.perf_counter()
            clinic.shown(name, call, quiet=0.15)
            if name == "mattermost":
                ended = time.perf_counter()
                time.sleep(0.15)            # the same rest as between the messages of the others
            taken.append(((ended if name == "mattermost" else clinic.fakes[name].times[-1]) - started) * 1000)
        times[name] = statistics.median(taken)
        slow = statistics.quantiles(taken, n=20)[-1]
        print(f"\n{name}: p50 {times[name]:.1f} ms, p95 {slow:.1f} ms from the webhook to the whole reply, n = {len(taken)}")
    taken = []
    for _ in range(15):
        started = time.perf_counter()
        clinic.server.ask("does diabetes cause retrograde ejaculation?")
        taken.append((time.perf_counter() - started) * 1000)
        time.sleep(0.15)
    website = statistics.median(taken)
    print(f"\nwebsite, for comparison (new conversation and message): p50 {website:.1f} ms, n = {len(taken)}")
    assert max(times.values()) < 5 * website + 100      # whatever else the machine does at the same time


def _forms(canary):
    """A canary as it may be written down."""
    plain = canary.encode()
    in_base64 = {base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)}
    return {plain, urllib.parse.quote(canary).encode(), canary.encode("utf-16-le"), plain.hex().encode(), *in_base64}


def _files(folder, since):
    for found in folder.rglob("*"):
        if not {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"} & set(found.parts):
            try:
                if found.is_file() and found.stat().st_mtime >= since and found.stat().st_size < 50_000_000:
                    yield found, found.read_bytes()
            except OSError:
                continue


def _hits(canaries, log, since):
    needles = {form for canary in canaries for form in _forms(canary)}
    return [str(path) for path, held in [(log, log.read_bytes()), *_files(ROOT, since), *_files(Path.home() / ".config", since)]
            if any(needle in held for needle in needles)]


def test_canaries_are_in_no_log_and_no_file(clinic, tmp_path):
    """Words, names, numbers and headers, by genuine, forged, odd and failing requests; the numbers of the writers are canaries too."""
    since = time.time() - 1
    word, number = f"canary{uuid.uuid4().hex}", str(uuid.uuid4().int)[:14]
    text = f"could smoking be the reason {word}"
    more = {"User-Agent": f"agent-{word}", "X-Forwarded-For": f"10.0.0.1, {word}", "Referer": f"https://example.org/{word}"}
    phone = f"whatsapp:+{number[:13]}"
    genuine = [
        ("telegram", telegram(telegram_update(text, person=int(number), **{"from": {"id": int(number), "first_name": word, "username": word}}))),
        ("telegram", telegram(telegram_update(person=int(number), photo=[{"file_id": word}]))),
        ("telegram", telegram(telegram_tap(word))),
        ("twilio", twilio({**twilio_fields(text, person=phone), "ProfileName": word, "WaId": number})),
        ("twilio", twilio(twilio_fields(None, person=phone, NumMedia="1", MediaUrl0=f"https://api.twilio.com/{word}"))),
        ("messenger", messenger(messenger_body(text, person=number))),
        ("messenger", messenger(messenger_body(person=number, attachments=[{"type": "image", "payload": {"url": f"https://{word}"}}]))),
        ("slack", slack(slack_body(text, user=f"U{number}"))),
        ("slack", slack(slack_body("", subtype="file_share", files=[{"name": word}]))),
        ("slack", slack(slack_command(text) | {"user_name": word}, command=True)),
        ("mattermost", mattermost(mattermost_fields(text) | {"user_name": word})),
    ]
    for name, call in genuine:
        assert clinic.send(name, call, more)[0] == 200
        assert clinic.send(name, replace(call, query=f"q={word}"), more)[0] == (403 if name == "twilio" else 200)
        assert clinic.send(name, replace(call, headers={"content-type": "application/json"}), more)[0] == 403
        assert clinic.send(name, replace(call, body=call.body + word.encode() * 2000), more)[0] == 413
    for name, trouble in (("telegram", (502, {}, {"description": word})), ("twilio", (429, {"Retry-After": "0"}, {})),
                          ("messenger", (400, {}, {"error": {"code": 100, "message": word}})), ("slack", (200, {}, {"ok": False, "error": word}))):
        clinic.fakes[name].script = [trouble]
        assert clinic.send(name, said(name, text), more)[0] == 200
    for fake in clinic.fakes.values():
        deadline = time.monotonic() + 10
        while fake.script:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    for name in NAMES:                              # every one of them still answers, so the requests did arrive
        assert clinic.say(name, "hello")
    log = clinic.server.log
    assert "a request with status" in log.read_text()        # the log is the real one
    secrets = [value for name, value in ENVIRONMENT.items() if "SID" not in name]
    assert _hits([word, number, number[:13]], log, since) == []
    assert not any(secret in log.read_text() for secret in secrets)
    (tmp_path / "leak.txt").write_bytes(base64.b64encode(f"ab{word}".encode()))
    assert _hits([word], tmp_path / "leak.txt", since) == [str(tmp_path / "leak.txt")]     # the search finds what is there
