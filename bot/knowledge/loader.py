"""Loads and validates the content folder. Never fixes anything silently: a wrong file is an error with file and line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.errors import CandorError
from bot.knowledge.conversation_model import AppointmentSheet, Feelings, FollowUps, GuidedCheck
from bot.knowledge.model import (
    Card,
    CareCard,
    Claim,
    Medicine,
    MedicineClass,
    Medicines,
    Phrases,
    Picture,
    Region,
    SemenReport,
    Source,
    Topic,
)
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
        medicines: the medicine list.
        regions: what differs by country, by ISO code; always holds "default".
        semen_report: the lines of a semen report.
        pictures: by picture id.
        care_cards: by the id of their red flag.
        follow_ups, guided_check, sheet, feelings: how a conversation goes on.
        files: the file of each card ("topics/<id>") and of "claims", "sources", "taxonomy", for line numbers.
        content_hash: SHA-256 over all content files.
    """

    topics: dict[str, Topic]
    cards: dict[str, Card]
    claims: dict[str, Claim]
    sources: dict[str, Source]
    phrases: Phrases
    medicines: Medicines
    regions: dict[str, Region]
    semen_report: SemenReport
    pictures: dict[str, Picture]
    care_cards: dict[str, CareCard]
    follow_ups: FollowUps
    guided_check: GuidedCheck
    sheet: AppointmentSheet
    feelings: Feelings
    files: dict[str, YamlFile] = field(repr=False, compare=False)
    content_hash: str = ""

    def region(self, country: str | None) -> Region:
        """The region of a country, or the neutral one."""
        return self.regions.get(country or "default", self.regions["default"])

    def medicine(self, medicine_id: str) -> tuple[Medicine, MedicineClass]:
        """A medicine and its class.

        Raises:
            KeyError: it is not in the list.
        """
        for medicine in self.medicines.medicines:
            if medicine.id == medicine_id:
                return medicine, next(c for c in self.medicines.classes if c.id == medicine.medicine_class)
        raise KeyError(medicine_id)

    def sources_of(self, claim_ids: tuple[str, ...] | list[str], lent: int = 2) -> list[str]:
        """Source ids behind claims, each once, in order.

        A rule or inference without sources of its own shows those of what it rests on: the first ``lent`` of them, those that
        were read before those that were relayed or not verified.
        """
        found: list[str] = []
        for claim_id in claim_ids:
            claim = self.claims[claim_id]
            found += claim.sources or self._lent_sources(claim, {claim_id})[:lent]
        return list(dict.fromkeys(found))

    def _lent_sources(self, claim: Claim, above: set[str]) -> list[str]:
        """All sources below an inference, the verified first."""
        below = [self.claims[other] for other in claim.based_on if other not in above]
        below.sort(key=lambda other: ("yes", "relayed", "no").index(other.verified))
        found: list[str] = []
        for other in below:
            found += other.sources or self._lent_sources(other, above | {other.id})
        return list(dict.fromkeys(found))


def content_hash(content: Path, pattern: str = "*") -> str:
    """SHA-256 over names and bytes of every file of a folder that fits a pattern."""
    digest = hashlib.sha256()
    for path in sorted(p for p in content.rglob(pattern) if p.is_file()):
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


def _parse_whole(model: type[Model], file: YamlFile) -> Model:
    return parse(model, file.data, file, ())


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


def _medicines(file: YamlFile) -> Medicines:
    """The medicine list; ids and spellings are unique, and every class exists."""
    medicines = parse(Medicines, file.data, file, ())
    classes = {item.id for item in medicines.classes}
    seen: dict[str, str] = {}
    for index, medicine in enumerate(medicines.medicines):
        at = f"{file.path}:{file.line(('medicines', index))}"
        if medicine.medicine_class not in classes:
            raise ContentError(f"{at}: there is no medicine class {medicine.medicine_class!r}.")
        for spelling in {medicine.id, *medicine.spellings()}:
            if spelling in seen:
                raise ContentError(f"{at}: {spelling!r} stands for {seen[spelling]!r} already.")
            seen[spelling] = medicine.id
    return medicines


def _regions(file: YamlFile) -> dict[str, Region]:
    """The regions; each country has an emergency and a crisis number, and there is a neutral default."""
    regions = _parse_list(Region, file)
    if "default" not in regions:
        raise ContentError(f"{file.path}:1: the region 'default' is missing.")
    for index, region in enumerate(regions.values()):
        for name in ("emergency", "crisis"):
            fact = getattr(region, name)
            at = f"{file.path}:{file.line((index, name))}"
            if region.id != "default" and not fact.numbers:
                raise ContentError(f"{at}: the region {region.id} has no number under {name!r}.")
            if region.id == "default" and fact.numbers:
                raise ContentError(f"{at}: the neutral region must not name a country's number.")
    for name in ("assault", "violence", "child"):
        if getattr(regions["default"], name) is None:
            raise ContentError(f"{file.path}:1: the neutral region has no {name!r}.")
    return regions


_FILES = ("taxonomy", "sources", "claims", "phrases", "medicines", "regions", "semen_report", "pictures", "care_cards",
          "follow_ups", "guided_check", "appointment_sheet", "feelings")


def load(content: Path) -> Knowledge:
    """Loads a content folder.

    Raises:
        ContentError, YamlError: with file, line and one sentence.
    """
    files = {name: read_yaml(content / f"{name}.yml") for name in _FILES}
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
        phrases=_parse_whole(Phrases, files["phrases"]),
        medicines=_medicines(files["medicines"]),
        regions=_regions(files["regions"]),
        semen_report=_parse_whole(SemenReport, files["semen_report"]),
        pictures=_parse_list(Picture, files["pictures"]),
        care_cards=_parse_list(CareCard, files["care_cards"]),
        follow_ups=_parse_whole(FollowUps, files["follow_ups"]),
        guided_check=_parse_whole(GuidedCheck, files["guided_check"]),
        sheet=_parse_whole(AppointmentSheet, files["appointment_sheet"]),
        feelings=_parse_whole(Feelings, files["feelings"]),
        files=files,
        content_hash=content_hash(content),
    )


@lru_cache(maxsize=2)
def load_once(content: Path) -> Knowledge:
    """The same folder loaded once per process; for the serving side, where content does not change."""
    return load(content)
