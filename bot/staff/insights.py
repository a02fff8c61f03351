"""What people need: released counts as tables and small multiples, and the questions that people chose to send.

The page shows what the stores release and nothing beside: no sum, no difference, no number that a store holds back.
The stores are plugged in at one place, :func:`stores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Optional, Protocol

from markupsafe import Markup

from bot.clinic import Clinic
from bot.knowledge.loader import Knowledge
from bot.paths import COUNTS, PROPOSALS, QUESTIONS
from bot.privacy import counts, opt_in

Verdict = Literal["example", "not_useful"]
#: Outcomes in which somebody got no answer; the topic of such a count is the nearest one.
UNANSWERED = ("not_covered", "clarify", "unavailable")


class Row(Protocol):
    """A released count.

    Attributes:
        week: ISO week such as "2026-W47".
        channel: class of the way in, such as "web" or "messaging".
        topic: taxonomy id; for unanswered questions the nearest one; "" for none.
        outcome: of the answer contract.
        count: rounded to 5; None means fewer than 11.
    """

    @property
    def week(self) -> str: ...  # noqa: D102
    @property
    def channel(self) -> str: ...  # noqa: D102
    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def outcome(self) -> str: ...  # noqa: D102
    @property
    def count(self) -> Optional[int]: ...  # noqa: D102


class Question(Protocol):
    """A question that somebody chose to send to the clinic, as they saw it before sending."""

    @property
    def key(self) -> int: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def topic(self) -> Optional[str]: ...  # noqa: D102


class Counts(Protocol):
    """The counts store."""

    def released(self, path: Path) -> Sequence[Row]:
        """The counts of closed weeks that may be shown."""


class QuestionBox(Protocol):
    """The box of questions that were sent on purpose."""

    def batches(self, path: Path) -> Sequence[Sequence[Question]]:
        """Those that are due to be shown, shuffled, in batches."""

    def settle(self, path: Path, key: int, verdict: Verdict, wording: str, topic: Optional[str]) -> None:
        """Closes one; it is not shown again. An example is kept in the editor's own words only."""


@dataclass(frozen=True)
class Stores:
    """The stores with the files they keep; None where this installation keeps none."""

    counts: Optional[tuple[Counts, Path]] = None
    questions: Optional[tuple[QuestionBox, Path]] = None

    def rows(self) -> Sequence[Row]:
        """The released counts."""
        return self.counts[0].released(self.counts[1]) if self.counts else ()

    def batches(self) -> Sequence[Sequence[Question]]:
        """The questions to look at."""
        return self.questions[0].batches(self.questions[1]) if self.questions else ()

    def settle(self, key: str, verdict: Verdict, wording: str) -> Optional[Question]:
        """Closes a question; ``wording`` is the editor's own for an example.

        Returns:
            the question, None when there is no such question to look at.
        """
        question = next((q for batch in self.batches() for q in batch if str(q.key) == key), None)
        if question is not None and self.questions:
            self.questions[0].settle(self.questions[1], question.key, verdict, wording, question.topic)
        return question


class _OptIn:
    """The box of this installation; examples are proposed in its file."""

    batches = staticmethod(opt_in.batches)

    def settle(self, path: Path, key: int, verdict: Verdict, wording: str, topic: Optional[str]) -> None:
        """See :class:`QuestionBox`."""
        opt_in.settle(path, key, verdict, wording, topic, PROPOSALS)


def stores(clinic: Clinic) -> Stores:
    """The stores of this installation, as far as its clinic keeps any: the one place where they are plugged in."""
    return Stores((counts, COUNTS) if clinic.counts else None, (_OptIn(), QUESTIONS) if clinic.opt_in_questions else None)


@dataclass(frozen=True)
class Panel:
    """One small plot: a title and, week by week, the released count."""

    title: str
    channel: str
    counts: tuple[tuple[str, Optional[int]], ...]
    svg: Markup


def shown(count: Optional[int]) -> str:
    """A released count in words."""
    return "<11" if count is None else str(count)


def draw(counts: Sequence[tuple[str, Optional[int]]], top: int) -> Markup:
    """A bar a week on a common scale up to ``top``. A hidden count is a dashed outline as high as 11 would be.

    Its words stand in the table beside it, so it is hidden from screen readers.
    """
    width, height, base = 240, 84, 66
    step = width / max(len(counts), 1)
    scale = (base - 16) / max(top, 11)
    parts = [f'<svg viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">']
    for number, (week, count) in enumerate(counts):
        kind, tall = ("few", 11 * scale) if count is None else ("bar", count * scale)
        left = number * step + step * 0.15
        parts.append(f'<rect class="{kind}" x="{left:.1f}" y="{base - tall:.1f}" width="{step * 0.7:.1f}" height="{tall:.1f}"/>')
        if number in (0, len(counts) - 1):
            anchor, x = ("start", 0) if number == 0 else ("end", width)
            parts.append(f'<text x="{x}" y="{height - 4}" text-anchor="{anchor}">{week}</text>')
    parts.append(f'<line class="axis" x1="0" y1="{base}" x2="{width}" y2="{base}"/><text x="{width}" y="9" text-anchor="end">{top}</text></svg>')
    return Markup("".join(parts))  # noqa: S704  # nosec B704: made of numbers and ISO weeks only


OUTCOMES = {"answer": "answered", "care": "care card", "clarify": "asked back", "not_covered": "not covered", "smalltalk": "small talk"}


def outcome(name: str) -> str:
    """An outcome of the answer contract in words."""
    return OUTCOMES.get(name, name.replace("_", " "))


def _title(knowledge: Knowledge, topic: str) -> str:
    card = knowledge.cards.get(topic)
    return card.title if card else "no topic" if topic in ("", "none") else topic.replace("_", " ")


def panels(knowledge: Knowledge, rows: Sequence[Row], unanswered: bool) -> list[Panel]:
    """The plots of answered or of unanswered questions, one for each topic, channel and outcome that was released.

    Panels whose last week is largest come first; a week without a row is left out, as nothing is known of it.
    """
    groups: dict[tuple[str, str, str], list[tuple[str, Optional[int]]]] = {}
    for row in sorted(rows, key=lambda row: row.week):
        if (row.outcome in UNANSWERED) == unanswered:
            groups.setdefault((row.topic, row.channel, row.outcome), []).append((row.week, row.count))
    top = max((count or 11 for counts in groups.values() for _, count in counts), default=11)
    made = [Panel(f"{_title(knowledge, topic)}: {outcome(ended)}", channel, tuple(counts), draw(counts, top))
            for (topic, channel, ended), counts in groups.items()]
    return sorted(made, key=lambda panel: (-(panel.counts[-1][1] or 0), panel.title, panel.channel))


def training_line(knowledge: Knowledge, topic: Optional[str], wording: str) -> tuple[str, str]:
    """Where an example belongs among the training data, and the line to write there."""
    topic = topic or ""
    group = knowledge.topics[topic].group if topic in knowledge.topics else "<group>"
    text = " ".join(wording.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f"data/nlu/{group}/{topic or '<topic>'}.yml", f'  - text: "{text}"'
