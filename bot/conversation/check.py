"""The guided check: which question comes next, what an answer changes, and what the answers make worth raising. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Optional

from bot.conversation.state import MAX_SUBJECTS, State
from bot.knowledge.conversation_model import MAX_RAISED, GuidedCheck, Option, Question, Row

#: Stands for the answer of a question that was skipped.
SKIPPED = "skipped"


def next_question(check: GuidedCheck, answers: Mapping[str, str]) -> Optional[str]:
    """The first question without an answer, None when there is none left."""
    return next((question.id for question in check.questions if question.id not in answers), None)


def is_complete(check: GuidedCheck, state: State) -> bool:
    """Whether every question was answered or skipped."""
    return next_question(check, state.answers()) is None


def with_answer(check: GuidedCheck, state: State, question_id: str, option_id: str) -> State:
    """The state with an answer given; it replaces an earlier one, also in what the thread took from it."""
    answers = {**state.answers(), question_id: option_id}
    state = replace(state, check=tuple(f"{question}={answer}" for question, answer in answers.items()))
    question = check.question(question_id)
    option = question.option(option_id) if question else None
    if question is None or option is None:
        return state
    others = {other.topic for other in question.options if other.topic and other.id != option_id}
    subjects = [subject for subject in state.subjects if subject not in others]
    causes = {other.cause for other in question.options if other.cause}
    if option.cause or state.cause in causes:
        state = replace(state, cause=option.cause)
    if option.topic:
        subjects = [option.topic, *(subject for subject in subjects if subject != option.topic)]
    return replace(state, subjects=tuple(subjects[:MAX_SUBJECTS]))


def without_answer(state: State, question_id: str) -> State:
    """The state with an answer taken back."""
    return replace(state, check=tuple(answer for answer in state.check if not answer.startswith(f"{question_id}=")))


def options_of(check: GuidedCheck, state: State) -> list[tuple[Question, Option]]:
    """The options that were chosen, in the order of the questions; skipped ones are left out."""
    answers = state.answers()
    found = []
    for question in check.questions:
        option = question.option(answers.get(question.id, ""))
        if option is not None:
            found.append((question, option))
    return found


def from_chat(check: GuidedCheck, state: State, medicine_topics: Iterable[str]) -> State:
    """The state with the answers that the chat gave already: a cause or a subject that an option stands for."""
    known = {*state.subjects, *medicine_topics}
    for question in check.questions:
        if question.id in state.answers():
            continue
        option = next((option for option in question.options
                       if option.flag is None and ((option.cause and option.cause == state.cause and option.topic in known)
                                                   or (option.topic and question.id != "climax" and option.topic in known))), None)
        if option is not None:
            state = with_answer(check, state, question.id, option.id)
    return state


def fits(row: Row, answers: Mapping[str, str], topics: Sequence[str] = (), subjects: Sequence[str] = ()) -> bool:
    """Whether every condition of a row holds; an unanswered or skipped question fits no condition."""
    if row.topics and not set(row.topics) & set(topics):
        return False
    if set(row.unless) & set(subjects):
        return False
    return all(answers.get(question) in options for question, options in row.when.items())


def raised(check: GuidedCheck, answers: Mapping[str, str]) -> list[Row]:
    """What is worth raising, in the table's order; the last row (it fits always) keeps its place."""
    rows = [row for row in check.raise_ if fits(row, answers)]
    return rows if len(rows) <= MAX_RAISED else [*rows[:MAX_RAISED - 1], rows[-1]]


def first_row(rows: Sequence[Row], answers: Mapping[str, str]) -> Row:
    """The first row that fits; the last row of a table fits always."""
    return next(row for row in rows if fits(row, answers))
