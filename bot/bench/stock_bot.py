"""Writes a temporary Rasa project that answers the project's intents in the stock way: one fixed response and one rule an intent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.bench.data_sets import ASK, DataSet, write_training, write_yaml
from bot.bench.pipelines import STOCK_POLICIES, Component, configuration
from bot.knowledge.model import Card

_UNSURE = "nlu_fallback"
#: Intents whose response has another name in our domain.
_NAMED = {"out_of_scope": "utter_not_covered", _UNSURE: "utter_clarify", "more_detail": "utter_more", "simpler": "utter_simpler",
          "human_handoff": "utter_help"}


def response_text(intent: str, cards: dict[str, Card], responses: dict[str, Any]) -> str:
    """The card's short answer, or what our domain says to this intent."""
    if intent.startswith(ASK):
        return " ".join(statement.text for statement in cards[intent.removeprefix(ASK)].short)
    named = responses.get(_NAMED.get(intent, f"utter_{intent}")) or responses["utter_default"]
    return " ".join(str(named[0]["text"]).split())


def stories(intents: Sequence[str]) -> list[dict[str, Any]]:
    """A few short conversations, for the policies that learn from stories."""
    asked = [intent for intent in intents if intent.startswith(ASK)]
    talk = [intent for intent in intents if not intent.startswith(ASK)]
    walks = [[*talk[:1], first, second, *talk[-1:]] for first, second in zip(asked[::5], asked[1::5], strict=False)][:12]
    return [{"story": f"story {number}", "steps": [step for intent in walk for step in ({"intent": intent}, {"action": f"utter_{intent}"})]}
            for number, walk in enumerate(walks, 1)]


def write_project(folder: Path, data: DataSet, pipeline: Sequence[Component], quick: bool) -> dict[str, str]:
    """Writes domain, configuration, training data, credentials and endpoints.

    Returns:
        The paths that training needs: ``domain``, ``config``, ``nlu`` (the folder of training data).
    """
    from bot.knowledge.loader import load_once
    from bot.paths import CONTENT, ROOT
    from bot.yaml_file import read_yaml

    cards, responses = load_once(CONTENT).cards, read_yaml(ROOT / "domain.yml").data["responses"]
    intents = list(dict.fromkeys([*(example.intent for example in data.train), _UNSURE]))
    training = folder / "data"
    training.mkdir(parents=True)
    write_training(data.train, training / "nlu.yml")
    rules = [{"rule": f"answer {intent}", "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]} for intent in intents]
    files: dict[Path, Any] = {
        folder / "domain.yml": {
            "version": "3.1", "intents": intents,
            "responses": {f"utter_{intent}": [{"text": response_text(intent, cards, responses)}] for intent in intents},
            "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
        },
        folder / "config.yml": configuration(pipeline, quick, STOCK_POLICIES),
        training / "rules.yml": {"version": "3.1", "rules": rules},
        training / "stories.yml": {"version": "3.1", "stories": stories(intents)},
        folder / "credentials.yml": {"rest": {}},
        folder / "endpoints.yml": {},
    }
    for path, content in files.items():
        write_yaml(content, path)
    return {"domain": str(folder / "domain.yml"), "config": str(folder / "config.yml"), "nlu": str(training)}
