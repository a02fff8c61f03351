"""The details that change an answer are read as canonical ids and bands."""

from __future__ import annotations

import pytest
import spacy

from bot.knowledge.loader import load_once
from bot.language.details import read_details
from bot.language.spacy_pipeline import load_lexicon
from bot.paths import CONTENT, SPACY_PIPELINE


@pytest.fixture(scope="module")
def read():
    nlp = spacy.load(SPACY_PIPELINE)
    lexicon = load_lexicon(CONTENT)
    medicines = {medicine.id for medicine in load_once(CONTENT).medicines.medicines}
    return lambda text: read_details(nlp(text.lower()), lexicon, medicines)


@pytest.mark.parametrize(("text", "asker"), [
    ("My husband had a TURP", "partner"), ("my son is 22 and nothing comes out", "relative"), ("nothing comes out", "self"),
    ("my brother told my husband about it", "partner"),
])
def test_who_is_asking(read, text, asker):
    assert read(text).asker == asker


@pytest.mark.parametrize(("text", "circumstances"), [
    ("we have been trying for 2 years", ("trying_time",)),
    ("married 3 yrs no baby", ("trying_time",)),
    ("I had surgery 2 years ago", ()),
    ("my wife is 38 and I have no semen", ("woman_age",)),
    ("my wife (41) has low AMH", ("woman_age",)),
    ("my husband has no semen, I'm 37", ("woman_age",)),
    ("I am 37 and nothing comes out", ()),
    ("my wife is 29", ()),
    ("my husband takes 40 mg, I am fine", ()),
    ("he smokes 15 cigarettes a day", ("cigarettes",)),
    ("I smoke 20 a day", ("cigarettes",)),
    ("we have sex 2 times a day", ()),
])
def test_figures_that_change_an_answer(read, text, circumstances):
    assert read(text).circumstances == circumstances


def test_no_words_are_kept(read):
    details = read("my husband Zebulon, 44, takes tamsulosin and smokes 15 cigarettes a day, trying for 18 months")
    assert details.medicines == ("tamsulosin",)
    assert "zebulon" not in repr(details).lower()
    assert "18" not in repr(details)
