"""Rasa component that reports the details named in a message as canonical ids, never as the person's words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.loader import load_once
from bot.language.details import Details, read_details
from bot.language.spacy_pipeline import fingerprint, load_lexicon
from bot.paths import CONTENT

#: Output property: the fields of :class:`bot.language.details.Details`, with lists for tuples.
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
            details = Details() if doc is None else read_details(doc, self._lexicon, self._medicines)
            plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(details).items()}
            message.set(DETAILS, plain, add_to_output=True)
        return messages
