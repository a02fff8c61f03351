"""The typed content of the conversation: follow-ups, the guided check, the appointment sheet and acknowledgements.

Like the cards it is reviewed text with cites. ``forms`` are regular expressions (RE2) on the plain form of a message
(:func:`bot.safety.text.plain`, without sentence ends); they are matched in memory and never shown.
"""

from __future__ import annotations

from typing import Literal, Optional

from pydantic import Field

from bot.knowledge.model import Cause, Circumstance, Statement, Strict


class Section(Strict):
    """Where a text stands: a card and one of its headings; without a heading its short answer."""

    card: str
    heading: Optional[str] = None


class Subject(Strict):
    """A topic that "it" can stand for.

    Attributes:
        after: the words before an answer about it, such as "After TURP".
        kind: what it is: a condition or operation, or a treatment.
        cause: whose per-cause statements speak of it.
    """

    after: str
    kind: Literal["condition", "treatment"] = "condition"
    cause: Optional[Cause] = None


class Aspect(Strict):
    """Something that is asked about a subject without naming it: can it be reversed, how is it tested.

    Attributes:
        title: the question as it stands behind the subject: "can it be reversed?".
        about: the kind of subject it usually means; the other kind is taken when there is none.
        topics: topics that, asked in a short message without a subject, mean this.
        sections: for each subject the headings that answer it, as "heading" of its own card or "card#heading" of another.
        cause_card: the card whose per-cause statements answer it where no section does.
        otherwise: what answers it in general.
        general: which statements of that stand before what the cause adds, by their place from 0.
    """

    id: str = Field(regex="^[a-z_]+$")
    title: str
    about: Literal["condition", "treatment", "any"] = "condition"
    forms: tuple[str, ...]
    topics: tuple[str, ...] = ()
    sections: dict[str, tuple[str, ...]] = {}
    cause_card: Optional[str] = None
    otherwise: tuple[str, ...] = ()
    general: tuple[int, ...] = ()


class FollowUpPhrases(Strict):
    """The fixed sentences of the thread.

    Attributes:
        missing: said when nothing is held on an aspect.
        general: the words before an answer that is not about the subject in play alone.
        corrected: said when a subject was replaced.
        again: by care level, the next step when it was said before.
        asker: for each asker, that answers are worded for them from now on.
    """

    missing: str
    general: str
    corrected: str
    again: dict[str, str]
    asker: dict[str, str]
    whole: str
    simpler: str
    sources: str
    check: str
    sheet: str
    own_check_up: str
    warning_signs: str


class FollowUps(Strict):
    """How a conversation goes on: what "it" can mean, what can be asked of it, and what says that something is meant otherwise.

    Attributes:
        controls: for each intent that a message's form gives, the forms.
        askers: for each asker the forms that say so, beside the lexicon's words.
        corrections: forms with which a correction begins.
        agrees, denies: answers to a question of ours.
    """

    phrases: FollowUpPhrases
    subjects: dict[str, Subject]
    aspects: tuple[Aspect, ...]
    controls: dict[str, tuple[str, ...]]
    askers: dict[str, tuple[str, ...]]
    corrections: tuple[str, ...]
    agrees: tuple[str, ...]
    denies: tuple[str, ...]

    def aspect(self, aspect_id: str) -> Aspect:
        """The aspect of an id.

        Raises:
            KeyError: there is none.
        """
        return {aspect.id: aspect for aspect in self.aspects}[aspect_id]


class Option(Strict):
    """A possible answer of the guided check.

    Attributes:
        forms: how people say it; also looked for outside the check, to notice a correction.
        flag: the red flag that it raises; the check ends at once with that care card.
        cause, topic: what it says of the thread.
        sheet: the line it gives on the appointment sheet.
    """

    id: str = Field(regex="^[a-z_0-9]+$")
    label: str
    forms: tuple[str, ...] = ()
    flag: Optional[str] = None
    cause: Optional[Cause] = None
    topic: Optional[str] = None
    sheet: Optional[str] = None


