"""Which channels start: those switched on whose secrets are there and strong; the others are refused with a sentence, never with a value."""

from __future__ import annotations

import logging
from unittest import mock

import pytest
from calls import ENVIRONMENT, NAMES, PUBLIC_URL, a_clinic
from fake_platform import fake_platform

from bot import serve
from bot.channels import command
from bot.channels.registry import PLATFORMS, secret_names, start_platforms
from bot.channels.secrets import same
from bot.channels.words import load_phrases
from bot.clinic import CHANNELS, load_clinic
from bot.errors import CandorError
from bot.paths import CLINIC, CONTENT, ROOT


def started(environment, on=NAMES):
    return [platform.name for platform in start_platforms(a_clinic(on), environment)]


def test_the_shipped_settings_start_no_channel():
    assert start_platforms(load_clinic(CLINIC), ENVIRONMENT) == []


def test_clinic_yml_and_the_registry_name_the_same_channels():
    assert tuple(PLATFORMS) == CHANNELS == NAMES
    assert secret_names() == set(ENVIRONMENT)


def test_every_channel_starts_when_its_secrets_are_there():
    assert started(ENVIRONMENT) == list(NAMES)
    assert started(ENVIRONMENT, ("slack",)) == ["slack"]


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
@pytest.mark.parametrize("value", [None, "", "secret", "a" * 40, "changeme", " " + "0123456789abcdef" * 2, "%s\n"],
                         ids=["missing", "empty", "short", "one letter", "placeholder", "blank in front", "newline behind"])
def test_a_missing_or_weak_secret_keeps_its_channel_from_starting_and_no_other(name, value, caplog):
    value = ENVIRONMENT[name] + "\n" if value == "%s\n" else value
    environment = {key: value if key == name else found for key, found in ENVIRONMENT.items() if key != name or value is not None}
    owner = next(channel for channel, platform in PLATFORMS.items() if name in [secret.name for secret in platform.secrets])
    with caplog.at_level(logging.ERROR):
        assert started(environment) == [channel for channel in NAMES if channel != owner]
    assert f"The channel {owner} does not start: {name} is" in caplog.text
    for found in environment.values():
        assert len(found or "") < 9 or found not in caplog.text


def test_one_secret_used_twice_is_refused(caplog):
    environment = {**ENVIRONMENT, "CANDOR_MESSENGER_PAGE_TOKEN": "a1b2c3d4" * 8, "CANDOR_MESSENGER_VERIFY_TOKEN": "a1b2c3d4" * 8}
    assert "messenger" not in started(environment)
    assert "two of its secrets are the same" in caplog.text


@pytest.mark.parametrize(("channels", "sentence"), [
    ("{on: [telegram]}", "a channel needs public_url"),
    ("{public_url: 'http://chat.clinic.example', on: [telegram]}", "public_url"),
    ("{public_url: 'https://chat.clinic.example/', on: [telegram]}", "public_url"),
    ("{public_url: 'https://chat.clinic.example', on: [rocketchat]}", "'rocketchat' is not supported: only telegram, twilio"),
    ("{public_url: 'https://chat.clinic.example', on: [socketio]}", "'socketio' is not supported"),
    ("{public_url: 'https://chat.clinic.example', off: [telegram]}", "extra fields not permitted"),
])
def test_a_wrong_setting_is_one_sentence(tmp_path, channels, sentence):
    (tmp_path / "clinic.yml").write_text(f"name: A clinic\nchannels: {channels}\n")
    with pytest.raises(CandorError, match=sentence):
        load_clinic(tmp_path / "clinic.yml")


def test_rasas_own_connectors_are_refused_in_credentials():
    from rasa.core.channels.rest import RestInput

    from bot.channels.messaging import MessagingChannel, refuse_others

    refuse_others([MessagingChannel()])
    with pytest.raises(CandorError, match=r"The channel rest in credentials\.yml is refused"):
        refuse_others([MessagingChannel(), RestInput()])


def test_the_action_server_is_not_given_the_secrets(monkeypatch):
    seen = {}
    monkeypatch.setattr(serve, "is_taken", lambda port: False)
    monkeypatch.setattr(serve.subprocess, "Popen", lambda command, **settings: seen.update(settings) or mock.MagicMock(poll=lambda: 0))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with serve.action_server(5999):
        assert seen["env"]["SANIC_HOST"] == "127.0.0.1"
        assert not set(ENVIRONMENT) & set(seen["env"])


