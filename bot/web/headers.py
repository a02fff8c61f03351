"""Security headers: what every answer of the server carries, and the content security policies of its pages."""

from __future__ import annotations

#: Nothing may be loaded, run or framed: for JSON and for errors.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: A page of our own: our scripts, styles and pictures only.
PAGE = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
#: Pictures carry their own style; nothing in them may run or load anything.
PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def secure(policy: str = NOTHING) -> dict[str, str]:
    """The headers of an answer.

    Args:
        policy: its Content-Security-Policy.
    """
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
