from __future__ import annotations

import shutil
import threading
import urllib.error
import urllib.request

import pytest
from staff_server import TODAY, a_clinic

from bot.editing import comparison, topics
from bot.editing.preview import Preview, serve
from bot.errors import CandorError
from bot.evaluation import Post, Prediction
from bot.knowledge.loader import load
from bot.paths import CONTENT, ROOT
from bot.yaml_file import read_yaml

WORDS = {"group": "causes", "care": "doctor", "title": "Hair loss tablets", "question": 'Can my "hair" tablets do this?', "covers": "finasteride"}


@pytest.fixture
def project(tmp_path):
    """A copy of the files that a topic stands in."""
    shutil.copytree(CONTENT, tmp_path / "content")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copy(ROOT / "domain.yml", tmp_path / "domain.yml")
    return topics.Project(tmp_path)


def test_a_new_topic_is_wired_in_and_refused_until_it_is_written(project):
    written = topics.new(project, "hair_loss", **WORDS)
    assert len(written) == 5
    card = load(project.root / "content").cards["hair_loss"]
    assert (card.title, card.question, card.care) == (WORDS["title"], WORDS["question"], "doctor")
    assert "ask_hair_loss" in read_yaml(project.root / "domain.yml").data["intents"]
    rule = read_yaml(project.root / "data" / "rules" / "answers.yml").data["rules"][0]
    assert {"intent": "ask_hair_loss"} in rule["steps"][0]["or"]
    assert load(project.root / "content").topics["hair_loss"].group == "causes"
    lacking = "\n".join(topics.check(project, "hair_loss", TODAY))
    for words in ("uncited-statement", "still to be written", "1 examples, 40 are needed", "10 are needed", "8 are needed"):
        assert words in lacking
    assert "is missing" not in lacking


def test_a_finished_topic_lacks_nothing(project):
    assert topics.check(project, "smoking", TODAY) == []
    assert 0 < topics.reading_grade(project, "smoking") < 12


def test_a_topic_that_is_not_wired_in_or_repeats_an_example_says_so(project):
    for name in ("domain.yml", "data/rules/answers.yml"):
        path = project.root / name
        path.write_text("\n".join(line for line in path.read_text().split("\n") if not line.endswith("ask_smoking")))
    examples = project.examples("causes", "smoking")
    examples.write_text(examples.read_text().rstrip("\n") + '\n  - text: "Does DIABETES cause retrograde ejaculation - really?!"\n')
    other = project.examples("causes", "diabetes")
    other.write_text(other.read_text().rstrip("\n") + '\n  - text: "does diabetes cause retrograde ejaculation, really"\n')
    lacking = "\n".join(topics.check(project, "smoking", TODAY))
    assert "domain.yml: ask_smoking is missing" in lacking
    assert "data/rules/answers.yml: ask_smoking is missing" in lacking
    assert "stands in diabetes.yml as well" in lacking


@pytest.mark.parametrize(("topic", "changed", "message"), [
    ("Hair loss", {}, "is not an id"), ("smoking", {}, "There is a topic 'smoking' already"),
    ("hair_loss", {"group": "hair"}, "There is no group 'hair'"), ("hair_loss", {"title": " "}, "The title is empty"),
])
def test_a_wrong_new_topic_writes_nothing(project, topic, changed, message):
    def state():
        return {path: path.read_bytes() for path in project.root.rglob("*.yml")}

    before = state()
    with pytest.raises(CandorError, match=message):
        topics.new(project, topic, **{**WORDS, **changed})
    assert state() == before


def test_checking_an_unknown_topic_is_one_sentence(project):
    with pytest.raises(CandorError, match="There is no topic 'nothing'"):
        topics.check(project, "nothing", TODAY)


def test_a_broken_card_shows_the_message_and_the_last_good_card(content):
    preview = Preview(content, a_clinic())
    path = content / "topics" / "smoking.yml"
    good = path.read_text()
    assert "Nothing to mend in this card." in preview.page("smoking")
    first = preview.version()
    path.write_text(good + "x: [\n")
    assert preview.version() != first
    page = preview.page("smoking")
    assert "not valid YAML" in page
    assert "It lowers sperm quality." in page
    assert "last be read" in page
    assert path.read_text() == good + "x: [\n"                        # nothing is lost
    path.write_text(good.replace("[S0-49]", "[S0-99]"))
    page = preview.page("smoking")
    assert "there is no claim &#39;S0-99&#39;" in page
    assert "It lowers sperm quality." in page
    path.write_text(good)
    assert "Nothing to mend in this card." in preview.page("smoking")


def test_a_preview_that_begins_broken_shows_the_message_alone(content):
    (content / "topics" / "smoking.yml").write_text("id: smoking\ncare: [\n")
    page = Preview(content, a_clinic()).page("smoking")
    assert "not valid YAML" in page
    assert "Where each sentence comes from" not in page


def test_the_preview_server_answers_this_machine_only(content):
    with serve(Preview(content, a_clinic()), "smoking", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def get(path, host="localhost"):
            request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}{path}", headers={"Host": host})
            try:
                with urllib.request.urlopen(request, timeout=10) as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, ""

        assert "It lowers sperm quality." in get("/")[1]
        for path in ("/staff.css", "/staff.js", "/preview.js", "/version"):
            assert get(path)[0] == 200
        assert get("/nothing.html")[0] == 404
        assert get("/pictures/../claims.yml")[0] == 404
        assert get("/", host="evil.example")[0] == 403
        server.shutdown()


POSTS = [
    Post("kept right", ("smoking",), "in_scope"), Post("broken one", ("age",), "in_scope"), Post("mended one", ("iui",), "in_scope"),
    Post("weather", (), "off_topic"), Post("a real person's words", ("cost",), "in_scope", real=True),
]


def test_a_comparison_names_what_broke_and_what_was_mended():
    before = [Prediction("answer", ("smoking",)), Prediction("answer", ("age",)), Prediction("clarify", ()), Prediction("not_covered", ()),
              Prediction("answer", ("cost",))]
    after = [Prediction("answer", ("smoking", "age")), Prediction("answer", ("iui",)), Prediction("answer", ("iui",)), Prediction("answer", ("age",)),
             Prediction("not_covered", ())]
    text = comparison.compare(POSTS, before, after)
    broken, mended = text.split("Broken")[1].split("Mended")
    assert [line.split(":")[0] for line in broken.splitlines() if line.startswith("-")] == ["- 2", "- 4", "- 5"]
    assert [line.split(":")[0] for line in mended.splitlines() if line.startswith("-")] == ["- 3"]
    assert "broken one" in text
    assert "real person" not in text
    assert "| primary topic is among those answered | 75.0 % | 50.0 % | -25.0 |" in text


def test_nothing_changed_is_said_without_a_second_evaluation(monkeypatch, tmp_path):
    evaluated = []
    monkeypatch.setattr(comparison, "_evaluate", lambda posts, out: evaluated.append(out) or [])
    text = comparison.train_and_compare(comparison.POSTS, lambda: False, lambda line: None)
    assert "nothing to compare" in text
    assert len(evaluated) == 1


def test_predictions_survive_their_file_and_hold_no_words(tmp_path):
    predictions = [Prediction("answer", ("smoking", "age"), "a reason"), Prediction("clarify", ())]
    comparison.write_predictions(tmp_path / "new" / "p.jsonl", predictions)
    assert comparison.read_predictions(tmp_path / "new" / "p.jsonl") == [Prediction("answer", ("smoking", "age")), Prediction("clarify", ())]
    assert "reason" not in (tmp_path / "new" / "p.jsonl").read_text()


