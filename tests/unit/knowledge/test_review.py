from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest

from bot.errors import CandorError
from bot.knowledge.coverage import article_claims, cited_in, coverage_markdown, fate
from bot.knowledge.lint import lint
from bot.knowledge.loader import load
from bot.knowledge.review import review_sheet, sign
from bot.paths import ROOT

TODAY, DUE = date(2026, 11, 21), date(2027, 11, 21)


def test_a_signed_card_is_reviewed_and_an_edit_un_signs_it(content):
    path = sign(content, "smoking", 'Dr "A" Example, urologist', DUE, TODAY)
    card = load(content).cards["smoking"]
    assert card.is_signed()
    assert (card.review.by, card.review.due) == ("Dr 'A' Example, urologist", DUE)
    assert lint(load(content), content, TODAY) == []

    path.write_text(path.read_text().replace("It lowers sperm quality.", "It lowers the quality of sperm."))
    assert not load(content).cards["smoking"].is_signed()
    assert [finding.rule for finding in lint(load(content), content, TODAY)] == ["edited-after-review"]

    sign(content, "smoking", "Dr B", DUE, TODAY)
    assert load(content).cards["smoking"].is_signed()
    assert path.read_text().count("review:") == 1


@pytest.mark.parametrize(("topic", "by", "due", "message"), [
    ("nothing", "Dr A", DUE, "There is no card 'nothing'"),
    ("smoking", "  ", DUE, "name is empty"),
    ("smoking", "Dr A", TODAY, "not after today"),
])
def test_a_wrong_signature_is_refused_and_nothing_is_written(content, topic, by, due, message):
    before = (content / "topics" / "smoking.yml").read_text()
    with pytest.raises(CandorError, match=message):
        sign(content, topic, by, due, TODAY)
    assert (content / "topics" / "smoking.yml").read_text() == before


def test_the_review_sheet_holds_every_statement_and_claim_and_nothing_from_outside(knowledge):
    sheet = review_sheet(knowledge)

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.text, self.loaded = [], []

        def handle_starttag(self, tag, attributes):
            self.loaded += [(tag, value) for name, value in attributes if name in ("src", "srcset") or (tag == "link")]
            assert tag not in ("script", "iframe")

        def handle_data(self, data):
            self.text.append(data)

    reader = Reader()
    reader.feed(sheet)
    text = "".join(reader.text)
    assert reader.loaded == []
    for card in knowledge.cards.values():
        for _, statement in card.statements():
            assert statement.text in text
        for claim_id in card.cites():
            assert knowledge.claims[claim_id].fact in text


def test_every_article_claim_has_a_fate(knowledge):
    claims = article_claims(knowledge)
    cited = cited_in(knowledge)
    assert len(claims) == 162
    assert [claim.id for claim in claims if fate(claim, cited) == "unaccounted"] == []


def test_the_coverage_table_in_the_docs_is_current(knowledge):
    assert (ROOT / "docs" / "coverage.md").read_text() == coverage_markdown(knowledge)
