from __future__ import annotations

import hashlib
import json

import pytest

from bot.clinic import Clinic
from bot.privacy import closed
from bot.privacy.closed import OpenServerError, is_open

GOOD = "tracker_store:\n  type: bot.privacy.stores.ForgetfulInMemoryStore\naction_endpoint:\n  url: http://127.0.0.1:5055/webhook\n"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A folder with which everything may start."""
    monkeypatch.setenv("RASA_TELEMETRY_ENABLED", "false")
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    (tmp_path / "endpoints.yml").write_text(GOOD)
    (tmp_path / "credentials.yml").write_text("bot.channels.web.WebChannel:\n")
    (tmp_path / "model").write_bytes(b"a model")
    (tmp_path / "record").write_text(json.dumps({"model": hashlib.sha256(b"a model").hexdigest()}))
    return tmp_path


def start(settings, host="127.0.0.1", public=False, sites=()):
    clinic = Clinic(name="A clinic", website={"allowed_sites": sites})
    closed.check_all(settings, settings / "model", settings / "record", host, public, clinic)


def test_what_is_closed_may_start(settings):
    start(settings)
    start(settings, "0.0.0.0", public=True, sites=["https://clinic.example"])


@pytest.mark.parametrize(("name", "text", "said"), [
    ("endpoints.yml", "", "tracker_store"),
    ("endpoints.yml", "tracker_store:\n  type: InMemoryTrackerStore\n", "tracker_store"),
    ("endpoints.yml", "tracker_store:\n  type: SQL\n", "tracker_store"),
    ("endpoints.yml", GOOD + "event_broker:\n  type: file\n", "event_broker"),
    ("endpoints.yml", GOOD + "models:\n  url: http://evil.example\n", "models"),
    ("endpoints.yml", GOOD.replace("127.0.0.1", "actions.example"), "action server"),
    ("endpoints.yml", GOOD.replace("127.0.0.1", "127.0.0.1.evil.example"), "action server"),
    ("credentials.yml", "rest:\n", "rest"),
    ("credentials.yml", "bot.channels.web.WebChannel:\nsocketio:\n", "socketio"),
    ("model", "another", "model"),
    ("record", "{}", "model"),
])
def test_what_would_keep_or_leak_may_not_start(settings, name, text, said):
    (settings / name).write_text(text)
    with pytest.raises(OpenServerError, match=said):
        start(settings)


@pytest.mark.parametrize(("variable", "value"), [
    ("RASA_TELEMETRY_ENABLED", "true"), ("RASA_TELEMETRY_ENABLED", ""), ("LOG_LEVEL", "debug"), ("SANIC_DEBUG", "1"), ("RASA_DEBUG", "1"),
])
def test_telemetry_and_debug_may_not_start(settings, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(OpenServerError):
        start(settings)


def test_a_public_address_needs_to_be_meant_and_the_sites_named(settings):
    with pytest.raises(OpenServerError, match="--public"):
        start(settings, "0.0.0.0")
    with pytest.raises(OpenServerError, match="allowed_sites"):
        start(settings, "0.0.0.0", public=True)


@pytest.mark.parametrize("path", ["/chat", "/chat/new", "/chat/forget", "/health"])
def test_the_door_answers(path):
    assert is_open(path)


@pytest.mark.parametrize("path", [
    "/chat/", "/chatx", "/chat/new/x", "/conversations/a/tracker", "/model", "/model/parse", "/status", "/version", "/domain",
    "/webhooks/rest/webhook", "/webhooks/telegram", "/docs", "/chat\n", "//chat",
])
def test_nothing_else_does(path):
    assert not is_open(path)


def test_a_configured_channel_answers_below_its_own_path():
    assert is_open("/webhooks/telegram", ["/webhooks/telegram"])
    assert is_open("/webhooks/telegram/webhook", ["/webhooks/telegram"])
    assert not is_open("/webhooks/telegramx", ["/webhooks/telegram"])
