from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from staff_server import TODAY, a_clinic

from bot.errors import CandorError
from bot.knowledge.loader import load
from bot.knowledge.review import sign
from bot.staff.answers import answer_of
from bot.staff.site import Site, export, render


class Reader(HTMLParser):
    """The text of a page, what it links to, and what it loads."""

    def __init__(self, page):
        super().__init__()
        self.text, self.links, self.loaded, self.styles = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.links += [found["href"]] if tag == "a" else []
        self.loaded += [value for name, value in attributes if name == "src" or (name == "href" and tag == "link")]
        self.styles += ["style"] if "style" in found or tag == "style" or any(name.startswith("on") for name in found) else []

    def handle_data(self, data):
        self.text.append(data)


def test_every_answer_has_its_statements_claims_sources_and_marks_on_a_page(finished_site, knowledge):
    for card in knowledge.cards.values():
        page = Reader(finished_site.files[f"answers/{card.id}.html"].decode())
        text = "".join(page.text)
        for _, statement in card.statements():
            assert statement.text in text
        for claim_id in card.cites():
            assert knowledge.claims[claim_id].fact in text
            for source in knowledge.sources_of([claim_id], lent=99):
                assert knowledge.sources[source].url in page.links
        for who in ("self", "partner"):
            assert card.next_step.for_asker(who) in text


def test_pages_load_nothing_from_outside_and_hold_no_inline_style_or_script(finished_site):
    for path, body in finished_site.files.items():
        if path.endswith(".html"):
            page = Reader(body.decode())
            assert page.styles == []
            root = "../" if "/" in path else ""
            for loaded in page.loaded:
                assert loaded.removeprefix(root) in finished_site.files, (path, loaded)


def test_every_inner_link_leads_to_a_page(finished_site):
    for path, body in finished_site.files.items():
        if path.endswith(".html"):
            folder = "answers/" if path.startswith("answers/") else ""
            for link in Reader(body.decode()).links:
                if not re.match(r"https?://|#", link):
                    target = link.removeprefix("../") if link.startswith("../") else folder + link
                    assert target in finished_site.files or target in ("ask", "insights", "signout"), (path, link)


def test_an_export_holds_all_answers_but_nothing_that_needs_a_server(exported, knowledge):
    index = (exported / "index.html").read_text()
    assert "Ask as a patient" not in index
    assert "Sign out" not in index
    for card in knowledge.cards.values():
        assert f'href="answers/{card.id}.html"' in index
        assert (exported / "answers" / f"{card.id}.html").is_file()


def test_an_export_overwrites_an_export_but_nothing_else(tmp_path):
    site = Site({"staff.css": b"a", "answers/new.html": b"b"})
    assert export(site, tmp_path / "new") == 2
    (tmp_path / "new" / "answers" / "gone.html").write_text("an answer that is no more")
    assert export(site, tmp_path / "new") == 2
    assert not (tmp_path / "new" / "answers" / "gone.html").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(CandorError, match="holds other files"):
        export(site, tmp_path / "other")
    with pytest.raises(CandorError, match="cannot be written"):
        export(site, tmp_path / "other" / "letter.txt" / "x")


def test_copied_texts_carry_sources_review_and_date(knowledge):
    answer = answer_of(knowledge, _content(), knowledge.cards["having_children"], a_clinic(), TODAY)
    assert {(variant.asker, variant.cause) for variant in answer.variants} == {
        (asker, cause) for asker in ("self", "partner") for cause in (None, *answer.card.per_cause)}
    for variant in answer.variants:
        for text in (variant.plain, variant.email):
            assert "[1] " in text
            assert "Draft: no clinician has reviewed this answer yet. As of 2026-11-29." in text
            assert variant.next_step in text
        assert variant.email.startswith("Hello,")
        assert "7946" in variant.email
    assert len({variant.plain for variant in answer.variants}) > len(answer.card.per_cause)


def _content():
    from bot.paths import CONTENT

    return CONTENT


@pytest.mark.parametrize(("due", "policy", "edited", "shown", "withdrawn", "words"), [
    (date(2027, 11, 29), False, False, "reviewed", False, "Reviewed by Dr A on 2026-11-01"),
    (date(2026, 12, 20), False, False, "due", False, "next review due on 2026-12-20."),
    (date(2026, 11, 28), False, False, "overdue", False, "that day has passed"),
    (date(2026, 11, 28), True, False, "overdue", True, "there is no reviewed answer now"),
    (date(2027, 11, 29), True, True, "edited", False, "What changed since the clinician signed"),
])
def test_the_review_of_a_card_shows_on_its_page(content, due, policy, edited, shown, withdrawn, words):
    sign(content, "smoking", "Dr A", due, date(2026, 11, 1))
    if edited:
        path = content / "topics" / "smoking.yml"
        path.write_text(path.read_text().replace("It lowers sperm quality.", "It lowers <b>sperm</b> quality."))
    known = load(content)
    answer = answer_of(known, content, known.cards["smoking"], a_clinic(withdraw_overdue=policy), TODAY)
    assert (answer.shown, answer.withdrawn) == (shown, withdrawn)
    page = render("answer.html", clinic=a_clinic(), today=TODAY, served=False, root="../", page="answer", answer=answer)
    assert words in "".join(Reader(page).text).replace("\n", " ")
    if edited:
        assert re.search(r"<ins>&lt;b&gt;sperm&lt;/b&gt; ?</ins>", page)
        assert "<b>" not in page
