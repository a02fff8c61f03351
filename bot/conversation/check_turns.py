"""What a turn means to the guided check: an answer, a correction, a way to go on, or nothing. Pure functions on ids."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from bot.conversation import check
from bot.conversation.state import State
from bot.conversation.turn import ASK, FLAG, GUIDED_CHECK, RESUME, Turn, to_intent
from bot.front_door.door import FORGET_ME, Understood
from bot.knowledge import compose
from bot.knowledge.conversation_model import Option, Question
from bot.knowledge.loader import Knowledge


def check_turn(knowledge: Knowledge, state: State, said: Understood) -> Optional[Turn]:
    """The turn when it concerns the check, None when it is about something else."""
    guided = knowledge.guided_check
    if said.intent == GUIDED_CHECK and said.chosen:
        return _check_choice(knowledge, state, said, said.chosen)
    if said.form.control in (GUIDED_CHECK, RESUME):
        return _check_choice(knowledge, state, said, "resume" if said.form.control == RESUME else "start")
    if state.asking is None:
        return None
    question = guided.question(state.asking)
    if question is None:
        return None
    if said.form.word:
        return _check_choice(knowledge, state, said, said.form.word)
    option = _read_option(knowledge, question, said)
    if option is not None:
        return _answered(knowledge, state, said, question, option)
    other = _other_answer(knowledge, state, said, question)
    if other is not None:
        return other
    if said.form.control != "none_of_these" and (said.form.control or said.form.asker or said.chosen):
        return None
    if (said.intent.startswith(ASK) and (said.form.asks or not said.form.short)) or said.form.aspect:
        return None
    if said.intent in ("thank", "goodbye", "help", "privacy", "bot_challenge", "human_handoff", FORGET_ME):
        return None
    note = "which_sign" if question.id == guided.questions[0].id and said.form.agrees else "not_understood"
    return to_intent(state, said, GUIDED_CHECK, note=note)


def _read_option(knowledge: Knowledge, question: Question, said: Understood) -> Optional[Option]:
    """The answer that a message gives to the question asked: by its words, a number, a medicine or a cause it names."""
    if said.form.number and said.form.number <= len(question.options):
        return question.options[said.form.number - 1]
    named = [option for option in question.options if f"{question.id}={option.id}" in said.form.options]
    named.sort(key=lambda option: option.id in ("none", "no", "unsure"))  # "no, he had a TURP" names an operation
    if named:
        return named[0]
    if said.cause and not said.form.asks:
        option = next((option for option in question.options if option.cause == said.cause and option.cause != "medicine"), None)
        if option is not None:
            return option
    if question.id == "medicines" and said.medicines and not said.form.asks:
        topics = {knowledge.medicine(medicine)[1].topic for medicine in said.medicines if medicine != compose.UNKNOWN_MEDICINE}
        return next((option for option in question.options if option.topic in topics), question.option("other"))
    return None


def _other_answer(knowledge: Knowledge, state: State, said: Understood, asked: Question) -> Optional[Turn]:
    """A correction of an earlier answer in the middle of the check."""
    answers = state.answers()
    for name in said.form.options:
        question_id, _, option_id = name.partition("=")
        question = knowledge.guided_check.question(question_id)
        option = question.option(option_id) if question else None
        if question and option and question_id in answers and question_id != asked.id and (option.cause or option.topic or said.form.correction):
            return _answered(knowledge, state, said, question, option)
    return None


def _answered(knowledge: Knowledge, state: State, said: Understood, question: Question, option: Option) -> Turn:
    if option.flag:
        return to_intent(replace(state, asking=None), said, GUIDED_CHECK, note=f"{FLAG}{option.flag}")
    guided = knowledge.guided_check
    before = state.answers().get(question.id)
    note = None
    if before == option.id:
        note = "already"
    elif before is not None and question.id != state.asking:
        note = f"changed:{question.id}"
    state = check.with_answer(guided, state, question.id, option.id)
    return to_intent(replace(state, asking=check.next_question(guided, state.answers()), aspect=None), said, GUIDED_CHECK, note=note)


def _check_choice(knowledge: Knowledge, state: State, said: Understood, chosen: str) -> Turn:
    guided = knowledge.guided_check
    question_id, _, option_id = chosen.partition(":")
    question = guided.question(question_id)
    if question is not None:
        option = question.option(option_id)
        if option is not None:
            return _answered(knowledge, state, said, question, option)
        return to_intent(replace(check.without_answer(state, question.id), asking=question.id), said, GUIDED_CHECK)
    answers = state.answers()
    if chosen == "afresh":
        return to_intent(replace(state, check=(), asking=guided.questions[0].id), said, GUIDED_CHECK, note="opening")
    if chosen in ("start", "resume"):
        if check.is_complete(guided, state):
            return to_intent(replace(state, asking=None), said, GUIDED_CHECK)
        note = "resumed" if answers or chosen == "resume" else "opening"
        if not answers:
            topics = [knowledge.medicine(medicine)[1].topic for medicine in state.medicines]
            state = check.from_chat(guided, state, topics)
        return to_intent(replace(state, asking=check.next_question(guided, state.answers())), said, GUIDED_CHECK, note=note)
    if chosen == "change":
        return to_intent(state, said, GUIDED_CHECK, note="change" if answers else None)
    if state.asking is None:
        return to_intent(state, said, GUIDED_CHECK, note="left" if not check.is_complete(guided, state) else None)
    if chosen == "leave":
        return to_intent(replace(state, asking=None), said, GUIDED_CHECK, note="left")
    if chosen == "why":
        return to_intent(state, said, GUIDED_CHECK, note="why")
    if chosen == "skip":
        state = check.with_answer(guided, state, state.asking, check.SKIPPED)
        return to_intent(replace(state, asking=check.next_question(guided, state.answers())), said, GUIDED_CHECK)
    order = [question.id for question in guided.questions]
    earlier = [name for name in order[:order.index(state.asking or order[0])] if name in answers]
    if not earlier:
        return to_intent(state, said, GUIDED_CHECK, note="nothing_to_change")
    return to_intent(replace(check.without_answer(state, earlier[-1]), asking=earlier[-1]), said, GUIDED_CHECK)
