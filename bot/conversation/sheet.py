"""The sheet for the appointment: one page made of what the check and the chat gave, as ids. It is shown and never kept."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, cast

from bot.conversation import check
from bot.conversation.state import State
from bot.knowledge import compose
from bot.knowledge.conversation_model import Row
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import Circumstance
from bot.knowledge.reply import Block, Choice, Reply

#: Stands as the topic of the sheet's blocks; a page shows them for printing and copying.
APPOINTMENT_SHEET = "appointment_sheet"
MAX_QUESTIONS = 7
_STYLE = ("@page{size:A4;margin:18mm}body{font:11pt/1.4 sans-serif;max-width:42em;margin:1em auto}h1{font-size:16pt}"
          "h2{font-size:12pt;margin:1em 0 .2em}ul{margin:0;padding-left:1.2em}li{margin:.2em 0}p{color:#444;font-size:9pt}")
_NOTICED = ("climax", "since", "operation", "illness", "trying")


@dataclass(frozen=True)
class Part:
    """A part of the sheet: its title, its lines and what they cite."""

    title: str
    lines: tuple[str, ...]
    cites: tuple[str, ...] = ()


def _rows(rows: Sequence[Row], state: State, most: Optional[int] = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines and cites of the rows that fit, each line once."""
    fitting = [row for row in rows if check.fits(row, state.answers(), state.spoken(), state.subjects)]
    first = {row.text: row for row in reversed(fitting)}
    chosen = list(dict.fromkeys(row.text for row in fitting))[:most]
    return tuple(chosen), tuple(dict.fromkeys(claim for text in chosen for claim in first[text].cites))


def noticed(knowledge: Knowledge, state: State) -> list[str]:
    """What the check and the chat gave about the problem, a line each."""
    lines = [option.sheet for question, option in check.options_of(knowledge.guided_check, state) if option.sheet and question.id in _NOTICED]
    phrases = knowledge.sheet.phrases
    given = {option.topic for _, option in check.options_of(knowledge.guided_check, state)}
    asked = [knowledge.cards[topic].title for topic in state.subjects
             if topic not in given and knowledge.follow_ups.subjects[topic].kind == "condition"]
    lines += [phrases.asked.format(topics="; ".join(asked))] if asked else []  # who asks about smoking need not smoke
    if "trying" not in state.answers():
        lines += [line for name in state.circumstances if (line := phrases.named.get(cast(Circumstance, name)))]
    return list(dict.fromkeys(lines))


def taken(knowledge: Knowledge, state: State) -> list[str]:
    """The medicines that were named, then what the check gave."""
    named = [knowledge.medicine(medicine)[0] for medicine in state.medicines]
    lines = [f"{medicine.names[0][0].upper()}{medicine.names[0][1:]}" for medicine in named]
    return lines + [option.sheet for question, option in check.options_of(knowledge.guided_check, state)
                    if option.sheet and question.id == "medicines" and not named]


def parts(knowledge: Knowledge, state: State) -> list[Part]:
    """The parts of the sheet in order."""
    sheet, phrases = knowledge.sheet, knowledge.sheet.phrases
    questions, question_cites = _rows(sheet.questions, state, MAX_QUESTIONS)
    tests, test_cites = _rows(sheet.tests, state)
    guided = knowledge.guided_check
    if check.is_complete(guided, state):
        whom, soon = check.first_row(guided.with_, state.answers()), check.first_row(guided.soon, state.answers())
        who: tuple[str, ...] = (whom.text, soon.text)
        who_cites: tuple[str, ...] = (*whom.cites, *soon.cites)
    else:
        who, who_cites = _rows(sheet.who, state)
    return [
        Part(phrases.noticed, (*noticed(knowledge, state), phrases.blank_noticed)),
        Part(phrases.takes, (*taken(knowledge, state), phrases.blank_takes)),
        Part(phrases.questions, (*questions, phrases.blank_questions), question_cites),
        Part(phrases.tests, tests, test_cites),
        Part(phrases.bring, tuple(line.text for line in sheet.bring), tuple(claim for line in sheet.bring for claim in line.cites)),
        Part(phrases.who, who, who_cites),
    ]


def text_of(knowledge: Knowledge, state: State) -> str:
    """The sheet as plain text, for copying and for a terminal."""
    phrases = knowledge.sheet.phrases
    listed = ["\n".join([part.title, *(f"- {line}" for line in part.lines)]) for part in parts(knowledge, state)]
    return "\n\n".join([phrases.title, *listed, phrases.draft])


def page_of(knowledge: Knowledge, state: State) -> str:
    """The sheet as one printable HTML page that loads nothing."""
    phrases = knowledge.sheet.phrases
    sections = "".join(
        f"<h2>{html.escape(part.title)}</h2><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in part.lines)}</ul>"
        for part in parts(knowledge, state))
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(phrases.title)}</title><style>{_STYLE}</style></head>'
            f"<body><h1>{html.escape(phrases.title)}</h1>{sections}<p>{html.escape(phrases.draft)}</p></body></html>\n")


def reply(knowledge: Knowledge, state: State) -> Reply:
    """The sheet as a reply: a block each part, whose topic tells a page to offer printing and copying."""
    phrases = knowledge.sheet.phrases
    found = parts(knowledge, state)
    blocks = tuple(
        Block(APPOINTMENT_SHEET, part.title, "\n".join(f"- {line}" for line in part.lines), tuple(knowledge.sources_of(part.cites)))
        for part in found)
    sources = compose.records(knowledge, blocks)
    complete = check.is_complete(knowledge.guided_check, state)
    intro = [phrases.intro, *([] if complete else [phrases.offer])]
    choices = [] if complete else [Choice("check:start" if not state.check else "check:resume", knowledge.follow_ups.phrases.check)]
    choices += [Choice("human", phrases.message)]
    text = "\n\n".join([" ".join(intro), text_of(knowledge, state), compose.source_list(knowledge, sources)])
    return Reply(
        "answer", text, topics=("when_to_see_doctor",), care="specialist", blocks=blocks,
        next_step=" ".join(found[-1].lines), choices=tuple(choices), sources=sources)
