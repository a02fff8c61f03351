"""Who may see the staff site: the section ``staff`` of ``clinic.yml``."""

from __future__ import annotations

import ipaddress
from typing import Optional

from pydantic import Field, validator

from bot.knowledge.model import Strict

#: The environment variable that may hold the password's hash instead of ``clinic.yml``.
PASSWORD_HASH = "CANDOR_STAFF_PASSWORD_HASH"  # noqa: S105


class StaffSettings(Strict):
    """Access to the staff site. With neither password nor proxies it answers direct visits on this machine only.

    Attributes:
        enabled: False takes the site away altogether.
        password_hash: argon2 hash of the one password that staff share, from ``candor staff --password``.
        proxies: addresses or networks of reverse proxies that sign people in and are believed when they name one.
        proxy_header: the header in which they do.
        port: a port of its own on 127.0.0.1; the site is then not served on the website's port.
    """

    enabled: bool = True
    password_hash: Optional[str] = Field(None, regex=r"^\$argon2id\$")
    proxies: tuple[str, ...] = ()
    proxy_header: str = Field("X-Remote-User", regex=r"^[A-Za-z][A-Za-z0-9-]+$")
    port: Optional[int] = Field(None, ge=1, le=65535)

    @validator("proxies", each_item=True)
    def _address(cls, value: str) -> str:
        try:
            ipaddress.ip_network(value)
        except ValueError:
            raise ValueError(f"{value!r} is not an address or network such as 127.0.0.1 or 10.0.0.0/24") from None
        return value
