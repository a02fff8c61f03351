"""What ``candor review`` does: shows where cards stand, and writes assignments, comments, approvals and withdrawals."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

from bot.errors import CandorError
from bot.knowledge.loader import load
from bot.knowledge.review import expire, find_card, sign
from bot.knowledge.review_log import ReviewEvent, overview, record, story
from bot.paths import CONTENT


def add_arguments(command: ArgumentParser) -> None:
    """The command's arguments."""
    command.add_argument("topic", nargs="?", help="the card's id; without it, where all cards stand")
    command.add_argument("--by", metavar="NAME", help="your name and role; needed for everything that is written")
    action = command.add_mutually_exclusive_group()
    action.add_argument("--due", metavar="DAY", help="approve the card; the next review is due on this day, such as 2027-05-31")
    action.add_argument("--assign", metavar="NAME", help="ask somebody to review the card")
    action.add_argument("--comment", metavar="TEXT", help="say something about the card; open until its next approval")
    action.add_argument("--expire", metavar="WHY", help="take the approval back now: the card is a draft again")
    command.add_argument("--until", metavar="DAY", help="with --assign: the day the review is wanted by")
    command.add_argument("--content", default=str(CONTENT), help="the content folder")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CandorError(f"{text!r} is not a day such as 2027-05-31.") from None


def run(arguments: Namespace, today: date) -> str:
    """Does what was asked for.

    Returns:
        what to print.

    Raises:
        CandorError: no such card, a missing name, or a day that makes no sense.
    """
    content, topic = Path(arguments.content), arguments.topic
    writes = any(value is not None for value in (arguments.due, arguments.assign, arguments.comment, arguments.expire))
    if topic is None:
        if writes:
            raise CandorError("Which card? Name its id.", "`candor review` lists them.")
        return overview(load(content), content, today)
    if not writes:
        if arguments.by:
            raise CandorError("An approval needs the day of the next review.", "Add --due, such as --due 2027-05-31.")
        return story(content, find_card(content, topic), today)
    if not arguments.by or not arguments.by.strip():
        raise CandorError("Who says so? Give your name and role with --by.")
    if arguments.due is not None:
        path = sign(content, topic, arguments.by, _day(arguments.due), today)
        return f"{path}: signed by {arguments.by.strip()}, due {arguments.due}. An edit of the text un-signs it."
    if arguments.expire is not None:
        return f"{expire(content, topic, arguments.by, arguments.expire, today)}: a draft again."
    find_card(content, topic)
    if arguments.comment is not None:
        event = ReviewEvent(on=today, what="comment", by=arguments.by, text=arguments.comment)
    else:
        until = _day(arguments.until) if arguments.until else None
        if until and until < today:
            raise CandorError(f"{until} has passed already.")
        event = ReviewEvent(on=today, what="assigned", by=arguments.by, to=arguments.assign, until=until)
    return f"{record(content, topic, event)}: {event.sentence()}"
