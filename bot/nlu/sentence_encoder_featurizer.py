"""Rasa featurizer on the project's sentence encoder: one encoder call a turn, shared with whatever has read the message before."""

from __future__ import annotations

from typing import Any, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.embedding_cache import EmbeddingCache
from bot.language.encoder import load_encoder
from bot.language.message import Reading, read
from bot.paths import ROOT, TRAINING_EMBEDDINGS

#: Message property: the :class:`bot.language.message.Reading`.
READING = "reading"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(GraphComponent):
    """Adds the embedding of the message as a sentence feature (for any Rasa component) and its reading as a property (for ours)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``encoder``: the built encoder's folder, relative to the project."""
        return {"encoder": "build/encoder"}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose versions enter Rasa's training fingerprint."""
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """The encoder's files: a rebuilt encoder retrains what stands on it."""
        return str((ROOT / config["encoder"] / "manifest.json").read_text())

    def __init__(self, config: dict[str, Any], name: str) -> None:
        """Loads the encoder named by the configuration."""
        self._encoder = load_encoder(ROOT / config["encoder"])
        self._name = name

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
               execution_context: ExecutionContext) -> SentenceEncoderFeaturizer:
        """See the parent class."""
        return cls(config, execution_context.node_name)

    def _add(self, message: Message, reading: Reading) -> None:
        message.set(READING, reading)
        message.add_features(Features(reading.whole[None], FEATURE_TYPE_SENTENCE, TEXT, self._name))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encodes every training example as it would be encoded in service: one at a time."""
        cache = EmbeddingCache(TRAINING_EMBEDDINGS, self._encoder)
        for example in training_data.training_examples:
            if example.get(TEXT) is not None:
                self._add(example, read(example.get(TEXT), cache))
        cache.save()
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encodes incoming messages."""
        for message in messages:
            if message.get(TEXT) is not None:
                self._add(message, read(message.get(TEXT), self._encoder))
        return messages
