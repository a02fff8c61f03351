"""The messages that the semantic layer learns from: the table's, and the ordinary questions of the training data."""

from __future__ import annotations

from bot.cross_validation import read_examples
from bot.language.embedding_cache import EmbeddingCache
from bot.language.encoder import load_encoder
from bot.language.message import read
from bot.language.topic_model import ASK
from bot.language.unknown_words import english_words
from bot.paths import ENCODER, TRAINING_EMBEDDINGS
from bot.safety.rules import Rules
from bot.safety.semantic_training import Example
from bot.safety.table import Table

#: The topic whose every question is a red flag.
_FLAG_BY_ITSELF = f"{ASK}blood_in_semen"


def all_examples(table: Table) -> list[Example]:
    """Every message with its reading and what the rules find in it.

    Questions in scope count as ordinary whatever the rules say, but for those on blood in semen; of the others, which may describe
    an emergency of any kind, only those in which the rules find nothing.
    """
    rules = Rules(table, english_words())
    cache = EmbeddingCache(TRAINING_EMBEDDINGS, load_encoder(ENCODER))

    def example(text: str, flag: str | None = None, fresh: bool = False, question: bool = False) -> Example:
        return Example(flag, read(text, cache), tuple(rules.look(text)[0]), fresh, question)

    found = []
    for flag in table.flags:
        for fresh, texts in ((False, flag.exemplars), (True, flag.paraphrases)):
            found += [example(text, flag.id, fresh) for text in texts]
        for fresh, texts in ((False, flag.counter_examples), (True, flag.near_misses)):
            found += [example(text, None, fresh) for text in texts]
    for text, intent, _ in read_examples():
        if intent.startswith(ASK) and intent != _FLAG_BY_ITSELF:
            found.append(example(text, question=True))
        elif not intent.startswith(ASK) and not (one := example(text)).raised:
            found.append(one)
    cache.save()
    return found
