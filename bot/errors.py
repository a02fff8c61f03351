"""The one family of errors that people cause: a sentence of what is wrong and a hint of what to do."""


class CandorError(Exception):
    """Something a person can put right.

    Args:
        message: one plain sentence saying what is wrong.
        hint: what to do about it; empty when the message already says so.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()
