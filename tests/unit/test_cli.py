from __future__ import annotations

import io
import json
import shutil

import pytest

from bot import build, cli
from bot.errors import CandorError


def run(monkeypatch, *arguments, stdin=""):
    monkeypatch.setattr("sys.argv", ["candor", *arguments])
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    return cli.main()


@pytest.mark.parametrize(("arguments", "stdin", "message"), [
    (["ask"], "", "There is no question."),
    (["ask", "  "], "", "There is no question."),
    (["ask", "x" * 4001], "", "has 4001 characters"),
    (["ask", "--jsonl", "hello"], "", "come from standard input"),
    (["sheet", "--answer", "climax=nowhere"], "", "There is no answer 'climax=nowhere'."),
    (["sheet", "--answer", "alarm=no_urine"], "", "cannot wait for an appointment"),
    (["lint", "--content", "/nowhere"], "", "taxonomy.yml: the file is missing"),
])
def test_an_error_a_person_can_cause_is_one_sentence_and_status_2(monkeypatch, capsys, arguments, stdin, message):
    assert run(monkeypatch, *arguments, stdin=stdin) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert "Traceback" not in error


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"message": "a"}', '{"id": 1, "message": 5}'])
def test_a_bad_batch_line_is_named_before_anything_is_loaded(monkeypatch, line):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 1, "message": "a"}\n' + line + "\n"))
    with pytest.raises(CandorError, match="Line 2"):
        cli._read_lines()


def test_lint_reports_counts_and_findings(monkeypatch, capsys, content):
    assert run(monkeypatch, "lint", "--content", str(content)) == 0
    assert "1 cards, 4 statements, 6 claims" in capsys.readouterr().out
    card = content / "topics" / "smoking.yml"
    card.write_text(card.read_text().replace("cites: [S0-49]", "cites: [S0-99]"))
    assert run(monkeypatch, "lint", "--content", str(content)) == 1
    assert "smoking.yml:11: unknown-claim: there is no claim 'S0-99'" in capsys.readouterr().out


def test_the_sheet_is_printed_or_written(monkeypatch, capsys, tmp_path):
    assert run(monkeypatch, "sheet", "--answer", "climax=dry", "--medicine", "Flomax") == 0
    out = capsys.readouterr().out
    assert "At climax nothing comes out" in out
    assert "- Tamsulosin" in out
    assert run(monkeypatch, "sheet", "--list") == 0
    assert "climax=dry" in capsys.readouterr().out
    assert run(monkeypatch, "sheet", "--html", str(tmp_path / "sheet.html")) == 0
    assert (tmp_path / "sheet.html").read_text().startswith("<!doctype html>")


def test_no_model_is_one_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("bot.session.MODEL", tmp_path / "none.tar.gz")
    assert run(monkeypatch, "ask", "hello") == 2
    assert "There is no trained model. Run `candor train`." in capsys.readouterr().err


@pytest.fixture
def copied_inputs(tmp_path, monkeypatch):
    """The files training depends on, in a folder of their own, so that a test may change them."""
    for name in ("config.yml", "domain.yml"):
        shutil.copy(build.ROOT / name, tmp_path / name)
    for folder in ("data", "content", "bot/nlu", "bot/language"):
        shutil.copytree(build.ROOT / folder, tmp_path / folder)
    for name, folder in (("ENCODER", "encoder"), ("SPACY_PIPELINE", "spacy")):
        (tmp_path / "build" / folder).mkdir(parents=True)
        for file in ("manifest.json", "candor.json"):
            (tmp_path / "build" / folder / file).write_text("{}")
        monkeypatch.setattr(build, name, tmp_path / "build" / folder)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "NLU_DATA", tmp_path / "data")
    monkeypatch.setattr(build, "CONTENT", tmp_path / "content")
    return tmp_path


@pytest.mark.parametrize("file", [
    "data/nlu/causes/smoking.yml", "domain.yml", "config.yml", "build/encoder/manifest.json", "build/spacy/candor.json",
])
def test_a_changed_example_setting_or_lexicon_asks_for_training(copied_inputs, file):
    model, stamp = copied_inputs / "model.tar.gz", copied_inputs / "model.json"
    model.write_bytes(b"model")
    build_model, build_stamp = build.MODEL, build.STAMP
    try:
        build.MODEL, build.STAMP = model, stamp
        assert not build.is_trained()
        stamp.write_text(json.dumps({"inputs": build.inputs_hash(), "model": build.encoder_build.sha256_of(model)}))
        assert build.is_trained()
        with (copied_inputs / file).open("a") as handle:
            handle.write("\n")
        assert not build.is_trained()
    finally:
        build.MODEL, build.STAMP = build_model, build_stamp


def test_a_damaged_model_asks_for_training(copied_inputs, monkeypatch):
    model, stamp = copied_inputs / "model.tar.gz", copied_inputs / "model.json"
    model.write_bytes(b"model")
    stamp.write_text(json.dumps({"inputs": build.inputs_hash(), "model": build.encoder_build.sha256_of(model)}))
    monkeypatch.setattr(build, "MODEL", model)
    monkeypatch.setattr(build, "STAMP", stamp)
    model.write_bytes(b"cut")
    assert not build.is_trained()
