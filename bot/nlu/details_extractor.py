"""Rasa component that reports the details named in a message as canonical ids, never as the person's words."""

from __future__ import annotations

from typing import Any, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.loader import load_once
from bot.language.spacy_pipeline import REPORT_LINE, fingerprint, load_lexicon
from bot.language.unknown_medicine import names_unknown_medicine
from bot.paths import CONTENT

#: Output property: {"asker": "self" | "partner", "cause": str | None, "medicines": [ids], "unknown_medicine": bool,
#: "report_lines": [ids], "named": [ids]}.
DETAILS = "details"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DetailsExtractor(GraphComponent):
    """Reads the entity ruler's ids off the spaCy doc."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """The lexicon that the spaCy pipeline is built from."""
        return fingerprint(CONTENT)

    def __init__(self) -> None:
        """Loads the lexicon."""
        self._lexicon = load_lexicon(CONTENT)
        self._medicines = {medicine.id for medicine in load_once(CONTENT).medicines.medicines}

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
               execution_context: ExecutionContext) -> DetailsExtractor:
        """See the parent class."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Details are not learnt from."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the details to each message."""
        for message in messages:
            doc = message.get("text_spacy_doc")
            ids = list(dict.fromkeys(e.ent_id_ for e in doc.ents if e.ent_id_ in self._lexicon)) if doc is not None else []
            entries = [self._lexicon[i] for i in ids]
            cause = next((entry.cause for entry in entries if entry.cause), None)
            asker = "partner" if any(entry.label == "asker" for entry in entries) else "self"
            details = {
                "asker": asker,
                "cause": cause,
                "medicines": [entry.id for entry in entries if entry.id in self._medicines],
                "unknown_medicine": names_unknown_medicine([t.text for t in doc if not t.ent_type_]) if doc is not None else False,
                "report_lines": [entry.id.removeprefix(REPORT_LINE) for entry in entries if entry.id.startswith(REPORT_LINE)],
                "named": [entry.id for entry in entries if entry.label != "asker"],
            }
            message.set(DETAILS, details, add_to_output=True)
        return messages
