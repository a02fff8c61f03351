from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import pytest
from test_access import HASH, PASSWORD

from bot.staff.insights import Stores, draw, panels, training_line


@dataclass(frozen=True)
class Row:
    week: str
    channel: str
    topic: str
    outcome: str
    count: Optional[int]


@dataclass(frozen=True)
class Question:
    key: int
    text: str
    topic: Optional[str]


ROWS = [
    Row("2026-W46", "web", "smoking", "answer", 25), Row("2026-W47", "web", "smoking", "answer", None),
    Row("2026-W47", "messaging", "vasectomy", "not_covered", 15), Row("2026-W47", "web", "", "not_covered", None),
]


class FakeCounts:
    def __init__(self, rows):
        self.rows = rows

    def released(self, path):
        assert path == Path("counts.sqlite")
        return self.rows


class FakeBox:
    def __init__(self, *batches):
        self.waiting, self.settled = [list(batch) for batch in batches], []

    def batches(self, path):
        return self.waiting

    def settle(self, path, key, verdict, wording, topic):
        self.settled.append((key, verdict, wording, topic))
        self.waiting = [[question for question in batch if question.key != key] for batch in self.waiting]


def stores(rows=(), box=None):
    return Stores((FakeCounts(rows), Path("counts.sqlite")), (box, Path("box.sqlite")) if box else None)


def test_the_page_shows_the_released_numbers_and_no_other(open_site):
    _, _, browser = open_site(stores(ROWS))
    text = browser.send("/staff/insights")[2]
    cells = re.findall(r'<td class="number">(.*?)</td>', text)
    assert sorted(cells) == ["&lt;11", "&lt;11", "15", "25"]
    assert "last week &lt;11" in text
    assert "last week 15" in text
    assert "40" not in cells                                     # no total that could be subtracted from


def test_unanswered_questions_stand_under_their_nearest_topic(knowledge):
    found = panels(knowledge, ROWS, unanswered=True)
    assert [(panel.title, panel.channel, panel.counts) for panel in found] == [
        (f"{knowledge.cards['vasectomy'].title}: not covered", "messaging", (("2026-W47", 15),)),
        ("no topic: not covered", "web", (("2026-W47", None),))]
    assert [panel.title for panel in panels(knowledge, ROWS, unanswered=False)] == [f"{knowledge.cards['smoking'].title}: answered"]


def test_a_hidden_count_is_drawn_the_same_whatever_it_was():
    drawn = str(draw([("2026-W46", None), ("2026-W47", 50)], 50))
    few = re.search(r'class="few" .*? height="([\d.]+)"', drawn)
    bar = re.search(r'class="bar" .*? height="([\d.]+)"', drawn)
    assert float(few.group(1)) / float(bar.group(1)) == pytest.approx(11 / 50, rel=0.02)
    assert "<11" not in drawn


@pytest.mark.parametrize(("made", "words"), [(Stores(), "keeps no counts"), (stores(), "Nothing has been released yet")])
def test_without_counts_the_page_says_why(open_site, made, words):
    _, _, browser = open_site(made)
    assert words in browser.send("/staff/insights")[2]


def test_sent_questions_are_not_shown_to_somebody_who_did_not_sign_in(open_site):
    box = FakeBox([Question(1, "can the sauna do it", "weight_heat_lifestyle")])
    _, _, browser = open_site(stores(ROWS, box))
    assert "sauna" not in browser.send("/staff/insights")[2]
    form = {"csrf": browser.token("/staff/ask"), "key": "1", "wording": "is it the sauna", "verdict": "example"}
    status, _, text = browser.send("/staff/questions", form)
    assert status == 403
    assert "sauna" not in text
    assert box.settled == []


@pytest.fixture
def signed_in(open_site):
    def start(box):
        _, _, browser = open_site(stores(ROWS, box), password_hash=HASH)
        browser.send("/staff/signin", {"csrf": browser.token("/staff/"), "password": PASSWORD})
        return browser
    return start


