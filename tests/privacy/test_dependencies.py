"""The page on dependencies holds to the lock, to Rasa's metadata, and to how our code uses them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from bot.paths import ROOT
from bot.yaml_file import read_yaml

PAGE = (ROOT / "docs" / "dependencies.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith("| package ")]
CODE = "\n".join(path.read_text() for folder in ("bot", "actions", "scripts") for path in (ROOT / folder).rglob("*.py"))


def _name(text):
    return re.sub(r"[-_.]+", "-", text).lower()


LOCK = {_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / "requirements.txt").read_text(), re.M)}


def rasas_limits():
    for text in importlib.metadata.requires("rasa"):
        requirement = Requirement(text)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": "spacy"})
        if applies and any(part.operator in ("<", "<=", "==", "~=") for part in requirement.specifier):
            yield _name(requirement.name), str(requirement.specifier)


def test_every_version_is_the_locked_one():
    assert {row[0]: row[1] for row in ROWS} == {row[0]: LOCK[row[0]] for row in ROWS}


def test_every_package_that_rasa_holds_back_is_listed_with_its_limit():
    limits = dict(rasas_limits())
    assert set(limits) <= {row[0] for row in ROWS}
    without_advisory = [row for row in ROWS if len(row) == 3]
    assert {row[0]: row[2].strip("`") for row in without_advisory} == {row[0]: limits[row[0]] for row in without_advisory}
    assert {row[0] for row in ROWS if len(row) == 6 and row[2] == "Rasa"} <= set(limits)


def test_every_advisory_stands_once_with_how_it_is_known_and_why_it_does_not_matter():
    audit = _audit()
    advisories = [row for row in ROWS if len(row) == 6]
    ids = [one for row in advisories for one in audit.JUDGED.findall(row[3])]
    assert sorted(ids) == audit.judged(PAGE)
    assert all(audit.JUDGED.search(row[3]) and row[4] in ("record", "gist") and len(row[5]) > 20 for row in advisories)


@pytest.mark.parametrize("name", [
    "TfidfVectorizer", "CountVectorizer", "EmailStr", "json_format", "load_model", "skops", "import pickle", "import joblib", "allow_pickle=True",
    "onnx.load", "import tensorflow", "import keras", "PackageIndex", "MongoClient", "import socketio", "aiohttp.web", "from aiohttp", ".static(",
])
def test_our_code_never_uses(name):
    assert name not in CODE


def test_our_configuration_uses_no_component_channel_or_store_that_would():
    config = read_yaml(ROOT / "config.yml").data
    stock = {part["name"] for part in config["pipeline"] if not part["name"].startswith("bot.")}
    assert stock <= {"SpacyNLP", "SpacyTokenizer", "SpacyEntityExtractor"}
    assert {part["name"] for part in config["policies"]} <= {"MemoizationPolicy", "RulePolicy"}
    assert all(channel.startswith("bot.channels.") for channel in read_yaml(ROOT / "credentials.yml").data)
    endpoints = read_yaml(ROOT / "endpoints.yml").data
    assert endpoints["action_endpoint"]["url"].startswith("http://127.0.0.1:")
    assert endpoints.get("tracker_store", {"type": "bot."})["type"].startswith("bot.")
    assert not {"models", "event_broker"} & set(endpoints)


def test_the_http_api_is_never_enabled_and_telemetry_is_off():
    assert "enable_api=False" in CODE
    assert "enable_api=True" not in CODE
    assert "--enable-api" not in CODE
    code = "import os; os.environ.pop('RASA_TELEMETRY_ENABLED', None); from bot.rasa_quiet import settle_environment as s; s(); " \
           "from rasa.telemetry import is_telemetry_enabled as t; raise SystemExit(int(t()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=120, capture_output=True).returncode == 0


def test_the_compiled_parsers_are_in_use():
    import aiohttp.http_parser
    from google.protobuf.internal import api_implementation

    assert api_implementation.Type() == "upb"
    assert aiohttp.http_parser.HttpResponseParser is not aiohttp.http_parser.HttpResponseParserPy
    assert not {"AIOHTTP_NO_EXTENSIONS", "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"} & set(os.environ)


def _audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _package(name, **more):
    return {"name": name, "version": "1.0", **more}


@pytest.mark.parametrize(("packages", "status", "said"), [
    ([_package("a", vulns=[]), _package("b", vulns=[])], 0, "2 packages: nothing beyond the 3 advisories"),
    ([_package("a", vulns=[{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-12345"], "fix_versions": ["1.1"]}])], 1,
     "a 1.0: PYSEC-2026-1, CVE-2026-12345; fixed in 1.1"),
    ([_package("a", vulns=[]), {"name": "b", "skip_reason": "not found"}], 2, "no answer about 1 of 2 packages: b"),
    ([], 2, "Not checked"),
])
def test_the_audit_tells_news_from_silence(packages, status, said):
    result, text = _audit().verdict(json.dumps({"dependencies": packages}), 3)
    assert result == status
    assert said in text


@pytest.mark.parametrize("answer", ["", "{", "[]", "{}"])
def test_no_answer_is_not_a_clean_bill(answer):
    status, text = _audit().verdict(answer, 3)
    assert status == 2
    assert "Nothing was checked" in text
