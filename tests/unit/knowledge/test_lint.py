from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.lint import CARD_RULES, TEXT_RULES, lint
from bot.knowledge.loader import load
from bot.knowledge.model import Card
from bot.paths import CONTENT

TODAY = date(2026, 11, 21)
BAD = sorted((Path(__file__).parent / "bad").glob("*.yml"))


def test_the_good_content_has_no_findings(content):
    assert lint(load(content), content, TODAY) == []


def test_the_shipped_content_has_no_findings(knowledge):
    assert [str(finding) for finding in lint(knowledge, CONTENT, date.today())] == []


@pytest.mark.parametrize("bad", BAD, ids=lambda path: path.stem)
def test_a_bad_card_is_found_with_rule_file_and_line(bad: Path, content: Path):
    text = bad.read_text()
    if "SIGNED" in text:  # an overdue card was signed rightly, once
        draft = load(content).cards["smoking"]
        text = text.replace("SIGNED", draft.fingerprint())
    rule, line = re.match(r"# expect: (\S+) at line (\d+)", text).groups()
    (content / "topics" / "smoking.yml").write_text(text)

    findings = lint(load(content), content, TODAY)

    assert [(f.rule, f.line, Path(f.path).name) for f in findings if f.rule == rule] == [(rule, int(line), "smoking.yml")]


def test_every_rule_on_cards_and_texts_has_a_bad_file():
    assert {rule.__name__.replace("_", "-") for rule in (*CARD_RULES, *TEXT_RULES)} <= {path.stem for path in BAD}


@pytest.mark.parametrize(("old", "new", "rule"), [
    ("sources: [study-2020], verified: yes}\n- {id: B-GL", "sources: [nowhere], verified: yes}\n- {id: B-GL", "unknown-id"),
    ("based_on: [B-SMK-01]", "based_on: [B-NONE-01]", "unknown-id"),
    ("kind: inference, based_on: [B-SMK-01], verified: no", "kind: inference, verified: no", "claim-without-source"),
    ("quote: smoking leads to aspermia", "quote: " + "word " * 21, "long-quote"),
    ("In 20 studies smokers had", "We want these exact eight words in a row; in 20 studies smokers had", "copied-words"),
])
def test_a_bad_claim_is_found(old: str, new: str, rule: str, content: Path):
    file = content / "claims.yml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    assert rule in {finding.rule for finding in lint(load(content), content, TODAY)}


def test_a_claim_and_a_source_that_nothing_uses_are_found(content: Path):
    with (content / "claims.yml").open("a") as file:
        file.write("- {id: B-NEW-01, fact: Nobody cites this., sources: [study-2020], verified: yes}\n")
    with (content / "sources.yml").open("a") as file:
        file.write("- {id: lone, title: T, publisher: P, year: 2020, url: 'https://example.org', licence: L, checked: 2026-11-21}\n")
    messages = [finding.message for finding in lint(load(content), content, TODAY) if finding.rule == "unused-id"]
    assert messages == ["no card uses the claim B-NEW-01", "no claim or region uses the source lone"]


def test_a_corrected_article_claim_is_cited_only_with_its_correction(content: Path):
    card = content / "topics" / "smoking.yml"
    card.write_text(card.read_text().replace("cites: [S0-49]", "cites: [S0-49, S0-51]"))
    assert [f.rule for f in lint(load(content), content, TODAY)] == ["left-out-claim"]
    card.write_text(card.read_text().replace("cites: [S0-49, S0-51]", "cites: [S0-49, S0-51, C-01]"))
    assert lint(load(content), content, TODAY) == []


@pytest.mark.parametrize("sentence", [
    "Do not stop your blood pressure tablets by yourself.",
    "Only the prescriber may switch the medicine.",
    "Never skip insulin or any other medicine.",
    "Some people smoke 9.7 a day.",
    "It is not your fault.",
])
def test_right_sentences_pass_the_wording_rules(sentence: str, content: Path):
    card = content / "topics" / "smoking.yml"
    card.write_text(card.read_text().replace("text: It lowers sperm quality.\n    cites: [S0-49]", f"text: {sentence}\n    cites: [S0-49, B-SMK-01]"))
    assert lint(load(content), content, TODAY) == []


def test_signing_holds_until_the_text_changes(content: Path):
    card = load(content).cards["smoking"]
    review = {"status": "reviewed", "by": "Dr A", "on": "2026-01-01", "due": "2027-01-01", "signed": card.fingerprint()}
    signed = Card.parse_obj({**card.dict(by_alias=True), "opening": {}, "review": review})
    assert not signed.is_signed()
    assert card.copy(update={"review": signed.review}).is_signed()


@pytest.mark.parametrize(("file", "old", "new", "rule"), [
    ("medicines.yml", "They may lower sperm by 9.7 million.", "They may lower sperm by 8 million.", "unsupported-number"),
    ("medicines.yml", "Do not stop it alone; ask the prescriber.", "Ask the prescriber.", "stop-medicine"),
    ("medicines.yml", "topic: smoking", "topic: nothing", "unknown-id"),
    ("semen_report.yml", "I do not judge numbers.", "You just have to wait.", "blame"),
    ("semen_report.yml", "cites: [B-SMK-01]}]\n    limit", "cites: [B-NO-01]}]\n    limit", "unknown-claim"),
    ("regions.yml", "Call 999.", "Call the ambulance.", "unsupported-number"),
    ("regions.yml", "{text: Ask a GP., sources: [study-2020]", "{text: Ask a GP., sources: [nobody]", "unknown-id"),
    ("regions.yml", "{text: Ask a GP., sources: [study-2020]", "{text: Ask a GP., sources: []", "uncited-statement"),
    ("pictures.yml", "id: normal", "id: other", "unknown-id"),
    ("follow_ups.yml", "[What was measured]", "[What was not]", "unknown-id"),
    ("follow_ups.yml", "otherwise: [smoking]", 'otherwise: ["nowhere#What"]', "unknown-id"),
    ("follow_ups.yml", "smoking: {after", "nowhere: {after", "unknown-id"),
    ("follow_ups.yml", "why(?: is {it})?", "why(", "bad-form"),
    ("guided_check.yml", "flag: RF-01", "flag: RF-99", "unknown-id"),
    ("guided_check.yml", 'when: {smokes: ["yes"]}', "when: {smokes: [often]}", "unknown-id"),
    ("guided_check.yml", "{text: Soon., cites", '{when: {smokes: ["yes"]}, text: Soon., cites', "missing-part"),
    ("guided_check.yml", "text: A doctor., cites: [B-GL-01]", "text: A doctor., cites: []", "uncited-statement"),
    ("guided_check.yml", "text: A doctor.", "text: A doctor in 3 days.", "unsupported-number"),
    ("appointment_sheet.yml", "bring: [{text: A list., cites: [B-GL-01]}]", "bring: [{text: A list., cites: [B-NO-01]}]", "unknown-claim"),
    ("feelings.yml", "That is sad.", "It is obviously sad.", "blame"),
    ("taxonomy.yml", "topics:\n", "topics:\n  diabetes: {group: causes, care: info, from: [F], covers: c}\n", "missing-card"),
])
def test_the_rest_of_the_content_is_checked_too(file, old, new, rule, content: Path):
    path = content / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    found = [finding for finding in lint(load(content), content, TODAY) if finding.rule == rule]
    assert found
    assert Path(found[0].path).name in (file, "smoking.yml")


def test_the_linter_is_fast(knowledge):
    import time

    started = time.monotonic()
    lint(knowledge, CONTENT, TODAY)
    assert time.monotonic() - started < 5
