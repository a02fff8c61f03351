"""Measures the topic model on held-out folds of the training examples, without Rasa."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bot.evaluation import Post, Prediction, measure, table
from bot.language import topic_model
from bot.language.embedding_cache import EmbeddingCache
from bot.language.encoder import load_encoder
from bot.language.evidence import gather
from bot.language.message import read
from bot.language.spacy_pipeline import load_lexicon
from bot.language.topic_model import ASK, OFF_TOPIC, Labelled, Verdict
from bot.paths import CONTENT, ENCODER, NLU_DATA, SPACY_PIPELINE, TRAINING_EMBEDDINGS
from bot.yaml_file import read_yaml

FOLDS = 5


def read_examples() -> list[tuple[str, str, tuple[str, ...]]]:
    """All training examples as (text, intent, topics), straight from the files."""
    found = []
    for path in sorted((NLU_DATA / "nlu").rglob("*.yml")):
        for block in read_yaml(path).data["nlu"]:
            intent = block["intent"]
            for example in block["examples"]:
                given = (example.get("metadata") or {}).get("topics")
                topics = tuple(given or [intent.removeprefix(ASK)]) if intent.startswith(ASK) else ()
                found.append((example["text"], intent, topics))
    return found


def labelled_examples() -> list[Labelled]:
    """The training examples with their evidence, as the Rasa components would gather it."""
    import spacy

    nlp: Any = spacy.load(SPACY_PIPELINE, disable=["parser"])
    cache = EmbeddingCache(TRAINING_EMBEDDINGS, load_encoder(ENCODER))
    lexicon = load_lexicon(CONTENT)
    return [Labelled(gather(read(text, cache), nlp(text.lower()), lexicon), intent, topics) for text, intent, topics in read_examples()]


def prediction_of(verdict: Verdict, config: dict[str, Any]) -> Prediction:
    """The outcome that the classifier's thresholds give a verdict."""
    from bot.nlu.topic_classifier import UNCLEAR, decide

    intent, _, topics, _ = decide(verdict, config)
    if intent.startswith(ASK):
        return Prediction("answer", tuple(topics))
    return Prediction({OFF_TOPIC: "not_covered", UNCLEAR: "clarify"}.get(intent, "smalltalk"), ())


def cross_validate(say: Callable[[str], None]) -> str:
    """Five folds over all training examples; returns a Markdown report."""
    from sklearn.model_selection import StratifiedKFold

    from bot.nlu.topic_classifier import TopicClassifier

    examples = labelled_examples()
    names = np.array([example.label for example in examples])
    kinds = {"ask": "in_scope", "off_topic": "off_topic", "small_talk": "smalltalk"}
    posts = [Post("", example.topics, kinds[topic_model.kind_of(example.label)]) for example in examples]
    predictions: list[Prediction] = [Prediction("", ())] * len(examples)
    config = TopicClassifier.get_default_config()
    for number, (seen, unseen) in enumerate(StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(names, names), 1):
        say(f"Cross-validation: fold {number} of {FOLDS} ...")
        model = topic_model.train([examples[i] for i in seen])
        for i in unseen:
            predictions[i] = prediction_of(model.read(examples[i].evidence), config)
    long = [i for i, example in enumerate(examples) if len(example.evidence.text.split()) >= 50 and example.topics]
    figures, of_long = measure(posts, predictions), measure([posts[i] for i in long], [predictions[i] for i in long])
    return "\n".join([
        f"## Cross-validation on the training examples ({FOLDS} folds)", "",
        f"{figures['in_scope']} examples in scope, {figures['off_topic']} off topic, {figures['smalltalk']} small talk.", "", *table(figures), "",
        f"The {len(long)} of them with 50 words or more: first topic {100 * of_long['first_topic']:.1f} %, primary in the answer "
        f"{100 * of_long['primary_in_answer']:.1f} %, precision {100 * of_long['precision']:.1f} %.", ""])
