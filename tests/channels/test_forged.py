"""Nothing is read before the platform is proven: forged, altered, stale and truncated requests, next to genuine ones."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from calls import (
    ENVIRONMENT,
    NAMES,
    mattermost,
    mattermost_fields,
    messenger,
    messenger_body,
    said,
    slack,
    slack_body,
    slack_command,
    telegram,
    telegram_update,
    twilio,
    twilio_fields,
)

from bot.channels.platform import Call, RefusedCallError
from bot.channels.slack import Slack
from bot.channels.twilio import Twilio

SECRET = ENVIRONMENT["CANDOR_TELEGRAM_SECRET"]
HELLO = {"telegram": telegram_update("hello"), "messenger": messenger_body("hello"), "slack": slack_body("hello")}


def without(call, header):
    return replace(call, headers={key: value for key, value in call.headers.items() if key != header})


def altered(call):
    return replace(call, body=call.body.replace(b"hello", b"hullo"))


def cut(call):
    return replace(call, body=call.body[:-9])


def old(seconds):
    import time
    return int(time.time()) - seconds


FORGED = {
    "telegram": {
        "no secret": lambda: telegram(HELLO["telegram"], None),
        "wrong secret": lambda: telegram(HELLO["telegram"], SECRET[:-1] + "x"),
        "empty secret": lambda: telegram(HELLO["telegram"], ""),
        "truncated secret": lambda: telegram(HELLO["telegram"], SECRET[:-1]),
        "not ASCII": lambda: telegram(HELLO["telegram"], "\xe9" * 32),
        "bot token as secret": lambda: telegram(HELLO["telegram"], ENVIRONMENT["CANDOR_TELEGRAM_TOKEN"]),
    },
    "twilio": {
        "no signature": lambda: twilio(twilio_fields("hello"), signature=None),
        "wrong key": lambda: twilio(twilio_fields("hello"), token="0" * 32),
        "altered body": lambda: altered(twilio(twilio_fields("hello"))),
        "truncated body": lambda: cut(twilio(twilio_fields("hello"))),
        "added field": lambda: replace(c := twilio(twilio_fields("hello")), body=c.body + b"&MediaUrl0=x"),
        "another address": lambda: twilio(twilio_fields("hello"), url="https://evil.example/webhooks/twilio"),
        "address behind the proxy": lambda: twilio(twilio_fields("hello"), url="http://127.0.0.1:5005/webhooks/twilio"),
        "query not signed": lambda: replace(twilio(twilio_fields("hello")), query="a=1"),
        "not base64": lambda: twilio(twilio_fields("hello"), signature="\xe9\xe9"),
        "not a form": lambda: replace(twilio(twilio_fields("hello")), body=b"\xff\xfe"),
    },
    "messenger": {
        "no signature": lambda: without(messenger(HELLO["messenger"]), "x-hub-signature-256"),
        "wrong key": lambda: messenger(HELLO["messenger"], secret="0" * 32),
        "altered body": lambda: altered(messenger(HELLO["messenger"])),
        "truncated body": lambda: cut(messenger(HELLO["messenger"])),
        "SHA-1 only": lambda: messenger(HELLO["messenger"], header="x-hub-signature", algorithm="sha1"),
        "SHA-1 in the right header": lambda: messenger(HELLO["messenger"], algorithm="sha1"),
        "algorithm of its own": lambda: messenger(HELLO["messenger"], signature="nope=1"),
        "truncated signature": lambda: messenger(HELLO["messenger"], signature="sha256="),
        "wrong verify token": lambda: Call("GET", {}, "hub.mode=subscribe&hub.verify_token=x&hub.challenge=77"),
        "no verify token": lambda: Call("GET", {}, "hub.mode=subscribe&hub.challenge=77"),
    },
    "slack": {
        "no signature": lambda: without(slack(HELLO["slack"]), "x-slack-signature"),
        "no time": lambda: without(slack(HELLO["slack"]), "x-slack-request-timestamp"),
        "wrong key": lambda: slack(HELLO["slack"], secret="0" * 32),
        "altered body": lambda: altered(slack(HELLO["slack"])),
        "truncated body": lambda: cut(slack(HELLO["slack"])),
        "six minutes old": lambda: slack(HELLO["slack"], at=old(360)),
        "from the future": lambda: slack(HELLO["slack"], at=old(-360)),
        "time is no number": lambda: slack(HELLO["slack"], at="soon"),
        "time of another request": lambda: replace(c := slack(HELLO["slack"]), headers={**c.headers, "x-slack-request-timestamp": str(old(60))}),
        "empty signature": lambda: slack(HELLO["slack"], signature=""),
        "forged command": lambda: slack(slack_command("hello"), secret="0" * 32, command=True),
        "forged challenge": lambda: slack({"type": "url_verification", "challenge": "77"}, secret="0" * 32),
    },
    "mattermost": {
        "no token": lambda: mattermost(mattermost_fields("hello", token=None)),
        "wrong token": lambda: mattermost(mattermost_fields("hello", token="a" * 26)),
        "empty token": lambda: mattermost(mattermost_fields("hello", token="")),
        "both tokens at once": lambda: mattermost(mattermost_fields("hello", token=ENVIRONMENT["CANDOR_MATTERMOST_TOKENS"])),
        "truncated token": lambda: mattermost(mattermost_fields("hello", token="abcdefghijklmnopqrstuvwxy")),
        "token is a list": lambda: mattermost({**mattermost_fields("hello"), "token": ["abcdefghijklmnopqrstuvwxyz"]}, as_json=True),
        "token in a header only": lambda: replace(c := mattermost(mattermost_fields("hello", token=None)), headers={
            **c.headers, "authorization": "Token abcdefghijklmnopqrstuvwxyz"}),
    },
}


@pytest.mark.parametrize(("name", "how"), [(name, how) for name in NAMES for how in FORGED[name]])
def test_a_forged_request_gets_403_and_reaches_nobody(house, run, name, how):
    async def story():
        async with house() as it:
            answered = await it.send(name, FORGED[name][how]())
            assert (answered.status, answered.body) == (403, "")
            assert it.assistant.texts == []
            assert len(it.visitors) == 0
            assert all(fake.asked == [] for fake in it.fakes.values())
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_a_genuine_request_is_answered(house, run, name):
    async def story():
        async with house() as it:
            shown = await it.say(name, "could smoking be the reason?")
            assert "Smoking is not a known cause" in " ".join(shown)
            assert it.assistant.texts == ["could smoking be the reason?"]
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_a_replayed_request_is_answered_once(house, run, name):
    async def story():
        async with house() as it:
            call = said(name, "could smoking be the reason?")
            for _ in range(3):
                assert (await it.send(name, call)).status == 200
            assert len(it.assistant.texts) == 1
    run(story())


def test_slacks_own_retry_is_answered_once(house, run):
    async def story():
        async with house() as it:
            await it.send("slack", slack(slack_body("could smoking be the reason?", number="Ev77")))
            await it.send("slack", slack(slack_body("could smoking be the reason?", number="Ev77"), retry=1))
            assert len(it.assistant.texts) == 1
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_a_megabyte_gets_413_before_anything_is_read(house, run, name):
    async def story():
        async with house() as it:
            call = said(name, "hello")
            assert (await it.send(name, replace(call, body=call.body + b" " * 1_000_000))).status == 413
            assert it.assistant.texts == []
    run(story())


@pytest.mark.parametrize(("name", "body"), [
    ("telegram", b"{"), ("telegram", b"[]"), ("telegram", b"\xff\xfe"), ("telegram", b"[" * 50_000), ("telegram", b""),
    ("messenger", b"{"), ("messenger", b"[]"), ("slack", b"nonsense"), ("slack", b"null"),
])
def test_a_genuine_request_that_cannot_be_read_gets_400(house, run, name, body):
    import hashlib
    import hmac
    import time

    at = str(int(time.time()))
    headers = {
        "telegram": {"x-telegram-bot-api-secret-token": SECRET},
        "messenger": {"x-hub-signature-256": "sha256=" + hmac.new(
            ENVIRONMENT["CANDOR_MESSENGER_APP_SECRET"].encode(), body, hashlib.sha256).hexdigest()},
        "slack": {"x-slack-request-timestamp": at, "x-slack-signature": "v0=" + hmac.new(
            ENVIRONMENT["CANDOR_SLACK_SIGNING_SECRET"].encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()},
    }[name]

    async def story():
        async with house() as it:
            assert (await it.send(name, Call("POST", headers, "", body))).status == 400
    run(story())


def test_the_vector_that_twilio_publishes():
    """From Twilio's page "Validating Signatures from Twilio" and the tests of its libraries."""
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
    channel = Twilio({"CANDOR_TWILIO_AUTH_TOKEN": "12345", "CANDOR_TWILIO_ACCOUNT_SID": ""}, "https://mycompany.com")
    channel.path = lambda: "/myapp.php"
    call = twilio(fields, signature="RSOYDt4T1cUTdK1PDd93/VVr8B8=", query="foo=1&bar=2")
    channel.verify(call)
    with pytest.raises(RefusedCallError):
        channel.verify(replace(call, query="foo=1&bar=3"))


