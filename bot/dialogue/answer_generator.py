"""Rasa's response generator: composes answers from cards in this process, and wraps every other response in the contract.

Named in ``endpoints.yml`` as ``nlg: type``. It reads topics and details from the tracker, never words.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Optional

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.clinic import load_clinic
from bot.knowledge import compose
from bot.knowledge.compose import Circumstances
from bot.knowledge.loader import Knowledge, load_once
from bot.knowledge.reply import Choice, Outcome, Reply
from bot.knowledge.withdrawal import in_force
from bot.paths import CLINIC, CONTENT


class AnswerGenerator(TemplatedNaturalLanguageGenerator):
    """Answers ``utter_answer``, ``utter_more``, ``utter_simpler``, ``utter_sources``, ``utter_clarify`` and
    ``utter_not_covered`` from the content; every other response comes from ``domain.yml``.

    A domain response may carry ``metadata: {outcome: ..., care: ..., choices: [...]}``.
    """

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        """Rasa calls this with the endpoint's configuration and the domain."""
        super().__init__((domain or Domain.empty()).responses)
        self._knowledge: Knowledge = load_once(CONTENT)
        self._clinic = load_clinic(CLINIC)

    async def generate(self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any) -> Optional[dict[str, Any]]:
        """See the parent class. Returns ``{"text", "custom": {"reply": <contract object>}}``."""
        reply = self._compose(utter_action, tracker)
        if reply is None:
            response = await super().generate(utter_action, tracker, output_channel, **kwargs)
            if response is None:
                return None
            reply = self._from_domain(response)
        reply = in_force(self._knowledge, reply, self._clinic, date.today())
        return {"text": reply.text, "custom": {"reply": reply.to_dict()}}

    def _named(self, tracker: DialogueStateTracker, entity: str) -> list[str]:
        """Topic ids with a card that the latest message carries under an entity, in order."""
        values = tracker.get_latest_entity_values(entity)
        return [value for value in dict.fromkeys(values) if value in self._knowledge.cards]

    def _compose(self, utter_action: str, tracker: DialogueStateTracker) -> Optional[Reply]:
        known = self._knowledge
        case = Circumstances(
            asker=tracker.get_slot("asker") or "self",
            cause=tracker.get_slot("cause"),
            medicines=tuple(dict.fromkeys(tracker.get_latest_entity_values("named_medicine"))),
            report_lines=tuple(dict.fromkeys(tracker.get_latest_entity_values("report_line"))),
            named=tuple(dict.fromkeys(tracker.get_latest_entity_values("circumstance"))),
            country=self._clinic.country,
        )
        named = self._named(tracker, "topic")
        candidates = self._named(tracker, "candidate")
        if utter_action == "utter_other_language":
            return compose.other_language(known, self._clinic.country, self._clinic.contact())
        if utter_action == "utter_not_covered":
            return compose.not_covered(known)
        if utter_action == "utter_clarify":
            return compose.clarify(known, candidates) if candidates else None
        if utter_action == "utter_answer":
            return compose.answer(known, named, case, also=candidates) if named else compose.not_covered(known)
        topics = named or [topic for topic in tracker.get_slot("topics") or [] if topic in known.cards]
        if not topics:
            return None
        if utter_action == "utter_more":
            return compose.more(known, topics[0], case)
        if utter_action == "utter_simpler":
            return compose.simpler(known, topics[0], case)
        if utter_action == "utter_repeat":
            return compose.answer(known, topics, case)
        if utter_action == "utter_sources":
            return compose.sources(known, topics, case)
        return None

    def _from_domain(self, response: dict[str, Any]) -> Reply:
        extra = response.get("metadata") or {}
        outcome: Outcome = extra.get("outcome", "smalltalk")
        choices = [Choice(f"ask:{t}", self._knowledge.cards[t].question) for t in extra.get("topics", []) if t in self._knowledge.cards]
        choices += [Choice(choice["id"], choice["label"]) for choice in extra.get("choices", [])]
        return Reply(outcome, response.get("text") or "", care=extra.get("care", "info"), choices=tuple(choices))
