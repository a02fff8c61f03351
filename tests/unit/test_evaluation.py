from __future__ import annotations

import pytest

from bot.errors import CandorError
from bot.evaluation import Post, Prediction, confusions, measure, read_posts, report, worst

POSTS = [
    Post("a", ("smoking", "iui"), "in_scope"), Post("b", ("age",), "in_scope"), Post("c", ("cost",), "in_scope"), Post("d", ("iui",), "in_scope"),
    Post("e", (), "off_topic"), Post("f", (), "off_topic"), Post("g", (), "smalltalk"),
]
PREDICTIONS = [
    Prediction("answer", ("smoking", "iui")), Prediction("answer", ("iui", "age")), Prediction("not_covered", ()), Prediction("clarify", ()),
    Prediction("not_covered", ()), Prediction("answer", ("age",)), Prediction("smalltalk", ()),
]


def test_the_figures_are_what_they_say():
    figures = measure(POSTS, PREDICTIONS)
    assert (figures["in_scope"], figures["off_topic"], figures["smalltalk"]) == (4, 2, 1)
    assert figures["first_topic"] == 1 / 4
    assert figures["primary_in_answer"] == 2 / 4
    assert figures["any_topic"] == 2 / 4
    assert figures["precision"] == 3 / 4
    assert figures["topics_per_answer"] == 2
    assert figures["wrongly_refused"] == 1 / 4
    assert figures["clarified"] == 1 / 4
    assert figures["off_topic_recognised"] == 1 / 2
    assert figures["smalltalk_recognised"] == 1


def test_nothing_to_measure_is_none_not_a_figure():
    assert measure([POSTS[0]], [PREDICTIONS[0]])["off_topic_recognised"] is None


def test_confusions_and_misses_are_listed():
    assert ("age", "iui", 1) in confusions(POSTS, PREDICTIONS)
    assert [number for number, *_ in worst(POSTS, PREDICTIONS)] == [3, 4, 6]


def test_the_report_shows_texts_only_when_told_to():
    post = [Post("a very private text", ("age",), "in_scope", True)]
    assert "private" not in report("T", post, [Prediction("clarify", ())], texts=False)
    assert "private" in report("T", post, [Prediction("clarify", ())], texts=True)


@pytest.mark.parametrize(("line", "message"), [
    ("{", "1: not an object"), ('{"message": "a"}', "1: not an object"), ('{"message": "a", "topics": ["nothing"]}', "no topic 'nothing'"),
    ('{"message": "a", "topics": [], "kind": "odd"}', "kind 'odd'"), ('{"message": "a", "topics": []}', "at least one topic"), ("", "holds no posts"),
])
def test_a_wrong_file_is_one_sentence(tmp_path, line, message):
    (tmp_path / "posts.jsonl").write_text(line + "\n")
    with pytest.raises(CandorError, match=message):
        read_posts(tmp_path / "posts.jsonl", {"age"})


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(CandorError, match="cannot be read"):
        read_posts(tmp_path / "none.jsonl", set())
