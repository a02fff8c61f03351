"""Who may see the staff site: a shared password, a reverse proxy that signs people in, or a direct visit on this machine.

Sessions live in memory; what is kept of a cookie is its hash. Nothing here knows Sanic, and nothing is logged but what happened.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Optional

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from bot.front_door.limits import RateLimit
from bot.staff.settings import StaffSettings

COOKIE = "candor_staff"
IDLE_SECONDS = 60 * 60
LONGEST_SECONDS = 10 * 60 * 60
MOST_SESSIONS = 1_000
#: Longest password that is looked at, in characters.
LONGEST_PASSWORD = 200
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
#: Headers that a forwarded request carries; a direct visit has none of them.
_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")

audit = logging.getLogger("bot.staff.audit")  # under "bot", whose words the quiet logs let through


@dataclass(frozen=True)
class Caller:
    """What is known of a request.

    Attributes:
        peer: the address it came from.
        version: of HTTP, such as "1.1".
        headers: by lower-case name.
        cookie: the session cookie, or None.
    """

    peer: str
    version: str
    headers: Mapping[str, str]
    cookie: Optional[str]

    def host(self) -> str:
        """The host that was asked for, without its port."""
        host = self.headers.get("host", "").lower()
        return host[:host.index("]") + 1] if host.startswith("[") and "]" in host else host.split(":")[0]


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door.

    Attributes:
        way: how they came in; None must sign in first.
        cookie: their cookie; ``fresh`` when it has to be set.
        csrf: the token that their forms carry.
    """

    way: Optional[Literal["password", "proxy", "direct"]]
    cookie: str
    fresh: bool
    csrf: str

    def mark(self) -> str:
        """See :func:`mark_of`."""
        return mark_of(self.cookie)


def mark_of(cookie: str) -> str:
    """Tells a session's audit lines from others'; cannot be turned back into the cookie."""
    return hashlib.sha256(b"audit" + cookie.encode()).hexdigest()[:8]


@dataclass
class _Session:
    started: float
    used: float


def hash_password(password: str) -> str:
    """The argon2id hash of a password, for ``clinic.yml``."""
    return PasswordHasher().hash(password)


class Access:
    """Decides who may enter.

    Args:
        settings: from ``clinic.yml``.
        password_hash: from the environment; wins over that of the settings.
        clock: seconds.
    """

    def __init__(self, settings: StaffSettings, password_hash: Optional[str] = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._hash = password_hash or settings.password_hash
        self._proxies = [ipaddress.ip_network(proxy) for proxy in settings.proxies]
        self._key = secrets.token_bytes(32)
        self._sessions: dict[str, _Session] = {}
        self._clock = clock
        self._tries = RateLimit(5, 1 / 60, clock)
        self._one_at_a_time = asyncio.Semaphore(1)

    def _from_proxy(self, peer: str) -> bool:
        try:
            return any(ipaddress.ip_address(peer) in network for network in self._proxies)
        except ValueError:
            return False

    def _is_direct(self, caller: Caller) -> bool:
        """A visit on this machine that nothing forwarded; proxies that hide themselves speak HTTP/1.0 as a rule."""
        try:
            local = ipaddress.ip_address(caller.peer).is_loopback
        except ValueError:
            return False
        forwarded = any(name in caller.headers for name in _FORWARDING)
        return local and not forwarded and caller.version != "1.0" and caller.host() in _LOOPBACK_NAMES

    def csrf(self, cookie: str) -> str:
        """The form token that belongs to a cookie."""
        return hmac.new(self._key, cookie.encode(), hashlib.sha256).hexdigest()

    def visitor(self, caller: Caller) -> Optional[Visitor]:
        """Who is at the door; None when the site is not there for them at all."""
        way: Optional[Literal["password", "proxy", "direct"]] = None
        if self._from_proxy(caller.peer) and caller.headers.get(self._settings.proxy_header.lower(), "").strip():
            way = "proxy"
        elif self._hash:
            way = "password" if self._is_live(caller.cookie) else None
        elif self._proxies or not self._is_direct(caller):
            return None
        else:
            way = "direct"
        fresh = caller.cookie is None or not 20 <= len(caller.cookie) <= 100
        cookie = secrets.token_urlsafe(32) if fresh or caller.cookie is None else caller.cookie
        return Visitor(way, cookie, fresh, self.csrf(cookie))

    def _is_live(self, cookie: Optional[str]) -> bool:
        now = self._clock()
        session = self._sessions.get(_kept(cookie)) if cookie else None
        if session is None or now - session.used > IDLE_SECONDS or now - session.started > LONGEST_SECONDS:
            return False
        session.used = now
        return True

    def is_genuine(self, caller: Caller, visitor: Visitor, token: str) -> bool:
        """Whether a form was sent from one of our own pages."""
        origin = caller.headers.get("origin")
        same = origin is None or origin.split("://")[-1].lower() == caller.headers.get("host", "").lower()
        return same and hmac.compare_digest(visitor.csrf.encode(), token.encode())

    async def sign_in(self, caller: Caller, password: str) -> str | float:
        """Checks a password; right or wrong, the check takes the same time.

        Returns:
            the new session's cookie; or, as a number, seconds to wait after too many tries, 0.0 for a wrong password.
        """
        key = caller.peer
        if self._from_proxy(caller.peer):
            key = caller.headers.get("x-forwarded-for", caller.peer).split(",")[-1].strip()
        if wait := self._tries.wait(key):
            return wait
        async with self._one_at_a_time:
            right = await asyncio.to_thread(_matches, self._hash, password[:LONGEST_PASSWORD])
        if not right:
            return 0.0
        now = self._clock()
        self._sessions = {kept: s for kept, s in self._sessions.items()
                          if now - s.used <= IDLE_SECONDS and now - s.started <= LONGEST_SECONDS}
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        cookie = secrets.token_urlsafe(32)
        self._sessions[_kept(cookie)] = _Session(now, now)
        return cookie

    def sign_out(self, cookie: str) -> None:
        """Ends a session."""
        self._sessions.pop(_kept(cookie), None)


def _kept(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _matches(password_hash: Optional[str], password: str) -> bool:
    try:
        return PasswordHasher().verify(password_hash or "", password)
    except (Argon2Error, InvalidHashError):
        return False
