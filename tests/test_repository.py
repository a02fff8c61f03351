"""What must hold for the files of the project as a whole."""

from __future__ import annotations

import re
import subprocess

import pytest

from bot.knowledge.loader import load
from bot.paths import CONTENT, ROOT
from bot.yaml_file import read_yaml

CONVERSATION = {
    "greet", "goodbye", "thank", "affirm", "deny", "help", "bot_challenge", "privacy", "forget_me", "human_handoff", "more_detail",
    "simpler", "sources", "repeat", "feedback_helpful", "feedback_unhelpful", "chitchat",
}
PARTNER = re.compile(
    r"\b(?:my|our) (?:husband|hubby|partner|boyfriend|bf|man|fianc\w+|spouse|other half|guy|son|brother|dad|father|uncle|cousin|nephew|mate|friend)"
    r"|\b(?:hubby|dh|his|he)\b", re.I)
NLU = ROOT / "data" / "nlu"
OFF_TOPIC = [read_yaml(path).data["nlu"][0] for path in sorted((NLU / "off_topic").glob("*.yml"))]
EXAMPLES = {path.stem: read_yaml(path).data["nlu"][0] for path in sorted(NLU.rglob("*.yml")) if path.parent.name != "off_topic"}
BLOCKS = [*EXAMPLES.items(), *((f"off topic {number}", block) for number, block in enumerate(OFF_TOPIC))]


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_registry():
    pattern = re.compile(rb"(?<![\w.])/(?:root|work|home)/\w|index-url|resolved\": \"http|pythonhosted|pypi\.org/simple")
    found = [str(path) for path in tracked_files() if path.name != "test_repository.py" and pattern.search(path.read_bytes())]
    assert found == []


def test_every_card_is_wired_into_domain_rule_and_examples():
    cards = set(load(CONTENT).cards)
    domain = read_yaml(ROOT / "domain.yml").data
    rule = read_yaml(ROOT / "data" / "rules" / "answers.yml").data["rules"][0]
    wired = {f"ask_{card}" for card in cards}
    assert {intent for intent in domain["intents"] if intent.startswith("ask_")} == wired
    assert {step["intent"] for step in rule["steps"][0]["or"]} == wired
    assert cards | CONVERSATION == set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_topic_has_enough_examples_of_its_own(name):
    block = EXAMPLES[name]
    texts = [example["text"] for example in block["examples"]]
    assert block["intent"] == (name if name in CONVERSATION else f"ask_{name}")
    if name not in CONVERSATION:
        assert len(texts) >= 40
        assert sum(len(text.split()) >= 50 for text in texts) >= 10
        assert sum(bool(PARTNER.search(text)) for text in texts) >= 8
        for example in block["examples"]:
            topics = example.get("metadata", {}).get("topics", [name])
            assert topics[0] == name
            assert len(topics) == len(set(topics))


def test_there_are_enough_negatives():
    assert {block["intent"] for block in OFF_TOPIC} == {"out_of_scope"}
    assert sum(len(block["examples"]) for block in OFF_TOPIC) >= 250


def _key(text):
    """The words of a text, or its signs when it has none."""
    return " ".join(re.findall(r"\w+", text.lower())) or text


def test_no_example_stands_twice():
    seen = {}
    for name, block in BLOCKS:
        for example in block["examples"]:
            key = _key(example["text"])
            assert key not in seen, f"{name} and {seen[key]}: {example['text'][:60]}"
            seen[key] = name


def test_no_example_stands_in_a_test():
    from json import loads

    texts = {_key(e["text"]) for _, block in BLOCKS for e in block["examples"]}
    for path in (ROOT / "tests").rglob("*.jsonl"):
        for line in path.read_text().splitlines():
            assert _key(loads(line)["message"]) not in texts


def test_the_example_files_hold_no_rasa_markup():
    for _, block in BLOCKS:
        for example in block["examples"]:
            assert not re.search(r"[\[\]{}]|^\s*/", example["text"]), example["text"]
