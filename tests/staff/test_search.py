from __future__ import annotations

from bot.cross_validation import read_examples
from bot.staff import search


def test_telling_words_are_those_of_one_topic():
    examples = {
        "smoking": ["can smoking do it", "smoking and vaping", "is smoking why"],
        "diabetes": ["can diabetes do it", "sugar and diabetes", "is diabetes why"],
    }
    found = search.telling_words(examples)
    assert found["smoking"][0] == "smoking"
    assert "diabetes" not in found["smoking"]
    assert not {"can", "and", "why"} & set(found["smoking"])


def test_a_slip_that_stands_once_in_one_topic_is_kept_only_if_nobody_else_makes_it():
    examples = {"a": ["ciggs ciggs", "smoking now", "smoking then"], "b": ["one thing", "other thing", "ciggies thing"]}
    assert "ciggs" in search.telling_words({**examples, "a": [*examples["a"], "ciggs again"]})["a"]
    assert search.words("Doesn't hurt, 15 a day!") == ["doesnt", "hurt", "a", "day"]


def test_medicine_names_and_their_misspellings_find_their_card(knowledge):
    found = {entry.id: entry for entry in search.entries(knowledge, search.by_topic(read_examples()))}
    assert set(found) == set(knowledge.cards)
    assert "flomax" in found["alpha_blockers"].names.split()
    assert all(0 < len(entry.said.split()) <= search.MOST_WORDS for entry in found.values())
