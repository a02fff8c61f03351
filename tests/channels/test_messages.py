"""Whatever kind of update comes: a reply where a person waits, silence where nobody does, and nothing kept."""

from __future__ import annotations

import json

import pytest
from calls import (
    PERSON,
    mattermost,
    mattermost_fields,
    messenger,
    messenger_body,
    slack,
    slack_body,
    slack_command,
    telegram,
    telegram_tap,
    telegram_update,
    twilio,
    twilio_fields,
)


def messenger_event(**event):
    return {"object": "page", "entry": [{"messaging": [{"sender": {"id": PERSON["messenger"]}, "timestamp": 1, **event}]}]}


WITHOUT_WORDS = {
    "telegram photo": ("telegram", lambda: telegram(telegram_update(photo=[{"file_id": "canary-77"}]))),
    "telegram voice": ("telegram", lambda: telegram(telegram_update(voice={"file_id": "canary-77"}))),
    "telegram location": ("telegram", lambda: telegram(telegram_update(location={"latitude": 51.5, "longitude": -0.1}))),
    "telegram sticker": ("telegram", lambda: telegram(telegram_update(sticker={"file_id": "canary-77"}))),
    "telegram edited photo": ("telegram", lambda: telegram(telegram_update(kind="edited_message", photo=[{}]))),
    "whatsapp photo, no body": ("twilio", lambda: twilio(twilio_fields(None, NumMedia="1", MediaUrl0="https://api.twilio.com/canary-77"))),
    "whatsapp location": ("twilio", lambda: twilio(twilio_fields("", Latitude="51.5", Longitude="-0.1"))),
    "sms, empty body": ("twilio", lambda: twilio(twilio_fields("", person="+447700900123"))),
    "messenger picture": ("messenger", lambda: messenger(messenger_body(attachments=[{"type": "image", "payload": {"url": "https://canary-77"}}]))),
    "slack file": ("slack", lambda: slack(slack_body("", subtype="file_share", files=[{"id": "canary-77"}]))),
}


@pytest.mark.parametrize("kind", WITHOUT_WORDS)
def test_a_message_without_words_gets_a_kind_sentence_with_the_number(house, run, kind):
    name, call = WITHOUT_WORDS[kind]

    async def story():
        async with house() as it:
            assert (await it.send(name, call())).status == 200
            (text,) = it.fakes[name].texts()
            assert "I can only read words" in text
            assert "999" in text
            assert it.assistant.texts == []
            assert [path for path, _ in it.fakes[name].asked if "getFile" in path] == []
    run(story())


NOBODY_WAITS = {
    "telegram channel post": ("telegram", lambda: telegram({"update_id": 1, "channel_post": {
        "text": "hello", "chat": {"id": 1, "type": "channel"}}})),
    "telegram reaction": ("telegram", lambda: telegram({"update_id": 1, "message_reaction": {"chat": {"id": 1}}})),
    "telegram unknown": ("telegram", lambda: telegram({"update_id": 1, "quantum_message": {"text": "hello"}})),
    "telegram pinned message": ("telegram", lambda: telegram(telegram_update(pinned_message={"text": "hello"}))),
    "telegram no chat": ("telegram", lambda: telegram({"update_id": 1, "message": {"text": "hello"}})),
    "telegram no number": ("telegram", lambda: telegram({"message": {"text": "hello", "chat": {"id": 1, "type": "private"}}})),
    "telegram wrong types": ("telegram", lambda: telegram({"update_id": [1], "message": {"text": {"a": 1}, "chat": [1]}})),
    "telegram another bot": ("telegram", lambda: telegram(telegram_update("hello", **{"from": {"id": 5, "is_bot": True}}))),
    "telegram unblocked": ("telegram", lambda: telegram({"update_id": 1, "my_chat_member": {
        "chat": {"id": 1, "type": "private"}, "new_chat_member": {"status": "member"}}})),
    "twilio delivery report": ("twilio", lambda: twilio(twilio_fields(None, MessageStatus="delivered"))),
    "twilio no sender": ("twilio", lambda: twilio(twilio_fields("hello", From="BANK"))),
    "twilio no id": ("twilio", lambda: twilio({"From": "+447700900123", "To": "+15005550006", "Body": "hello"})),
    "twilio from another service": ("twilio", lambda: twilio(twilio_fields("hello", From="messenger:123456"))),
    "messenger delivered": ("messenger", lambda: messenger(messenger_event(delivery={"mids": ["m_1"]}))),
    "messenger read": ("messenger", lambda: messenger(messenger_event(read={"watermark": 1}))),
    "messenger echo": ("messenger", lambda: messenger(messenger_event(message={"mid": "m", "text": "hello", "is_echo": True}))),
    "messenger reaction": ("messenger", lambda: messenger(messenger_event(reaction={"emoji": "x"}))),
    "messenger instagram": ("messenger", lambda: messenger({"object": "instagram", "entry": []})),
    "messenger wrong types": ("messenger", lambda: messenger({"object": "page", "entry": [{"messaging": [7, {"message": []}]}, None]})),
    "slack own message": ("slack", lambda: slack(slack_body("hello", bot_id="B1"))),
    "slack edit": ("slack", lambda: slack(slack_body("hello", subtype="message_changed"))),
    "slack in a channel": ("slack", lambda: slack(slack_body("hello", channel_type="channel"))),
    "slack unknown": ("slack", lambda: slack(slack_body("hello", type="reaction_added"))),
    "slack wrong types": ("slack", lambda: slack({"type": "event_callback", "event_id": {}, "event": []})),
    "slack ssl check": ("slack", lambda: slack({"ssl_check": "1", "token": "x"}, command=True)),
    "mattermost no user": ("mattermost", lambda: mattermost(mattermost_fields("hello", user_id=None))),
    "mattermost wrong types": ("mattermost", lambda: mattermost({**mattermost_fields("hello"), "post_id": [], "text": {}}, as_json=True)),
}


