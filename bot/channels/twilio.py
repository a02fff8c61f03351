"""WhatsApp and SMS by Twilio: signed form posts in, one API request a message out. Twilio's own client blocks, so it sends nothing here."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlparse

from multidict import MultiDict
from twilio.request_validator import RequestValidator, add_port, remove_port

from bot.channels.platform import Address, Call, Kind, Outgoing, Part, Platform, Received, RefusedCallError, Shape, Update
from bot.channels.secrets import Secret, same

ACCOUNT = "CANDOR_TWILIO_ACCOUNT_SID"
TOKEN = "CANDOR_TWILIO_AUTH_TOKEN"  # noqa: S105  # nosec B105: a variable's name
_NUMBER = re.compile(r"(?:whatsapp:)?\+?[0-9]{3,20}")


class Twilio(Platform):
    """Requests are genuine when Twilio signed the public address and every field of the form."""

    name = "twilio"
    secrets = (
        Secret(ACCOUNT, r"AC[0-9a-f]{32}", "the Account SID: AC and 32 hexadecimal digits"),
        Secret(TOKEN, r"[0-9a-f]{32}", "the Auth Token: 32 hexadecimal digits"),
    )
    shape = Shape(limit=1600, short_sources=True, count_parts=True)
    api = "https://api.twilio.com"

    def verify(self, call: Call) -> None:
        """See :class:`Platform`. The signature covers the address that Twilio called: the public one, not that behind the proxy."""
        url = urlparse(self._public_url + self.path() + (f"?{call.query}" if call.query else ""))
        found, validator, fields = call.headers.get("x-twilio-signature", ""), RequestValidator(self._secrets[TOKEN]), _form(call)
        # Twilio signs with or without the port, depending on the product.
        if not any(same(found, validator.compute_signature(address, fields)) for address in (remove_port(url), add_port(url))):
            raise RefusedCallError(403)

    def read(self, call: Call) -> Received:
        """See :class:`Platform`. Delivery reports and numbers that cannot be answered are left alone."""
        fields = _form(call)
        sender, ours, text, number = (fields.get(name, "") for name in ("From", "To", "Body", "MessageSid"))
        if "MessageStatus" in fields or not number or not (_NUMBER.fullmatch(sender) and _NUMBER.fullmatch(ours)):
            return Received()
        attached = fields.get("NumMedia", "0") != "0" or "Latitude" in fields
        kind: Kind = "text" if text.strip() else "other"
        service = "whatsapp" if sender.startswith("whatsapp:") else "sms"
        return Received((Update(number, Address(sender, ours), sender, kind, service, text, attached),))

    def outgoing(self, update: Update, parts: Sequence[Part]) -> list[Outgoing]:
        """See :class:`Platform`."""
        account, token = self._secrets[ACCOUNT], self._secrets[TOKEN]
        basic = base64.b64encode(f"{account}:{token}".encode()).decode()
        return [Outgoing(
            f"{self._api}/2010-04-01/Accounts/{account}/Messages.json",
            {"To": update.address.to, "From": update.address.via, "Body": part.text}, {"Authorization": f"Basic {basic}"}, form=True,
        ) for part in parts]


def _form(call: Call) -> MultiDict[str]:
    """The fields of the form; a name may stand more than once."""
    try:
        return MultiDict(parse_qsl(call.body.decode("utf-8"), keep_blank_values=True, max_num_fields=200))
    except ValueError:
        raise RefusedCallError(403) from None
