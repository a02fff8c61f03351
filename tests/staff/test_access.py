from __future__ import annotations

import asyncio
import time

import pytest

from bot.clinic import load_clinic
from bot.errors import CandorError
from bot.staff.access import IDLE_SECONDS, LONGEST_SECONDS, Access, Caller, hash_password
from bot.staff.settings import StaffSettings

PASSWORD = "three plain words"
HASH = hash_password(PASSWORD)
LOCAL = {"host": "localhost:5005"}


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def access(password_hash=None, clock=None, **settings):
    return Access(StaffSettings.parse_obj(settings), password_hash, clock or Clock())


def caller(peer="127.0.0.1", version="1.1", cookie=None, **headers):
    return Caller(peer, version, {**LOCAL, **{name.replace("_", "-"): value for name, value in headers.items()}}, cookie)


@pytest.mark.parametrize(("who", "is_let_in"), [
    (caller(), True),
    (caller(host="127.0.0.1:5005"), True),
    (caller(host="[::1]:5005", peer="::1"), True),
    (caller(peer="192.0.2.7"), False),
    (caller(host="clinic.example"), False),
    (caller(host="localhost.evil.example"), False),
    (caller(x_forwarded_for="192.0.2.7"), False),
    (caller(via="1.1 proxy"), False),
    (caller(x_real_ip="192.0.2.7"), False),
    (caller(version="1.0"), False),
    (caller(peer="not an address"), False),
    (caller(host=""), False),
], ids=lambda value: "" if isinstance(value, bool) else f"{value.peer} {value.version} {dict(value.headers)}")
def test_without_a_password_only_a_direct_visit_on_this_machine_gets_in(who, is_let_in):
    visitor = access().visitor(who)
    assert (visitor is not None and visitor.way == "direct") is is_let_in


def test_with_a_password_everybody_signs_in_also_on_this_machine():
    door = access(HASH)
    assert door.visitor(caller()).way is None
    assert door.visitor(caller(peer="192.0.2.7", host="clinic.example")).way is None
    cookie = asyncio.run(door.sign_in(caller(), PASSWORD))
    assert door.visitor(caller(cookie=cookie)).way == "password"
    assert door.visitor(caller(cookie=cookie + "x")).way is None
    door.sign_out(cookie)
    assert door.visitor(caller(cookie=cookie)).way is None


@pytest.mark.parametrize("wrong", ["", "three plain word", PASSWORD.upper(), "x" * 10_000, "\ud83d"[:0] + "\u00fc"])
def test_a_wrong_password_gets_no_session(wrong):
    assert asyncio.run(access(HASH).sign_in(caller(), wrong)) == 0.0


def test_right_and_wrong_passwords_take_the_same_time():
    def seconds(password):
        times = []
        for _ in range(5):
            door = access(HASH)
            started = time.perf_counter()
            asyncio.run(door.sign_in(caller(), password))
            times.append(time.perf_counter() - started)
        return min(times)

    right, wrong, empty = seconds(PASSWORD), seconds("wrong"), seconds("")
    assert max(right, wrong, empty) < 2 * min(right, wrong, empty)


def test_tries_are_limited_each_address_for_itself_and_come_back():
    clock = Clock()
    door = access(HASH, clock)

    async def tries(number, peer="192.0.2.1", password="wrong"):
        return [await door.sign_in(caller(peer=peer), password) for _ in range(number)]

    found = asyncio.run(tries(6))
    assert found[:5] == [0.0] * 5
    assert found[5] > 0
    assert asyncio.run(tries(1, password=PASSWORD))[0] == pytest.approx(found[5])   # the right one has to wait as well
    assert asyncio.run(tries(1, peer="192.0.2.2")) == [0.0]
    clock.now += found[5] + 1
    assert isinstance(asyncio.run(tries(1, password=PASSWORD))[0], str)


def test_behind_a_known_proxy_the_forwarded_address_counts():
    door = access(HASH, proxies=["10.0.0.1"])

    async def tries():
        first = [await door.sign_in(caller(peer="10.0.0.1", x_forwarded_for="1.1.1.1, 192.0.2.1"), "wrong") for _ in range(6)]
        other = await door.sign_in(caller(peer="10.0.0.1", x_forwarded_for="192.0.2.2"), "wrong")
        return first[5], other

    limited, other = asyncio.run(tries())
    assert limited > 0
    assert other == 0.0


def test_sessions_end_by_idling_and_by_age():
    clock = Clock()
    door = access(HASH, clock)
    cookie = asyncio.run(door.sign_in(caller(), PASSWORD))
    clock.now += IDLE_SECONDS - 1
    assert door.visitor(caller(cookie=cookie)).way == "password"
    clock.now += IDLE_SECONDS + 1
    assert door.visitor(caller(cookie=cookie)).way is None
    cookie = asyncio.run(door.sign_in(caller(), PASSWORD))
    for _ in range(LONGEST_SECONDS // (IDLE_SECONDS - 1) + 1):
        clock.now += IDLE_SECONDS - 1
        last = door.visitor(caller(cookie=cookie)).way
    assert last is None


def test_a_proxy_is_believed_by_its_address_only():
    door = access(proxies=["10.0.0.0/24"], proxy_header="X-User")
    assert door.visitor(caller(peer="10.0.0.9", x_user="ann")).way == "proxy"
    assert door.visitor(caller(peer="10.0.0.9", x_user=" ")) is None
    assert door.visitor(caller(peer="10.0.0.9")) is None
    assert door.visitor(caller(peer="10.0.1.9", x_user="ann")) is None
    assert door.visitor(caller(x_user="ann")) is None       # not even on this machine, once proxies are set


def test_a_form_token_belongs_to_one_cookie_and_one_origin():
    door = access()
    visitor = door.visitor(caller())
    me = caller(cookie=visitor.cookie)
    assert door.is_genuine(me, visitor, visitor.csrf)
    assert door.is_genuine(caller(cookie=visitor.cookie, origin="http://localhost:5005"), visitor, visitor.csrf)
    assert not door.is_genuine(caller(cookie=visitor.cookie, origin="https://evil.example"), visitor, visitor.csrf)
    assert not door.is_genuine(me, visitor, "")
    assert not door.is_genuine(me, visitor, "\u00fc")
    assert not door.is_genuine(me, visitor, access().visitor(caller()).csrf)





@pytest.mark.parametrize(("line", "message"), [
    ("password_hash: secret", "password_hash"), ("proxies: [clinic.example]", "is not an address or network"),
    ("proxy_header: 'X Y'", "proxy_header"), ("port: 0", "port"), ("pasword_hash: x", "extra fields"),
])
def test_wrong_settings_are_one_sentence(tmp_path, line, message):
    (tmp_path / "clinic.yml").write_text(f"name: A\nstaff:\n  {line}\n")
    with pytest.raises(CandorError, match=message):
        load_clinic(tmp_path / "clinic.yml")
