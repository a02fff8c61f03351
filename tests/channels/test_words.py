"""What people can send everywhere: HELP, STOP, DELETE, LEAVE, numbers; and the first reply, which says what the app reveals."""

from __future__ import annotations

import asyncio
import logging

import pytest
from calls import NAMES, PERSON, PUBLIC_URL, telegram, telegram_tap, telegram_update, twilio, twilio_fields

from bot.channels.turns import MOST_PIECES, OVERLAP, pieces_of
from bot.channels.words import load_phrases, number_of, word_of
from bot.front_door.conversations import IDLE_SECONDS
from bot.front_door.request import MAX_CHARACTERS
from bot.paths import CONTENT

PATIENTS = ("telegram", "twilio", "messenger")
ASK = "could smoking be the reason?"


@pytest.mark.parametrize(("text", "word"), [
    ("HELP", "help"), ("help", "help"), (" Help! ", "help"), ("/help", "help"), ("/help@candor_bot", "help"), ("INFO", "help"),
    ("STOP", "stop"), ("stop.", "stop"), ("UNSUBSCRIBE", "stop"), ("DELETE", "delete"), ("/delete", "delete"), ("LEAVE", "leave"),
    ("/start", "start"), ("/start from_website", "start"), ("/start 2026-a", "start"), ("start", "start"),
    ("help me", None), ("stop smoking", None), ("i want to end it", None), ("should i stop tamsulosin?", None), ("leave me alone", None),
    ("start treatment", None), ("/start suicide", None),
    ("/start my testicle_hurts", None), ("", None), ("?", None), ("/restart", None), ("delete\nmy testicle hurts", None),
])
def test_a_word_counts_only_when_it_stands_alone(text, word):
    assert word_of(text) == word


@pytest.mark.parametrize(("text", "number"), [("1", 1), (" 2. ", 2), ("3)", 3), ("12", 12), ("4\ufe0f\u20e3", 4), ("999", None), ("112", None),
                                              ("1 2", None), ("one", None), ("15 cigarettes", None), ("-1", None), ("", None)])
def test_a_number_counts_only_when_it_stands_alone(text, number):
    assert number_of(text) == number


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["help my testicle hurts suddenly", "STOP. thoughts of suicide", "delete me suicide", "1 testicle is very painful",
                                  "/start my testicle hurts suddenly", "/start testicle", "stop stop testicle"])
def test_no_word_and_no_number_hides_a_red_flag(house, run, name, text):
    async def story():
        async with house() as it:
            await it.say(name, ASK)
            shown = await it.say(name, text)
            assert "EMERGENCY" in shown[0].split("\n")[0] + shown[0].split("\n")[1]
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_the_numbers(house, run, name):
    async def story():
        async with house() as it:
            shown = " ".join(await it.say(name, "HELP"))
            assert "Call 999." in shown
            assert "116 123" in shown
            assert it.assistant.texts == []
    run(story())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("word", "sentence"), [("STOP", "You will get no more messages"), ("DELETE", "I have forgotten what we spoke about")])
def test_stop_and_delete_forget_everything(house, run, name, word, sentence):
    async def story():
        async with house() as it:
            await it.say(name, ASK)
            assert len(it.visitors) == 1
            (shown,) = await it.say(name, word)
            assert sentence in shown
            assert len(it.visitors) == 0
            assert len(it.assistant.erased) == 1
            assert load_phrases(CONTENT).reveals[_service(name)][:20] in " ".join(await it.say(name, ASK))   # a new conversation, said as one
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_leave_says_how_to_hide_the_chat(house, run, name):
    async def story():
        async with house() as it:
            shown = " ".join(await it.say(name, "LEAVE"))
            assert load_phrases(CONTENT).leave[_service(name)] in shown
    run(story())


def _service(name):
    return "whatsapp" if name == "twilio" else name


@pytest.mark.parametrize("name", NAMES)
def test_only_the_first_reply_says_what_the_app_reveals(house, run, name):
    async def story():
        async with house() as it:
            first, second = " ".join(await it.say(name, ASK)), " ".join(await it.say(name, ASK))
            reveals = load_phrases(CONTENT).reveals[_service(name)].format(clinic="Example Clinic")
            assert reveals in first
            assert reveals not in second
            assert (PUBLIC_URL in first) is (name in PATIENTS)
            assert PUBLIC_URL not in second
    run(story())