@pytest.mark.parametrize("kind", NOBODY_WAITS)
def test_what_nobody_waits_on_is_accepted_and_left_alone(house, run, kind):
    name, call = NOBODY_WAITS[kind]

    async def story():
        async with house() as it:
            answered = await it.send(name, call())
            assert (answered.status, answered.body) == (200, "")
            assert it.assistant.texts == []
            assert len(it.visitors) == 0
            assert all(fake.asked == [] for fake in it.fakes.values())
    run(story())


@pytest.mark.parametrize("call", [
    lambda: telegram(telegram_update(photo=[{}], caption="could smoking be the reason?")),
    lambda: twilio(twilio_fields("could smoking be the reason?", NumMedia="1")),
    lambda: messenger(messenger_body("could smoking be the reason?", attachments=[{"type": "image"}])),
    lambda: slack(slack_body("could smoking be the reason?", subtype="file_share", files=[{}])),
], ids=["telegram", "twilio", "messenger", "slack"])
def test_words_beside_a_picture_are_answered_and_the_picture_is_said_to_be_unread(house, run, call):
    async def story():
        async with house() as it:
            made = call()
            name = next(n for n, header in (("telegram", "x-telegram-bot-api-secret-token"), ("twilio", "x-twilio-signature"),
                                            ("messenger", "x-hub-signature-256"), ("slack", "x-slack-signature")) if header in made.headers)
            await it.send(name, made)
            text = " ".join(it.fakes[name].texts())
            assert "Smoking is not a known cause" in text
            assert "I have not opened what you sent" in text
    run(story())


def test_an_edit_is_read_because_an_emergency_may_have_been_added(house, run):
    async def story():
        async with house() as it:
            await it.send("telegram", telegram(telegram_update("my testicle hurts a lot suddenly", kind="edited_message")))
            assert it.fakes["telegram"].texts()[0].startswith("EMERGENCY")
    run(story())


def test_who_blocks_the_bot_is_forgotten(house, run):
    async def story():
        async with house() as it:
            await it.say("telegram", "could smoking be the reason?")
            assert len(it.visitors) == 1
            chat = {"id": PERSON["telegram"], "type": "private"}
            left = {"update_id": 99_001, "my_chat_member": {"chat": chat, "new_chat_member": {"status": "kicked"}}}
            assert (await it.send("telegram", telegram(left))).status == 200
            assert len(it.visitors) == 0
            assert len(it.assistant.erased) == 1
    run(story())


def test_a_group_is_told_that_only_private_chats_are_answered(house, run):
    async def story():
        async with house() as it:
            await it.send("telegram", telegram(telegram_update("hello", chat={"id": -55, "type": "supergroup"})))
            assert it.fakes["telegram"].texts() == ["I answer in private chats only, so that nobody else reads along. Please write to me there."]
            assert len(it.visitors) == 0
    run(story())


def test_a_tap_is_acknowledged_and_answered(house, run):
    async def story():
        async with house() as it:
            await it.say("telegram", "could smoking be the reason?")
            buttons = [row[0] for row in it.fakes["telegram"].sent[-1]["reply_markup"]["inline_keyboard"]]
            assert buttons[0] == {"text": "Tell me more: Smoking and semen", "callback_data": "more:smoking"}
            assert buttons[-1]["callback_data"] == "help_now"
            await it.send("telegram", telegram(telegram_tap("more:smoking")))
            methods = [path.rpartition("/")[2] for path, _ in it.fakes["telegram"].asked]
            assert methods[:3] == ["sendMessage", "answerCallbackQuery", "sendMessage"]
            assert it.assistant.texts == ["could smoking be the reason?"]
            assert "reply_markup" in it.fakes["telegram"].sent[-1]
    run(story())


