"""The comparison with stock Rasa: its data, its samples, its report and its clients. Nothing is trained here."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import cli
from bot.bench import Options, bench, data_sets, http_path, plot, processes, report, understanding
from bot.bench.data_sets import OFF_TOPIC, DataSet, Example, few_shot, read_public, thin, write_training
from bot.bench.pipelines import OURS, STOCK, STOCK_POLICIES, compared_pipelines, configuration
from bot.bench.stock_bot import response_text, stories, write_project
from bot.paths import ROOT
from bot.yaml_file import read_yaml


@pytest.fixture
def public(tmp_path):
    """A tiny folder laid out like the public benchmarks."""
    folder = tmp_path / "benchmarks"
    for name in ("banking77", "clinc150", "hwu64/train_10", "hwu64/test"):
        (folder / name).mkdir(parents=True)
    for name in ("train", "test"):
        (folder / "banking77" / f"{name}.csv").write_text('text,category\n"Where, is it?",card_arrival\n"two\nlines",card_arrival\nPIN?,pin\n')
    (folder / "clinc150" / "data_full.json").write_text(json.dumps({
        "train": [["hi there", "greeting"], ["hello", "greeting"]], "oos_train": [["who won", "oos"]], "test": [["hey", "greeting"]],
        "oos_test": [["what is love", "oos"], ["sing", "oos"]]}))
    for name in ("train_10", "test"):
        (folder / "hwu64" / name / "seq.in").write_text("wake me\nplay it\n")
        (folder / "hwu64" / name / "label").write_text("alarm_set\nmusic\n")
    return folder


def test_the_public_benchmarks_are_read_with_the_prefix_of_our_topics(public):
    banking, clinc, hwu = read_public(public, data_sets.PUBLIC, 10)
    assert banking.train == (Example("Where, is it?", "ask_card_arrival"), Example("two\nlines", "ask_card_arrival"), Example("PIN?", "ask_pin"))
    assert clinc.train[-1] == Example("who won", OFF_TOPIC)
    assert [example.intent for example in clinc.test] == ["ask_greeting", OFF_TOPIC, OFF_TOPIC]
    assert hwu.test == (Example("wake me", "ask_alarm_set"), Example("play it", "ask_music"))


def test_only_the_sets_asked_for_are_read(public):
    (public / "banking77" / "train.csv").unlink()
    assert [data.name for data in read_public(public, ["hwu64"], 10)] == ["hwu64"]


@pytest.mark.parametrize(("file", "text", "message"), [
    ("banking77/train.csv", None, "train.csv cannot be read"),
    ("banking77/test.csv", "a,b\n1,2\n", "columns text and category"),
    ("banking77/test.csv", "text,category\n", "holds no labelled messages"),
    ("banking77/test.csv", "text,category\n,card\n", "without its text or label"),
    ("clinc150/data_full.json", "{}", "not an object with train"),
    ("clinc150/data_full.json", "[", "not an object with train"),
    ("hwu64/test/label", "alarm_set\n", "2 messages and 1 labels"),
])
def test_wrong_data_is_one_sentence_and_status_2(public, monkeypatch, capsys, file, text, message):
    (public / file).unlink() if text is None else (public / file).write_text(text)
    monkeypatch.setattr("sys.argv", ["candor", "bench", "--data", str(public)])
    assert cli.main() == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("arguments", "message"), [
    (["--data", "nowhere"], "nowhere is not a folder"), (["--only", "hwu64"], "hwu64 needs the folder"), (["--shots", "1"], "must be 2 or more"),
    (["--limit", "0"], "--limit must be"), (["none.jsonl", "--only", "http"], "none.jsonl cannot be read"),
])
def test_wrong_options_are_one_sentence_and_status_2(monkeypatch, capsys, arguments, message):
    monkeypatch.setattr("sys.argv", ["candor", "bench", *arguments])
    assert cli.main() == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


MANY = [Example(f"{intent} {number}", f"ask_{intent}") for intent in ("a", "b", "c") for number in range(30)]


def test_a_few_shot_sample_is_the_same_every_time_and_takes_as_many_of_each_intent():
    sample = few_shot([*MANY, Example("rare", "ask_d")], 5)
    assert sample == few_shot([*MANY, Example("rare", "ask_d")], 5)
    assert Counter(example.intent for example in sample) == {"ask_a": 5, "ask_b": 5, "ask_c": 5, "ask_d": 1}
    assert sample != [example for example in MANY if int(example.text.split()[1]) < 5]


def test_the_sample_of_one_intent_does_not_depend_on_the_others():
    assert few_shot(MANY[:30], 5) == few_shot(MANY, 5)[:5]


def test_a_thinned_test_set_is_the_same_every_time_and_keeps_the_share_of_off_topic_messages():
    test = [*MANY, *(Example(str(number), OFF_TOPIC) for number in range(10))]
    sample = thin(test, 20)
    assert sample == thin(test, 20)
    assert Counter(example.intent == OFF_TOPIC for example in sample) == {False: 18, True: 2}
    assert thin(test, 1000) == test


def test_the_own_set_is_the_same_subset_for_all_and_has_posts_of_both_kinds():
    own = data_sets.read_own(4)
    assert set(Counter(example.intent for example in own.train).values()) == {4}
    assert {example.intent.startswith("ask_") for example in own.test} == {True, False}
    assert all(example.topics[0] == example.intent.removeprefix("ask_") for example in own.train if example.intent.startswith("ask_"))


def test_training_data_is_what_rasa_reads(tmp_path):
    from rasa.shared.nlu.training_data.loading import load_data

    examples = [Example("is [it](x) {so}?\nreally \U0001f600", "ask_a", ("a", "b")), Example("hello", "greet")]
    write_training(examples, tmp_path / "nlu.yml")
    read = load_data(str(tmp_path / "nlu.yml")).training_examples
    assert [(message.get("text"), message.get("intent")) for message in read] == [
        ("is (it)(x) (so)?\nreally \U0001f600", "ask_a"), ("hello", "greet")]
    assert read[0].get("metadata")["example"] == {"topics": ["a", "b"]}


def test_ours_is_compared_as_it_is_shipped_and_stock_as_rasa_ships_it():
    import rasa.engine.recipes.config_files as shipped

    ours, stock, _ = compared_pipelines()
    assert list(ours.components) == read_yaml(ROOT / "config.yml").data["pipeline"]
    default = read_yaml(Path(next(iter(shipped.__path__))) / "default_config.yml").data
    assert list(stock.components) == default["pipeline"]
    assert list(STOCK_POLICIES) == default["policies"]


def test_quick_cuts_epochs_and_nothing_else():
    stock = next(pipeline for pipeline in compared_pipelines() if pipeline.name == STOCK)
    full, quick = (configuration(stock.components, quick, STOCK_POLICIES) for quick in (False, True))
    assert {part.get("epochs") for part in quick["pipeline"] + quick["policies"]} == {None, 2}
    for part, cut in zip(full["pipeline"] + full["policies"], quick["pipeline"] + quick["policies"], strict=True):
        assert {**part, "epochs": 0} == {**cut, "epochs": 0}


def test_the_stock_project_has_a_response_and_a_rule_for_every_intent(tmp_path):
    own = data_sets.read_own(2)
    paths = write_project(tmp_path / "bot", own, compared_pipelines()[1].components, quick=True)
    domain = read_yaml(tmp_path / "bot" / "domain.yml").data
    rules = read_yaml(tmp_path / "bot" / "data" / "rules.yml").data["rules"]
    assert set(domain["intents"]) == {example.intent for example in own.train} | {"nlu_fallback"}
    assert set(domain["responses"]) == {f"utter_{intent}" for intent in domain["intents"]}
    assert {rule["steps"][0]["intent"] for rule in rules} == set(domain["intents"])
    assert all("{" not in given[0]["text"] and given[0]["text"] for given in domain["responses"].values())
    assert set(paths) == {"domain", "config", "nlu"}


def test_a_card_answers_in_the_stock_bot_with_its_short_answer(knowledge):
    assert response_text("ask_smoking", knowledge.cards, {}) == " ".join(statement.text for statement in knowledge.cards["smoking"].short)
    assert response_text("odd", {}, {"utter_default": [{"text": "What?"}]}) == "What?"


def test_stories_answer_every_intent_with_its_own_response():
    for story in stories(["greet", "ask_a", "ask_b", "bye"]):
        steps = story["steps"]
        assert [step["intent"] for step in steps[::2]] == [step["action"].removeprefix("utter_") for step in steps[1::2]]


def test_accuracy_is_of_messages_in_scope_and_recall_of_those_off_topic():
    test = [Example("", "ask_a"), Example("", "ask_b"), Example("", OFF_TOPIC), Example("", OFF_TOPIC), Example("", OFF_TOPIC)]
    found = understanding.score(test, ["ask_a", "nlu_fallback", "nlu_fallback", "out_of_scope", "ask_a"])
    assert found == {"in_scope": 2, "off_topic": 3, "accuracy": 1 / 2, "off_topic_recall": 2 / 3}
    assert understanding.score(test[:1], ["ask_a"])["off_topic_recall"] is None


def test_a_percentile_is_of_the_times():
    assert understanding.percentile([3, 1, 2], 0.5) == 2
    assert understanding.percentile(range(100), 0.95) == 95


def test_a_measured_process_keeps_nothing_warm_and_nothing_outside_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    made = processes.environment(tmp_path / "job")
    for name in ("RASA_CACHE_DIRECTORY", "TMPDIR", "CANDOR_TRAINING_EMBEDDINGS"):
        assert made[name].startswith(str(tmp_path))
    assert made["RASA_TELEMETRY_ENABLED"] == "false"
    assert "TF_ENABLE_ONEDNN_OPTS" not in made


def test_the_training_cache_goes_where_the_environment_says(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", "import bot.paths as f; print(f.TRAINING_EMBEDDINGS)"], cwd=ROOT, check=True,
        env={**os.environ, "CANDOR_TRAINING_EMBEDDINGS": str(tmp_path / "cold.npz")}, capture_output=True, text=True).stdout
    assert told.strip() == str(tmp_path / "cold.npz")


def test_a_process_that_takes_too_long_or_fails_is_ended_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "running", _sleeping)
    (tmp_path / "a").mkdir()
    with pytest.raises(processes.MeasurementError, match="more than 0 s"):
        processes.work({"do": "train"}, tmp_path / "a", 0.05)


def _sleeping(command, where, variables, log):
    return _running(["/bin/sleep", "60"], where, variables, log)


_running = processes.running


def test_what_a_process_leaves_behind_is_ended_too(tmp_path):
    script = "import subprocess, time; subprocess.Popen(['/bin/sleep', '60']); print('ready', flush=True); time.sleep(60)"
    with _running([sys.executable, "-c", script], tmp_path, os.environ, tmp_path / "log") as process:
        while not processes.children(process.pid):
            time.sleep(0.01)
        left = processes.children(process.pid)
    assert process.poll() is not None
    end = time.monotonic() + 5
    while any(processes._stat(str(pid))[:1] not in ([], ["Z"]) for pid in left):
        assert time.monotonic() < end


class _Door(http.server.BaseHTTPRequestHandler):
    """Answers like the JSON door and like the REST channel; a message "fault" gets status 500, "silence" an empty reply."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = body.get("message")
        text = "" if message == "silence" else "Hello."
        answer = {"/chat/new": {"conversation": "token"}, "/chat": {"outcome": "unavailable" if message == "down" else "answer", "text": text},
                  "/chat/forget": {"erased": True}, "/webhooks/rest/webhook": [{"text": text}] if text else []}[self.path]
        data = json.dumps(answer).encode()
        self.send_response(500 if message == "fault" else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def door():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("visitor", "failures"), [(http_path.OurVisitor, 2), (http_path.StockVisitor, 1)])
