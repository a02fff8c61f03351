"""Reads a Content-Security-Policy as far as it matters for the chat's script and frame (CSP Level 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

#: What is looked at when a directive is missing, in this order.
_FALLBACKS = {"script-src": ("script-src-elem", "script-src", "default-src"), "frame-src": ("frame-src", "child-src", "default-src")}


@dataclass(frozen=True)
class Policy:
    """One policy: the sources of each directive. Several policies of a page must all allow."""

    directives: dict[str, tuple[str, ...]]

    def governing(self, directive: str) -> tuple[str, tuple[str, ...]] | None:
        """The directive that decides, with its sources; None when nothing limits it."""
        for name in _FALLBACKS[directive]:
            if name in self.directives:
                return name, self.directives[name]
        return None


def parse(text: str) -> list[Policy]:
    """The policies of a header; commas separate them."""
    found = []
    for part in text.split(","):
        directives: dict[str, tuple[str, ...]] = {}
        for directive in part.split(";"):
            if words := directive.split():
                directives.setdefault(words[0].lower(), tuple(words[1:]))    # a directive that is given twice counts once
        if directives:
            found.append(Policy(directives))
    return found


def _matches(source: str, origin: str, page: str | None) -> bool:
    source = source.lower()
    wanted = urlsplit(origin)
    if source == "'self'":
        return page == origin
    if source == "*":
        return True
    if source.endswith(":") and "/" not in source:
        return source[:-1] == wanted.scheme
    scheme, _, rest = source.rpartition("://")
    host, _, port = rest.split("/")[0].partition(":")
    # A source without a scheme means that of the page; a secure address is allowed in any case.
    schemes = {scheme, "https"} if scheme else {"https", urlsplit(page or "https://").scheme}
    hostname = wanted.hostname or ""
    same_host = hostname.endswith(host[1:]) if host.startswith("*.") else hostname == host
    ports = {str(wanted.port)} if wanted.port else {"", "443" if wanted.scheme == "https" else "80"}
    return wanted.scheme in schemes and same_host and (port == "*" or port in ports)


def allows(sources: Sequence[str], origin: str, page: str | None) -> bool:
    """Whether a list of sources lets a file of an origin through.

    Args:
        sources: of the directive.
        origin: such as ``https://chat.clinic.example``.
        page: origin of the page, or None when it is not known.
    """
    return any(_matches(source, origin, page) for source in sources)
