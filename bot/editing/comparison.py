"""What a retrained model understands better or worse than the one before, on labelled posts."""

from __future__ import annotations

import json
import subprocess  # nosec B404: runs this project's own command
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.errors import CandorError
from bot.evaluation import Post, Prediction, measure, numbered_lines, read_posts
from bot.paths import BUILD, ROOT

#: The posts that are compared on where no file is named.
POSTS = ROOT / "tests" / "understanding" / "posts.jsonl"
_WORDS = {
    "primary_in_answer": "primary topic is among those answered", "first_topic": "first topic answered is the primary one",
    "precision": "topics answered that belong", "wrongly_refused": "in scope but refused", "off_topic_recognised": "off topic recognised",
    "smalltalk_recognised": "small talk recognised",
}


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Keeps what was answered, a line a post; outcomes and topic ids only.

    Raises:
        CandorError: the file cannot be written.
    """
    lines = [json.dumps({"outcome": p.outcome, "topics": list(p.topics)}) for p in predictions]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise CandorError(f"{path} cannot be written: {error.strerror}.") from None


def read_predictions(path: Path) -> list[Prediction]:
    """The reverse of :func:`write_predictions`."""
    rows = [json.loads(line) for _, line in numbered_lines(path)]
    return [Prediction(row["outcome"], tuple(row["topics"])) for row in rows]


def _right(post: Post, prediction: Prediction) -> bool:
    """Whether a post ended as it should: its primary topic answered, or not answered when it is not ours."""
    if post.kind == "in_scope":
        return post.topics[0] in prediction.topics
    return prediction.outcome != "answer"


def compare(posts: Sequence[Post], before: Sequence[Prediction], after: Sequence[Prediction], most: int = 30) -> str:
    """A table of the figures before and after, and the posts that changed sides (the project's own by their beginning)."""
    old, new = measure(posts, before), measure(posts, after)
    lines = [f"{len(posts)} posts, before and after", "", "| what | before | after | change |", "|---|---|---|---|"]
    for name, words in _WORDS.items():
        if old[name] is None:
            continue
        lines.append(f"| {words} | {100 * old[name]:.1f} % | {100 * new[name]:.1f} % | {100 * (new[name] - old[name]):+.1f} |")
    for title, was_right in (("Broken: right before, wrong now", True), ("Mended: wrong before, right now", False)):
        moved = [(number, post, b, a) for number, (post, b, a) in enumerate(zip(posts, before, after, strict=True), 1)
                 if _right(post, b) is was_right and _right(post, a) is not was_right]
        lines += ["", f"{title}: {len(moved)}"]
        for number, post, b, a in moved[:most]:
            beginning = "" if post.real else f" \u201c{' '.join(post.message.split())[:70]}\u201d"
            wanted = ", ".join(post.topics) or post.kind
            lines.append(f"- {number}: wanted {wanted}; was {', '.join(b.topics) or b.outcome}; is {', '.join(a.topics) or a.outcome}{beginning}")
    return "\n".join(lines)


def _evaluate(posts: Path, out: Path) -> list[Prediction]:
    """Evaluates the model on disk in a process of its own: nothing that this one has loaded may stand in for what was retrained."""
    command = [sys.executable, "-m", "bot.cli", "evaluate", str(posts.resolve()), "--predictions", str(out)]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603  # nosec B603
        raise CandorError(f"The model could not be evaluated on {posts}.", "The lines above say why.")
    return read_predictions(out)


def train_and_compare(posts_file: Path, train: Callable[[], bool], say: Callable[[str], None]) -> str:
    """Evaluates the model on disk, retrains, evaluates again.

    Args:
        posts_file: labelled posts.
        train: retrains; False when nothing had changed.
        say: takes progress lines.

    Returns:
        what changed, or that nothing did.

    Raises:
        CandorError: unreadable posts, or a model that cannot be evaluated.
    """
    from bot.knowledge.loader import load
    from bot.paths import CONTENT

    posts = read_posts(posts_file, set(load(CONTENT).topics))
    say(f"Evaluating the model as it is, on {len(posts)} posts ...")
    before = _evaluate(posts_file, BUILD / "comparison" / "before.jsonl")
    if not train():
        return "The model is up to date: nothing that it reads has changed, so there is nothing to compare."
    say("Evaluating the new model ...")
    return compare(posts, before, _evaluate(posts_file, BUILD / "comparison" / "after.jsonl"))
