"""Delivery: in order, care cards first, again when the platform is down, never more than fits in memory, nothing written."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest
from calls import said, telegram, telegram_update

from bot.channels.outbox import Outbox
from bot.channels.platform import Outgoing, Verdict
from bot.channels.telegram import Telegram

DELIVERED = Verdict("delivered")


class Post:
    """Takes requests and answers with what it is told to, then with "delivered"."""

    def __init__(self, *verdicts):
        self.verdicts, self.asked = list(verdicts), []

    async def __call__(self, request):
        self.asked.append(request.url)
        await asyncio.sleep(0)
        verdict = self.verdicts.pop(0) if self.verdicts else DELIVERED
        if isinstance(verdict, Exception):
            raise verdict
        return verdict


def messages(*names, optional=False):
    return [Outgoing(name, {}, optional=optional) for name in names]


async def settle(outbox):
    await asyncio.wait_for(outbox._idle.wait(), 5)


def deliver(post, *puts, **settings):
    """Puts replies into an outbox, each (key, names, care), and waits for the end."""
    async def story():
        outbox = Outbox("fake", post, **{"first_pause": 0.01, **settings})
        for key, names, care in puts:
            outbox.put(key, messages(*names), care)
        outbox.start()
        await settle(outbox)
        await outbox.stop()
        return outbox
    return asyncio.run(story())


def test_the_parts_of_a_reply_and_the_replies_of_a_person_keep_their_order():
    post = Post()
    deliver(post, ("a", ("1", "2"), False), ("a", ("3",), False), ("a", ("4", "5"), False))
    assert post.asked == ["1", "2", "3", "4", "5"]


def test_a_part_that_failed_is_sent_again_and_those_before_it_are_not():
    post = Post(DELIVERED, Verdict("down"), Verdict("down"))
    deliver(post, ("a", ("1", "2", "3"), False))
    assert post.asked == ["1", "2", "2", "2", "3"]


@pytest.mark.parametrize("fault", [Verdict("down"), OSError("canary-77"), asyncio.TimeoutError(), ValueError("canary-77")])
def test_every_fault_of_the_platform_is_tried_again(fault, caplog):
    post = Post(fault, fault)
    with caplog.at_level(logging.DEBUG):
        deliver(post, ("a", ("1",), False))
    assert post.asked == ["1", "1", "1"]
    assert "canary" not in caplog.text


def test_after_an_outage_care_cards_are_sent_first():
    post = Post(Verdict("down"))
    deliver(post, ("a", ("a",), False), ("b", ("b",), False), ("c", ("care",), True))
    assert post.asked[0] == "care"
    post = Post(*[Verdict("down")] * 3)

    async def story():
        outbox = Outbox("fake", post, first_pause=0.03)
        outbox.start()
        for name in ("a", "b"):
            outbox.put(name, messages(name))
        await asyncio.sleep(0.01)
        outbox.put("c", messages("care"), care=True)
        await settle(outbox)
        await outbox.stop()
    asyncio.run(story())
    tried = post.asked[2:]                    # the first two failed before the card was there
    assert tried[0] == "care"
    assert tried[-2:] == ["a", "b"]


def test_while_the_platform_is_down_one_reply_at_a_time_is_tried_with_growing_pauses():
    times = []

    async def story():
        loop = asyncio.get_running_loop()

        async def send(request):
            times.append(loop.time())
            return Verdict("down") if len(times) < 5 else DELIVERED
        outbox = Outbox("fake", send, first_pause=0.02)
        outbox.put("a", messages("1"))
        outbox.start()
        await settle(outbox)
        await outbox.stop()
    asyncio.run(story())
    pauses = [after - before for before, after in pairwise(times)]
    assert len(pauses) == 4
    assert all(later > earlier for earlier, later in pairwise(pauses))


def test_requests_that_fail_together_make_one_pause():
    post = Post(*[Verdict("down")] * 8)

    async def story():
        outbox = Outbox("fake", post, first_pause=0.05)
        for name in "abcdefgh":
            outbox.put(name, messages(name))
        outbox.start()
        await asyncio.sleep(0.02)
        assert outbox._pause == 0.1
        await settle(outbox)
        await outbox.stop()
    asyncio.run(story())
    assert sorted(post.asked) == sorted("abcdefgh" * 2)


def test_a_busy_address_waits_as_long_as_the_platform_asked_and_others_do_not():
    post = Post(Verdict("wait", 0.05))
    outbox = deliver(post, ("a", ("a1", "a2"), False), ("b", ("b",), False))
    assert post.asked == ["a1", "b", "a1", "a2"]
    assert outbox._pause == 0.01


def test_what_is_refused_is_dropped_with_the_rest_of_its_reply():
    post = Post(Verdict("rejected"))
    deliver(post, ("a", ("1", "2"), False), ("a", ("3",), False))
    assert post.asked == ["1", "3"]


def test_an_optional_request_that_fails_stops_nothing():
    post = Post(Verdict("rejected"))

    async def story():
        outbox = Outbox("fake", post)
        outbox.put("a", [*messages("tap", optional=True), *messages("1")])
        outbox.start()
        await settle(outbox)
        await outbox.stop()
    asyncio.run(story())
    assert post.asked == ["tap", "1"]


def test_the_queue_is_bounded_and_drops_no_care_card_for_an_ordinary_reply(caplog):
    post = Post()
    puts = [("c1", ("care1",), True), *((str(n), (f"n{n}",), False) for n in range(4)), ("c2", ("care2",), True)]
    deliver(post, *puts, most_waiting=3)
    assert post.asked == ["care1", "care2", "n3"]
    assert "too many replies wait" in caplog.text
    post = Post()
    deliver(post, *((f"c{n}", (f"care{n}",), True) for n in range(4)), ("o", ("ordinary",), False), most_waiting=3)
    assert post.asked == ["care1", "care2", "care3"]


def test_what_grew_too_old_is_not_sent_and_care_cards_live_longer(caplog):
    async def story():
        post = Post()
        outbox = Outbox("fake", post, lifetime=0.02, care_lifetime=5)
        outbox.put("a", messages("old"))
        outbox.put("b", messages("care"), care=True)
        await asyncio.sleep(0.05)
        outbox.start()
        await settle(outbox)
        await outbox.stop()
        return post.asked
    assert asyncio.run(story()) == ["care"]
    assert "1 replies grew too old to be sent, 0 of them care cards" in caplog.text


def test_a_platform_that_stays_down_is_given_up_when_the_replies_are_too_old():
    post = Post(*[Verdict("down")] * 100)
    outbox = deliver(post, ("a", ("1",), False), lifetime=0.1)
    assert 2 <= len(post.asked) <= 6
    assert outbox.waiting() == 0


def test_forgetting_drops_what_waits_but_not_a_care_card():
    async def story():
        post = Post()
        outbox = Outbox("fake", post)
        for key, name, care in (("a", "1", False), ("a", "care", True), ("b", "2", False)):
            outbox.put(key, messages(name), care)
        outbox.drop("a")
        outbox.start()
        await settle(outbox)
        await outbox.stop()
        return post.asked
    assert asyncio.run(story()) == ["care", "2"]


def test_stopping_says_how_many_were_not_delivered(caplog):
    async def story():
        outbox = Outbox("fake", Post(*[Verdict("down")] * 9))
        outbox.start()
        outbox.put("a", messages("canary-77"))
        await outbox.stop(patience=0.05)
        return outbox.waiting()
    assert asyncio.run(story()) == 0
    assert "1 replies were not delivered before the end" in caplog.text
    assert "canary" not in caplog.text


# The same against the fake platforms, with their own ways of saying "busy" and "down".

BUSY = {
    "telegram": (429, {}, {"ok": False, "error_code": 429, "parameters": {"retry_after": 0.05}}),
    "twilio": (429, {"Retry-After": "0.05"}, {"code": 20429}),
    "messenger": (400, {}, {"error": {"code": 613}}),
    "slack": (429, {"Retry-After": "0.05"}, {"ok": False, "error": "ratelimited"}),
}
DOWN = {
    "telegram": (502, {}, {}),
    "twilio": (503, {}, {}),
    "messenger": (400, {}, {"error": {"code": 2, "is_transient": True}}),
    "slack": (200, {}, {"ok": False, "error": "internal_error"}),
}
NEVER = {
    "telegram": (403, {}, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    "twilio": (400, {}, {"code": 21610}),
    "messenger": (400, {}, {"error": {"code": 551}}),
    "slack": (200, {}, {"ok": False, "error": "channel_not_found"}),
}


@pytest.mark.parametrize("name", BUSY)
@pytest.mark.parametrize("trouble", [BUSY, DOWN], ids=["busy", "down"])
def test_a_platform_in_trouble_gets_the_reply_later_once(house, run, name, trouble):
    async def story():
        async with house() as it:
            it.fakes[name].script = [trouble[name], trouble[name]]
            assert (await it.say(name, "sudden pain in my testicle"))[0].startswith("EMERGENCY")
            assert len([status for _, status in it.fakes[name].asked]) == 3
            assert len(it.fakes[name].sent) == 1
    run(story())


@pytest.mark.parametrize("name", NEVER)
def test_what_a_platform_will_never_take_is_dropped(house, run, name):
    async def story():
        async with house() as it:
            it.fakes[name].script = [NEVER[name]]
            assert await it.say(name, "sudden pain in my testicle") == []
            assert len(it.fakes[name].asked) == 1
    run(story())


def test_a_platform_that_cannot_be_reached_is_tried_until_it_is_back(house, run, caplog):
    async def story():
        async with house() as it:
            platform = it.gateway._platforms["telegram"]
            good, platform._api = platform._api, "http://127.0.0.1:1"
            for text in ("could smoking be the reason?", "sudden pain in my testicle"):
                await it.gateway.handle("telegram", said("telegram", text))
            await it.gateway.settle()
            await asyncio.sleep(0.1)
            assert it.gateway._outboxes["telegram"].waiting() == 2
            for entry in it.gateway._outboxes["telegram"]._entries:
                entry.requests = [Outgoing(request.url.replace("http://127.0.0.1:1", good), request.body) for request in entry.requests]
            platform._api = good
            await it.settle()
            assert it.fakes["telegram"].texts()[0].startswith("EMERGENCY")     # the card first, although it was asked second
            assert len(it.fakes["telegram"].sent) == 2
    with caplog.at_level(logging.DEBUG, "bot"):
        run(story())
    assert "telegram cannot be reached" in caplog.text
    assert "AAexample" not in caplog.text


def test_a_redirect_is_not_followed(house, run):
    async def story():
        async with house() as it:
            it.fakes["telegram"].script = [(307, {"Location": it.fakes["slack"].url + "/chat.postMessage"}, {})]
            await it.send("telegram", telegram(telegram_update("hello")))
            assert it.fakes["slack"].asked == []
            assert it.fakes["telegram"].sent == []
    run(story())


def test_telegrams_webhook_call_names_address_secret_and_kinds():
    made = Telegram({"CANDOR_TELEGRAM_TOKEN": "1:a", "CANDOR_TELEGRAM_SECRET": "s"}, "https://chat.clinic.example").set_webhook()
    assert made.url == "https://api.telegram.org/bot1:a/setWebhook"
    assert made.body == {"url": "https://chat.clinic.example/webhooks/telegram", "secret_token": "s", "drop_pending_updates": True,
                         "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"]}