def test_an_sms_says_what_a_phone_company_sees(house, run):
    async def story():
        async with house() as it:
            await it.send("twilio", twilio(twilio_fields(ASK, person="+447700900123")))
            assert "Your phone company and Twilio" in it.fakes["twilio"].texts()[0]
            assert it.fakes["twilio"].sent[0]["From"] == "+15005550006"
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_on_a_first_emergency_the_card_stands_before_everything_else(house, run, name):
    async def story():
        async with house() as it:
            shown = (await it.say(name, "sudden pain in my testicle"))[0]
            assert shown.startswith("EMERGENCY: Sudden or severe pain in a testicle\nCall 999.")
            assert shown.index("Call 999.") < shown.index(load_phrases(CONTENT).reveals[_service(name)][:20])
    run(story())


@pytest.mark.parametrize("name", ["twilio", "messenger", "slack", "mattermost"])
def test_choices_are_numbered_and_a_number_takes_one(house, run, name):
    async def story():
        async with house() as it:
            shown = " ".join(await it.say(name, ASK))
            assert "1. Tell me more: Smoking and semen" in shown
            more = " ".join(await it.say(name, "1"))
            assert "Tell me more: Smoking and semen" not in more
            assert it.assistant.texts == [ASK]
            assert "There is no choice with that number." in " ".join(await it.say(name, "42"))
    run(story())


def test_a_number_without_a_list_is_a_message(house, run):
    async def story():
        async with house() as it:
            await it.say("twilio", "38")
            assert it.assistant.texts == ["38"]
    run(story())


def test_start_greets_and_begins_anew(house, run):
    async def story():
        async with house() as it:
            await it.say("telegram", ASK)
            assert "Hello. I am a program." in (await it.say("telegram", "/start"))[0]
            assert len(it.visitors) == 1
            assert len(it.assistant.erased) == 1
    run(story())


def test_whoever_idles_for_half_an_hour_is_forgotten(house, run):
    now = [1000.0]

    async def story():
        async with house(clock=lambda: now[0]) as it:
            await it.say("telegram", ASK)
            now[0] += IDLE_SECONDS - 1
            await it.gateway._turns.sweep()
            assert len(it.visitors) == 1
            now[0] += 2
            await it.gateway._turns.sweep()
            assert len(it.visitors) == 0
            assert len(it.assistant.erased) == 1
    run(story())


def test_a_conversation_that_ended_at_the_door_begins_anew(house, run):
    async def story():
        async with house() as it:
            await it.say("telegram", ASK)
            (visitor,) = it.visitors._visitors.values()
            await it.gateway._turns._door().forget(visitor.token)
            assert "Smoking is not a known cause" in " ".join(await it.say("telegram", ASK))
            await it.gateway._turns._door().forget(visitor.token)
            await it.send("telegram", telegram(telegram_tap("more:smoking")))
            assert "That button belongs to a chat that has ended." in it.fakes["telegram"].texts()[-1]
            await it.gateway._turns._door().forget(visitor.token)
            await it.send("telegram", telegram(telegram_tap("help_now")))
            assert "Call 999." in it.fakes["telegram"].texts()[-1]
    run(story())


def test_an_account_is_known_by_a_pseudonym_of_this_process_only(house, run):
    async def story():
        pseudonyms = []
        for _ in range(2):
            async with house() as it:
                await it.say("telegram", ASK)
                pseudonyms += it.visitors._visitors
                assert str(PERSON["telegram"]) not in repr(vars(it.visitors))
        assert len(set(pseudonyms)) == 2
    run(story())


@pytest.mark.parametrize("where", [0, MAX_CHARACTERS - 20, 2 * MAX_CHARACTERS, 3 * MAX_CHARACTERS])
def test_an_emergency_anywhere_in_a_very_long_message_is_found(house, run, where):
    async def story():
        async with house() as it:
            text = ("word " * 5000)[:where] + " sudden pain in my testicle " + "word " * 500
            assert (await it.say("slack", text))[0].startswith("EMERGENCY")
    run(story())


