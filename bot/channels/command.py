"""``candor channel``: which channels would start, a fresh secret, and Telegram's webhook."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping

import aiohttp

from bot.channels.gateway import SEND_SECONDS, send_request
from bot.channels.platform import Outgoing
from bot.channels.registry import PLATFORMS, State, states
from bot.channels.telegram import Telegram
from bot.clinic import Clinic, load_clinic
from bot.errors import CandorError
from bot.paths import CLINIC


def _line(state: State) -> str:
    if not state.on:
        missing = ", ".join(secret.name for secret in PLATFORMS[state.name].secrets)
        return f"{state.name:<11} off   not named under channels: on: in clinic.yml; it needs {missing}"
    if state.problems:
        return f"{state.name:<11} NO    does not start: {'; '.join(state.problems)}"
    return f"{state.name:<11} on    {PLATFORMS[state.name].path()}"


def list_channels(clinic: Clinic, environment: Mapping[str, str]) -> tuple[str, bool]:
    """One line for each channel, without any value of a secret, and whether all that are switched on can start."""
    found = states(clinic, environment)
    head = f"Webhooks below {clinic.channels.public_url}" if clinic.channels.public_url else "No public_url in clinic.yml"
    return "\n".join([head, *map(_line, found)]), not any(state.on and state.problems for state in found)


def fresh_secret() -> str:
    """A secret of 256 bits that every platform's rules allow."""
    return secrets.token_urlsafe(32)


def telegram(clinic: Clinic, environment: Mapping[str, str], api: str | None = None) -> Telegram:
    """Telegram's channel, whether or not it is switched on yet.

    Raises:
        CandorError: no public address, or a secret that will not do.
    """
    state = next(state for state in states(clinic, environment) if state.name == Telegram.name)
    if state.problems:
        raise CandorError(f"{'; '.join(state.problems)}.",
                          "docs/channels.md says where each comes from; `candor channel secret` makes up CANDOR_TELEGRAM_SECRET.")
    if not clinic.channels.public_url:
        raise CandorError("clinic.yml names no public_url under channels.", "Telegram must know where to send messages.")
    return Telegram({secret.name: environment[secret.name] for secret in Telegram.secrets}, clinic.channels.public_url, api)


async def _send(platform: Telegram, request: Outgoing) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SEND_SECONDS), trust_env=True) as session:
        try:
            verdict = await send_request(session, platform, request)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:  # the error's words hold the token
            raise CandorError(f"Telegram cannot be reached ({type(error).__name__}).", "Try again later.") from None
    if verdict.result != "delivered":
        raise CandorError("Telegram refused.", "Check the token and that public_url is an https address that Telegram can reach.")


def set_webhook(platform: Telegram) -> None:
    """Tells Telegram where this server is.

    Raises:
        CandorError: it cannot be reached or refuses.
    """
    asyncio.run(_send(platform, platform.set_webhook()))


def remove_webhook(platform: Telegram) -> None:
    """Tells Telegram to send nothing any more.

    Raises:
        CandorError: it cannot be reached or refuses.
    """
    asyncio.run(_send(platform, platform.remove_webhook()))


def run(action: str) -> tuple[str, int]:
    """What ``candor channel`` prints, and its exit status.

    Args:
        action: "list", "secret", "set-webhook" or "remove-webhook".
    """
    if action == "secret":
        return fresh_secret(), 0
    clinic = load_clinic(CLINIC)
    if action == "list":
        text, fine = list_channels(clinic, os.environ)
        return text, 0 if fine else 1
    platform = telegram(clinic, os.environ)
    if action == "set-webhook":
        set_webhook(platform)
        return f"Telegram sends messages to {clinic.channels.public_url}{platform.path()} from now on; what waited before was dropped.", 0
    remove_webhook(platform)
    return "Telegram sends nothing any more; what waited was dropped.", 0
