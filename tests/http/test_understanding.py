"""The shipped model on the development posts, through the running server: floors well below the measured figures."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.evaluation import Prediction, measure, read_posts
from bot.knowledge.reply import OUTCOMES

POSTS = Path(__file__).parents[1] / "understanding" / "posts.jsonl"


def test_understanding_has_not_fallen(server, knowledge):
    posts = read_posts(POSTS, set(knowledge.topics))
    replies = [server.ask(post.message) for post in posts]
    figures = measure(posts, [Prediction(reply["outcome"], tuple(reply["topics"])) for reply in replies])
    floors = {"first_topic": 0.70, "primary_in_answer": 0.82, "precision": 0.66, "off_topic_recognised": 0.85, "smalltalk_recognised": 0.9}
    assert {name: figures[name] for name, floor in floors.items() if figures[name] < floor} == {}
    assert figures["wrongly_refused"] <= 0.05


@pytest.mark.parametrize("text", ["word " * 800, "a" * 4000, "my husband smokes and we want a baby. " * 105, "\U0001f600" * 2000],
                         ids=["words", "no space", "sentences", "emoji"])
def test_the_longest_message_is_answered_in_bounded_time(server, text):
    token, _ = server.open()
    times = []
    for _ in range(3):
        started = time.monotonic()
        assert server.say(token, text[:4000])["outcome"] in OUTCOMES
        times.append(time.monotonic() - started)
    assert min(times) < 0.5
