"""What a messaging platform is to Candor: how its requests are proven genuine, what they say, and how a reply is sent.

Nothing here knows Rasa or a web server. Whatever holds words or an address keeps them out of its ``repr``, so that no log and no
traceback can show them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Optional

from bot.channels.secrets import Secret
from bot.knowledge.reply import Choice

#: ``start`` opens a conversation, ``other`` is a message without words (a photo, a voice), ``group`` was written in a group,
#: ``left`` is a person who blocked or left.
Kind = Literal["text", "choice", "start", "other", "group", "left"]


class RefusedCallError(Exception):
    """A request that is not answered, with the HTTP status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True)
class Call:
    """One HTTP request of a platform. Header names are in lower case."""

    method: str = field(default="POST")
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: str = field(default="", repr=False)
    body: bytes = field(default=b"", repr=False)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            RefusedCallError: 400.
        """
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            raise RefusedCallError(400) from None
        if not isinstance(data, dict):
            raise RefusedCallError(400)
        return data


@dataclass(frozen=True)
class Address:
    """Where the reply of one turn goes.

    Attributes:
        to: the person or chat.
        via: the number of ours that was written to, where a platform has several.
        thread: the thread to answer in, or empty.
    """

    to: str = field(repr=False)
    via: str = field(default="", repr=False)
    thread: str = field(default="", repr=False)


@dataclass(frozen=True)
class Update:
    """One thing that happened on a platform and that somebody may wait for an answer to.

    Attributes:
        id: the platform's own id of it: the same when it is sent again.
        address: where the reply goes.
        person: who wrote, as far as a conversation is one person's.
        kind: what it is.
        service: key of ``content/channels.yml``: what the person knows the platform as.
        text: the words, or the id of a tapped choice.
        attached: whether something that is not words came with it.
        inline: the reply is the answer to this very request.
        receipt: the platform's id of a tap that wants to be acknowledged, or empty.
    """

    id: str = field(repr=False)
    address: Address = field(repr=False)
    person: str = field(repr=False)
    kind: Kind
    service: str
    text: str = field(default="", repr=False)
    attached: bool = False
    inline: bool = False
    receipt: str = field(default="", repr=False)


@dataclass(frozen=True)
class Received:
    """What a genuine request holds.

    Attributes:
        updates: in the order they were sent.
        answer: body to answer with, where the platform wants one.
    """

    updates: tuple[Update, ...] = ()
    answer: str = field(default="", repr=False)


@dataclass(frozen=True)
class Part:
    """One message of a reply as it is sent; choices stand on the last."""

    text: str = field(repr=False)
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Outgoing:
    """One HTTP request to a platform.

    Attributes:
        body: sent as JSON, or as a form where ``form`` is set.
        optional: nobody misses it when it fails.
    """

    url: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Verdict:
    """What became of an outgoing request.

    Attributes:
        result: ``wait``: this address later; ``down``: the whole platform later; ``rejected``: never.
        seconds: how long the platform asked to wait, or None.
    """

    result: Literal["delivered", "wait", "down", "rejected"]
    seconds: Optional[float] = None


@dataclass(frozen=True)
class Shape:
    """How replies look on a platform.

    Attributes:
        limit: most UTF-16 code units in one message.
        buttons: choices are tapped; elsewhere they are numbered.
        short_sources: sources without their titles.
        count_parts: messages may arrive in another order, so they are counted.
        staff: the canonical answer with dates and review status.
    """

    limit: int
    buttons: bool = False
    short_sources: bool = False
    count_parts: bool = False
    staff: bool = False


class Platform(ABC):
    """One messaging platform.

    Args:
        secrets: by the name of their environment variable; checked.
        public_url: where this server is reached from outside, without a slash at its end.
        api: where the platform's API is; its public one by default.
    """

    name: ClassVar[str]
    secrets: ClassVar[tuple[Secret, ...]]
    shape: ClassVar[Shape]
    api: ClassVar[str] = ""
    methods: ClassVar[tuple[str, ...]] = ("POST",)

    def __init__(self, secrets: Mapping[str, str], public_url: str, api: Optional[str] = None) -> None:
        self._secrets = secrets
        self._public_url = public_url
        self._api = api or self.api

    @classmethod
    def path(cls) -> str:
        """The path of the webhook on this server."""
        return f"/webhooks/{cls.name}"

    @abstractmethod
    def verify(self, call: Call) -> None:
        """Makes sure that the platform sent a request; nothing else is read before.

        Raises:
            RefusedCallError: it did not.
        """

    @abstractmethod
    def read(self, call: Call) -> Received:
        """What a verified request says.

        Raises:
            RefusedCallError: it cannot be read.
        """

    def outgoing(self, update: Update, parts: Sequence[Part]) -> list[Outgoing]:
        """The requests that send a reply, in order."""
        raise NotImplementedError(f"{self.name} is answered inline only")

    def inline(self, update: Update, parts: Sequence[Part]) -> str:
        """The body that answers an inline update; JSON."""
        raise NotImplementedError(f"{self.name} is never answered inline")

    def judge(self, status: int, headers: Mapping[str, str], body: Mapping[str, Any]) -> Verdict:
        """What the platform's answer to an outgoing request means."""
        if status < 300:
            return Verdict("delivered")
        if status == 429:
            return Verdict("wait", seconds_of(headers.get("Retry-After")))
        return Verdict("down" if status >= 500 else "rejected")


def seconds_of(value: Any) -> Optional[float]:
    """A waiting time that a platform named, in seconds; None when it is not a number."""
    try:
        return min(max(float(value), 0.0), 3600.0)
    except (TypeError, ValueError):
        return None


def text_of(value: Any) -> str:
    """A value of a platform's JSON that should be a text or a number, as text; empty for everything else."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def dict_of(value: Any) -> dict[str, Any]:
    """A value of a platform's JSON that should be an object; empty for everything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """A value of a platform's JSON that should be a list; empty for everything else."""
    return value if isinstance(value, list) else []
