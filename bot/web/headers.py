"""Security headers: what every answer of the server carries, and the content security policies of its pages."""

from __future__ import annotations

from collections.abc import Sequence

_SHUT = "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
#: Nothing may be loaded, run or framed: for JSON and for errors.
NOTHING = f"default-src 'none'; {_SHUT}".format(ancestors="'none'")
#: Pictures carry their own style; nothing in them may run or load anything.
PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
#: A page of our own: our scripts, styles and pictures only, and no way to make markup of text.
_PAGE = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; {frames}" + _SHUT
         + "; require-trusted-types-for 'script'; trusted-types 'none'")


def page_policy(ancestors: Sequence[str] = (), frames: bool = False) -> str:
    """The Content-Security-Policy of a page.

    Args:
        ancestors: origins that may show it in a frame, beside this server's own pages; none: nobody may, not even those.
        frames: whether it shows a frame of this server itself.
    """
    return _PAGE.format(ancestors=" ".join(ancestors) if ancestors else "'none'", frames="frame-src 'self'; " if frames else "")


def secure(policy: str = NOTHING) -> dict[str, str]:
    """The headers of an answer.

    Args:
        policy: its Content-Security-Policy.
    """
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if "frame-ancestors 'none'" in policy:
        headers["X-Frame-Options"] = "DENY"  # for browsers that do not read frame-ancestors; it knows no list of sites
    return headers
