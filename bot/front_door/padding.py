"""Pads answers to a few sizes, so that who can see the length of encrypted traffic cannot tell the topic by it."""

from __future__ import annotations

import json
from typing import Any

#: Sizes of an answer's body in bytes; what is longer than the last becomes a multiple of it.
SIZES = (4_096, 8_192, 16_384, 32_768)


def padded(body: dict[str, Any]) -> bytes:
    """The body as JSON of exactly one of :data:`SIZES`, by white space behind it, which JSON allows."""
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return plain.ljust(next((size for size in SIZES if size >= len(plain)), -(-len(plain) // SIZES[-1]) * SIZES[-1]))
