"""What the linter asks of the conversation's content: ids that exist, tables that always give a result, lengths, forms that compile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import re2

from bot.conversation.follow_up import own_answer, place, section
from bot.knowledge.conversation_model import Row
from bot.knowledge.loader import Knowledge
from bot.yaml_file import Location

#: Most questions of the guided check, and most words of the answer to a follow-up and of a line of the tables.
MAX_QUESTIONS = 7
MAX_FOLLOW_UP_WORDS = 120
MAX_ROW_WORDS = 45

#: A finding: file, location, rule, message.
Complaint = tuple[str, Location, str, str]


def conversation(knowledge: Knowledge) -> Iterator[Complaint]:
    """Every complaint about follow-ups, guided check, sheet and feelings."""
    yield from _subjects(knowledge)
    yield from _aspects(knowledge)
    if all(name != "unknown-id" for _, _, name, _ in _aspects(knowledge)):
        yield from _too_long(knowledge)
    yield from _questions(knowledge)
    yield from _tables(knowledge)
    yield from _forms(knowledge)


def _subjects(knowledge: Knowledge) -> Iterator[Complaint]:
    for topic in knowledge.follow_ups.subjects:
        if topic not in knowledge.cards:
            yield "follow_ups", ("subjects", topic), "unknown-id", f"there is no card {topic!r}"


def _aspects(knowledge: Knowledge) -> Iterator[Complaint]:
    for index, aspect in enumerate(knowledge.follow_ups.aspects):
        at: Location = ("aspects", index)
        references = [(topic, reference) for topic, own in aspect.sections.items() for reference in own]
        for topic, reference in [*references, *((None, reference) for reference in aspect.otherwise)]:
            card, heading = place(reference, topic)
            try:
                section(knowledge.cards[card], heading)
            except KeyError:
                yield "follow_ups", at, "unknown-id", f"{aspect.id}: there is no {reference!r}{f' in {topic}' if topic else ''}"
        for topic in (*aspect.sections, *([] if aspect.cause_card is None else [aspect.cause_card])):
            if topic not in knowledge.cards:
                yield "follow_ups", at, "unknown-id", f"{aspect.id}: there is no card {topic!r}"
        if not aspect.forms:
            yield "follow_ups", at, "missing-part", f"{aspect.id}: nothing asks it"


def _too_long(knowledge: Knowledge) -> Iterator[Complaint]:
    """Answers to follow-ups keep their length."""
    for index, aspect in enumerate(knowledge.follow_ups.aspects):
        for subject in knowledge.follow_ups.subjects:
            words = sum(len(statement.text.split()) for statement in own_answer(knowledge, aspect, subject)[0])
            if words > MAX_FOLLOW_UP_WORDS:
                yield "follow_ups", ("aspects", index), "too-long", f"{aspect.id} of {subject} has {words} words, more than {MAX_FOLLOW_UP_WORDS}"


def _questions(knowledge: Knowledge) -> Iterator[Complaint]:
    guided = knowledge.guided_check
    if not 1 <= len(guided.questions) <= MAX_QUESTIONS:
        yield "guided_check", ("questions",), "too-long", f"has {len(guided.questions)} questions, more than {MAX_QUESTIONS} or none"
    for index, question in enumerate(guided.questions):
        at: Location = ("questions", index)
        if len({option.id for option in question.options}) != len(question.options) or len(question.options) < 2:
            yield "guided_check", at, "unknown-id", f"the options of {question.id!r} are too few or not unique"
        for option in question.options:
            if option.flag and option.flag not in knowledge.care_cards:
                yield "guided_check", at, "unknown-id", f"there is no care card {option.flag!r}"
            if option.topic and option.topic not in knowledge.follow_ups.subjects:
                yield "guided_check", at, "unknown-id", f"{option.topic!r} is not a subject of follow_ups.yml"


def _tables(knowledge: Knowledge) -> Iterator[Complaint]:
    guided, sheet = knowledge.guided_check, knowledge.sheet
    tables: list[tuple[str, str, Sequence[Row]]] = [
        ("guided_check", "raise", guided.raise_), ("guided_check", "with", guided.with_), ("guided_check", "soon", guided.soon),
        ("appointment_sheet", "questions", sheet.questions), ("appointment_sheet", "tests", sheet.tests), ("appointment_sheet", "who", sheet.who),
    ]
    for file, name, rows in tables:
        if file == "guided_check" and (not rows or rows[-1].when or rows[-1].topics):
            yield file, (name,), "missing-part", f"the last row of {name!r} must fit always"
        for index, row in enumerate(rows):
            for question_id, options in row.when.items():
                question = guided.question(question_id)
                for option in options:
                    if question is None or question.option(option) is None:
                        yield file, (name, index), "unknown-id", f"there is no answer {question_id}={option}"
            for topic in (*row.topics, *row.unless, *([row.topic] if row.topic else [])):
                if topic not in knowledge.cards:
                    yield file, (name, index), "unknown-id", f"there is no card {topic!r}"
            if len(row.text.split()) > MAX_ROW_WORDS:
                yield file, (name, index), "too-long", f"has {len(row.text.split())} words, more than {MAX_ROW_WORDS}"


def _forms(knowledge: Knowledge) -> Iterator[Complaint]:
    ups = knowledge.follow_ups
    groups: list[tuple[str, Location, Sequence[str]]] = [("follow_ups", ("aspects", n), aspect.forms) for n, aspect in enumerate(ups.aspects)]
    groups += [("follow_ups", ("controls", name), forms) for name, forms in ups.controls.items()]
    groups += [("follow_ups", ("askers", name), forms) for name, forms in ups.askers.items()]
    groups += [("follow_ups", (name,), getattr(ups, name)) for name in ("corrections", "agrees", "denies")]
    questions = knowledge.guided_check.questions
    groups += [("guided_check", ("questions", n), option.forms) for n, question in enumerate(questions) for option in question.options]
    groups += [("feelings", ("feelings", n), feeling.forms) for n, feeling in enumerate(knowledge.feelings.feelings)]
    for file, at, forms in groups:
        for form in forms:
            try:
                re2.compile(form)
            except re2.error:
                yield file, at, "bad-form", f"is not a regular expression: {form!r}"
