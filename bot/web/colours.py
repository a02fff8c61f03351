"""Contrast between colours, by the formula of WCAG 2.2."""

from __future__ import annotations

#: Least contrast of text (WCAG 2.2, success criterion 1.4.3).
ENOUGH = 4.5
#: The page's own colours that a clinic's colour stands beside or on, light and dark (``widget/src/candor.css``).
LIGHT = {"the page": "#f4f7f7", "the answers": "#ffffff", "the person's own words": "#e3eff1"}
DARK = {"the page": "#0e171b", "the answers": "#162329", "the person's own words": "#17343b"}


def _luminance(colour: str) -> float:
    channels = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours written as ``#rrggbb``: 1 (none) to 21 (black on white)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def check(colour: str, grounds: dict[str, str]) -> str:
    """Returns a colour that can be read on every ground.

    Raises:
        ValueError: naming the ground it cannot be read on.
    """
    for name, ground in grounds.items():
        found = contrast(colour, ground)
        if found < ENOUGH:
            raise ValueError(f"{colour} has a contrast of {found:.1f} against {name} ({ground}); text needs {ENOUGH}. "
                             f"Choose a {'darker' if grounds is LIGHT else 'lighter'} colour")
    return colour