class Question(Strict):
    """A question of the guided check. ``why`` is said when somebody asks why it is asked."""

    id: str = Field(regex="^[a-z_]+$")
    text: str
    partner: Optional[str] = None
    why: str
    options: tuple[Option, ...]

    def option(self, option_id: str) -> Optional[Option]:
        """The option of an id, None when there is none."""
        return next((option for option in self.options if option.id == option_id), None)


class Row(Strict):
    """A line of an outcome table or of the sheet: shown when every condition fits the answers.

    Attributes:
        when: for each question the answers of which one was given.
        topics: topics of which one was spoken about or answered with; empty means any.
        unless: subjects in play with which it is not shown.
        topic: a card to offer with it.
    """

    when: dict[str, tuple[str, ...]] = {}
    topics: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    text: str
    partner: Optional[str] = None
    cites: tuple[str, ...]
    topic: Optional[str] = None


class CheckPhrases(Strict):
    """The fixed sentences of the guided check."""

    opening: str
    from_chat: str
    progress: str
    not_understood: str
    which_sign: str
    already: str
    changed: str
    left: str
    resumed: str
    back_to_it: str
    change_which: str
    nothing_to_change: str
    result: str
    raise_title: str
    with_title: str
    soon_title: str
    limits: str
    skip: str
    back: str
    leave: str
    why: str
    resume: str
    change: str
    afresh: str
    skipped: str


class GuidedCheck(Strict):
    """At most seven questions, and what is worth raising after them, with whom and how soon.

    Attributes:
        raise_: every row that fits, at most :data:`MAX_RAISED`.
        with_, soon: the first row that fits.
    """

    phrases: CheckPhrases
    questions: tuple[Question, ...]
    raise_: tuple[Row, ...] = Field(alias="raise")
    with_: tuple[Row, ...] = Field(alias="with")
    soon: tuple[Row, ...]

    def question(self, question_id: str) -> Optional[Question]:
        """The question of an id, None when there is none."""
        return next((question for question in self.questions if question.id == question_id), None)

    def flag(self, choice: str) -> Optional[str]:
        """The red flag that a choice "check:<question>:<option>" raises, if any."""
        kind, _, rest = choice.partition(":")
        question_id, _, option_id = rest.partition(":")
        question = self.question(question_id) if kind == "check" else None
        option = question.option(option_id) if question else None
        return option.flag if option else None


#: Most things worth raising that a result names.
MAX_RAISED = 5


class SheetPhrases(Strict):
    """Titles and fixed lines of the appointment sheet, and of the message to the clinic.

    Attributes:
        asked: conditions that were only asked about; ``{topics}``.
        named: the line for what a figure was given for in the chat; the figure itself is not kept.
    """

    title: str
    intro: str
    noticed: str
    takes: str
    questions: str
    tests: str
    bring: str
    who: str
    blank_noticed: str
    asked: str
    named: dict[Circumstance, str]
    blank_takes: str
    blank_questions: str
    draft: str
    offer: str
    message: str
    message_opening: str
    message_partner: str
    message_closing: str
    open: str
    closed: str
    no_hours: str
    urgent: str
    nobody: str


class AppointmentSheet(Strict):
    """One page to take along: what was noticed, what is taken, questions, tests, what to bring, whom to see."""

    phrases: SheetPhrases
    questions: tuple[Row, ...]
    tests: tuple[Row, ...]
    bring: tuple[Statement, ...]
    who: tuple[Row, ...]


class Feeling(Strict):
    """A feeling that is said, and what is said back before the answer, once."""

    id: str
    forms: tuple[str, ...]
    self_: str = Field(alias="self")
    partner: str
    distress: bool = False


class LookupPhrases(Strict):
    """The fixed sentences of the medicine look-up and the semen-report explainer."""

    which_medicine: str
    nearest: str
    no_medicine: str
    which_line: str
    all_lines: str
    leave: str


class Feelings(Strict):
    """Acknowledgements, in the order of which goes first, and the sentences of the look-up dialogues."""

    feelings: tuple[Feeling, ...]
    support: str
    lookup: LookupPhrases
