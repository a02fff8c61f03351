"""Genuine requests of each platform, signed as the platform signs them, by code of their own: not by the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from urllib.parse import urlencode

from bot.channels.platform import Call
from bot.clinic import Channels, Clinic

PUBLIC_URL = "https://chat.clinic.example"
ENVIRONMENT = {
    "CANDOR_TELEGRAM_TOKEN": "123456789:AAexampleTokenOfNobody_0123456789abcd",
    "CANDOR_TELEGRAM_SECRET": "jW3vT8nQ1bLx5rZk7mYc9pHd2fGs4aEu",
    "CANDOR_TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "CANDOR_TWILIO_AUTH_TOKEN": "8f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "CANDOR_MESSENGER_APP_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "CANDOR_MESSENGER_PAGE_TOKEN": "EAAexamplePageTokenOfNobody0123456789abcdefghij",
    "CANDOR_MESSENGER_VERIFY_TOKEN": "kT5wR2yU8iO4pA1sD7fG3hJ9lZ6xC0vB",
    "CANDOR_SLACK_SIGNING_SECRET": "1a2b3c4d5e6f708192a3b4c5d6e7f809",
    "CANDOR_SLACK_BOT_TOKEN": "xoxb-1234567890-examplexamplexample",
    "CANDOR_MATTERMOST_TOKENS": "abcdefghijklmnopqrstuvwxyz,zyxwvutsrqponmlkjihgfedcba",
}
NAMES = ("telegram", "twilio", "messenger", "slack", "mattermost")
#: Who writes in the tests: an account of nobody on each platform.
PERSON = {"telegram": 700100200, "twilio": "whatsapp:+447700900123", "messenger": "6543210987654321", "slack": "U0EXAMPLE1",
          "mattermost": "q1w2e3r4t5y6u7i8o9p0a1s2d3"}
MATTERMOST_TOKEN = ENVIRONMENT["CANDOR_MATTERMOST_TOKENS"].split(",")[0]
_number = itertools.count(1)


def a_clinic(on=NAMES):
    return Clinic(name="Example Clinic", country="GB", phone="+44 20 7946 0000", channels=Channels(public_url=PUBLIC_URL, on=on))


def form(call_fields):
    return urlencode(call_fields).encode()


# Telegram

def telegram_update(text=None, person=None, number=None, kind="message", **more):
    person = person or PERSON["telegram"]
    message = {"message_id": 5, "date": int(time.time()), "chat": {"id": person, "type": "private"}, "from": {"id": person, "is_bot": False}, **more}
    if text is not None:
        message["text"] = text
    return {"update_id": number or next(_number), kind: message}


def telegram_tap(choice, number=None):
    chat = {"id": PERSON["telegram"], "type": "private"}
    number = number or next(_number)
    return {"update_id": number, "callback_query": {"id": f"tap{number}", "from": {"id": PERSON["telegram"]}, "data": choice,
                                                    "message": {"message_id": 5, "chat": chat}}}


def telegram(update, secret=ENVIRONMENT["CANDOR_TELEGRAM_SECRET"]):
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["x-telegram-bot-api-secret-token"] = secret
    return Call("POST", headers, "", json.dumps(update).encode())


# Twilio

def twilio_fields(text="hello", person=None, number=None, **more):
    person = person or PERSON["twilio"]
    ours = "whatsapp:+14155238886" if person.startswith("whatsapp:") else "+15005550006"
    fields = {"MessageSid": number or f"SM{next(_number):032x}", "SmsStatus": "received", "AccountSid": ENVIRONMENT["CANDOR_TWILIO_ACCOUNT_SID"],
              "From": person, "To": ours, "Body": text, "NumMedia": "0", **more}
    return {key: value for key, value in fields.items() if value is not None}


def twilio(fields, url=f"{PUBLIC_URL}/webhooks/twilio", token=ENVIRONMENT["CANDOR_TWILIO_AUTH_TOKEN"], signature="", query=""):
    signed = url + (f"?{query}" if query else "") + "".join(key + fields[key] for key in sorted(fields))
    found = signature if signature != "" else base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {"content-type": "application/x-www-form-urlencoded", **({"x-twilio-signature": found} if found is not None else {})}
    return Call("POST", headers, query, form(fields))


# Messenger

def messenger_body(text=None, number=None, person=None, **more):
    message = {"mid": number or f"m_{next(_number)}", **({"text": text} if text is not None else {}), **more}
    event = {"sender": {"id": person or PERSON["messenger"]}, "recipient": {"id": "100"}, "timestamp": int(time.time() * 1000), "message": message}
    return {"object": "page", "entry": [{"id": "100", "time": event["timestamp"], "messaging": [event]}]}


def messenger(body, secret=ENVIRONMENT["CANDOR_MESSENGER_APP_SECRET"], header="x-hub-signature-256", algorithm="sha256", signature=None):
    raw = json.dumps(body).encode()
    made = f"{algorithm}={hmac.new(secret.encode(), raw, 'sha1' if algorithm == 'sha1' else 'sha256').hexdigest()}"
    return Call("POST", {"content-type": "application/json", header: signature if signature is not None else made}, "", raw)


# Slack

def slack_body(text, number=None, **more):
    event = {"type": "message", "channel_type": "im", "channel": "D0EXAMPLE", "user": PERSON["slack"], "text": text,
             "ts": "1700000000.000100", **more}
    return {"type": "event_callback", "event_id": number or f"Ev{next(_number)}", "event": {k: v for k, v in event.items() if v is not None}}


def slack(body, secret=ENVIRONMENT["CANDOR_SLACK_SIGNING_SECRET"], at=None, signature=None, retry=None, command=False):
    raw = form(body) if command else json.dumps(body).encode()
    sent = str(int(time.time())) if at is None else str(at)
    made = "v0=" + hmac.new(secret.encode(), f"v0:{sent}:".encode() + raw, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/x-www-form-urlencoded" if command else "application/json", "x-slack-request-timestamp": sent,
               "x-slack-signature": made if signature is None else signature}
    if retry:
        headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": "http_timeout"}
    return Call("POST", headers, "", raw)


def slack_command(text, number=None):
    return {"command": "/candor", "text": text, "user_id": PERSON["slack"], "channel_id": "C0EXAMPLE", "trigger_id": number or f"t{next(_number)}",
            "response_url": "https://hooks.slack.example/commands/1"}


# Mattermost

def mattermost_fields(text, number=None, token=MATTERMOST_TOKEN, **more):
    fields = {"token": token, "team_id": "t", "channel_id": "c1", "user_id": PERSON["mattermost"], "user_name": "nurse", "trigger_word": "candor",
              "post_id": number or f"p{next(_number)}", "text": f"candor {text}", **more}
    return {key: value for key, value in fields.items() if value is not None}


def mattermost(fields, as_json=False):
    kind, body = ("application/json", json.dumps(fields).encode()) if as_json else ("application/x-www-form-urlencoded", form(fields))
    return Call("POST", {"content-type": kind}, "", body)


def said(name, text, number=None):
    """A genuine request in which somebody writes a text."""
    return {
        "telegram": lambda: telegram(telegram_update(text, number=number)),
        "twilio": lambda: twilio(twilio_fields(text, number=number)),
        "messenger": lambda: messenger(messenger_body(text, number=number)),
        "slack": lambda: slack(slack_body(text, number=number)),
        "mattermost": lambda: mattermost(mattermost_fields(text, number=number)),
    }[name]()
