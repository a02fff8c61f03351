"""Loads and validates the content folder. Never fixes anything silently: a wrong file is an error with file and line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.errors import CandorError
from bot.knowledge.model import Card, Claim, Phrases, Source, Topic
from bot.yaml_file import Location, YamlFile, read_yaml

Model = TypeVar("Model", bound=BaseModel)


class ContentError(CandorError):
    """The content folder holds something that is not a valid card, claim, source or taxonomy."""


@dataclass(frozen=True)
class Knowledge:
    """Everything the assistant knows.

    Attributes:
        topics: the taxonomy, by topic id, in its order.
        cards: the cards, by topic id, in the taxonomy's order.
        claims: by claim id.
        sources: by source id.
        phrases: the fixed sentences around the cards.
        files: the file of each card ("topics/<id>") and of "claims", "sources", "taxonomy", for line numbers.
        content_hash: SHA-256 over all content files.
    """

    topics: dict[str, Topic]
    cards: dict[str, Card]
    claims: dict[str, Claim]
    sources: dict[str, Source]
    phrases: Phrases
    files: dict[str, YamlFile] = field(repr=False, compare=False)
    content_hash: str = ""

    def sources_of(self, claim_ids: tuple[str, ...] | list[str]) -> list[str]:
        """Source ids behind claims, each once, in order; rules lend the sources of what they rest on."""
        found: list[str] = []
        waiting = list(claim_ids)
        seen: set[str] = set()
        while waiting:
            claim_id = waiting.pop(0)
            if claim_id in seen:
                continue
            seen.add(claim_id)
            claim = self.claims[claim_id]
            found += claim.sources
            waiting = [*claim.based_on, *waiting]
        return list(dict.fromkeys(found))


def content_hash(content: Path) -> str:
    """SHA-256 over names and bytes of every file in the content folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in content.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(content)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def parse(model: type[Model], data: Any, file: YamlFile, at: Location) -> Model:
    """Turns plain data into a model.

    Raises:
        ContentError: naming file, line and what is wrong with the first bad value.
    """
    if not isinstance(data, dict):
        raise ContentError(f"{file.path}:{file.line(at)}: expected keys and values here.")
    try:
        return model.parse_obj(data)
    except ValidationError as error:
        first = min(error.errors(), key=lambda found: found["type"] != "value_error.extra")  # a misspelt key explains a missing one
        where = tuple(first["loc"])
        name = ".".join(str(part) for part in where)
        raise ContentError(f"{file.path}:{file.line((*at, *where))}: {name}: {first['msg']}.") from None


def _parse_list(model: type[Model], file: YamlFile) -> dict[str, Model]:
    if not isinstance(file.data, list):
        raise ContentError(f"{file.path}:1: expected a list.")
    found: dict[str, Model] = {}
    for index, data in enumerate(file.data):
        item = parse(model, data, file, (index,))
        item_id: str = item.id  # type: ignore[attr-defined]
        if item_id in found:
            raise ContentError(f"{file.path}:{file.line((index,))}: the id {item_id!r} is given twice.")
        found[item_id] = item
    return found


def load(content: Path) -> Knowledge:
    """Loads a content folder.

    Raises:
        ContentError, YamlError: with file, line and one sentence.
    """
    files = {name: read_yaml(content / f"{name}.yml") for name in ("taxonomy", "sources", "claims", "phrases")}
    taxonomy = files["taxonomy"]
    if not isinstance(taxonomy.data, dict) or not isinstance(taxonomy.data.get("topics"), dict):
        raise ContentError(f"{taxonomy.path}:1: expected the key 'topics'.")
    topics = {name: parse(Topic, data, taxonomy, ("topics", name)) for name, data in taxonomy.data["topics"].items()}
    cards: dict[str, Card] = {}
    for path in sorted((content / "topics").glob("*.yml")):
        file = read_yaml(path)
        card = parse(Card, file.data, file, ())
        if card.id != path.stem:
            raise ContentError(f"{path}:{file.line(('id',))}: the id is {card.id!r} but the file is named {path.stem!r}.")
        files[f"topics/{card.id}"] = file
        cards[card.id] = card
    return Knowledge(
        topics=topics,
        cards={name: cards[name] for name in [*topics, *cards] if name in cards},
        claims=_parse_list(Claim, files["claims"]),
        sources=_parse_list(Source, files["sources"]),
        phrases=parse(Phrases, files["phrases"].data, files["phrases"], ()),
        files=files,
        content_hash=content_hash(content),
    )


@lru_cache(maxsize=2)
def load_once(content: Path) -> Knowledge:
    """The same folder loaded once per process; for the serving side, where content does not change."""
    return load(content)