def test_clients_send_every_message_once_and_count_faults_and_silence(door, visitor, failures):
    messages = ["a", "fault", "silence", "b", "down", "c", "d", "e", "f"]
    found = http_path.send_all([visitor(door) for _ in range(4)], messages, time.monotonic() + 30)
    assert (found["failures"], found["silent"]) == (failures, 1)
    assert found["per_second"] > 0
    assert found["p95_ms"] >= found["p50_ms"] > 0


def test_the_middle_round_counts_and_every_failure_does():
    rounds = [{"p50_ms": p50, "failures": 1, "silent": 0} for p50 in (3.0, 90.0, 4.0)]
    assert http_path.middle(rounds) == {"p50_ms": 4.0, "failures": 3, "silent": 0}


def test_nothing_is_sent_after_the_time_is_up(door):
    with pytest.raises(processes.MeasurementError, match="Not one message"):
        http_path.send_all([http_path.OurVisitor(door)], ["a"], time.monotonic() - 1)


def test_a_server_that_does_not_start_is_a_row_that_says_so(tmp_path, monkeypatch):
    broken = http_path.Bot(OURS, (sys.executable, "-c", "print('no such model')"), tmp_path, os.environ, "/health", http_path.OurVisitor)
    monkeypatch.setattr(http_path, "our_bot", lambda: broken)
    monkeypatch.setattr(http_path, "stock_bot", lambda *rest: (broken, 1.0))
    rows = http_path.measure(["a"], compared_pipelines()[1], DataSet("own", "own", (), ()), True, tmp_path, lambda line: None)
    assert [row["failed"] for row in rows] == ["The server did not start: no such model"] * 2


