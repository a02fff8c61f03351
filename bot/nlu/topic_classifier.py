"""Rasa intent classifier on sentence embeddings: the primary topic becomes the intent, all topics an output property.

The front door makes ``topic`` and ``candidate`` entities of them. They are no entities here, because they have no place in
the text, and Rasa's own evaluation needs every entity to have one.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.loader import content_hash
from bot.language import topic_model
from bot.language.topic_model import TopicModel
from bot.nlu.sentence_encoder_featurizer import SENTENCE_EMBEDDINGS
from bot.paths import CONTENT

ASK = "ask_"
UNCLEAR = "nlu_fallback"
OFF_TOPIC = "out_of_scope"
#: Output properties: topic ids.
TOPICS = "topics"
CANDIDATES = "candidates"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(GraphComponent):
    """Sets ``intent``, ``intent_ranking`` and a ``topic`` entity per topic to answer.

    When unclear, the topics to offer are ``candidate`` entities instead.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``accept``: the least probability at which a topic is answered; below it, up to ``offer`` topics are offered."""
        return {"accept": 0.25, "offer": 3, "inverse_penalty": 10.0}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose versions enter Rasa's training fingerprint."""
        return ["sklearn"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """The content: a new card changes what may be answered."""
        return content_hash(CONTENT)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, model: Optional[TopicModel] = None) -> None:
        """Keeps what Rasa hands over; ``model`` is None until trained or loaded."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
               execution_context: ExecutionContext) -> TopicClassifier:
        """See the parent class."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
             execution_context: ExecutionContext, **kwargs: Any) -> TopicClassifier:
        """Reads the persisted model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, topic_model.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the model on the whole-message embeddings and persists it without pickle."""
        examples = [e for e in training_data.intent_examples if e.get(SENTENCE_EMBEDDINGS) is not None]
        rows = np.vstack([e.get(SENTENCE_EMBEDDINGS)[0] for e in examples])
        self._model = topic_model.train(rows, [e.get(INTENT) for e in examples], self._config["inverse_penalty"])
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing stands on this component's output in training."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Classifies incoming messages."""
        for message in messages:
            self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        rows = message.get(SENTENCE_EMBEDDINGS)
        if self._model is None or rows is None or not (message.get(TEXT) or "").strip():
            self._set(message, UNCLEAR, 1.0, [], [])
            return
        scores = self._model.probabilities(rows[:1])[0]
        order = np.argsort(-scores)
        ranking = [{"name": self._model.labels[i], "confidence": float(scores[i])} for i in order[:10]]
        best = ranking[0]
        if best["confidence"] >= self._config["accept"]:
            topics = [best["name"][len(ASK):]] if best["name"].startswith(ASK) else []
            self._set(message, best["name"], best["confidence"], topics, ranking)
            return
        offered = [r["name"][len(ASK):] for r in ranking if r["name"].startswith(ASK)][: self._config["offer"]]
        self._set(message, UNCLEAR, 1.0 - best["confidence"], offered, ranking)

    @staticmethod
    def _set(message: Message, intent: str, confidence: float, topics: list[str], ranking: list[dict[str, Any]]) -> None:
        message.set(INTENT, {"name": intent, "confidence": confidence}, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        unclear = intent == UNCLEAR
        message.set(TOPICS, [] if unclear else topics, add_to_output=True)
        message.set(CANDIDATES, topics if unclear else [], add_to_output=True)
