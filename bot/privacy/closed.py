"""A closed server: what must hold before it may serve, and which addresses answer at all."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from bot.clinic import Clinic
from bot.errors import CandorError
from bot.language.encoder_build import sha256_of
from bot.yaml_file import read_yaml

_STORES = ("ForgetfulInMemoryStore", "ForgetfulRedisStore", "ForgetfulSqlStore")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: Channels that Rasa may be told of: each passes the front door.
CHANNELS = ("bot.channels.",)
#: What answers besides pages; everything else is 404, whatever Rasa has registered.
_PATHS = re.compile(r"/chat(/new|/forget|/question)?|/health")


class OpenServerError(CandorError):
    """The server may not serve as it is set up."""


def is_open(path: str, more: Collection[str] = ()) -> bool:
    """Whether a path may be answered by a route.

    Args:
        path: of the request.
        more: prefixes of configured channels, such as "/webhooks/telegram".
    """
    return bool(_PATHS.fullmatch(path)) or any(path == prefix or path.startswith(f"{prefix}/") for prefix in more)


def check_environment() -> None:
    """Refuses what would send or print what people write.

    Raises:
        OpenServerError: telemetry is on, or debug is.
    """
    if os.environ.get("RASA_TELEMETRY_ENABLED", "").lower() != "false":
        raise OpenServerError("Telemetry is on.", "Set RASA_TELEMETRY_ENABLED=false.")
    if os.environ.get("LOG_LEVEL", "").upper() in ("DEBUG", "NOTSET") or os.environ.get("RASA_DEBUG") or os.environ.get("SANIC_DEBUG"):
        raise OpenServerError("Debug output is on.", "Unset LOG_LEVEL, RASA_DEBUG and SANIC_DEBUG.")


def check_endpoints(path: Path) -> None:
    """Refuses an ``endpoints.yml`` with which something is kept or leaves.

    Raises:
        OpenServerError: the tracker store is not ours, there is an event broker or a model server, or an action server elsewhere.
    """
    data: dict[str, Any] = read_yaml(path).data or {}
    store = str((data.get("tracker_store") or {}).get("type") or "")
    if store not in {f"bot.privacy.stores.{name}" for name in _STORES}:
        raise OpenServerError(f"{path.name}: tracker_store is not one that forgets.", f"Name one of {', '.join(_STORES)} of bot.privacy.stores.")
    for name in ("event_broker", "models"):
        if data.get(name):
            raise OpenServerError(f"{path.name}: {name} is set.", "Remove it: nothing may leave the server.")
    action = str((data.get("action_endpoint") or {}).get("url") or "")
    if action and not re.match(r"http://(127\.0\.0\.1|localhost)(:\d+)?/", action):
        raise OpenServerError(f"{path.name}: the action server is not on this machine.", "Give a URL on http://127.0.0.1.")


def check_channels(path: Path) -> None:
    """Refuses a ``credentials.yml`` that names a channel of Rasa's own: those accept forged posts and keep ids.

    Raises:
        OpenServerError: naming the channel.
    """
    for name in read_yaml(path).data or {}:
        if not str(name).startswith(CHANNELS):
            raise OpenServerError(f"{path.name}: the channel {name!r} is not one of this project's.", "Only channels of bot.channels may be named.")


def check_model(model: Path, record: Path) -> None:
    """Refuses a model that is not the one that was built here.

    Args:
        model: the archive.
        record: what the build wrote beside it, with its SHA-256 under "model".

    Raises:
        OpenServerError: its SHA-256 is not the recorded one.
    """
    try:
        built = json.loads(record.read_text())["model"]
    except (OSError, ValueError, KeyError):
        built = None
    if built is None or not model.is_file() or sha256_of(model) != built:
        raise OpenServerError("The model is not the one that was built.", "Run `candor train`.")


def check_address(host: str, public: bool, clinic: Clinic) -> None:
    """Refuses a public address that nobody asked for, or without a list of allowed sites.

    Raises:
        OpenServerError: saying which.
    """
    if host in _LOOPBACK:
        return
    if not public:
        raise OpenServerError(f"{host} is not loopback.", "Add --public if everybody may reach this server.")
    if not clinic.website.allowed_sites:
        raise OpenServerError("A public server needs the list of sites that may use it.", "Name them in clinic.yml under website: allowed_sites.")


def check_all(root: Path, model: Path, record: Path, host: str, public: bool, clinic: Clinic) -> None:
    """Every check before the start.

    Raises:
        OpenServerError: the first that fails.
    """
    check_environment()
    check_endpoints(root / "endpoints.yml")
    check_channels(root / "credentials.yml")
    check_model(model, record)
    check_address(host, public, clinic)