def nlu(pipeline, accuracy, p50, rss, **more):
    return {"pipeline": pipeline, "data_set": "own", "examples": 40, "tested": 12, "train_seconds": 8.0, "model_mb": 1.5, "beside_mb": 30.0,
            "load_seconds": 0.5, "accuracy": accuracy, "off_topic_recall": None, "p50_ms": p50, "p95_ms": 2 * p50, "rss_mb": rss, **more}


def server(bot, p50, per_second, rss):
    figures = {"p50_ms": p50, "p95_ms": 2 * p50, "per_second": per_second, "failures": 0, "silent": 1}
    return {"bot": bot, "messages": 50, "start_seconds": 5.0, "rss_mb": rss, "helpers_mb": 10.0, "clients": 8, "rounds": 3,
            "one": figures, "many": figures}


def given(understanding_rows, http_rows=None, quick=False):
    figures = {
        "conditions": {"cores": 2, "system": "Linux", "python": "3.10", "rasa": "3.6", "load": 0.1, "quick": quick, "shots": 20, "public_shots": 10,
                       "limit": 9, "finished": True},
        "pipelines": {"ours": "ours", "ours_all": "ours, all", "stock": "stock", "logistic": "logistic"}, "bots": {"ours": "ours", "stock": "stock"},
        "data_sets": [{"name": "own", "title": "own", "examples": 40, "intents": 4, "in_scope": 10, "off_topic": 2}],
        "understanding": understanding_rows,
    }
    return {**figures, "http": http_rows} if http_rows else figures


