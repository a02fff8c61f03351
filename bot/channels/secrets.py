"""Secrets of the channels: from environment variables only, checked before a channel starts, never shown."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

#: Fewer different characters than this is no secret.
MIN_DIFFERENT = 8


@dataclass(frozen=True)
class Secret:
    """A secret that a channel needs.

    Attributes:
        name: of the environment variable.
        pattern: what it looks like.
        looks: the same in words.
    """

    name: str
    pattern: str
    looks: str

    def problem(self, value: Optional[str]) -> Optional[str]:
        """Why a value will not do, without showing it; None when it does."""
        if not value:
            return f"{self.name} is missing"
        if not re.fullmatch(self.pattern, value):
            return f"{self.name} is weak or wrong: it should be {self.looks}"
        if len(set(value)) < MIN_DIFFERENT:
            return f"{self.name} is weak: it has fewer than {MIN_DIFFERENT} different characters"
        return None


def chosen(name: str) -> Secret:
    """A secret that the clinic makes up, as `candor channel secret` does."""
    return Secret(name, r"[A-Za-z0-9_-]{32,256}", "32 to 256 letters, digits, _ or -")


def problems(wanted: tuple[Secret, ...], environment: Mapping[str, str]) -> list[str]:
    """What is wrong with the secrets of a channel, one sentence each; empty when all will do."""
    found = [problem for secret in wanted if (problem := secret.problem(environment.get(secret.name)))]
    values = [environment.get(secret.name, "") for secret in wanted]
    if not found and len(set(values)) < len(values):
        found.append("two of its secrets are the same")
    return found


def same(found: str, wanted: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ; any characters may be sent."""
    return hmac.compare_digest(found.encode("utf-8", "surrogatepass"), wanted.encode("utf-8"))
