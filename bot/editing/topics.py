"""Starts a topic's files and says what a topic still lacks. A new card is refused by the linter until it is written and cited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.errors import CandorError
from bot.knowledge.lint import lint
from bot.knowledge.loader import load
from bot.knowledge.reading import grade
from bot.language.topic_model import ASK
from bot.yaml_file import read_yaml

#: What a topic's training examples need: in all, of 50 words or more, written by or about a partner or relative.
FEWEST, FEWEST_LONG, FEWEST_PARTNER = 40, 10, 8
_LONG = 50
_PARTNER = re.compile(
    r"\b(?:my|our) (?:husband|hubby|partner|boyfriend|bf|man|fianc\w+|spouse|guy|son|brother|dad|father|friend)\b|\b(?:he|his)\b", re.I)
_ID = re.compile(r"[a-z][a-z0-9_]{2,39}")
_CARD = '''id: {id}
title: {title}
question: {question}
care: {care}
# A kind word first, no facts; one of the two may be left out.
opening:
  self: "..."
  partner: "..."
# The chat answer. Every statement cites claims of content/claims.yml. Opening, short and the longest cause: 120 words.
short:
  - text: "..."
    cites: []
more:
  - heading: "..."
    text: "..."
    cites: []
# The one thing to do next, at most 45 words each.
next_step:
  self: "..."
  partner: "..."
  cites: []
choices: []
'''
_EXAMPLES = '''version: "3.1"
nlu:
- intent: ask_{id}
  examples:
  - text: {question}
'''


@dataclass(frozen=True)
class Project:
    """Where the files of topics are; a test gives a folder of its own."""

    root: Path

    def card(self, topic: str) -> Path:
        """A topic's card."""
        return self.root / "content" / "topics" / f"{topic}.yml"

    def examples(self, group: str, topic: str) -> Path:
        """A topic's training examples."""
        return self.root / "data" / "nlu" / group / f"{topic}.yml"


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _after_last(path: Path, pattern: str, line: str) -> str:
    """A file's text with a line put behind the last one that fits."""
    lines = path.read_text(encoding="utf-8").split("\n")
    at = max((number for number, text in enumerate(lines) if re.match(pattern, text)), default=None)
    if at is None:
        raise CandorError(f"{path} holds no line like {pattern!r}: nothing was written.")
    return "\n".join([*lines[:at + 1], line, *lines[at + 1:]])


def new(project: Project, topic: str, group: str, care: str, title: str, question: str, covers: str) -> list[Path]:
    """Writes a topic's line in the taxonomy, its card to fill in, its first example, and its lines in domain and rule.

    Args:
        project: whose files.
        topic: the new id.
        group: one that exists.
        care: lowest care level.
        title: of the card.
        question: in people's words; also the first training example.
        covers: what the topic covers, for editors.

    Returns:
        the files written.

    Raises:
        CandorError: the id is taken or not an id, or there is no such group. Nothing is written then.
    """
    if not _ID.fullmatch(topic):
        raise CandorError(f"{topic!r} is not an id: 3 to 40 small letters, digits and underscores, a letter first.")
    taxonomy = project.root / "content" / "taxonomy.yml"
    known: dict[str, Any] = read_yaml(taxonomy).data["topics"]
    if topic in known or project.card(topic).exists():
        raise CandorError(f"There is a topic {topic!r} already.")
    groups = list(dict.fromkeys(data["group"] for data in known.values()))
    if group not in groups:
        raise CandorError(f"There is no group {group!r}.", f"There are: {', '.join(groups)}.")
    for name, text in (("title", title), ("question", question), ("covers", covers)):
        if not text.strip():
            raise CandorError(f"The {name} is empty.")
    line = f'  {topic}: {{group: {group}, care: {care}, from: [N], covers: {_quoted(covers)}}}'
    domain, rule = project.root / "domain.yml", project.root / "data" / "rules" / "answers.yml"
    texts = {
        taxonomy: _after_last(taxonomy, rf"  \w+: +\{{group: {group},", line),
        project.card(topic): _CARD.format(id=topic, title=_quoted(title), question=_quoted(question), care=care),
        project.examples(group, topic): _EXAMPLES.format(id=topic, question=_quoted(question)),
        domain: _after_last(domain, rf"  - {ASK}\w+$", f"  - {ASK}{topic}"),
        rule: _after_last(rule, rf"    - intent: {ASK}\w+$", f"    - intent: {ASK}{topic}"),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _examples_lacking(path: Path, elsewhere: dict[str, str]) -> list[str]:
    if not path.exists():
        return [f"{path} is missing"]
    blocks = read_yaml(path).data["nlu"]
    texts = [str(example["text"]) for block in blocks for example in block["examples"]]
    wanted = ((FEWEST, "examples", lambda text: True), (FEWEST_LONG, f"examples of {_LONG} words or more", lambda text: len(text.split()) >= _LONG),
              (FEWEST_PARTNER, "examples by or about a partner or relative", lambda text: bool(_PARTNER.search(text))))
    found = [(sum(map(fits, texts)), fewest, what) for fewest, what, fits in wanted]
    lacking = [f"{path}: {number} {what}, {fewest} are needed" for number, fewest, what in found if number < fewest]
    return lacking + [f"{path}: stands in {elsewhere[key]} as well: {text[:60]!r}" for text in texts if (key := _key(text)) in elsewhere]


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def check(project: Project, topic: str, today: date) -> list[str]:
    """What a topic still lacks, a sentence each; empty when it may be shipped.

    Raises:
        CandorError: there is no such topic, or a file cannot be read.
    """
    content = project.root / "content"
    knowledge = load(content)
    if topic not in knowledge.topics:
        raise CandorError(f"There is no topic {topic!r}.", "`candor topic new` starts one.")
    lacking = [f"{finding}" for finding in lint(knowledge, content, today)
               if Path(finding.path).stem == topic or f" {topic} " in f" {finding.message} "]
    own = project.examples(knowledge.topics[topic].group, topic)
    elsewhere: dict[str, str] = {}
    for path in sorted((project.root / "data" / "nlu").rglob("*.yml")):
        if path != own:
            elsewhere |= {_key(str(example["text"])): path.name for block in read_yaml(path).data["nlu"] for example in block["examples"]}
    card = project.card(topic)
    lacking += [f"{card}:{number}: still to be written" for number, line in enumerate(card.read_text(encoding="utf-8").splitlines(), 1)
                if '"..."' in line] if card.exists() else []
    lacking += _examples_lacking(own, elsewhere)
    for name, pattern in (("domain.yml", rf"^  - {ASK}{topic}$"), ("data/rules/answers.yml", rf"^    - intent: {ASK}{topic}$")):
        if not re.search(pattern, (project.root / name).read_text(encoding="utf-8"), re.M):
            lacking.append(f"{name}: {ASK}{topic} is missing")
    return lacking


def reading_grade(project: Project, topic: str) -> float:
    """The reading grade of a card's short answer (Flesch-Kincaid)."""
    return grade(load(project.root / "content").cards[topic].short)
