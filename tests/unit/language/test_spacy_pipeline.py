from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from bot.build import LEXICON
from bot.errors import CandorError
from bot.language import spacy_pipeline
from bot.paths import SPACY_PIPELINE


@pytest.fixture(scope="module")
def nlp():
    return spacy.load(SPACY_PIPELINE, disable=["parser"])


@pytest.mark.parametrize(("text", "expected"), [
    ("my husband smokes 15 cigarettes a day", [("asker", "partner"), ("condition", "smoking"), ("amount", "")]),
    ("a diabetic since age 7", [("condition", "diabetes"), ("age", "")]),
    ("dry after turp 2 years ago", [("operation", "turp"), ("duration", "")]),
    ("nothing named here", []),
])
def test_details_are_recognised(nlp, text, expected):
    assert [(entity.label_, entity.ent_id_) for entity in nlp(text).ents] == expected


def test_sentences_are_split_and_words_have_lemmas(nlp):
    doc = nlp("he smokes. could it be the reason? please help")
    assert [sentence.text for sentence in doc.sents] == ["he smokes.", "could it be the reason?", "please help"]
    assert doc[1].lemma_ == "smoke"


def test_an_unchanged_pipeline_is_not_built_again():
    assert spacy_pipeline.build(SPACY_PIPELINE, LEXICON) is False


def test_a_broken_lexicon_names_the_line(tmp_path: Path):
    (tmp_path / "lexicon.yml").write_text("- {id: a, label: condition, words: [a]}\n- {id: b, label: nonsense, words: [b]}\n")
    with pytest.raises(CandorError, match=r"lexicon\.yml:2: label"):
        spacy_pipeline.build(tmp_path / "spacy", tmp_path / "lexicon.yml")
    assert not (tmp_path / "spacy").exists()


def test_every_lexicon_topic_is_in_the_taxonomy(knowledge):
    named = {topic for entry in spacy_pipeline.load_lexicon(LEXICON).values() for topic in entry.topics}
    assert named <= set(knowledge.topics)
