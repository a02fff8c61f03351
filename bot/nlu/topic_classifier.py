"""Rasa intent classifier on the topic model: the primary topic becomes the intent, all topics an output property.

The front door makes ``topic`` and ``candidate`` entities of them. They are no entities here, because they have no place in
the text, and Rasa's own evaluation needs every entity to have one.
"""

from __future__ import annotations

import sys
from typing import Any, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_EXAMPLE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.compose import MAX_TOPICS
from bot.knowledge.loader import content_hash
from bot.language import topic_model
from bot.language.evidence import gather
from bot.language.spacy_pipeline import fingerprint, load_lexicon
from bot.language.topic_model import ASK, OFF_TOPIC, Labelled, TopicModel, Verdict
from bot.language.unknown_words import FOREIGN
from bot.nlu.sentence_encoder_featurizer import READING
from bot.paths import CONTENT, ROOT

UNCLEAR = "nlu_fallback"
OTHER_LANGUAGE = "other_language"
#: Output properties: topic ids.
TOPICS = "topics"
CANDIDATES = "candidates"


def decide(verdict: Verdict, config: dict[str, Any]) -> tuple[str, float, list[str], list[str]]:
    """Intent, confidence, the topics to answer, and the topics to offer, by the thresholds of the configuration."""
    kinds = verdict.kinds
    if kinds["off_topic"] >= config["off_topic"]:
        return OFF_TOPIC, kinds["off_topic"], [], []
    if kinds["small_talk"] > max(kinds["ask"], kinds["off_topic"]):
        return verdict.small_talk, kinds["small_talk"], [], []
    best, _, belongs = verdict.ranked[0]
    if belongs < config["unclear"]:
        return UNCLEAR, 1 - belongs, [], [topic for topic, _, _ in verdict.ranked[:MAX_TOPICS]]
    answered = [best, *(topic for topic, _, chance in verdict.ranked[1:MAX_TOPICS] if chance >= config["also"])]
    offered = [topic for topic, _, chance in verdict.ranked if chance >= config["offer"] and topic not in answered]
    return f"{ASK}{best}", belongs, answered, offered[:MAX_TOPICS]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(GraphComponent):
    """Sets ``intent``, ``intent_ranking``, ``topics`` to answer in order, and ``candidates`` to offer."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Thresholds on probabilities that were calibrated on held-out folds.

        ``off_topic``: from here on a message is not our business. ``unclear``: below this chance that its best topic belongs,
        topics are offered instead of answered. ``also``: from here on a further topic is answered too; ``offer``: offered.
        """
        return {"off_topic": 0.5, "unclear": 0.15, "also": 0.35, "offer": 0.15}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose versions enter Rasa's training fingerprint."""
        return ["sklearn"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """The lexicon and the code of the model: Rasa itself looks at this class only when it asks what changed."""
        return fingerprint(CONTENT) + content_hash(ROOT / "bot" / "language", "*.py")

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, model: Optional[TopicModel] = None) -> None:
        """Keeps what Rasa hands over; ``model`` is None until trained or loaded."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._lexicon = load_lexicon(CONTENT)

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
        """Fits the model and persists it without pickle."""
        examples = [self._labelled(e) for e in training_data.intent_examples if e.get(READING) is not None]
        self._model = topic_model.train(examples, lambda line: print(line, file=sys.stderr, flush=True))
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def _labelled(self, example: Message) -> Labelled:
        intent = example.get(INTENT)
        given = ((example.get(METADATA) or {}).get(METADATA_EXAMPLE) or {}).get("topics")
        topics = tuple(given or [intent.removeprefix(ASK)]) if intent.startswith(ASK) else ()
        evidence = gather(example.get(READING), example.get("text_spacy_doc"), self._lexicon)
        return Labelled(evidence, intent, topics)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing stands on this component's output in training."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Classifies incoming messages."""
        for message in messages:
            self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        if self._model is None or message.get(READING) is None or not any(c.isalnum() for c in message.get(TEXT) or ""):
            self._set(message, UNCLEAR, 1.0, [], [], [])
            return
        doc = message.get("text_spacy_doc")
        if doc is not None and doc.user_data.get(FOREIGN):
            self._set(message, OTHER_LANGUAGE, 1.0, [], [], [])
            return
        verdict = self._model.read(gather(message.get(READING), doc, self._lexicon))
        ranking = [{"name": f"{ASK}{topic}", "confidence": belongs} for topic, _, belongs in verdict.ranked[:10]]
        self._set(message, *decide(verdict, self._config), ranking)

    @staticmethod
    def _set(message: Message, intent: str, confidence: float, topics: list[str], offered: list[str], ranking: list[dict[str, Any]]) -> None:
        message.set(INTENT, {"name": intent, "confidence": confidence}, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set(TOPICS, topics, add_to_output=True)
        message.set(CANDIDATES, offered, add_to_output=True)
