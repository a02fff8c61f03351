"""Mattermost, for staff: outgoing webhooks and slash commands, answered in the same request. No address is kept and no API is called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import parse_qsl

from bot.channels.platform import Address, Call, Kind, Part, Platform, Received, RefusedCallError, Shape, Update, text_of
from bot.channels.secrets import Secret, same

TOKENS = "CANDOR_MATTERMOST_TOKENS"


class Mattermost(Platform):
    """Requests are genuine when they carry the token of one of the outgoing webhooks or slash commands."""

    name = "mattermost"
    secrets = (Secret(TOKENS, r"[a-z0-9]{26}(?:,[a-z0-9]{26})*",
                      "the tokens of the webhook and the command, 26 letters and digits each, with a comma between"),)
    shape = Shape(limit=16_000, staff=True)

    def verify(self, call: Call) -> None:
        """See :class:`Platform`."""
        try:
            found = _fields(call).get("token", "")
        except RefusedCallError:
            raise RefusedCallError(403) from None  # without fields there is no token
        if not any(same(found, token) for token in self._secrets[TOKENS].split(",")):
            raise RefusedCallError(403)

    def read(self, call: Call) -> Received:
        """See :class:`Platform`."""
        fields = _fields(call)
        is_command = "command" in fields
        text, number = fields.get("text", ""), fields.get("trigger_id" if is_command else "post_id", "")
        trigger, user = fields.get("trigger_word", ""), fields.get("user_id", "")
        if trigger and text.startswith(trigger):
            text = text[len(trigger):]
        if not user or not number:
            return Received()
        attached = bool(fields.get("file_ids"))
        text = text.strip()
        address = Address(fields.get("channel_id", ""), via="command" if is_command else "webhook")
        kind: Kind = "text" if text else "other" if attached else "start"
        return Received((Update(number, address, user, kind, self.name, text, attached, inline=True),))

    def inline(self, update: Update, parts: Sequence[Part]) -> str:
        """See :class:`Platform`. A command's answer is seen by the person who typed it only, a webhook's by the channel."""
        kind = {"response_type": "ephemeral"} if update.address.via == "command" else {"response_type": "comment"}
        return json.dumps({**kind, "text": "\n\n".join(part.text for part in parts), "skip_slack_parsing": True})


def _fields(call: Call) -> dict[str, str]:
    """The fields of a form or of a JSON body, as Mattermost can be set to send either."""
    if call.headers.get("content-type", "").startswith("application/json"):
        return {name: text_of(value) for name, value in call.json().items()}
    try:
        return dict(parse_qsl(call.body.decode("utf-8"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise RefusedCallError(400) from None
