"""Telegram: the Bot API's webhook, in private chats only. Written on the API itself, because the library that Rasa brings does not start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
    seconds_of,
    text_of,
)
from bot.channels.secrets import Secret, chosen, same

TOKEN = "CANDOR_TELEGRAM_TOKEN"  # noqa: S105  # nosec B105: a variable's name
SECRET = "CANDOR_TELEGRAM_SECRET"  # noqa: S105  # nosec B105: a variable's name
#: The kinds of update that Telegram is asked to send.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
_ATTACHMENTS = frozenset({
    "photo", "voice", "audio", "video", "video_note", "document", "sticker", "animation", "location", "venue", "contact", "poll", "dice", "story",
    "paid_media",
})


class Telegram(Platform):
    """Requests are genuine when they carry the secret that was given to ``setWebhook``."""

    name = "telegram"
    secrets = (Secret(TOKEN, r"\d{6,}:[A-Za-z0-9_-]{30,}", "the token from BotFather, such as 123456789:AbC..."), chosen(SECRET))
    shape = Shape(limit=4096, buttons=True)
    api = "https://api.telegram.org"

    def verify(self, call: Call) -> None:
        """See :class:`Platform`."""
        if not same(call.headers.get("x-telegram-bot-api-secret-token", ""), self._secrets[SECRET]):
            raise RefusedCallError(403)

    def read(self, call: Call) -> Received:
        """See :class:`Platform`. An edit is read like a new message: an emergency may have been added."""
        data = call.json()
        number = text_of(data.get("update_id"))
        kind: Kind
        if tap := dict_of(data.get("callback_query")):
            chat, kind, text, attached = dict_of(dict_of(tap.get("message")).get("chat")), "choice", text_of(tap.get("data")), False
        elif member := dict_of(data.get("my_chat_member")):
            if dict_of(member.get("new_chat_member")).get("status") not in ("left", "kicked"):
                return Received()
            chat, kind, text, attached = dict_of(member.get("chat")), "left", "", False
        else:
            message = dict_of(data.get("message")) or dict_of(data.get("edited_message"))
            attached = bool(_ATTACHMENTS & message.keys())
            chat, text = dict_of(message.get("chat")), text_of(message.get("text")) or text_of(message.get("caption"))
            if dict_of(message.get("from")).get("is_bot") or not (text or attached):
                return Received()
            kind = "text" if text else "other"
        to = text_of(chat.get("id"))
        if not number or not to:
            return Received()
        if chat.get("type") != "private" and kind != "left":
            kind = "group"
        return Received((Update(number, Address(to), to, kind, self.name, text, attached, receipt=text_of(tap.get("id"))),))

    def outgoing(self, update: Update, parts: Sequence[Part]) -> list[Outgoing]:
        """See :class:`Platform`."""
        requests = [self.call("answerCallbackQuery", {"callback_query_id": update.receipt}, optional=True)] if update.receipt else []
        for part in parts:
            body: dict[str, Any] = {"chat_id": update.address.to, "text": part.text, "link_preview_options": {"is_disabled": True}}
            if part.choices:
                body["reply_markup"] = {"inline_keyboard": [[{"text": c.label, "callback_data": c.id}] for c in part.choices]}
            requests.append(self.call("sendMessage", body))
        return requests

    def judge(self, status: int, headers: Mapping[str, str], body: Mapping[str, Any]) -> Verdict:
        """See :class:`Platform`; Telegram says in the body how long to wait."""
        if status == 429:
            return Verdict("wait", seconds_of(dict_of(body.get("parameters")).get("retry_after")))
        return super().judge(status, headers, body)

    def call(self, method: str, body: Mapping[str, Any], optional: bool = False) -> Outgoing:
        """A request to a method of the Bot API."""
        return Outgoing(f"{self._api}/bot{self._secrets[TOKEN]}/{method}", body, optional=optional)

    def set_webhook(self) -> Outgoing:
        """Tells Telegram where this server is, the secret, and to drop what waited before."""
        return self.call("setWebhook", {
            "url": self._public_url + self.path(), "secret_token": self._secrets[SECRET], "allowed_updates": list(ALLOWED_UPDATES),
            "drop_pending_updates": True,
        })

    def remove_webhook(self) -> Outgoing:
        """Tells Telegram to send nothing any more, and to drop what waits."""
        return self.call("deleteWebhook", {"drop_pending_updates": True})