@pytest.mark.parametrize("choice", ["more:diabetes", "/restart", "ask:no_such_topic", "x" * 64, ""])
def test_a_button_that_was_not_offered_gets_a_sentence(house, run, choice):
    async def story():
        async with house() as it:
            await it.send("telegram", telegram(telegram_tap(choice)))
            assert "That button belongs to a chat that has ended." in it.fakes["telegram"].texts()[0]
    run(story())


def test_help_now_works_on_a_button_of_any_age(house, run):
    async def story():
        async with house() as it:
            await it.send("telegram", telegram(telegram_tap("help_now")))
            assert "Call 999." in it.fakes["telegram"].texts()[0]
    run(story())


def test_a_quick_reply_of_messenger_is_a_choice(house, run):
    async def story():
        async with house() as it:
            await it.say("messenger", "could smoking be the reason?")
            quick = it.fakes["messenger"].sent[-1]["message"]["quick_replies"]
            assert quick[0] == {"content_type": "text", "title": "1", "payload": "more:smoking"}
            before = len(it.fakes["messenger"].sent)
            await it.send("messenger", messenger(messenger_body("1", quick_reply={"payload": "more:smoking"})))
            assert len(it.fakes["messenger"].sent) > before
            await it.send("messenger", messenger(messenger_event(postback={"title": "Get started", "payload": "GET_STARTED"})))
            assert "Hello. I am a program." in it.fakes["messenger"].texts()[-1]
    run(story())


def test_several_people_in_one_request_are_each_answered(house, run):
    async def story():
        async with house() as it:
            body = messenger_body("could smoking be the reason?", person="111")
            body["entry"] += messenger_body("sudden pain in my testicle", person="222")["entry"]
            await it.send("messenger", messenger(body))
            by_person = {}
            for message in it.fakes["messenger"].sent:
                by_person.setdefault(message["recipient"]["id"], []).append(message["message"]["text"])
            assert "Smoking is not a known cause" in " ".join(by_person["111"])
            assert by_person["222"][0].startswith("EMERGENCY")
            assert len(it.visitors) == 2
    run(story())


def test_slack_answers_a_mention_in_its_thread_and_a_command_inline(house, run):
    async def story():
        async with house() as it:
            await it.send("slack", slack(slack_body("<@U0BOT> could smoking be the reason?", type="app_mention", channel_type=None, channel="C1")))
            (sent,) = it.fakes["slack"].sent
            assert (sent["channel"], sent["thread_ts"]) == ("C1", "1700000000.000100")
            assert (sent["unfurl_links"], sent["mrkdwn"]) == (False, False)
            assert it.assistant.texts == ["could smoking be the reason?"]
            answered = await it.send("slack", slack(slack_command("could smoking be the reason?"), command=True))
            body = json.loads(answered.body)
            assert body["response_type"] == "ephemeral"
            assert "Smoking is not a known cause" in body["text"]
            assert len(it.fakes["slack"].sent) == 1
    run(story())


def test_slack_marks_are_taken_off_and_put_on(house, run):
    async def story():
        async with house() as it:
            await it.send("slack", slack(slack_body("is A &lt; B &amp; C, see <https://example.org/x|this>?")))
            assert it.assistant.texts == ["is A < B & C, see https://example.org/x?"]
    run(story())


def test_mattermost_answers_in_the_same_request(house, run):
    async def story():
        async with house() as it:
            answered = await it.send("mattermost", mattermost(mattermost_fields("could smoking be the reason?")))
            body = json.loads(answered.body)
            assert (answered.content_type, body["response_type"]) == ("application/json", "comment")
            command = mattermost_fields("", trigger_word=None, post_id=None, command="/candor", trigger_id="t1")
            answered = await it.send("mattermost", mattermost({**command, "text": "could smoking be the reason?"}))
            assert json.loads(answered.body)["response_type"] == "ephemeral"
            assert it.assistant.texts == ["could smoking be the reason?"] * 2
            answered = await it.send("mattermost", mattermost(mattermost_fields("testicle pain"), as_json=True))
            assert "EMERGENCY" in json.loads(answered.body)["text"]
    run(story())


def test_two_people_in_one_room_have_conversations_of_their_own(house, run):
    async def story():
        async with house() as it:
            for user in ("a", "b"):
                await it.send("mattermost", mattermost(mattermost_fields("could smoking be the reason?", user_id=user)))
            assert len(it.visitors) == 2
    run(story())


def test_too_many_turns_at_once_are_sent_back_to_the_platform(house, run, monkeypatch):
    monkeypatch.setattr("bot.channels.gateway.MOST_TURNS", 2)

    async def story():
        async with house() as it:
            it.assistant.delay = 0.2
            calls = [telegram(telegram_update("hello", person=n)) for n in (1, 2, 3)]
            statuses = [(await it.gateway.handle("telegram", call)).status for call in calls]
            assert statuses == [200, 200, 503]
            await it.settle()
            assert (await it.send("telegram", calls[2])).status == 200    # what was sent back is new when it comes again
            assert {message["chat_id"] for message in it.fakes["telegram"].sent} == {"1", "2", "3"}
    run(story())
