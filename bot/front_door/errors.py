"""Errors of a caller, each with a stable code, an HTTP status and one clear sentence."""

from __future__ import annotations

from bot.errors import CandorError


class DoorError(CandorError):
    """A request the front door refuses.

    Attributes:
        code: stable machine-readable name.
        status: the HTTP status that fits.
        wait: seconds after which it may be tried again, 0 when that would not help.
    """

    def __init__(self, status: int, code: str, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.wait = wait

    def to_dict(self) -> dict[str, dict[str, str]]:
        """The body of the HTTP answer."""
        return {"error": {"code": self.code, "message": self.message}}
