"""What a turn means in its conversation: the state before and what was understood give the state after and the intent to answer.

Pure functions on ids. The order is the order of the conversation's rules: what a question of ours is answered with comes before a
control, a control before a correction, a correction before a follow-up, and a follow-up before a new topic.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Optional, cast

from bot.conversation import check, follow_up
from bot.conversation.check_turns import check_turn
from bot.conversation.state import MAX_MEDICINES, MAX_SUBJECTS, State
from bot.conversation.turn import (
    ASK,
    BACK_TO_IT,
    COPING,
    CORRECTED,
    FEELING,
    FOLLOW_UP,
    GUIDED_CHECK,
    MEDICINE,
    NOT_UNDERSTOOD,
    OTHER_ONE,
    REPEATABLE,
    REPORT,
    SET_ASKER,
    SHEET,
    START_OVER,
    Turn,
    to_intent,
)
from bot.front_door.door import FORGET_ME, Understood
from bot.knowledge import compose
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import Asker, Cause


def resolve(knowledge: Knowledge, state: State, said: Understood) -> Turn:
    """The turn that a message or choice makes of a conversation."""
    state = _remember(knowledge, state, said)
    for step in (check_turn, _lookup, _control, _correction, _follow_up):
        turn = step(knowledge, state, said)
        if turn is not None:
            return _beside_the_check(turn)
    return _beside_the_check(_plain(knowledge, state, said))


def _remember(knowledge: Knowledge, state: State, said: Understood) -> State:
    """What is true whatever the turn means: marks of the last reply, who is asking, what was named."""
    kept = list(state.kept)
    shown = [topic for topic in state.topics if topic in knowledge.cards][:compose.MAX_TOPICS]
    if shown:
        kept += ["opened", f"step:{_led(knowledge, state, shown)}", *(f"topic:{topic}" for topic in shown)]
    if state.note and state.note.startswith(FEELING):
        kept.append("felt")
    medicines = [medicine for medicine in said.medicines if medicine != compose.UNKNOWN_MEDICINE]
    state = replace(
        state, note=None, kept=tuple(dict.fromkeys(kept)),
        medicines=tuple(dict.fromkeys([*state.medicines, *medicines]))[:MAX_MEDICINES],
        circumstances=tuple(dict.fromkeys([*state.circumstances, *said.circumstances])))
    if said.asker in ("partner", "relative"):
        state = replace(state, asker=_asker(said.asker))
    if said.after_care:  # a red flag ends a check and a look-up; a later "no" must not be read as an answer to them
        state = replace(state, asking=None, waiting=None)
    return state


def _led(knowledge: Knowledge, state: State, shown: list[str]) -> str:
    """The card whose next step the last reply gave."""
    subject = follow_up.find(knowledge, state.aspect, state).subject if state.aspect else None
    return subject or compose.leading(knowledge, shown).id


def _asker(name: str) -> Asker:
    return "partner" if name == "partner" else "relative" if name == "relative" else "self"


def _beside_the_check(turn: Turn) -> Turn:
    """A turn that answers something else while a question of the check waits says where the check stands."""
    if turn.state.asking and turn.understood.intent != GUIDED_CHECK and turn.state.note is None:
        return Turn(replace(turn.state, note=BACK_TO_IT), turn.understood)
    return turn


# looking up a medicine, or a line of a semen report

def _lookup(knowledge: Knowledge, state: State, said: Understood) -> Optional[Turn]:
    if said.intent == MEDICINE and said.chosen:
        state = replace(state, waiting=None, medicines=tuple(dict.fromkeys([*state.medicines, said.chosen]))[:MAX_MEDICINES])
        return _medicine(knowledge, state, replace(said, medicines=(said.chosen,)))
    if said.intent == REPORT and said.chosen:
        return to_intent(replace(state, waiting="report", topics=(compose.SEMEN_ANALYSIS,)), said, REPORT, note=f"lines:{said.chosen}")
    if said.intent == MEDICINE or said.form.control == MEDICINE:
        if said.medicines:
            return _medicine(knowledge, replace(state, waiting=None), said)
        return to_intent(replace(state, waiting="medicine"), said, MEDICINE, note="which")
    if said.intent == REPORT or said.form.control == REPORT:
        note = f"lines:{','.join(said.report_lines)}" if said.report_lines else "which"
        return to_intent(replace(state, waiting="report"), said, REPORT, note=note)
    if state.waiting is None or said.chosen or said.form.control or (not said.form.short and not said.medicines):
        return None
    if state.waiting == "report":
        if said.report_lines:
            return to_intent(replace(state, topics=(compose.SEMEN_ANALYSIS,)), said, REPORT, note=f"lines:{','.join(said.report_lines)}")
        return None
    if said.medicines and said.medicines != (compose.UNKNOWN_MEDICINE,):
        return _medicine(knowledge, replace(state, waiting=None), said)
    if said.form.asks or said.form.agrees is not None or said.form.aspect or said.intent in ("thank", "goodbye", "greet"):
        return None
    if said.form.near:
        return to_intent(state, said, MEDICINE, note=f"near:{','.join(said.form.near)}")
    if said.medicines:
        return _medicine(knowledge, replace(state, waiting=None), said)
    return to_intent(state, said, MEDICINE, note="none")


def _medicine(knowledge: Knowledge, state: State, said: Understood) -> Turn:
    topics = [knowledge.medicine(medicine)[1].topic for medicine in said.medicines if medicine != compose.UNKNOWN_MEDICINE]
    topics = list(dict.fromkeys(topics)) or [compose.MEDICATION_CAUSE]
    return _plain(knowledge, state, replace(said, intent=f"{ASK}{topics[0]}", topics=tuple(topics[:compose.MAX_TOPICS]), candidates=()))


# controls

def _control(knowledge: Knowledge, state: State, said: Understood) -> Optional[Turn]:
    intent = said.form.control or said.intent
    topics = said.topics if intent == said.intent else ()
    if intent in (START_OVER, FORGET_ME):
        return Turn(State(), replace(said, intent=intent, topics=(), candidates=(), asker=None, cause=None))
    if intent == SET_ASKER or said.form.asker:
        name = said.chosen if intent == SET_ASKER and said.chosen else said.form.asker or "self"
        return to_intent(replace(state, asker=_asker(name)), replace(said, asker=None), SET_ASKER)
    if intent == "repeat" and state.shown and state.shown.startswith(REPEATABLE):
        kept = tuple(mark for mark in state.kept if not mark.startswith("step:"))
        return to_intent(replace(state, kept=kept), said, state.shown, state.topics)
    if intent == "affirm" and said.form.agrees and not state.topics:
        return None
    if intent in ("more_detail", "simpler", "sources", "whole_topic"):
        shown = tuple(topics) or state.topics
        return to_intent(replace(state, topics=shown), said, intent, shown[:1] if topics else ())
    if intent == SHEET:
        return to_intent(state, said, SHEET)
    if intent in ("human_handoff", "none_of_these", "help", "repeat") and (said.form.control or said.intent == intent):
        return Turn(state, replace(said, intent=intent, topics=(), candidates=()))
    return None


# the thread

def _correction(knowledge: Knowledge, state: State, said: Understood) -> Optional[Turn]:
    """Something was meant otherwise: the new subject replaces the old one, and the last question is answered for it."""
    if not said.form.correction or not state.subjects:
        return None
    guided = knowledge.guided_check
    for name in said.form.options:
        question_id, _, option_id = name.partition("=")
        question = guided.question(question_id)
        option = question.option(option_id) if question else None
        if option and option.topic and state.subjects != (option.topic,):
            state = replace(state, subjects=(), cause=None)
            if question_id in state.answers():
                state = check.with_answer(guided, state, question_id, option_id)
            return _corrected(knowledge, state, said, option.topic)
    named = [topic for topic in said.topics if topic in knowledge.follow_ups.subjects]
    if said.cause:
        named = [*follow_up.subjects_of_cause(knowledge, said.cause), *named]
    if not named or state.subjects == (named[0],):
        return None
    return _corrected(knowledge, replace(state, subjects=(), cause=None), said, named[0])


def _corrected(knowledge: Knowledge, state: State, said: Understood, subject: str) -> Turn:
    state = replace(state, subjects=(subject,), cause=knowledge.follow_ups.subjects[subject].cause, note=CORRECTED)
    if state.aspect:
        return _answer_aspect(knowledge, state, said, state.aspect)
    topics = tuple(topic for topic in state.topics if topic not in knowledge.follow_ups.subjects)
    return _plain(knowledge, state, replace(said, intent=f"{ASK}{subject}", topics=(subject, *topics)[:2], candidates=()))


def _follow_up(knowledge: Knowledge, state: State, said: Understood) -> Optional[Turn]:
    if said.intent == FOLLOW_UP and said.chosen:
        aspect, _, subject = said.chosen.partition(":")
        if subject:
            rest = [other for other in state.subjects if other != subject]
            state = replace(state, subjects=(subject, *rest)[:MAX_SUBJECTS], cause=knowledge.follow_ups.subjects[subject].cause or state.cause)
        return _answer_aspect(knowledge, state, said, aspect)
    if said.form.control == OTHER_ONE and len(state.subjects) > 1:
        return _other_subject(knowledge, state, said)
    names_subject = bool(said.cause or said.medicines or said.named)
    asked = said.form.aspect
    if asked is None and said.form.short and not names_subject and said.topics and state.subjects and _is_open(said):
        asked = next((aspect.id for aspect in knowledge.follow_ups.aspects if said.topics[0] in aspect.topics), None)
        if asked and not follow_up.holds(knowledge, asked, state):
            return None
    if asked is None or names_subject:
        return None
    if not state.subjects:
        if said.intent == "out_of_scope" or (said.topics and said.topics[0] in knowledge.follow_ups.aspect(asked).topics):
            return None
        if not (state.topics and knowledge.follow_ups.aspect(asked).otherwise):
            return to_intent(replace(state, aspect=asked, topics=()), said, FOLLOW_UP)
    return _answer_aspect(knowledge, state, said, asked)


def _other_subject(knowledge: Knowledge, state: State, said: Understood) -> Turn:
    """The last question again, about the other subject in play: "what about the other one?"."""
    found = follow_up.find(knowledge, state.aspect, state) if state.aspect else None
    other = found.other if found and found.other else state.subjects[1]
    subjects = (other, *(subject for subject in state.subjects if subject != other))
    state = replace(state, subjects=subjects, cause=knowledge.follow_ups.subjects[other].cause)
    if state.aspect:
        return _answer_aspect(knowledge, state, said, state.aspect)
    return _plain(knowledge, state, replace(said, intent=f"{ASK}{other}", topics=(other,), candidates=()))


def _is_open(said: Understood) -> bool:
    return said.form.asks or said.form.aspect is not None


def _answer_aspect(knowledge: Knowledge, state: State, said: Understood, aspect_id: str) -> Turn:
    found = follow_up.find(knowledge, aspect_id, state)
    ups = knowledge.follow_ups
    # A way that was asked about ("what about IVF?") is what "that" means next.
    asked = [topic for topic in ups.aspect(aspect_id).topics if topic in found.cards and topic in ups.subjects]
    ways = [topic for topic in asked if ups.subjects[topic].kind == "treatment"]
    subjects = tuple(dict.fromkeys([*ways, *state.subjects]))[:MAX_SUBJECTS]
    state = replace(state, aspect=aspect_id, topics=found.cards or subjects[:1], subjects=subjects)
    return to_intent(replace(state, note=_note(state, said)), said, FOLLOW_UP, found.cards)


def _note(state: State, said: Understood) -> Optional[str]:
    """A feeling that was said for the first time, or the note that is there already."""
    if state.note is None and said.form.feeling and "felt" not in state.kept:
        return f"{FEELING}{said.form.feeling}"
    return state.note


def _plain(knowledge: Knowledge, state: State, said: Understood) -> Turn:
    """A new topic, small talk, or nothing that was understood."""
    feeling = next((feeling for feeling in knowledge.feelings.feelings if feeling.id == said.form.feeling), None)
    if feeling and feeling.distress and not said.topics and said.intent in NOT_UNDERSTOOD:
        said = replace(said, intent=f"{ASK}{COPING}", topics=(COPING,), candidates=())
    if not said.intent.startswith(ASK):
        return Turn(state, said)
    named = [topic for topic in said.topics if topic in knowledge.follow_ups.subjects]
    if said.cause and not any(knowledge.follow_ups.subjects[topic].cause == said.cause for topic in named):
        named = [*follow_up.subjects_of_cause(knowledge, said.cause), *named]
    subjects = tuple(dict.fromkeys([*named, *state.subjects]))[:MAX_SUBJECTS]
    causes = [cast(Optional[Cause], said.cause), *(knowledge.follow_ups.subjects[topic].cause for topic in named)]
    cause = next((cause for cause in causes if cause), None)
    state = replace(state, topics=said.topics, subjects=subjects, cause=cause or state.cause, aspect=None, shown=said.intent, waiting=None)
    return Turn(replace(state, note=_note(state, said)), said)
