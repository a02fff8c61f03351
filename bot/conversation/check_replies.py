"""Composes what the guided check says: a question with its choices, or the result with every line cited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from bot.conversation import check
from bot.conversation.state import State
from bot.conversation.turn import FLAG
from bot.knowledge import compose
from bot.knowledge.conversation_model import Question, Row
from bot.knowledge.loader import Knowledge
from bot.knowledge.reply import Block, Choice, Reply
from bot.safety import cards

#: Stands as the topic of the result's blocks.
GUIDED_CHECK = "guided_check"
_SIMPLE_NOTES = ("not_understood", "which_sign", "already", "resumed", "nothing_to_change")


def reply(knowledge: Knowledge, state: State, country: Optional[str]) -> Reply:
    """What the check says after a turn: a care card, the next question, the result, or where it stands."""
    phrases, note = knowledge.guided_check.phrases, state.note or ""
    if note.startswith(FLAG):
        return cards.care_reply(knowledge, country, [note.removeprefix(FLAG)])
    if note == "change":
        return _which_to_change(knowledge, state)
    question = knowledge.guided_check.question(state.asking or "")
    if question is not None:
        return _asked(knowledge, state, question, _said(knowledge, state, question))
    if check.is_complete(knowledge.guided_check, state):
        return _result(knowledge, state)
    choices = (Choice("check:resume", phrases.resume), Choice("sheet", knowledge.follow_ups.phrases.sheet))
    return Reply("smalltalk", phrases.left, choices=choices)


def _said(knowledge: Knowledge, state: State, question: Question) -> list[str]:
    """What stands before a question."""
    guided, note = knowledge.guided_check, state.note or ""
    phrases = guided.phrases
    if note in _SIMPLE_NOTES:
        return [str(getattr(phrases, note))]
    if note == "why":
        return [question.why]
    if note.startswith("changed:"):
        changed = note.removeprefix("changed:")
        return [phrases.changed.format(question=other.text, answer=option.label)
                for other, option in check.options_of(guided, state) if other.id == changed]
    if note == "opening":
        taken = [option.label for _, option in check.options_of(guided, state)]
        return [phrases.opening, *([phrases.from_chat.format(answers="; ".join(taken))] if taken else [])]
    return []


def question_of(knowledge: Knowledge, state: State) -> Optional[Reply]:
    """The question that waits, as it stands below another answer; None when none waits."""
    question = knowledge.guided_check.question(state.asking or "")
    return _asked(knowledge, state, question, [knowledge.guided_check.phrases.back_to_it]) if question is not None else None


def _asked(knowledge: Knowledge, state: State, question: Question, before: Sequence[str]) -> Reply:
    guided = knowledge.guided_check
    number = [other.id for other in guided.questions].index(question.id) + 1
    words = question.partner if state.asker == "partner" and question.partner else question.text
    head = f"{guided.phrases.progress.format(number=number, total=len(guided.questions))}. {words}"
    options = [Choice(f"check:{question.id}:{option.id}", option.label) for option in question.options]
    text = "\n".join([head, *(f"{position}. {choice.label}" for position, choice in enumerate(options, 1))])
    rest = [Choice("check:skip", guided.phrases.skip), Choice("check:leave", guided.phrases.leave)]
    if any(other.id in state.answers() for other in guided.questions[:number - 1]):
        rest.insert(1, Choice("check:back", guided.phrases.back))
    if state.note != "why":
        rest.append(Choice("check:why", guided.phrases.why))
    return Reply("smalltalk", "\n\n".join([*before, text]), choices=(*options, *rest))


def _which_to_change(knowledge: Knowledge, state: State) -> Reply:
    guided = knowledge.guided_check
    answers = state.answers()
    choices = []
    for question in guided.questions:
        if question.id in answers:
            option = question.option(answers[question.id])
            choices.append(Choice(f"check:{question.id}", f"{question.text} {option.label if option else guided.phrases.skipped}"))
    listed = "\n".join(f"- {choice.label}" for choice in choices)
    return Reply("smalltalk", f"{guided.phrases.change_which}\n{listed}", choices=tuple(choices))


def _line(row: Row, state: State) -> str:
    return row.partner if state.asker == "partner" and row.partner else row.text


def _block(knowledge: Knowledge, title: str, rows: Sequence[Row], state: State) -> Block:
    lines = [_line(row, state) for row in rows]
    text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    cites = [claim for row in rows for claim in row.cites]
    return Block(GUIDED_CHECK, title, text, tuple(dict.fromkeys(knowledge.sources_of(cites))))


def _result(knowledge: Knowledge, state: State) -> Reply:
    guided, answers = knowledge.guided_check, state.answers()
    phrases = guided.phrases
    rows = check.raised(guided, answers)
    whom, soon = check.first_row(guided.with_, answers), check.first_row(guided.soon, answers)
    blocks = [
        _block(knowledge, phrases.raise_title, rows, state),
        _block(knowledge, phrases.with_title, [whom], state),
        _block(knowledge, phrases.soon_title, [soon], state),
    ]
    answered = sum(answer != check.SKIPPED for answer in answers.values())
    limits = [phrases.limits.format(answered=answered, total=len(guided.questions))] if answered < len(guided.questions) else []
    parts = [" ".join([*limits, phrases.result]), *(f"{block.title}\n{block.text}" for block in blocks)]
    sources = compose.records(knowledge, blocks)
    parts += [compose.source_list(knowledge, sources), knowledge.phrases.draft_note]
    topics = [row.topic for row in rows if row.topic][:3]
    choices = [Choice("sheet", knowledge.follow_ups.phrases.sheet)]
    choices += [Choice(f"ask:{topic}", knowledge.cards[topic].question) for topic in topics]
    choices += [Choice("check:change", phrases.change), Choice("check:afresh", phrases.afresh)]
    return Reply(
        "answer", "\n\n".join(parts), topics=("when_to_see_doctor",), care="specialist", blocks=tuple(blocks),
        next_step=f"{_line(whom, state)} {_line(soon, state)}", choices=tuple(choices), sources=sources)
