"""Composes what the thread adds to answers: follow-ups, who is asking, look-ups, acknowledgements and the choices below an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from bot.conversation import check, follow_up
from bot.conversation.state import State
from bot.conversation.turn import CORRECTED, FEELING
from bot.knowledge import compose
from bot.knowledge.compose import Circumstances
from bot.knowledge.loader import Knowledge
from bot.knowledge.reply import Block, Choice, Reply

#: Most choices below an answer, "Help now" apart.
MAX_CHOICES = 7
#: What is offered when "it" could be anything.
_USUAL_SUBJECTS = ("diabetes", "prostate_surgery_turp", "medication_cause", "symptoms_dry_orgasm")


def follow_up_reply(knowledge: Knowledge, state: State, case: Circumstances) -> Reply:
    """The answer to a follow-up, which says what it took "it" for."""
    ups = knowledge.follow_ups
    aspect = ups.aspect(state.aspect or "")
    if not state.subjects and not state.topics:
        choices = [Choice(f"follow:{aspect.id}:{topic}", f"{ups.subjects[topic].after}: {aspect.title}") for topic in _USUAL_SUBJECTS]
        listed = "\n".join(f"- {choice.label}" for choice in choices)
        none = Choice("none", knowledge.phrases.none_of_these)
        return Reply("clarify", f"{knowledge.phrases.clarify}\n{listed}\n- {none.label}", choices=(*choices, none))
    found = follow_up.find(knowledge, aspect.id, state)
    subject = found.subject or (state.subjects or state.topics)[0]
    is_general = found.subject is None and found.statements
    title = f"{ups.phrases.general if is_general or subject not in ups.subjects else ups.subjects[subject].after}: {aspect.title}"
    choices = [Choice(f"follow:{aspect.id}:{found.other}", f"{ups.subjects[found.other].after}: {aspect.title}")] if found.other else []
    choices.append(Choice(f"more:{subject}", f"{knowledge.phrases.more}: {knowledge.cards[subject].title}"))
    choices += [Choice(f"ask:{topic}", knowledge.cards[topic].question) for topic in aspect.topics[:1] if topic not in (*found.cards, subject)]
    if not found.statements:
        text = f"{title}\n\n{ups.phrases.missing}"
        return Reply("not_covered", text, care=knowledge.cards[subject].care, choices=(*choices, Choice("sheet", ups.phrases.sheet)))
    cards = [knowledge.cards[card] for card in found.cards]
    block = Block(cards[0].id, title, compose.paragraph(found.statements), compose.source_ids(knowledge, found.statements))
    lead = knowledge.cards[subject] if found.subject else None
    return compose.whole(knowledge, cards, [block], title, case, choices, lead)


def whole_topic(knowledge: Knowledge, topic: str, case: Circumstances) -> Reply:
    """The short and the longer answer to a topic in one reply."""
    card = knowledge.cards[topic]
    short, more = compose.answer(knowledge, [topic], replace(case, opened=True)), compose.more(knowledge, topic, case)
    blocks = [short.blocks[0], replace(more.blocks[0], title=""), *more.blocks[1:]]
    title = knowledge.follow_ups.phrases.whole.format(title=card.title)
    return compose.whole(knowledge, [card], blocks, title, case, more.choices)


def set_asker(knowledge: Knowledge, state: State) -> Reply:
    """Says for whom answers are worded from now on, with the next step in that wording where there was an answer."""
    phrases = knowledge.follow_ups.phrases
    said = phrases.asker[state.asker]
    topics = [topic for topic in state.topics if topic in knowledge.cards]
    if not topics:
        common = [topic for topic in knowledge.phrases.common_topics if topic in knowledge.cards][:3]
        return Reply("smalltalk", said, choices=tuple(Choice(f"ask:{topic}", knowledge.cards[topic].question) for topic in common))
    lead = compose.leading(knowledge, topics)
    next_step = lead.next_step.for_asker(state.asker)
    title = knowledge.phrases.next_step_to_pass_on if state.asker == "relative" else knowledge.phrases.next_step
    reply = Reply("smalltalk", f"{said}\n\n{title}: {next_step}", care=lead.care, next_step=next_step,
                  choices=(Choice(f"more:{topics[0]}", f"{knowledge.phrases.more}: {knowledge.cards[topics[0]].title}"),))
    return with_choices(knowledge, state, reply)


def medicine_reply(knowledge: Knowledge, state: State) -> Reply:
    """Asks which medicine, or which of the near names was meant."""
    lookup, note = knowledge.feelings.lookup, state.note or ""
    leave = Choice("none", lookup.leave)
    if note.startswith("near:"):
        near = [knowledge.medicine(medicine)[0] for medicine in note.removeprefix("near:").split(",")]
        choices = [Choice(f"medicine:{medicine.id}", medicine.names[0]) for medicine in near]
        listed = "\n".join(f"- {choice.label}" for choice in choices)
        return Reply("clarify", f"{lookup.nearest}\n{listed}\n- {knowledge.phrases.none_of_these}",
                     choices=(*choices, Choice("none", knowledge.phrases.none_of_these)))
    return Reply("clarify", lookup.no_medicine if note == "none" else lookup.which_medicine, choices=(leave,))


def report_reply(knowledge: Knowledge, state: State, case: Circumstances) -> Reply:
    """Explains lines of a semen report, or asks which one."""
    lookup, report, note = knowledge.feelings.lookup, knowledge.semen_report, state.note or ""
    lines = [Choice(f"report:{line.id}", line.name) for line in report.lines]
    every = Choice(f"more:{compose.SEMEN_ANALYSIS}", lookup.all_lines)
    wanted = note.removeprefix("lines:").split(",") if note.startswith("lines:") else []
    chosen = [line for line in report.lines if line.id in wanted]
    if not chosen:
        listed = "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(lines, 1))
        return Reply("clarify", f"{lookup.which_line}\n{listed}", choices=(*lines, every))
    card = knowledge.cards[compose.SEMEN_ANALYSIS]
    blocks = [Block(card.id, line.name, compose.paragraph(statements), compose.source_ids(knowledge, statements))
              for line in chosen for statements in [(*line.meaning, *line.limit, *line.reading)]]
    rest = [choice for choice in lines if choice.id.removeprefix("report:") not in wanted]
    opening = blocks[0].title if len(blocks) == 1 else ""
    return compose.whole(knowledge, [card], blocks, opening, case, (*rest, every))


def with_note(knowledge: Knowledge, state: State, reply: Reply, crisis: str) -> Reply:
    """A reply with what this turn noticed: a feeling is acknowledged before it, a correction is taken, heavy feelings get the support line."""
    note = state.note or ""
    if note == CORRECTED:
        return replace(reply, text=f"{knowledge.follow_ups.phrases.corrected}\n\n{reply.text}")
    feeling = next((feeling for feeling in knowledge.feelings.feelings if note == f"{FEELING}{feeling.id}"), None)
    if feeling is None:
        return reply
    said, choices = feeling.partner if state.asker != "self" else feeling.self_, reply.choices
    if feeling.distress and crisis not in reply.text:
        said = f"{said} {knowledge.feelings.support.format(crisis=crisis)}"
    if feeling.distress and "coping_emotions" not in reply.topics:
        choices = (Choice("ask:coping_emotions", knowledge.cards["coping_emotions"].question), *choices)
    return replace(reply, text=f"{said}\n\n{reply.text}", choices=choices)


def with_choices(knowledge: Knowledge, state: State, reply: Reply, intent: Optional[str] = None) -> Reply:
    """A reply with the controls that fit it as choices: plainer words, the whole topic, the check, the sheet, a partner's own check-up."""
    phrases = knowledge.follow_ups.phrases
    topics = [topic for topic in reply.topics if topic in knowledge.cards]
    more: list[Choice] = []
    if intent in ("more_detail", "simpler") and topics:
        if knowledge.cards[topics[0]].simple and intent == "more_detail":
            more.append(Choice(f"simpler:{topics[0]}", phrases.simpler))
        more.append(Choice(f"sources:{topics[0]}", phrases.sources))
        more.append(Choice(f"whole:{topics[0]}", phrases.whole.format(title=knowledge.cards[topics[0]].title)))
    if state.asker == "partner":
        if set(topics) & {"ivf_icsi", "iui"}:
            more.append(Choice("follow:warning:ivf_icsi", phrases.warning_signs))
        if any(knowledge.topics[topic].group in ("children", "causes") for topic in topics) and "female_factor" not in state.spoken():
            more.append(Choice("ask:female_factor", phrases.own_check_up))
    if topics and not state.check:
        more.append(Choice("check:start", phrases.check))
    if topics and (check.is_complete(knowledge.guided_check, state) or len(state.spoken()) >= 3):
        more.append(Choice("sheet", phrases.sheet))
    kept = list({choice.id: choice for choice in reply.choices}.values())[:MAX_CHOICES - min(len(more), 3)]
    ids = {choice.id for choice in kept}
    return replace(reply, choices=tuple([*kept, *(choice for choice in more if choice.id not in ids)][:MAX_CHOICES]))