def verdicts(figures):
    return {c.what: (c.measured, c.met) for c in report.comparisons(figures)}


def test_targets_that_are_met_and_missed_are_told_apart():
    found = verdicts(given([nlu(OURS, 0.9, 4.0, 300.0), nlu(STOCK, 0.6, 20.0, 900.0)],
                           [server(OURS, 8.0, 60.0, 500.0), server(STOCK, 80.0, 12.0, 900.0)]))
    assert found["own: accuracy, ours less stock"] == ("+30.0 points", True)
    assert found["HTTP: messages per second with 8 clients, ours against stock"] == ("5.0 times", True)
    assert found["HTTP: a message, one client, ours (p50)"] == ("8.0 ms", True)
    assert False not in [met for _, met in found.values()]
    found = verdicts(given([nlu(OURS, 0.7, 40.0, 990.0), nlu(STOCK, 0.6, 20.0, 900.0)],
                           [server(OURS, 13.0, 20.0, 990.0), server(STOCK, 12.0, 12.0, 900.0)]))
    assert True not in [met for _, met in found.values()]


def test_the_report_marks_missed_targets_and_what_was_not_measured():
    text = report.markdown(given([nlu(OURS, 0.7, 4.0, 300.0), nlu(STOCK, 0.6, 20.0, 900.0)]))
    assert "| own: accuracy, ours less stock | +10.0 points | >= +20 points | **missed** |" in text
    assert "| own: memory, stock against ours | 3.0 times | > 1 times | met |" in text
    assert "QUICK" not in text
    assert "HTTP" not in text.split("## Against")[1]
    failed = {"pipeline": STOCK, "data_set": "own", "examples": 40, "tested": 12, "failed": "It took more than 9 s."}
    text = report.markdown(given([nlu(OURS, 0.7, 4.0, None), failed]))
    assert "| own: accuracy, ours less stock | not measured | >= +20 points |  |" in text
    assert "It took more than 9 s." in text


