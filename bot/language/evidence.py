"""Collects what the topic model looks at from a message: text, embedding and the lexicon's hits on the spaCy doc."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bot.language.linear import Array
from bot.language.questions import is_question
from bot.language.spacy_pipeline import Entry
from bot.language.topic_model import Evidence


def gather(text: str, embedding: Array, doc: Any, lexicon: dict[str, Entry]) -> Evidence:
    """The evidence of one message.

    Args:
        text: the message.
        embedding: float32 [384].
        doc: its spaCy doc, or None.
        lexicon: by entity id.
    """
    named: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for sentence in doc.sents if doc is not None else ():
        question = is_question(sentence.text)
        for entity in sentence.ents:
            for topic in lexicon[entity.ent_id_].topics if entity.ent_id_ in lexicon else ():
                named[topic] += 1
                asked[topic] += question
    return Evidence(text, embedding, dict(named), dict(asked))