def test_the_vector_that_slack_publishes():
    """From Slack's page "Verifying requests from Slack"."""
    body = (b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA"
            b"&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
            b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c")
    channel = Slack({"CANDOR_SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5", "CANDOR_SLACK_BOT_TOKEN": ""}, "", now=lambda: 1531420618.0)
    headers = {"x-slack-request-timestamp": "1531420618",
               "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}
    channel.verify(Call("POST", headers, "", body))
    with pytest.raises(RefusedCallError):
        channel.verify(Call("POST", headers, "", body + b" "))


def test_meta_and_slack_get_their_challenge_back(house, run):
    async def story():
        async with house() as it:
            token = ENVIRONMENT["CANDOR_MESSENGER_VERIFY_TOKEN"]
            found = await it.send("messenger", Call("GET", {}, f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge=77"))
            assert (found.status, found.body, found.content_type) == (200, "77", "text/plain; charset=utf-8")
            found = await it.send("slack", slack({"type": "url_verification", "challenge": "abc"}))
            assert (found.status, found.body) == (200, "abc")
    run(story())


def test_a_field_given_twice_is_signed_as_twilio_signs_it(house, run):
    """Two values of one name: both are covered, sorted, each once."""
    import hashlib
    import hmac

    fields = twilio_fields("could smoking be the reason?")
    signed = "https://chat.clinic.example/webhooks/twilio" + "".join(
        key + fields[key] for key in sorted(fields)) + "XaXb"
    signature = base64.b64encode(hmac.new(ENVIRONMENT["CANDOR_TWILIO_AUTH_TOKEN"].encode(), signed.encode(), hashlib.sha1).digest()).decode()

    async def story():
        async with house() as it:
            call = twilio(fields, signature=signature)
            assert (await it.send("twilio", replace(call, body=call.body + b"&X=b&X=a"))).status == 200
            assert len(it.assistant.texts) == 1
    run(story())


def test_what_a_platform_says_is_never_in_a_repr():
    for name in NAMES:
        assert "canary" not in repr(said(name, "canary"))
    assert json.loads(said("telegram", "canary").body)