def test_the_report_of_a_broken_http_part_says_why():
    text = report.markdown(given([], [{"bot": OURS, "messages": 50, "failed": "Skipped: not trained."}, server(STOCK, 80.0, 12.0, 900.0)]))
    assert "ours: Skipped: not trained." in text
    assert "| one client: p50 / p95 a message | - | 80.0 / 160.0 ms |" in text


def test_a_quick_report_says_loudly_that_it_means_nothing():
    text = report.markdown(given([nlu(OURS, 0.9, 4.0, 300.0), nlu(STOCK, 0.0, 20.0, 900.0)], quick=True))
    assert "**QUICK TRIAL" in text
    assert "| met |" not in text


def test_the_plot_is_a_picture(tmp_path):
    failed = {"pipeline": STOCK, "data_set": "own", "examples": 40, "tested": 12, "failed": "No."}
    plot.draw(given([nlu(OURS, 0.7, 4.0, 300.0), nlu("ours_all", 0.8, 4.0, 300.0), failed]), tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_gives_figures_after_every_measurement_and_leaves_no_folder(public, tmp_path, monkeypatch):
    scratches, kept = set(), []

    def work(job, scratch, limit):
        scratches.add(scratch)
        if job["do"] == "parse":
            return {"load_seconds": 1.0, "intents": ["ask_alarm_set"] * len(job["texts"]), "ms": [1.0] * len(job["texts"]), "rss_mb": 5.0}
        assert read_yaml(Path(job["config"])).data["pipeline"]
        return {"model": "model", "train_seconds": 1.0, "model_bytes": 1024 * 1024}

    monkeypatch.setattr(understanding, "work", work)
    figures = bench(Options(tmp_path / "none", public, only=("hwu64",)), lambda line: None, lambda now: kept.append(len(now["understanding"])))
    assert kept == [1, 2, 3, 3]
    assert [row["accuracy"] for row in figures["understanding"]] == [0.5, 0.5, 0.5]
    assert not any(scratch.exists() for scratch in scratches)
    json.dumps(figures)
    assert "wake me" not in json.dumps(figures)


def test_the_shipped_model_is_left_out_when_it_is_not_up_to_date(monkeypatch, tmp_path):
    monkeypatch.setattr("bot.build.is_trained", lambda: False)
    row = understanding.measure_shipped(compared_pipelines()[0], DataSet("own", "own", (), ()), tmp_path, lambda line: None)
    assert row["failed"].startswith("Skipped")
    with pytest.raises(processes.MeasurementError, match="Skipped"):
        http_path.our_bot()


def test_every_option_reaches_the_run(monkeypatch, tmp_path, capsys):
    seen = SimpleNamespace()

    def fake(options, say, keep):
        seen.options = options
        figures = given([nlu(OURS, 0.7, 4.0, 300.0)])
        keep(figures)
        return figures

    monkeypatch.setattr("bot.bench.bench", fake)
    monkeypatch.setattr("sys.argv", ["candor", "bench", "posts.jsonl", "--data", "d", "--shots", "5", "--limit", "9", "--only", "own",
                                     "--only", "http", "--quick", "--out",
                                     str(tmp_path / "docs" / "bench.md"), "--raw", str(tmp_path / "raw" / "r.json")])
    assert cli.main() == 0
    assert (str(seen.options.posts), str(seen.options.data)) == ("posts.jsonl", "d")
    assert (seen.options.shots, seen.options.limit, seen.options.only, seen.options.quick) == (5, 9, ("own", "http"), True)
    assert "![" in (tmp_path / "docs" / "bench.md").read_text()
    assert (tmp_path / "docs" / "bench.png").is_file()
    assert json.loads((tmp_path / "raw" / "r.json").read_text())["understanding"]
    assert "| own | ours | 40 |" in capsys.readouterr().out


def test_a_run_that_was_stopped_says_so():
    figures = given([nlu(OURS, 0.7, 4.0, 300.0)])
    assert "stopped before its end" not in report.markdown(figures)
    figures["conditions"]["finished"] = False
    assert "stopped before its end" in report.markdown(figures)
