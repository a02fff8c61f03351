"""What ``candor staff`` does: exports the site, or makes the hash of a staff password."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bot.errors import CandorError
from bot.staff.settings import PASSWORD_HASH

_SHORTEST_PASSWORD = 12


def add_arguments(command: ArgumentParser) -> None:
    """The command's arguments."""
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", metavar="DIR", help="write the site there as static files, for the clinic's intranet")
    what.add_argument("--password", action="store_true", help="ask for a staff password and print its hash for clinic.yml")


def run(arguments: Namespace, say: Callable[[str], None]) -> None:
    """Does what was asked for.

    Raises:
        CandorError: a folder that holds something else, or a password that is too short or mistyped.
    """
    if arguments.password:
        _password(say)
        return
    from bot.clinic import load_clinic
    from bot.cross_validation import read_examples
    from bot.knowledge.loader import load
    from bot.paths import CLINIC, CONTENT
    from bot.staff import search
    from bot.staff.site import build, export

    examples = search.by_topic(read_examples())
    site = build(load(CONTENT), CONTENT, load_clinic(CLINIC), examples, date.today(), served=False)
    folder = Path(arguments.out)
    say(f"{folder}: {export(site, folder)} files written; open {folder / 'index.html'}. Put it where only staff can read it.")


def _password(say: Callable[[str], None]) -> None:
    from bot.staff.access import LONGEST_PASSWORD, hash_password

    password = getpass.getpass("Staff password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not _SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise CandorError(f"A staff password has {_SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.", "Several words make a good one.")
    if sys.stdin.isatty() and getpass.getpass("Again: ") != password:
        raise CandorError("The two are not the same.")
    say(f"Put this into clinic.yml, or its value into the environment as {PASSWORD_HASH}:")
    print(f"staff:\n  password_hash: {hash_password(password)}")
