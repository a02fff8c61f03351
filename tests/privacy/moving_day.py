from __future__ import annotations

from datetime import date, timedelta


class MovingDay:
    """A day that a test can move."""

    def __init__(self, day=date(2026, 11, 16)):  # the Monday of 2026-W47
        self.day = day

    def __call__(self):
        return self.day

    def on(self, days):
        self.day += timedelta(days)