def test_a_question_becomes_a_training_example_or_goes(signed_in):
    box = FakeBox([Question(1, 'can the "sauna" do it', "weight_heat_lifestyle"), Question(2, "<b>hm</b>", None)])
    browser = signed_in(box)
    page = browser.send("/staff/insights")[2]
    assert "&lt;b&gt;hm&lt;/b&gt;" in page
    token = browser.token("/staff/insights")
    assert browser.send("/staff/questions", {"csrf": token, "key": "1", "wording": " ", "verdict": "example"})[0] == 400
    assert box.settled == []
    status, _, text = browser.send("/staff/questions", {"csrf": token, "key": "1", "wording": "is it the sauna", "verdict": "example"})
    assert status == 200
    assert "data/nlu/living/weight_heat_lifestyle.yml" in text
    assert "is it the sauna" in text
    assert "can the" not in text                                 # the person's own words are gone
    status, headers, _ = browser.send("/staff/questions", {"csrf": token, "key": "2", "verdict": "not_useful"})
    assert (status, headers["Location"]) == (303, "/staff/insights")
    assert box.settled == [(1, "example", "is it the sauna", "weight_heat_lifestyle"), (2, "not_useful", "", None)]
    assert browser.send("/staff/questions", {"csrf": token, "key": "1", "wording": "is it the sauna", "verdict": "example"})[0] == 404
    assert browser.send("/staff/questions", {"csrf": token, "key": "1", "verdict": "delete everything"})[0] == 400


def test_the_line_for_the_training_data_is_valid_yaml(knowledge):
    import yaml

    file, line = training_line(knowledge, "smoking", 'a "quoted"\nquestion with a \\')
    assert file == "data/nlu/causes/smoking.yml"
    assert yaml.safe_load(line) == [{"text": 'a "quoted" question with a \\'}]
    assert training_line(knowledge, None, "x")[0] == "data/nlu/<group>/<topic>.yml"


def test_the_real_stores_are_plugged_in(open_site, tmp_path, monkeypatch, knowledge):
    """What a conversation counts is on the page once its week is closed and released; a box that is on shows a batch of five."""
    from datetime import date, timedelta

    from bot.clinic import Clinic
    from bot.privacy.counts import Counts
    from bot.privacy.opt_in import OptInBox
    from bot.staff import insights

    for name in ("COUNTS", "QUESTIONS", "PROPOSALS"):
        monkeypatch.setattr(insights, name, tmp_path / name)
    old = date.today() - timedelta(days=14)
    counted = Counts(tmp_path / "COUNTS", knowledge.topics, lambda: old)
    for _ in range(12):
        counted.add("website", "smoking", "answer")
        counted.add("website", "none", "not_covered")
    counted.flush()
    box = OptInBox(tmp_path / "QUESTIONS", knowledge.topics, lambda: old)
    for number in range(5):
        box.accept(f"does it help to eat {'very ' * number}hot soup", "weight_heat_lifestyle")
    assert insights.stores(Clinic(name="A clinic")) == Stores()
    real = insights.stores(Clinic(name="A clinic", counts=True, opt_in_questions=True))
    assert {(row.topic, row.count) for row in real.rows()} >= {("none", 15), ("smoking", 15)}
    _, _, browser = open_site(real, password_hash=HASH)
    browser.send("/staff/signin", {"csrf": browser.token("/staff/"), "password": PASSWORD})
    page = browser.send("/staff/insights")[2]
    assert page.count("hot soup") >= 5
    assert "no topic" in page
    assert ">15<" in page
    (batch,) = real.batches()
    settled = real.settle(str(batch[0].key), "example", "is hot soup good for semen")
    assert settled is not None
    assert "is hot soup good for semen" in (tmp_path / "PROPOSALS").read_text()
    assert len(real.batches()[0]) == 4
