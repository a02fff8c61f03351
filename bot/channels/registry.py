"""Which messaging channels there are, and which of them start: switched on in clinic.yml, with every secret in the environment."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.mattermost import Mattermost
from bot.channels.messenger import Messenger
from bot.channels.platform import Platform
from bot.channels.secrets import problems
from bot.channels.slack import Slack
from bot.channels.telegram import Telegram
from bot.channels.twilio import Twilio
from bot.clinic import Clinic

logger = logging.getLogger(__name__)

PLATFORMS: dict[str, type[Platform]] = {platform.name: platform for platform in (Telegram, Twilio, Messenger, Slack, Mattermost)}


@dataclass(frozen=True)
class State:
    """Whether a channel can start.

    Attributes:
        problems: why not, one sentence each and without any value.
    """

    name: str
    on: bool
    problems: tuple[str, ...]


def states(clinic: Clinic, environment: Mapping[str, str]) -> list[State]:
    """The state of every channel."""
    return [State(name, name in clinic.channels.on, tuple(problems(platform.secrets, environment))) for name, platform in PLATFORMS.items()]


def start_platforms(clinic: Clinic, environment: Mapping[str, str]) -> list[Platform]:
    """The channels that start; for each that is switched on and cannot, an error in the log says why. The others start all the same."""
    started: list[Platform] = []
    for state in states(clinic, environment):
        if state.on and state.problems:
            logger.error("The channel %s does not start: %s.", state.name, "; ".join(state.problems))
        elif state.on:
            started.append(make(state.name, clinic, environment))
    return started


def make(name: str, clinic: Clinic, environment: Mapping[str, str]) -> Platform:
    """A channel whose secrets were checked."""
    platform = PLATFORMS[name]
    return platform({secret.name: environment[secret.name] for secret in platform.secrets}, clinic.channels.public_url or "")


def secret_names() -> frozenset[str]:
    """The environment variables that no other process needs to see."""
    return frozenset(secret.name for platform in PLATFORMS.values() for secret in platform.secrets)
