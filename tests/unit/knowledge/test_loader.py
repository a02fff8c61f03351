from __future__ import annotations

import pytest

from bot.errors import CandorError
from bot.knowledge.loader import content_hash, load


@pytest.mark.parametrize(("file", "old", "new", "message"), [
    ("topics/smoking.yml", "id: smoking", "id: smoke", "the id is 'smoke' but the file is named 'smoking'"),
    ("topics/smoking.yml", "care: specialist", "care: whenever", "topics/smoking.yml:4: care: unexpected value"),
    ("topics/smoking.yml", "title:", "titel:", "titel: extra fields not permitted"),
    ("topics/smoking.yml", "  self: Consult a fertility specialist.\n", "", "next_step.self: field required"),
    ("topics/smoking.yml", "choices: []", "choices: [", "topics/smoking.yml:"),
    ("topics/smoking.yml", "care: specialist", "care: specialist\ncare: doctor", "the key 'care' is given twice"),
    ("claims.yml", "id: B-GL-01", "id: B-SMK-01", "the id 'B-SMK-01' is given twice"),
    ("sources.yml", "https://example.org/study", "example.org/study", "must start with https:// or http://"),
    ("taxonomy.yml", "topics:", "themes:", "expected the key 'topics'"),
    ("regions.yml", "numbers: [\"999\"], ", "", "the region GB has no number under 'emergency'"),
    ("regions.yml", "id: default", "id: FR", "the region 'default' is missing"),
    ("regions.yml", "id: GB", "id: Britain", "regions.yml:11: id: string does not match regex"),
    ("regions.yml", "emergency: {text: Call your local", "emergency: {numbers: ['999'], text: Call your local", "must not name a country"),
    ("medicines.yml", "class: alpha_blockers, names", "class: nothing, names", "there is no medicine class 'nothing'"),
])
def test_broken_content_is_one_sentence_with_the_file(file, old, new, message, content):
    path = content / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CandorError) as caught:
        load(content)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(content):
    (content / "claims.yml").unlink()
    with pytest.raises(CandorError, match=r"claims\.yml: the file is missing"):
        load(content)


def test_the_words_yes_and_no_are_not_booleans(content):
    assert load(content).claims["B-SMK-01"].verified == "yes"


def test_sources_of_an_inference_are_those_it_rests_on(content):
    assert load(content).sources_of(["C-01"]) == ["study-2020"]


def test_any_change_changes_the_content_hash(content):
    before = content_hash(content)
    (content / "phrases.yml").write_text((content / "phrases.yml").read_text() + "# a comment\n")
    assert content_hash(content) != before


def test_a_spelling_stands_for_one_medicine_only(content):
    with (content / "medicines.yml").open("a") as file:
        file.write("  - {id: other, class: alpha_blockers, names: [other], brands: {US: [FLOMAXTRA]}}\n")
    with pytest.raises(CandorError, match=r"medicines\.yml:12: 'flomaxtra' stands for 'tamsulosin' already"):
        load(content)


def test_an_inference_shows_the_sources_that_were_read_first_and_not_all(content):
    with (content / "claims.yml").open("a") as file:
        file.write("- {id: C-02, fact: A., kind: inference, based_on: [S0-49, C-01, B-GL-01], verified: no}\n")
    knowledge = load(content)
    assert knowledge.sources_of(["C-02"], lent=1) == ["study-2020"]
    assert knowledge.sources_of(["C-02"], lent=9) == ["study-2020", "article-2024"]
