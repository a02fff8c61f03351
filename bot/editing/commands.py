"""What ``candor topic`` and ``candor preview`` do."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bot.editing.topics import Project, check, new, reading_grade
from bot.knowledge.model import CARE_ORDER
from bot.paths import CLINIC, CONTENT, ROOT


def add_topic_arguments(command: ArgumentParser) -> None:
    """The arguments of ``candor topic``."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    start = actions.add_parser("new", help="write a topic's files to fill in")
    start.add_argument("topic", help="its id: small letters, digits and underscores")
    for name, words in (("group", "a group of the taxonomy, such as causes"), ("title", "the card's title"),
                        ("question", "the question in people's words"), ("covers", "what the topic covers, for editors")):
        start.add_argument(f"--{name}", required=True, help=words)
    start.add_argument("--care", default="doctor", choices=(*CARE_ORDER, "support"), help="its lowest care level (default doctor)")
    actions.add_parser("check", help="say what a topic still lacks").add_argument("topic", help="its id")


def add_preview_arguments(command: ArgumentParser) -> None:
    """The arguments of ``candor preview``."""
    command.add_argument("topic", help="the card's id")
    command.add_argument("--port", type=int, default=5006, help="port on 127.0.0.1 (default 5006)")
    command.add_argument("--content", default=str(CONTENT), help="the content folder")


def topic(arguments: Namespace) -> int:
    """Starts a topic, or says what one lacks (then 1)."""
    project, name = Project(ROOT), arguments.topic
    if arguments.action == "new":
        for path in new(project, name, arguments.group, arguments.care, arguments.title, arguments.question, arguments.covers):
            print(f"{path.relative_to(ROOT)}: written")
        print(f"Now write the card (`candor preview {name}` shows it) and the examples.\n`candor topic check {name}` says what is missing.")
        return 0
    if lacking := check(project, name, date.today()):
        print("\n".join(lacking))
        return 1
    print(f"{name}: complete; reading grade of the short answer {reading_grade(project, name):.1f}.\n"
          "`candor train --compare` shows what its examples change.")
    return 0


def preview(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Shows a card live until interrupted."""
    from bot.clinic import load_clinic
    from bot.editing.preview import run

    run(Path(arguments.content), load_clinic(CLINIC), arguments.topic, arguments.port, say)
    return 0
