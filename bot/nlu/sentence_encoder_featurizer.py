"""Rasa featurizer on the project's sentence encoder: one encoder call a message, for the whole and its sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray
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
from bot.paths import BUILD, ROOT

#: Message property: float32 [1 + sentences, 384]; row 0 is the whole message.
SENTENCE_EMBEDDINGS = "sentence_embeddings"
#: More sentences than this are not looked at one by one; the whole message still is.
MAX_SENTENCES = 40
TRAINING_EMBEDDINGS = BUILD / "training_embeddings.npz"


def sentences_of(message: Message) -> list[str]:
    """The message's sentences as the spaCy pipeline splits them; the whole text when there is no doc."""
    doc = message.get("text_spacy_doc")
    if doc is None:
        return [message.get(TEXT) or ""]
    found = [sentence.text.strip() for sentence in doc.sents]
    return [sentence for sentence in found if sentence][:MAX_SENTENCES] or [message.get(TEXT) or ""]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(GraphComponent):
    """Adds the embedding of the whole message as a sentence feature, and all rows as a property."""

    @classmethod
    def required_components(cls) -> list[type]:
        """None: without a spaCy doc the whole text is its own sentence."""
        return []

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

    def _add(self, message: Message, rows: NDArray[np.float32]) -> None:
        message.set(SENTENCE_EMBEDDINGS, rows)
        message.add_features(Features(rows[:1], FEATURE_TYPE_SENTENCE, TEXT, self._name))

    def _encode(self, message: Message, encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> None:
        text = message.get(TEXT)
        if text is None:
            return
        sentences = sentences_of(message)
        self._add(message, encode([text, *sentences] if len(sentences) > 1 else [text]))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encodes every training example exactly as it would be encoded in service."""
        cache = EmbeddingCache(TRAINING_EMBEDDINGS, self._encoder)
        for example in training_data.training_examples:
            self._encode(example, cache.encode)
        cache.save()
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encodes incoming messages."""
        for message in messages:
            self._encode(message, self._encoder.encode)
        return messages