def test_a_message_beyond_all_pieces_says_that_only_its_beginning_was_read(house, run):
    async def story():
        async with house() as it:
            shown = " ".join(await it.say("slack", "word " * 4000))
            assert "I read only the beginning" in shown
            assert "Call 999." in shown
            assert len(it.assistant.texts) == MOST_PIECES
    run(story())


@pytest.mark.parametrize("length", [0, 1, MAX_CHARACTERS, MAX_CHARACTERS + 1, 4096, 12_345])
def test_pieces_hold_the_whole_message_and_overlap(length):
    text = "".join(chr(65 + n % 26) for n in range(length))
    pieces = pieces_of(text)
    assert all(len(piece) <= MAX_CHARACTERS for piece in pieces)
    assert pieces[0] + "".join(piece[OVERLAP:] for piece in pieces[1:]) == text


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_behind_the_door_is_said_and_nothing_is_logged(house, run, name, caplog):
    async def story():
        async with house() as it:
            it.assistant.error = RuntimeError("canary-77")
            assert "I cannot answer right now" in " ".join(await it.say(name, "canary-77"))

            def broken(channel):
                raise RuntimeError("canary-77")
            await it.say(name, "DELETE")
            it.gateway._turns._door().begin = broken
            assert "I cannot answer right now" in " ".join(await it.say(name, "canary-77"))
    with caplog.at_level(logging.DEBUG, "bot"):
        run(story())
    assert "failed with RuntimeError" in caplog.text
    assert "canary" not in caplog.text


def test_two_messages_at_once_open_one_conversation(house, run):
    async def story():
        async with house() as it:
            it.assistant.delay = 0.05
            for text in ("first", "second"):
                await it.gateway.handle("telegram", telegram(telegram_update(text)))
            await it.settle()
            assert it.assistant.texts == ["first", "second"]
            assert len(it.fakes["telegram"].sent) == 2
            assert len(it.gateway._turns._door()._conversations._live) == 1
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_of_too_many_messages_one_is_answered_and_an_emergency_always(house, run, name):
    async def story():
        async with house() as it:
            shown = [await it.say(name, "1" if number % 2 else ASK) for number in range(24)]
            told = [" ".join(parts) for parts in shown if parts]
            assert len(told) == 21                      # twenty answers, one sentence, silence
            assert "That was very much at once." in told[-1]
            assert "Call 999." in told[-1]
            assert (await it.say(name, "sudden pain in my testicle"))[0].startswith("EMERGENCY")
            assert "Call 999." in " ".join(await it.say(name, "HELP"))
    run(story())


def test_a_full_house_is_said(house, run, monkeypatch):
    monkeypatch.setattr("bot.front_door.door.MAX_TURNS", 0)

    async def story():
        async with house() as it:
            (shown,) = await it.say("telegram", ASK)
            assert "Very many people are writing just now." in shown
            assert "Call 999." in shown
            assert "116 123" in shown
            assert (await it.say("twilio", "sudden pain in my testicle"))[0].startswith("EMERGENCY")
            assert "116 123" in (await it.say("messenger", "HELP"))[0]
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_the_door_is_told_the_class_of_the_way_in(house, run, name):
    async def story():
        async with house() as it:
            await it.say(name, ASK)
            (conversation,) = it.gateway._turns._door()._conversations._live.values()
            assert conversation.channel == ("staff" if name in ("slack", "mattermost") else "messaging")
    run(story())


@pytest.mark.parametrize("name", NAMES)
def test_a_first_emergency_waits_for_nothing_behind_the_door(house, run, name):
    import time

    async def story():
        async with house() as it:
            async def hang(pseudonym, understood):
                await asyncio.sleep(30)
            it.assistant.reply, it.assistant.delay = hang, 30
            started = time.monotonic()
            assert (await it.say(name, "sudden pain in my testicle"))[0].startswith("EMERGENCY")
            assert time.monotonic() - started < 3
    run(story())
