from __future__ import annotations

import numpy as np
import pytest

from bot.language import topic_model
from bot.language.questions import is_question
from bot.language.topic_model import Evidence, Labelled

WORDS = {"ask_smoking": "cigarettes smoke", "ask_diabetes": "sugar insulin", "greet": "hello hi", "out_of_scope": "bread football"}


def example(label, number, further=()):
    generator = np.random.default_rng(number)
    centre = np.zeros(8, np.float32)
    centre[list(WORDS).index(label)] = 3
    topics = (label.removeprefix("ask_"), *further) if label.startswith("ask_") else ()
    words = WORDS[label].split()
    return Labelled(Evidence(f"{words[number % 2]} {number}", (centre + generator.normal(size=8) * 0.2).astype(np.float32), {}, {}), label, topics)


@pytest.fixture(scope="module")
def examples():
    return [example(label, number) for label in WORDS for number in range(24)]


@pytest.fixture(scope="module")
def model(examples):
    return topic_model.train(examples)


def test_a_model_tells_topics_small_talk_and_other_business_apart(model, examples):
    for item in examples:
        verdict = model.read(item.evidence)
        assert max(verdict.kinds, key=verdict.kinds.get) == topic_model.kind_of(item.label)
        assert abs(sum(verdict.kinds.values()) - 1) < 1e-5
        if item.topics:
            assert verdict.ranked[0][0] == item.topics[0]
            assert verdict.ranked[0][2] > 0.5 > verdict.ranked[1][2]
    assert model.read(example("greet", 1).evidence).small_talk == "greet"


def test_the_same_examples_give_the_same_model(model, examples):
    again = topic_model.train(examples)
    assert all(again.read(item.evidence) == model.read(item.evidence) for item in examples)


def test_a_saved_model_reads_the_same(model, examples, tmp_path):
    model.save(tmp_path)
    again = topic_model.load(tmp_path)
    for item in examples:
        before, after = model.read(item.evidence), again.read(item.evidence)
        assert [topic for topic, _, _ in before.ranked] == [topic for topic, _, _ in after.ranked]
        assert np.allclose([b for *_, b in before.ranked], [b for *_, b in after.ranked], atol=1e-2)


def test_nothing_is_pickled_and_no_text_is_kept(model, tmp_path):
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["topic_model.json", "topic_model.npz"]
    with np.load(tmp_path / "topic_model.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fi" for name in arrays)
    assert "cigarettes" not in (tmp_path / "topic_model.json").read_text()


def test_the_lexicon_speaks_for_a_topic():
    """With nothing else to go by, what is named decides."""
    blank = np.ones(8, np.float32)
    made = [Labelled(Evidence("same words", blank, {topic: 1}, {topic: 1}), f"ask_{topic}", (topic,))
            for topic in ("smoking", "diabetes") for _ in range(20)]
    model = topic_model.train(made)
    assert model.read(Evidence("same words", blank, {"diabetes": 1}, {"diabetes": 1})).ranked[0][0] == "diabetes"
    assert model.read(Evidence("same words", blank, {"smoking": 1}, {"smoking": 1})).ranked[0][0] == "smoking"


def test_odd_texts_are_read(model):
    for text in ("", "\u200b", "x" * 4000, "\U0001f600 ?!"):
        assert len(model.read(Evidence(text, np.zeros(8, np.float32), {}, {})).ranked) == 2


@pytest.mark.parametrize(("sentence", "asks"), [
    ("could it be the smoking", True), ("and what can be done", True), ("he is 38 and smokes", False), ("please suggest", True),
    ("is there any chance", True), ("we have been married for five years", False), ("i am worried", True), ("nothing comes out?", True),
    ("my report is below", False), ("Hello doctor, how long does it take", True),
])
def test_questions_are_told_from_background(sentence, asks):
    assert is_question(sentence) is asks
