"""The table of red flags as typed data, checked when it is read.

``content/red_flags.yml`` holds what all flags share; ``content/red_flags/RF-xx.yml`` holds one flag: what it is, its rules, and
messages that must and must not raise it. A flag has rules. A rule is a phrase, or several word groups that must stand near each
other in any order. Words and phrases are regular expressions for RE2, which runs in linear time whatever is sent; they are
written for the plain form of :mod:`bot.safety.text`.
"""

from __future__ import annotations

import re
import sre_parse
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field

from bot.knowledge.loader import ContentError, Knowledge, parse
from bot.knowledge.model import Strict, Urgency
from bot.yaml_file import YamlFile, read_yaml

#: From the one that leads to the one that follows.
LEVELS: tuple[Urgency, ...] = ("emergency", "urgent", "support", "doctor")
#: A flag needs at least so many messages that must and must not raise it.
FEWEST_EXEMPLARS = 12
FEWEST_COUNTER_EXAMPLES = 6
_GROUP = re.compile(r"\{(\w+)\}")


class Rule(Strict):
    """Word groups near each other.

    Attributes:
        near: names of word groups, or expressions; each must be found.
        within: most words from the first to the last of them; they may stand in neighbouring sentences.
        unless: expressions that, found anywhere in the message, make the rule not apply.
    """

    near: tuple[str, ...]
    within: int = Field(12, ge=1, le=80)
    unless: tuple[str, ...] = ()


class RedFlag(Strict):
    """One red flag.

    Attributes:
        id: RF-xx.
        name: the sign in a few words.
        level: how urgent its card is.
        claims: what it rests on.
        words: word groups of its own; they may use the shared ones.
        phrases: expressions, each of which raises the flag on its own.
        rules: see :class:`Rule`.
        never_denied: negation never lowers it (self-harm, violence, poisoning).
        exemplars: messages that must raise it; the rules are written with them in sight.
        counter_examples: messages that must raise no flag at all; likewise.
        paraphrases, near_misses: the same by writers who had not seen the rules, and not fitted to by the rules: what the
            judgement of :mod:`bot.safety.semantic` learns its measure from. Those by one writer stand next to each other.
    """

    id: str = Field(regex=r"^RF-\d\d$")
    name: str
    level: Urgency
    claims: tuple[str, ...]
    words: dict[str, tuple[str, ...]] = {}
    phrases: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    never_denied: bool = False
    exemplars: tuple[str, ...]
    counter_examples: tuple[str, ...]
    paraphrases: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()


class Request(Strict):
    """Something that is never answered as asked: to stop or dose a medicine, to judge a result, to look at a photo."""

    id: str
    phrases: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    exemplars: tuple[str, ...]
    counter_examples: tuple[str, ...]


class Shared(Strict):
    """What all flags share.

    Attributes:
        words: named groups of words; a group may use others as ``{name}``.
        figures_of_speech: what is never meant as it is said; blotted out before anything is looked for.
        denials: explicit absence of a bodily sign; blotted out for flags that can be denied.
        requests: what is refused kindly.
    """

    words: dict[str, tuple[str, ...]]
    figures_of_speech: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True)
class Table:
    """The whole table."""

    shared: Shared
    flags: tuple[RedFlag, ...]

    def flag(self, flag_id: str) -> RedFlag:
        """A flag by its id.

        Raises:
            KeyError: there is none.
        """
        return {flag.id: flag for flag in self.flags}[flag_id]


def load_table(content: Path, thorough: bool = True) -> Table:
    """Reads ``red_flags.yml`` and ``red_flags/<id>.yml``.

    Args:
        content: the content folder.
        thorough: also parse every expression; without it a wrong one is found when the rules are compiled.

    Raises:
        ContentError, YamlError: naming file and line: a file named unlike its flag, an unknown word group, an expression that RE2
            does not take, a repetition within a repetition, a flag without rules.
    """
    file = read_yaml(content / "red_flags.yml")
    shared = parse(Shared, file.data, file, ())
    _check_expressions(shared, {}, file, thorough)
    flags = []
    for path in sorted((content / "red_flags").glob("*.yml")):
        own = read_yaml(path)
        flag = parse(RedFlag, own.data, own, ())
        if flag.id != path.stem:
            raise ContentError(f"{path}:{own.line(('id',))}: the file of {flag.id} must be named {flag.id}.yml.")
        if not flag.claims or not (flag.phrases or flag.rules):
            raise ContentError(f"{path}:1: {flag.id} has no claims, or no phrases and no rules.")
        if len(flag.exemplars) < FEWEST_EXEMPLARS or len(flag.counter_examples) < FEWEST_COUNTER_EXAMPLES:
            raise ContentError(f"{path}:1: {flag.id} needs {FEWEST_EXEMPLARS} exemplars and {FEWEST_COUNTER_EXAMPLES} counter-examples.")
        if twice := set(flag.words) & set(shared.words):
            raise ContentError(f"{path}:{own.line(('words',))}: the word group {sorted(twice)[0]!r} is a shared one.")
        _check_expressions(flag, shared.words, own, thorough)
        flags.append(flag)
    if not flags:
        raise ContentError(f"{content / 'red_flags'}: there is no red flag.")
    return Table(shared, tuple(flags))


