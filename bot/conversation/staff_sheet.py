"""The sheet at a staff terminal: reads what was typed into the state that a conversation would have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import check
from bot.conversation.state import State
from bot.errors import CandorError
from bot.knowledge.loader import Knowledge

_HINT = "See `candor sheet --list`."


def listing(knowledge: Knowledge) -> str:
    """Every question of the guided check with the ids of its answers."""
    lines = []
    for question in knowledge.guided_check.questions:
        lines.append(f"{question.id}: {question.text}")
        lines += [f"  {question.id}={option.id}  {option.label}" for option in question.options]
    return "\n".join(lines)


def state_of(knowledge: Knowledge, answers: Sequence[str], medicines: Sequence[str], topics: Sequence[str], partner: bool) -> State:
    """The state that answers, medicine names and topics give.

    Raises:
        CandorError: an unknown question, answer, medicine or topic, or a sign that cannot wait for an appointment.
    """
    state = State(asker="partner" if partner else "self")
    for answer in answers:
        question_id, _, option_id = answer.partition("=")
        question = knowledge.guided_check.question(question_id)
        option = question.option(option_id) if question else None
        if option is None:
            raise CandorError(f"There is no answer {answer!r}.", _HINT)
        if option.flag:
            card = knowledge.care_cards[option.flag]
            raise CandorError(f"{card.title}: this cannot wait for an appointment.", f"{card.do[0].text}")
        state = check.with_answer(knowledge.guided_check, state, question_id, option_id)
    spellings = {spelling: medicine.id for medicine in knowledge.medicines.medicines for spelling in (medicine.id, *medicine.spellings())}
    for name in medicines:
        if name.lower() not in spellings:
            raise CandorError(f"The medicine list does not hold {name!r}.")
    for topic in topics:
        if topic not in knowledge.cards:
            raise CandorError(f"There is no topic {topic!r}.")
    found = tuple(dict.fromkeys(spellings[name.lower()] for name in medicines))
    return replace(state, medicines=found, kept=tuple(f"topic:{topic}" for topic in topics))
