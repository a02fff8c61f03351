from __future__ import annotations

import time

import pytest
import spacy

from bot.language.foreign import is_foreign
from bot.language.unknown_words import FOREIGN, english_words
from bot.paths import SPACY_PIPELINE


@pytest.fixture(scope="module")
def nlp():
    return spacy.load(SPACY_PIPELINE, disable=["parser"])


@pytest.mark.parametrize(("word", "entity"), [
    ("azoosprmia", "azoospermia"), ("prostatectomi", "prostatectomy_unspecified"), ("tamsulosine", "tamsulosin"), ("vasectommy", "vasectomy"),
    ("escitaloprm", "escitalopram"), ("chlamydea", "infection"), ("parkinsonns", "parkinsons"),
])
def test_a_misspelt_name_is_recognised(nlp, word, entity):
    assert entity in [e.ent_id_ for e in nlp(f"i was told it is {word} now").ents]


def test_what_the_ruler_found_keeps_its_id(nlp):
    assert [e.ent_id_ for e in nlp("my husband has azoosprmia after turp").ents] == ["partner", "azoospermia", "turp"]


@pytest.mark.parametrize("text", [
    "meditation helps me a lot", "a wonderful holiday in portugal", "my password is difficult", "he is a mechanic in birmingham",
])
def test_ordinary_words_are_left_alone(nlp, text):
    assert [e.ent_id_ for e in nlp(text).ents] == []


@pytest.mark.parametrize(("text", "foreign"), [
    ("mi esposo no eyacula nada y queremos tener un hijo", True),
    ("bei mir kommt seit der operation kein samen mehr", True),
    ("شادی کو پانچ سال ہو گئے", True),
    ("после операции нет спермы", True),
    ("shaadi ko 4 saal ho gaye bachcha nahi hua", True),
    ("nothing comes out when i cum is it bcoz of smoking", False),
    ("retrogade ejaculashun afta turp pls hlp", False),
    ("hola doctor, my husband cannot ejaculate since the operation", False),
    ("tamsulosin", False), ("???", False), ("", False),
])
def test_another_language_is_noticed(nlp, text, foreign):
    assert nlp(text).user_data[FOREIGN] is foreign


def test_no_own_post_in_english_counts_as_foreign(nlp, knowledge):
    from pathlib import Path

    from bot.evaluation import read_posts

    posts = read_posts(Path(__file__).parents[2] / "understanding" / "posts.jsonl", set(knowledge.topics))
    assert [post.message for post in posts if post.kind == "in_scope" and nlp(post.message.lower()).user_data[FOREIGN]] == []


def test_the_time_is_bounded(nlp):
    text = " ".join(f"wordless{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}xy" for n in range(300))
    nlp(text)
    started = time.monotonic()
    nlp(text)
    assert time.monotonic() - started < 0.25


def test_the_script_decides_where_words_are_few():
    assert is_foreign(["نعم", "لا"], english_words(), frozenset())
    assert not is_foreign(["zzz", "qqq"], english_words(), frozenset())
