"""Slack, for staff: direct messages, mentions and a slash command, answered with the canonical text."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional
from urllib.parse import parse_qsl

from bot.channels.platform import (
    Address,
    Call,
    Kind,
    Outgoing,
    Part,
    Platform,
    Received,
    RefusedCallError,
    Shape,
    Update,
    Verdict,
    dict_of,
    text_of,
)
from bot.channels.secrets import Secret, same

SIGNING_SECRET = "CANDOR_SLACK_SIGNING_SECRET"  # noqa: S105  # nosec B105: a variable's name
BOT_TOKEN = "CANDOR_SLACK_BOT_TOKEN"  # noqa: S105  # nosec B105: a variable's name
#: Older requests are refused, in seconds: Slack's own recommendation.
MAX_AGE = 300
_MENTION = re.compile(r"<@\w+(?:\|[^>]*)?>")
_LINK = re.compile(r"<(https?://[^|>]+)(?:\|[^>]*)?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Slack(Platform):
    """Requests are genuine when Slack signed time and body, not more than five minutes ago."""

    name = "slack"
    secrets = (
        Secret(SIGNING_SECRET, r"[0-9a-f]{32}", "the Signing Secret: 32 hexadecimal digits"),
        Secret(BOT_TOKEN, r"xoxb-[A-Za-z0-9-]{20,}", "the Bot User OAuth Token: xoxb-..."),
    )
    shape = Shape(limit=3500, staff=True)
    api = "https://slack.com/api"

    def __init__(self, secrets: Mapping[str, str], public_url: str, api: Optional[str] = None, now: Callable[[], float] = time.time) -> None:
        super().__init__(secrets, public_url, api)
        self._now = now

    def verify(self, call: Call) -> None:
        """See :class:`Platform`."""
        sent = call.headers.get("x-slack-request-timestamp", "")
        if not re.fullmatch(r"[0-9]{1,12}", sent) or abs(self._now() - int(sent)) > MAX_AGE:
            raise RefusedCallError(403)
        wanted = hmac.new(self._secrets[SIGNING_SECRET].encode(), b"v0:%s:%s" % (sent.encode(), call.body), hashlib.sha256).hexdigest()
        if not same(call.headers.get("x-slack-signature", ""), f"v0={wanted}"):
            raise RefusedCallError(403)

    def read(self, call: Call) -> Received:
        """See :class:`Platform`. Bots, this one among them, and edits are left alone."""
        if call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return self._command(call)
        data = call.json()
        if data.get("type") == "url_verification":
            return Received(answer=text_of(data.get("challenge")))
        event, number = dict_of(data.get("event")), text_of(data.get("event_id"))
        channel, user = text_of(event.get("channel")), text_of(event.get("user"))
        mentioned = event.get("type") == "app_mention"
        direct = event.get("type") == "message" and event.get("channel_type") == "im"
        if not (mentioned or direct) or event.get("bot_id") or event.get("subtype") not in (None, "file_share") or not (number and channel and user):
            return Received()
        text, attached = _plain(text_of(event.get("text"))), bool(event.get("files"))
        kind: Kind = "text" if text else "other" if attached else "start"
        thread = text_of(event.get("thread_ts")) or (text_of(event.get("ts")) if mentioned else "")
        return Received((Update(number, Address(channel, thread=thread), user, kind, self.name, text, attached),))

    def _command(self, call: Call) -> Received:
        """A slash command; its answer is seen by the person who typed it only."""
        try:
            fields = dict(parse_qsl(call.body.decode("utf-8"), keep_blank_values=True, max_num_fields=100))
        except ValueError:
            raise RefusedCallError(400) from None
        user, text, number = fields.get("user_id", ""), _plain(fields.get("text", "")), fields.get("trigger_id", "")
        if not user or not number:
            return Received()
        return Received((Update(number, Address(fields.get("channel_id", "")), user, "text" if text else "start", self.name, text, inline=True),))

    def outgoing(self, update: Update, parts: Sequence[Part]) -> list[Outgoing]:
        """See :class:`Platform`."""
        requests = []
        for part in parts:
            body: dict[str, Any] = {"channel": update.address.to, "text": _escaped(part.text), "mrkdwn": False,
                                    "unfurl_links": False, "unfurl_media": False}
            if update.address.thread:
                body["thread_ts"] = update.address.thread
            requests.append(Outgoing(f"{self._api}/chat.postMessage", body, {"Authorization": f"Bearer {self._secrets[BOT_TOKEN]}"}))
        return requests

    def inline(self, update: Update, parts: Sequence[Part]) -> str:
        """See :class:`Platform`."""
        return json.dumps({"response_type": "ephemeral", "text": _escaped("\n\n".join(part.text for part in parts))})

    def judge(self, status: int, headers: Mapping[str, str], body: Mapping[str, Any]) -> Verdict:
        """See :class:`Platform`; Slack answers 200 to what it refuses."""
        if status < 300 and body.get("ok") is not True:
            return Verdict("wait" if body.get("error") in ("ratelimited", "rate_limited") else
                           "down" if body.get("error") in ("internal_error", "fatal_error", "service_unavailable", "request_timeout") else "rejected")
        return super().judge(status, headers, body)


def _plain(text: str) -> str:
    """What was typed, without Slack's own marks."""
    text = _LINK.sub(r"\1", _MENTION.sub("", text))
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text.strip()


def _escaped(text: str) -> str:
    """The three characters that Slack wants escaped."""
    for entity, character in reversed(_ENTITIES):
        text = text.replace(character, entity)
    return text
