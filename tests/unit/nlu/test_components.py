"""The Rasa components on their own, with Rasa's local model storage and a few lines of training data."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.utils.spacy_utils import SpacyNLP
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.details_extractor import DETAILS, DetailsExtractor
from bot.nlu.sentence_encoder_featurizer import READING, SentenceEncoderFeaturizer
from bot.nlu.topic_classifier import CANDIDATES, TOPICS, UNCLEAR, TopicClassifier
from bot.paths import CONTENT, SPACY_PIPELINE

EXAMPLES = [
    ("could smoking be the reason", "ask_smoking"), ("do cigarettes do this", "ask_smoking"), ("is it the fags", "ask_smoking"),
    ("does diabetes cause it", "ask_diabetes"), ("my sugar is high, is that why", "ask_diabetes"), ("type 1 and dry", "ask_diabetes"),
    ("hello there", "greet"), ("good morning", "greet"), ("hi", "greet"),
]


@pytest.fixture
def storage(tmp_path):
    return LocalModelStorage.create(tmp_path)


@pytest.fixture
def context():
    return ExecutionContext(GraphSchema({}), node_name="component")


@pytest.fixture(scope="module")
def spacy_model():
    return SpacyNLP.load_model(str(SPACY_PIPELINE))


def build(component, storage, context):
    return component.create(component.get_default_config(), storage, Resource(component.__name__), context)


@pytest.fixture
def parse(storage, context, spacy_model):
    """A parser trained on the examples above, saved and loaded again."""
    reader = SpacyNLP(spacy_model, SpacyNLP.get_default_config())
    featurizer = build(SentenceEncoderFeaturizer, storage, context)
    details = build(DetailsExtractor, storage, context)
    data = TrainingData([Message.build(text, intent) for text, intent in EXAMPLES])
    data = featurizer.process_training_data(reader.process_training_data(data, spacy_model))
    resource = build(TopicClassifier, storage, context).train(data)
    config = {**TopicClassifier.get_default_config(), "unclear": 0.4}
    classifier = TopicClassifier.load(config, storage, resource, context)

    def run(text):
        messages = reader.process([Message.build(text)], spacy_model)
        return classifier.process(featurizer.process(details.process(messages)))[0]
    return run


def test_a_clear_question_gets_its_topic_as_intent_and_property(parse):
    message = parse("are cigarettes the reason?")
    assert message.get("intent")["name"] == "ask_smoking"
    assert message.get(TOPICS) == ["smoking"]
    assert "smoking" not in message.get(CANDIDATES)


def test_small_talk_has_no_topic(parse):
    message = parse("hello")
    assert message.get("intent")["name"] == "greet"
    assert message.get(TOPICS) == []


@pytest.mark.parametrize("text", ["", "   ", "???", "\U0001f600"])
def test_nothing_said_is_unclear(parse, text):
    assert parse(text).get("intent")["name"] == UNCLEAR


def test_an_unsure_model_offers_candidates_instead_of_answering(parse):
    message = parse("zebra quantum bicycle")
    assert message.get("intent")["name"] == UNCLEAR
    assert message.get(TOPICS) == []
    assert set(message.get(CANDIDATES)) <= {"smoking", "diabetes"}


def test_everything_reported_is_plain_python(parse):
    import json

    message = parse("does diabetes cause it")
    json.dumps({key: message.get(key) for key in ("intent", "intent_ranking", TOPICS, CANDIDATES, DETAILS)})


def test_the_message_is_embedded(parse):
    row = parse("he smokes. could it be the reason? please help").get(READING).whole
    assert row.shape == (384,)
    assert abs(np.linalg.norm(row) - 1) < 1e-3


@pytest.mark.parametrize(("text", "expected"), [
    ("my husband is diabetic",
     {"asker": "partner", "cause": "diabetes", "medicines": [], "unknown_medicine": False, "report_lines": [], "circumstances": [],
      "named": ["diabetes"]}),
    ("dry since my turp",
     {"asker": "self", "cause": "turp", "medicines": [], "unknown_medicine": False, "report_lines": [], "circumstances": [], "named": ["turp"]}),
    ("on flomax, morphology was low",
     {"asker": "self", "cause": None, "medicines": ["tamsulosin"], "unknown_medicine": False, "report_lines": ["morphology"],
      "circumstances": [], "named": ["tamsulosin", "report:morphology"]}),
    ("nothing named",
     {"asker": "self", "cause": None, "medicines": [], "unknown_medicine": False, "report_lines": [], "circumstances": [], "named": []}),
])
def test_details_are_canonical_ids(parse, text, expected):
    assert parse(text).get(DETAILS) == expected


def test_fingerprints_follow_encoder_and_content(monkeypatch, tmp_path):
    before = TopicClassifier.fingerprint_addon(TopicClassifier.get_default_config())
    shutil.copytree(CONTENT, tmp_path / "content")
    lexicon = tmp_path / "content" / "lexicon.yml"
    lexicon.write_text(lexicon.read_text() + "- {id: made_up, label: sign, topics: [smoking], words: [madeupword]}\n")
    monkeypatch.setattr("bot.nlu.topic_classifier.CONTENT", tmp_path / "content")
    assert TopicClassifier.fingerprint_addon(TopicClassifier.get_default_config()) != before
    assert "weights_sha256" in SentenceEncoderFeaturizer.fingerprint_addon(SentenceEncoderFeaturizer.get_default_config())


def test_what_is_persisted_is_not_pickle(storage, context, spacy_model, parse):
    with storage.read_from(Resource("TopicClassifier")) as folder:
        assert {path.suffix for path in folder.iterdir()} == {".npz", ".json"}
