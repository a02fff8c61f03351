"""Errors of a caller, each with a stable code, an HTTP status and one clear sentence."""

from __future__ import annotations

from bot.errors import CandorError


class DoorError(CandorError):
    """A request the front door refuses.

    Attributes:
        code: stable machine-readable name.
        status: the HTTP status that fits.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def to_dict(self) -> dict[str, dict[str, str]]:
        """The body of the HTTP answer."""
        return {"error": {"code": self.code, "message": self.message}}
