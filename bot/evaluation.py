"""Measures understanding on labelled posts. Plain Python on replies and verdicts; knows nothing of Rasa.

A labelled post is ``{"message", "topics": [primary, ...], "kind": "in_scope" | "off_topic" | "smalltalk", "real": bool}``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import CandorError

KINDS = ("in_scope", "off_topic", "smalltalk")


@dataclass(frozen=True)
class Post:
    """A labelled post."""

    message: str
    topics: tuple[str, ...]
    kind: str
    real: bool = False


@dataclass(frozen=True)
class Prediction:
    """What was answered.

    Attributes:
        outcome: of the answer contract.
        topics: answered topics in order.
        reason: which evidence won, for reading; canonical ids and figures only.
    """

    outcome: str
    topics: tuple[str, ...]
    reason: str = ""


def numbered_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a file that are not blank, each with its number.

    Raises:
        CandorError: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise CandorError(f"{path} cannot be read.") from None
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def read_posts(path: Path, known_topics: set[str]) -> list[Post]:
    """Reads a JSON Lines file.

    Raises:
        CandorError: naming the line that is wrong.
    """
    posts = []
    for number, line in numbered_lines(path):
        try:
            data = json.loads(line)
            post = Post(str(data["message"]), tuple(data["topics"]), data.get("kind", "in_scope"), bool(data.get("real", False)))
        except (ValueError, KeyError, TypeError):
            raise CandorError(f'{path}:{number}: not an object with "message" and "topics".') from None
        if post.kind not in KINDS:
            raise CandorError(f"{path}:{number}: the kind {post.kind!r} is not one of {', '.join(KINDS)}.")
        if unknown := set(post.topics) - known_topics:
            raise CandorError(f"{path}:{number}: there is no topic {sorted(unknown)[0]!r}.")
        if post.kind == "in_scope" and not post.topics:
            raise CandorError(f"{path}:{number}: a post in scope needs at least one topic.")
        posts.append(post)
    if not posts:
        raise CandorError(f"{path} holds no posts.")
    return posts


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def measure(posts: Sequence[Post], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """The figures, as shares between 0 and 1 (None where there is nothing to measure), with the numbers of posts."""
    pairs = list(zip(posts, predictions, strict=True))
    inside = [(post, p) for post, p in pairs if post.kind == "in_scope"]
    outside = [(post, p) for post, p in pairs if post.kind == "off_topic"]
    talk = [(post, p) for post, p in pairs if post.kind == "smalltalk"]
    answered = sum(len(p.topics) for _, p in inside)
    right = sum(len(set(p.topics) & set(post.topics)) for post, p in inside)
    return {
        "in_scope": len(inside), "off_topic": len(outside), "smalltalk": len(talk),
        "first_topic": _share(sum(p.topics[:1] == post.topics[:1] for post, p in inside), len(inside)),
        "primary_in_answer": _share(sum(post.topics[0] in p.topics for post, p in inside), len(inside)),
        "any_topic": _share(sum(bool(set(p.topics) & set(post.topics)) for post, p in inside), len(inside)),
        "precision": _share(right, answered),
        "topics_per_answer": _share(answered, sum(bool(p.topics) for _, p in inside)),
        "wrongly_refused": _share(sum(p.outcome in ("not_covered", "smalltalk", "unavailable") for _, p in inside), len(inside)),
        "care_card": _share(sum(p.outcome == "care" for _, p in inside), len(inside)),
        "clarified": _share(sum(p.outcome == "clarify" for _, p in inside), len(inside)),
        "off_topic_recognised": _share(sum(p.outcome in ("not_covered", "clarify", "care") for _, p in outside), len(outside)),
        "off_topic_not_answered": _share(sum(p.outcome != "answer" for _, p in outside), len(outside)),
        "smalltalk_recognised": _share(sum(p.outcome == "smalltalk" for _, p in talk), len(talk)),
    }


_TARGETS = {
    "primary_in_answer": ">= 85 %", "first_topic": ">= 75 %", "precision": ">= 70 %", "off_topic_recognised": ">= 95 %",
    "wrongly_refused": "<= 5 %",
}
_WORDS = {
    "first_topic": "first topic answered is the primary one", "primary_in_answer": "primary topic is among those answered",
    "any_topic": "any of the post's topics is answered", "precision": "topics answered that belong",
    "topics_per_answer": "topics per answer", "wrongly_refused": "in scope but refused", "clarified": "in scope and asked back",
    "care_card": "in scope and given a care card first (counted as not answered above)",
    "off_topic_recognised": "off topic and said so, asked back or given a care card",
    "off_topic_not_answered": "off topic and not answered with a card",
    "smalltalk_recognised": "small talk recognised",
}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures as rows of a Markdown table."""
    rows = ["| what | measured | target |", "|---|---|---|"]
    for name, words in _WORDS.items():
        value = figures[name]
        shown = "-" if value is None else f"{value:.2f}" if name == "topics_per_answer" else f"{100 * value:.1f} %"
        rows.append(f"| {words} | {shown} | {_TARGETS.get(name, '')} |")
    return rows


def confusions(posts: Sequence[Post], predictions: Sequence[Prediction], most: int = 20) -> list[tuple[str, str, int]]:
    """The commonest (primary topic, what was answered first instead, how often)."""
    counts: Counter[tuple[str, str]] = Counter()
    for post, prediction in zip(posts, predictions, strict=True):
        if post.kind == "in_scope" and prediction.topics[:1] != post.topics[:1]:
            counts[post.topics[0], prediction.topics[0] if prediction.topics else f"({prediction.outcome})"] += 1
    return [(wanted, got, number) for (wanted, got), number in counts.most_common(most)]


def worst(posts: Sequence[Post], predictions: Sequence[Prediction], most: int = 30) -> list[tuple[int, Post, Prediction]]:
    """Posts whose primary topic is not answered, or that are answered though off topic, with their number."""
    found = []
    for number, (post, prediction) in enumerate(zip(posts, predictions, strict=True), 1):
        missed = post.kind == "in_scope" and post.topics[0] not in prediction.topics
        if missed or (post.kind == "off_topic" and prediction.outcome == "answer"):
            found.append((number, post, prediction))
    return found[:most]


def report(title: str, posts: Sequence[Post], predictions: Sequence[Prediction], texts: bool) -> str:
    """A Markdown report; ``texts`` adds the beginning of the worst posts (only for the project's own posts)."""
    figures = measure(posts, predictions)
    real = sum(post.real for post in posts)
    lines = [
        f"## {title}", "",
        f"{figures['in_scope']} posts in scope, {figures['off_topic']} off topic, {figures['smalltalk']} small talk; {real} by real people, "
        "the rest written for this.",
        "", *table(figures), "", "Most frequent confusions (primary topic: answered first instead):", "",
        *(f"- {wanted}: {got} ({number})" for wanted, got, number in confusions(posts, predictions, 15)),
        "", "Missed posts:", "",
    ]
    for number, post, prediction in worst(posts, predictions):
        beginning = f" \u201c{' '.join(post.message.split())[:80]}\u201d" if texts else ""
        got = ", ".join(prediction.topics) or prediction.outcome
        lines.append(f"- {number}: wanted {', '.join(post.topics) or post.kind}, got {got}; {prediction.reason}{beginning}")
    return "\n".join(lines) + "\n"
