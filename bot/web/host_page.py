"""Finds what keeps a page of the clinic's website from showing the chat: for ``candor widget --check``."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Optional
from urllib.parse import urljoin, urlsplit

from bot.errors import CandorError
from bot.web.policy import Policy, allows, parse

_SECONDS = 15
_MOST_BYTES = 5_000_000


@dataclass
class HostPage:
    """A page as it was read.

    Attributes:
        address: where it was read from; None for a file.
        html: its text.
        policies: its Content-Security-Policies, of the header and of the page itself.
        embedder_policy: its Cross-Origin-Embedder-Policy, or "".
    """

    address: Optional[str]
    html: str
    policies: list[Policy] = field(default_factory=list)
    embedder_policy: str = ""

    @property
    def origin(self) -> Optional[str]:
        """The origin of its address."""
        return _origin(self.address) if self.address else None


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, Optional[str]]] = []
        self.policies: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        found = dict(attrs)
        if tag == "script" and found.get("src"):
            self.scripts.append(found)
        if tag == "meta" and (found.get("http-equiv") or "").lower() == "content-security-policy":
            self.policies.append(found.get("content") or "")


def read_page(where: str) -> HostPage:
    """Reads a page from an address or a file.

    Raises:
        CandorError: it cannot be read.
    """
    if not where.startswith(("https://", "http://")):
        try:
            return HostPage(None, Path(where).read_text(encoding="utf-8", errors="replace"))
        except OSError as error:
            raise CandorError(f"{where} cannot be read: {error.strerror}.", "Give an address that starts with https://, or a file.") from None
    request = urllib.request.Request(where, headers={"User-Agent": "candor widget --check", "Accept": "text/html"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310  # nosec B310: http and https only
            headers = response.headers
            text = response.read(_MOST_BYTES).decode(headers.get_content_charset() or "utf-8", "replace")
            policies = [policy for value in headers.get_all("Content-Security-Policy") or [] for policy in parse(value)]
            return HostPage(response.url, text, policies, headers.get("Cross-Origin-Embedder-Policy", ""))
    except urllib.error.HTTPError as error:
        raise CandorError(f"{where} answers with {error.code} {error.reason}.") from None
    except (OSError, ValueError) as error:
        raise CandorError(f"{where} cannot be reached: {getattr(error, 'reason', error)}.") from None


def _script(reader: _Reader) -> Optional[dict[str, Optional[str]]]:
    return next((script for script in reader.scripts if urlsplit(script["src"] or "").path.endswith("/loader.js")), None)


def findings(page: HostPage, address: Optional[str], allowed_sites: Sequence[str]) -> list[str]:
    """What is wrong, a sentence each; empty when the chat can be shown.

    Args:
        page: as it was read.
        address: origin of this server as the website knows it; None takes it from the page's script tag.
        allowed_sites: of ``clinic.yml``.
    """
    reader = _Reader()
    reader.feed(page.html)
    found: list[str] = []
    script = _script(reader)
    if script is None:
        wanted = f"{address or 'https://YOUR-SERVER'}/loader.js"
        found.append(f'The page has no script tag of the chat. Add <script src="{wanted}" defer></script> before </body>. '
                     "(A tag that a tag manager adds cannot be seen here.)")
    else:
        source = urljoin(page.address or "", script["src"] or "")
        if address and _origin(source) != address:
            found.append(f"The script tag loads from {_origin(source)}, but the chat is served from {address}.")
        address = address or _origin(source)
        if script.get("integrity"):
            found.append("The script tag has an integrity attribute; the script changes with your settings and updates. Remove the attribute.")
        if page.origin and page.origin.startswith("https://") and source.startswith("http://"):
            found.append("The page is secure (https) and the script tag is not (http): browsers block it. Serve the chat over https.")
    if address is None:
        return found
    for policy in (*page.policies, *(policy for text in reader.policies for policy in parse(text))):
        found += _against(policy, address, page.origin, script)
    if "require-corp" in page.embedder_policy:
        found.append("The page sends Cross-Origin-Embedder-Policy: require-corp, which blocks the chat's frame. "
                     "Leave it away, or link to the chat instead.")
    if page.origin and page.origin != address and page.origin not in allowed_sites:
        found.append(f"clinic.yml does not allow {page.origin} to show the chat. Add it to website: allowed_sites.")
    return found


def _against(policy: Policy, address: str, page: Optional[str], script: Optional[dict[str, Optional[str]]]) -> list[str]:
    found = []
    for directive, what in (("script-src", "the chat's script"), ("frame-src", "the chat's frame")):
        governing = policy.governing(directive)
        if governing is None:
            continue
        name, sources = governing
        if directive == "script-src" and "'strict-dynamic'" in sources:
            if not (script or {}).get("nonce"):
                found.append(f"The policy's {name} has 'strict-dynamic', so addresses do not count there: give the script tag the page's nonce.")
        elif directive == "script-src" and (script or {}).get("nonce") and f"'nonce-{(script or {})['nonce']}'" in sources:
            continue
        elif not allows(sources, address, page):
            found.append(f"The policy's {name} blocks {what}: add {address} to {directive}.")
    if "sandbox" in policy.directives:
        missing = [token for token in ("allow-scripts", "allow-popups", "allow-modals") if token not in policy.directives["sandbox"]]
        if missing:
            found.append(f"The policy has sandbox without {', '.join(missing)}: the chat needs that.")
    return found
