"""Facebook Messenger: signed webhooks in, the Send API out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

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
    list_of,
    text_of,
)
from bot.channels.secrets import Secret, chosen, same

APP_SECRET = "CANDOR_MESSENGER_APP_SECRET"  # noqa: S105  # nosec B105: a variable's name
PAGE_TOKEN = "CANDOR_MESSENGER_PAGE_TOKEN"  # noqa: S105  # nosec B105: a variable's name
VERIFY_TOKEN = "CANDOR_MESSENGER_VERIFY_TOKEN"  # noqa: S105  # nosec B105: a variable's name
#: Payload of the page's "Get started" button.
GET_STARTED = "GET_STARTED"
_MOST_QUICK_REPLIES = 13
#: Codes of Meta's errors that mean "too many at once".
_TOO_MANY = frozenset({4, 32, 613, 80006})


class Messenger(Platform):
    """Requests are genuine when the app's secret signed their body with SHA-256; no other algorithm is looked at."""

    name = "messenger"
    secrets = (
        Secret(APP_SECRET, r"[0-9a-f]{32}", "the App Secret: 32 hexadecimal digits"),
        Secret(PAGE_TOKEN, r"[A-Za-z0-9_|-]{40,}", "the page's access token"),
        chosen(VERIFY_TOKEN),
    )
    shape = Shape(limit=2000, short_sources=True)
    api = "https://graph.facebook.com/v23.0"
    methods = ("GET", "POST")

    def verify(self, call: Call) -> None:
        """See :class:`Platform`. The one GET is Meta's check of the address when the webhook is set up."""
        if call.method == "GET":
            found = _query(call, "hub.verify_token")
            genuine = _query(call, "hub.mode") == "subscribe" and same(found, self._secrets[VERIFY_TOKEN])
        else:
            wanted = hmac.new(self._secrets[APP_SECRET].encode(), call.body, hashlib.sha256).hexdigest()
            genuine = same(call.headers.get("x-hub-signature-256", ""), f"sha256={wanted}")
        if not genuine:
            raise RefusedCallError(403)

    def read(self, call: Call) -> Received:
        """See :class:`Platform`."""
        if call.method == "GET":
            return Received(answer=_query(call, "hub.challenge"))
        data = call.json()
        if data.get("object") != "page":
            return Received()
        events = [dict_of(event) for entry in list_of(data.get("entry")) for event in list_of(dict_of(entry).get("messaging"))]
        return Received(tuple(update for event in events if (update := self._update(event))))

    def _update(self, event: dict[str, Any]) -> Update | None:
        """One event; None for receipts, echoes and whatever else nobody waits for."""
        sender = text_of(dict_of(event.get("sender")).get("id"))
        message, postback = dict_of(event.get("message")), dict_of(event.get("postback"))
        kind: Kind = "text"
        text, attached = text_of(message.get("text")), bool(message.get("attachments"))
        number = text_of(message.get("mid"))
        if postback:
            text = text_of(postback.get("payload"))
            kind = "start" if text == GET_STARTED else "choice"
            number = text_of(postback.get("mid")) or f"{text_of(event.get('timestamp'))}:{sender}"
        elif quick := dict_of(message.get("quick_reply")):
            kind, text = "choice", text_of(quick.get("payload"))
        elif not text and attached:
            kind = "other"
        if not sender or not number or message.get("is_echo") or not (text or attached):
            return None
        return Update(number, Address(sender), sender, kind, self.name, text, attached)

    def outgoing(self, update: Update, parts: Sequence[Part]) -> list[Outgoing]:
        """See :class:`Platform`. Quick replies hold twenty characters, so they carry the numbers of the list in the text."""
        requests = []
        for part in parts:
            message: dict[str, Any] = {"text": part.text}
            if part.choices:
                message["quick_replies"] = [{"content_type": "text", "title": str(number), "payload": choice.id}
                                            for number, choice in enumerate(part.choices[:_MOST_QUICK_REPLIES], 1)]
            requests.append(Outgoing(
                f"{self._api}/me/messages", {"recipient": {"id": update.address.to}, "messaging_type": "RESPONSE", "message": message},
                {"Authorization": f"Bearer {self._secrets[PAGE_TOKEN]}"}))
        return requests

    def judge(self, status: int, headers: Mapping[str, str], body: Mapping[str, Any]) -> Verdict:
        """See :class:`Platform`; Meta also says "too many at once" in an error's code."""
        error = dict_of(body.get("error"))
        if status >= 400 and error.get("code") in _TOO_MANY:
            return Verdict("wait")
        if 400 <= status < 500 and error.get("is_transient") is True:
            return Verdict("down")
        return super().judge(status, headers, body)


def _query(call: Call, name: str) -> str:
    return parse_qs(call.query).get(name, [""])[0]
