"""Rasa's response generator: composes answers from cards in this process, and wraps every other response in the contract.

Named in ``endpoints.yml`` as ``nlg: type``. It reads the thread from the tracker's slots and topics and details from the latest
message, never words.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any, Optional

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.clinic import load_clinic
from bot.conversation import check_replies, handover, replies, sheet
from bot.conversation.state import State, from_slots
from bot.conversation.turn import BACK_TO_IT
from bot.knowledge import compose
from bot.knowledge.compose import Circumstances
from bot.knowledge.loader import Knowledge, load_once
from bot.knowledge.reply import Block, Choice, Outcome, Reply
from bot.knowledge.withdrawal import in_force
from bot.paths import CLINIC, CONTENT


class AnswerGenerator(TemplatedNaturalLanguageGenerator):
    """Composes the responses about topics and about the thread from the content; every other response comes from ``domain.yml``.

    A domain response may carry ``metadata: {outcome: ..., care: ..., choices: [...]}``.
    """

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        """Rasa calls this with the endpoint's configuration and the domain."""
        super().__init__((domain or Domain.empty()).responses)
        self._knowledge: Knowledge = load_once(CONTENT)
        self._clinic = load_clinic(CLINIC)

    def now(self) -> datetime:
        """The moment that the clinic's hours are compared with."""
        return datetime.now(timezone.utc)

    async def generate(self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any) -> Optional[dict[str, Any]]:
        """See the parent class. Returns ``{"text", "custom": {"reply": <contract object>}}``."""
        state = from_slots(tracker.current_slot_values())
        reply = self._thread(utter_action, state) or self._about_topics(utter_action, tracker, state)
        if reply is None:
            response = await super().generate(utter_action, tracker, output_channel, **kwargs)
            if response is None:
                return None
            reply = self._from_domain(response)
        reply = in_force(self._knowledge, self._finished(utter_action, reply, state), self._clinic, date.today())
        return {"text": reply.text, "custom": {"reply": reply.to_dict()}}

    def _case(self, state: State, tracker: Optional[DialogueStateTracker] = None) -> Circumstances:
        def latest(entity: str) -> tuple[Any, ...]:
            return tuple(dict.fromkeys(tracker.get_latest_entity_values(entity))) if tracker is not None else ()

        return Circumstances(
            asker=state.asker, cause=state.cause, medicines=latest("named_medicine"), report_lines=latest("report_line"),
            named=latest("circumstance"), country=self._clinic.country, opened="opened" in state.kept,
            said=frozenset(mark.removeprefix("step:") for mark in state.kept if mark.startswith("step:")),
        )

    def _thread(self, utter_action: str, state: State) -> Optional[Reply]:
        """What the thread says by itself."""
        known, case = self._knowledge, self._case(state)
        if utter_action == "utter_guided_check":
            return check_replies.reply(known, state, self._clinic.country)
        if utter_action == "utter_follow_up":
            return replies.follow_up_reply(known, state, case)
        if utter_action == "utter_appointment_sheet":
            return sheet.reply(known, state)
        if utter_action == "utter_human_handoff":
            return handover.reply(known, state, self._clinic, self.now())
        if utter_action == "utter_set_asker":
            return replies.set_asker(known, state)
        if utter_action == "utter_medicine_lookup":
            return replies.medicine_reply(known, state)
        if utter_action == "utter_semen_report":
            return replies.report_reply(known, state, case)
        return None

    def _about_topics(self, utter_action: str, tracker: DialogueStateTracker, state: State) -> Optional[Reply]:
        """Answers from cards, and what is said where there is none."""
        known, case = self._knowledge, self._case(state, tracker)
        named, candidates = self._named(tracker, "topic"), self._named(tracker, "candidate")
        if utter_action == "utter_other_language":
            return compose.other_language(known, self._clinic.country, self._clinic.contact())
        if utter_action == "utter_not_covered":
            return compose.not_covered(known)
        if utter_action == "utter_clarify":
            return compose.clarify(known, candidates) if candidates else None
        if utter_action == "utter_answer":
            return compose.answer(known, named, self._with_feeling(case, state), also=candidates) if named else compose.not_covered(known)
        topics = named or [topic for topic in state.topics if topic in known.cards]
        if not topics:
            return None
        if utter_action == "utter_more":
            return compose.more(known, topics[0], case)
        if utter_action == "utter_simpler":
            return compose.simpler(known, topics[0], case)
        if utter_action == "utter_whole_topic":
            return replies.whole_topic(known, topics[0], case)
        if utter_action == "utter_repeat":
            return compose.answer(known, topics, case)
        if utter_action == "utter_sources":
            return compose.sources(known, topics, case)
        return None

    @staticmethod
    def _with_feeling(case: Circumstances, state: State) -> Circumstances:
        """An acknowledgement stands instead of the card's opening, not beside it."""
        return replace(case, opened=True) if state.note else case

    def _named(self, tracker: DialogueStateTracker, entity: str) -> list[str]:
        """Topic ids with a card that the latest message carries under an entity, in order."""
        values = tracker.get_latest_entity_values(entity)
        return [value for value in dict.fromkeys(values) if value in self._knowledge.cards]

    def _finished(self, utter_action: str, reply: Reply, state: State) -> Reply:
        """A reply with what the turn noticed, the controls that fit, and the check's question where one waits."""
        known = self._knowledge
        if utter_action in ("utter_guided_check", "utter_appointment_sheet", "utter_medicine_lookup"):
            return reply
        reply = replies.with_note(known, state, reply, known.region(self._clinic.country).crisis.text)
        question = check_replies.question_of(known, state) if state.note == BACK_TO_IT else None
        if question is not None:
            blocks = (*reply.blocks, Block(check_replies.GUIDED_CHECK, "", question.text)) if reply.blocks else ()
            return replace(reply, text=f"{reply.text}\n\n{question.text}", blocks=blocks, choices=question.choices)
        intent = {"utter_more": "more_detail", "utter_simpler": "simpler"}.get(utter_action)
        decorated = reply.outcome == "answer" and utter_action != "utter_semen_report"
        return replies.with_choices(known, state, reply, intent) if decorated else reply

    def _from_domain(self, response: dict[str, Any]) -> Reply:
        extra = response.get("metadata") or {}
        outcome: Outcome = extra.get("outcome", "smalltalk")
        choices = [Choice(f"ask:{t}", self._knowledge.cards[t].question) for t in extra.get("topics", []) if t in self._knowledge.cards]
        choices += [Choice(choice["id"], choice["label"]) for choice in extra.get("choices", [])]
        return Reply(outcome, response.get("text") or "", care=extra.get("care", "info"), choices=tuple(choices))