def check_against(table: Table, knowledge: Knowledge, content: Path) -> None:
    """Checks that flags, care cards and claims fit together.

    Raises:
        ContentError: naming the file: a flag without a card of its level, a card without a flag, a claim that does not exist.
    """
    levels = {flag.id: flag.level for flag in table.flags}
    for flag in table.flags:
        path = content / "red_flags" / f"{flag.id}.yml"
        if flag.id not in knowledge.care_cards:
            raise ContentError(f"{path}:1: {flag.id} has no card in care_cards.yml.")
        if unknown := set(flag.claims) - set(knowledge.claims):
            raise ContentError(f"{path}:1: there is no claim {sorted(unknown)[0]!r}.")
    cards = knowledge.files["care_cards"]
    for index, card in enumerate(knowledge.care_cards.values()):
        if levels.get(card.id) != card.level:
            raise ContentError(f"{cards.path}:{cards.line((index,))}: there is no flag {card.id} of the level {card.level!r}.")


def numbering(table: Table) -> str:
    """Every phrase and rule of every flag in order, as a text: what "RF-01 r3" means."""
    return "\n".join(f"{flag.id} {flag.phrases} {[rule.json() for rule in flag.rules]} {flag.words}" for flag in table.flags)


@lru_cache(maxsize=2)
def load_table_once(content: Path) -> Table:
    """:func:`load_table`, once per process and folder, for serving: `candor lint` has looked thoroughly before."""
    return load_table(content, thorough=False)


def expand(expression: str, words: dict[str, tuple[str, ...]], depth: int = 0) -> str:
    """An expression with its word groups put in.

    Raises:
        KeyError: an unknown word group, or groups that use each other in a circle.
    """
    if depth > 8:
        raise KeyError(expression)
    return _GROUP.sub(lambda found: f"(?:{'|'.join(expand(word, words, depth + 1) for word in words[found.group(1)])})", expression)


def _expressions(entry: Shared | RedFlag) -> list[tuple[tuple[str | int, ...], str]]:
    """Every expression with its location in the file."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    for name, words in entry.words.items():
        found += [(("words", name, i), word) for i, word in enumerate(words)]
    for part in ("figures_of_speech", "denials"):
        found += [((part, i), word) for i, word in enumerate(getattr(entry, part, ()))]
    rooms: list[tuple[tuple[str | int, ...], RedFlag | Request]]
    rooms = [((), entry)] if isinstance(entry, RedFlag) else [(("requests", i), request) for i, request in enumerate(entry.requests)]
    for at, room in rooms:
        found += [((*at, "phrases", i), phrase) for i, phrase in enumerate(room.phrases)]
        for i, rule in enumerate(room.rules):
            found += [((*at, "rules", i, part, k), word) for part in ("near", "unless") for k, word in enumerate(getattr(rule, part))]
    return found


def _check_expressions(entry: Shared | RedFlag, words: dict[str, tuple[str, ...]], file: YamlFile, thorough: bool) -> None:
    import re2

    known = {**words, **entry.words}
    checked: set[str] = set()
    for at, expression in _expressions(entry):
        if expression in known or expression in checked:  # a group's words are checked where they stand
            continue
        checked.add(expression)
        where = f"{file.path}:{file.line(at)}"
        try:
            whole = expand(expression, known)
        except KeyError as error:
            raise ContentError(f"{where}: there is no word group {error.args[0]!r}.") from None
        if not thorough:
            continue
        try:
            re2.compile(whole)
            tree = sre_parse.parse(whole)
        except (re2.error, re.error):
            raise ContentError(f"{where}: {expression!r} is not an expression that RE2 takes.") from None
        if _nested(tree, False):
            raise ContentError(f"{where}: {expression!r} holds a repetition within a repetition.")


def _nested(tree: Any, inside: bool) -> bool:
    """Whether an unbounded repetition stands within another."""
    found = False
    for operator, value in tree:
        if operator in (sre_parse.MAX_REPEAT, sre_parse.MIN_REPEAT):
            endless = value[1] == sre_parse.MAXREPEAT
            found |= (endless and inside) or _nested(value[2], inside or endless)
        elif operator is sre_parse.SUBPATTERN:
            found |= _nested(value[3], inside)
        elif operator is sre_parse.BRANCH:
            found |= any(_nested(branch, inside) for branch in value[1])
    return found
