"""A message is read once a turn, in pieces of bounded number and length."""

from __future__ import annotations

import numpy as np
import pytest

from bot.language.message import MAX_PIECES, MAX_WORDS, one_turn, read, split


class CountingEncoder:
    def __init__(self):
        self.calls = 0

    def encode(self, texts):
        self.calls += 1
        return np.array([[1.0, 0.0] if "a" in text else [0.0, 1.0] for text in texts], np.float32)


@pytest.mark.parametrize(("text", "pieces"), [
    ("Hello doctor. Is it the smoking? please help", ["Hello doctor.", "Is it the smoking?", "please help"]),
    ("could it be the smoking, and what treatment is there?", ["could it be the smoking", "what treatment is there?"]),
    ("he smokes and drinks and he is tired", ["he smokes and drinks and he is tired"]),
    ("volume 1.5 ml\ncount 20 mill", ["volume 1.5 ml", "count 20 mill"]),
    ("", [""]), ("   ", ["   "]), ("?!", ["?!"]),
])
def test_a_text_is_split_into_sentences(text, pieces):
    assert split(text) == pieces


@pytest.mark.parametrize("text", ["word " * 800, "A b. " * 800, "x" * 4000, "Is it so? " * 400, "\n".join("line" for _ in range(700))])
def test_pieces_are_bounded(text):
    pieces = split(text[:4000])
    assert 1 <= len(pieces) <= MAX_PIECES
    assert all(len(piece.split()) <= MAX_WORDS for piece in pieces)


def test_the_beginning_and_the_end_of_a_long_text_are_read():
    pieces = split("first " + "word " * 1900 + "last")
    assert pieces[0].startswith("first")
    assert pieces[-1].endswith("last")


def test_within_a_turn_a_text_is_encoded_once():
    encoder = CountingEncoder()
    with one_turn():
        assert read("a b. c", encoder) is read("a b. c", encoder)
    assert encoder.calls == 1
    read("a b. c", encoder)
    assert encoder.calls == 2


def test_the_whole_is_the_mean_weighted_by_words():
    reading = read("a a a. b", CountingEncoder())
    assert np.allclose(reading.whole, np.array([4, 2]) / np.hypot(4, 2))
    assert reading.embeddings.shape == (2, 2)
