"""What the staff site's search looks at: a card's own words, the names of its medicines, and how people say it.

How people say it comes from the training examples: the words that are much commoner among a topic's examples than among all
others. They find more than the examples as a whole do, and make an index about a third of the size.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.knowledge.loader import Knowledge
from bot.language.topic_model import ASK

#: How many of a topic's telling words are kept.
MOST_WORDS = 120
_SHORTEST = 3
_FEWEST_EXAMPLES = 2
_LEAST_WEIGHT = 1.0


@dataclass(frozen=True)
class Entry:
    """A card as the search sees it, one text a field."""

    id: str
    title: str
    question: str
    names: str
    said: str
    text: str


def words(text: str) -> list[str]:
    """The words of a text in lower case, without apostrophes and digits."""
    return re.findall(r"[^\W\d_]+", text.lower().replace("'", "").replace("\u2019", ""))


def telling_words(examples: dict[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each topic the words that tell it from the others, the most telling first.

    A word's weight is how often it stands in the topic's examples times the logarithm of how much commoner it is there.
    """
    counts = {topic: Counter(word for text in texts for word in set(words(text))) for topic, texts in examples.items()}
    everywhere: Counter[str] = sum(counts.values(), Counter())
    number = sum(len(texts) for texts in examples.values())
    found = {}
    for topic, count in counts.items():
        own = len(examples[topic])
        weights = {}
        for word, times in count.items():
            if len(word) < _SHORTEST or (times < _FEWEST_EXAMPLES and everywhere[word] > times):
                continue
            elsewhere = (everywhere[word] - times + 0.5) / max(number - own, 1)
            weights[word] = times * math.log(max(times / own / elsewhere, 1))
        telling = [word for word, weight in weights.items() if weight > _LEAST_WEIGHT]
        found[topic] = sorted(telling, key=lambda word: (-weights[word], word))[:MOST_WORDS]
    return found


def by_topic(examples: Iterable[tuple[str, str, tuple[str, ...]]]) -> dict[str, Sequence[str]]:
    """Training examples (text, intent, topics) by the topic asked first."""
    found: dict[str, list[str]] = {}
    for text, intent, _ in examples:
        if intent.startswith(ASK):
            found.setdefault(intent.removeprefix(ASK), []).append(text)
    return dict(found)


def entries(knowledge: Knowledge, examples: dict[str, Sequence[str]]) -> list[Entry]:
    """What is searched, a card each.

    Args:
        knowledge: loaded content.
        examples: training examples by topic.
    """
    said = telling_words(examples)
    topic_of = {group.id: group.topic for group in knowledge.medicines.classes}
    names: dict[str, list[str]] = {}
    for medicine in knowledge.medicines.medicines:
        names.setdefault(topic_of[medicine.medicine_class], []).extend(medicine.spellings())
    return [
        Entry(
            id=card.id, title=card.title,
            question=f"{card.question} {knowledge.topics[card.id].covers if card.id in knowledge.topics else ''}".strip(),
            names=" ".join(names.get(card.id, ())), said=" ".join(said.get(card.id, ())),
            text=" ".join(statement.text for _, statement in card.statements()),
        ) for card in knowledge.cards.values()]


def as_json(found: Sequence[Entry]) -> list[dict[str, Any]]:
    """The entries as plain values, for the page."""
    return [asdict(entry) for entry in found]
