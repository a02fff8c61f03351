from __future__ import annotations

import pytest
import spacy

from bot.errors import CandorError
from bot.language import spacy_pipeline
from bot.paths import CONTENT, SPACY_PIPELINE


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
    assert spacy_pipeline.build(SPACY_PIPELINE, CONTENT) is False


@pytest.mark.parametrize(("old", "new", "message"), [
    ("label: condition", "label: nonsense", r"lexicon\.yml:1: label"),
    ("words: [diabetes]", "words: [flomaxtra]", "'flomaxtra' stands for both 'diabetes' and 'tamsulosin'"),
])
def test_a_broken_lexicon_is_one_sentence(content, tmp_path, old, new, message):
    good = "- {id: diabetes, label: condition, words: [diabetes]}\n"
    (content / "lexicon.yml").write_text(good.replace(old, new))
    with pytest.raises(CandorError, match=message):
        spacy_pipeline.build(tmp_path / "spacy", content)
    assert not (tmp_path / "spacy").exists()


def test_every_lexicon_topic_has_a_card(knowledge):
    named = {topic for entry in spacy_pipeline.load_lexicon(CONTENT).values() for topic in entry.topics}
    assert named <= set(knowledge.cards)


def test_every_medicine_and_report_line_is_recognised(nlp, knowledge):
    for medicine in knowledge.medicines.medicines:
        for spelling in medicine.spellings():
            assert [e.ent_id_ for e in nlp(f"i take {spelling} now").ents if e.label_ == "medicine"] == [medicine.id], spelling
    for line in knowledge.semen_report.lines:
        assert f"report:{line.id}" in [e.ent_id_ for e in nlp(f"what is {line.name.lower()} please").ents]
