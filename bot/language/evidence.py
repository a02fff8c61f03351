"""Collects what the topic model looks at from a message: text, embeddings and the lexicon's hits on the spaCy doc."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bot.language.message import Reading
from bot.language.questions import is_question
from bot.language.spacy_pipeline import Entry
from bot.language.topic_model import Evidence


def gather(reading: Reading, doc: Any, lexicon: dict[str, Entry]) -> Evidence:
    """The evidence of one message.

    Args:
        reading: the message.
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
    asking = [number for number, piece in enumerate(reading.pieces) if is_question(piece)]
    return Evidence(reading.text, reading.whole, dict(named), dict(asked),
                    reading.mean_of(asking) if asking else None, reading.embeddings)