def test_only_the_channels_that_start_have_a_webhook(monkeypatch, caplog):
    from bot.channels import messaging

    monkeypatch.setattr(messaging, "load_clinic", lambda path: a_clinic(("telegram", "slack", "messenger")))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value if name != "CANDOR_SLACK_SIGNING_SECRET" else "weak")
    blueprint = messaging.MessagingChannel().blueprint(None)
    assert {(route.uri, tuple(sorted(route.methods))) for route in blueprint._future_routes} == {
        ("/webhooks/telegram", ("POST",)), ("/webhooks/messenger", ("GET", "POST"))}
    assert "The channel slack does not start: CANDOR_SLACK_SIGNING_SECRET is weak or wrong" in caplog.text


def test_no_secret_stands_in_the_repository():
    assert "CANDOR_" not in (ROOT / "credentials.yml").read_text()
    assert set((ROOT / "docs" / "channels.md").read_text().split("`")) >= set(ENVIRONMENT)


def test_every_service_has_its_sentences():
    phrases = load_phrases(CONTENT)
    assert set(phrases.reveals) == set(phrases.leave) == {"telegram", "whatsapp", "sms", "messenger", "slack", "mattermost"}


def test_the_list_shows_every_channel_and_no_value():
    text, fine = command.list_channels(a_clinic(("telegram", "slack")), {**ENVIRONMENT, "CANDOR_SLACK_BOT_TOKEN": "xoxb-weak"})
    assert not fine
    assert "telegram    on    /webhooks/telegram" in text
    assert "slack       NO    does not start: CANDOR_SLACK_BOT_TOKEN is weak or wrong" in text
    assert "twilio      off   not named under channels: on: in clinic.yml; it needs CANDOR_TWILIO_ACCOUNT_SID" in text
    assert not any(value in text for value in (*ENVIRONMENT.values(), "xoxb-weak"))


def test_a_fresh_secret_is_strong_and_new_each_time():
    first, second = command.fresh_secret(), command.fresh_secret()
    assert first != second
    assert started({**ENVIRONMENT, "CANDOR_TELEGRAM_SECRET": first}, ("telegram",)) == ["telegram"]


def test_the_webhook_is_set_and_removed_at_telegram():
    with fake_platform("telegram") as fake:
        channel = command.telegram(a_clinic(), ENVIRONMENT, fake.url)
        command.set_webhook(channel)
        assert fake.sent[0]["url"] == f"{PUBLIC_URL}/webhooks/telegram"
        assert fake.sent[0]["secret_token"] == ENVIRONMENT["CANDOR_TELEGRAM_SECRET"]
        command.remove_webhook(channel)
        assert [path.rpartition("/")[2] for path, _ in fake.asked] == ["setWebhook", "deleteWebhook"]


@pytest.mark.parametrize(("environment", "api", "sentence"), [
    ({}, None, "CANDOR_TELEGRAM_TOKEN is missing"),
    ({**ENVIRONMENT, "CANDOR_TELEGRAM_TOKEN": "123456789:wrongwrongwrongwrongwrongwrong01"}, "fake", "Telegram refused"),
    (ENVIRONMENT, "http://127.0.0.1:1", "Telegram cannot be reached"),
])
def test_a_webhook_that_cannot_be_set_is_one_sentence_without_the_token(environment, api, sentence):
    with fake_platform("telegram") as fake, pytest.raises(CandorError, match=sentence) as error:
        command.set_webhook(command.telegram(a_clinic(), environment, fake.url if api == "fake" else api))
    assert environment.get("CANDOR_TELEGRAM_TOKEN", "no token") not in str(error.value)


@pytest.mark.parametrize(("found", "wanted", "equal"), [("a", "a", True), ("a", "b", False), ("", "a", False), ("\xe9", "a", False),
                                                         ("\ud800", "a", False)])
def test_any_characters_can_be_compared(found, wanted, equal):
    assert same(found, wanted) is equal


@pytest.mark.parametrize(("arguments", "status", "printed"), [
    (["channel", "list"], 0, "telegram    off"), (["channel", "secret"], 0, ""), (["channel", "telegram", "set-webhook"], 2, ""),
    (["channel", "telegram", "remove-webhook"], 2, ""),
])
def test_the_command_line(monkeypatch, capsys, arguments, status, printed):
    from bot import cli

    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.argv", ["candor", *arguments])
    assert cli.main() == status
    assert printed in capsys.readouterr().out
