"""The pages of the website, each a function of the content and the clinic's settings. No page holds anything about a visitor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from bot.clinic import Clinic
from bot.front_door.conversations import IDLE_SECONDS
from bot.front_door.request import MAX_CHARACTERS
from bot.knowledge.compose import MEDICATION_CAUSE, SEMEN_ANALYSIS
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import Card, Statement
from bot.privacy.opt_in import MAX_CHARACTERS as LONGEST_QUESTION
from bot.web.render import render

STATIC = Path(__file__).resolve().parent / "static"
#: Minutes without a key or touch after which the page clears itself.
IDLE_MINUTES = 15
#: The taxonomy's groups as a heading over their questions.
GROUPS = {
    "basics": "What it is", "causes": "What can cause it", "tests": "Tests", "treatment": "Treatment", "children": "Having children",
    "living": "Living with it", "nearby": "Related questions",
}
CAUSES = {
    "turp": "After a TURP or similar prostate operation", "prostatectomy": "After removal of the prostate",
    "rplnd": "After lymph-node surgery for testicular cancer", "diabetes": "With diabetes", "spinal_cord_injury": "With a spinal cord injury",
    "ms": "With multiple sclerosis", "medicine": "When a medicine is the cause", "blocked_ducts": "When ducts are blocked",
}
CIRCUMSTANCES = {
    "trying_time": "When trying for a baby has gone on for a while",
    "woman_age": "When the woman is 35 or older", "cigarettes": "For somebody who smokes",
}
CARE = {
    "info": "Nothing needs doing because of this alone.", "doctor": "Raise it with a doctor.", "specialist": "Consult a fertility specialist.",
    "urgent": "See a doctor without delay.", "emergency": "Get emergency help.", "support": "Talk to somebody you trust.",
}


@dataclass(frozen=True)
class Part:
    """Statements under one heading of a topic page, with the numbers of their sources in its list."""

    title: str
    statements: tuple[tuple[Statement, tuple[int, ...]], ...]
    level: int = 2


class Site:
    """The pages of one installation.

    Args:
        knowledge: loaded content.
        clinic: its settings.
    """

    def __init__(self, knowledge: Knowledge, clinic: Clinic) -> None:
        self._knowledge = knowledge
        self._clinic = clinic
        self._web = clinic.website
        self._region = knowledge.region(clinic.country)
        self._frame = {
            "web": self._web, "name": self._web.name or clinic.name, "clinic": clinic, "region": self._region,
            "draft": not all(card.is_signed() for card in knowledge.cards.values()), "idle": IDLE_MINUTES,
            "forgets": IDLE_SECONDS // 60, "most": MAX_CHARACTERS, "care": knowledge.phrases.care,
        }

    @property
    def allowed_sites(self) -> tuple[str, ...]:
        """Origins that may show the chat in a frame; this server's own pages may always."""
        return ("'self'", *self._web.allowed_sites)

    def chat(self) -> str:
        """The chat, whole page or frame."""
        return render("chat.html", groups=self._groups(), **self._frame)

    def topics(self) -> str:
        """The list of all topics."""
        return render("topics.html", groups=self._groups(), **self._frame)

    def topic(self, topic: str) -> Optional[str]:
        """The whole card of a topic; None when there is no such card."""
        card = self._knowledge.cards.get(topic)
        if card is None:
            return None
        numbers: dict[str, int] = {}
        sections = [self._part(title, statements, numbers, level) for title, statements, level in self._sections(card) if statements]
        partner = card.next_step.partner if card.next_step.partner != card.next_step.self_ else None
        facts = [getattr(self._region, name) for name in card.regional]
        regional = [(fact.text, [numbers.setdefault(source, len(numbers) + 1) for source in fact.sources]) for fact in facts]
        next_step = self._cited([Statement(text=card.next_step.self_, cites=card.next_step.cites)], numbers)[0]
        return render(
            "topic.html", card=card, sections=sections, next_step=next_step, partner=partner, regional=regional, level=CARE[card.care],
            sources=[(number, self._knowledge.sources[source]) for source, number in numbers.items()],
            picture=self._knowledge.pictures[card.image] if card.image else None,
            related=[self._knowledge.cards[other] for other in card.choices if other in self._knowledge.cards], **self._frame)

    def about(self) -> str:
        """What the chat is, what it keeps and what it cannot hide."""
        return render("about.html", cards=len(self._knowledge.cards), sources=len(self._knowledge.sources), **self._frame)

    def question(self) -> Optional[str]:
        """Where a question may be left for the team; None where the clinic has no such box."""
        return render("question.html", longest=LONGEST_QUESTION, **self._frame) if self._clinic.opt_in_questions else None

    def embed(self, address: str) -> str:
        """For the clinic: how to put the chat on a page."""
        return render("embed.html", address=self._web.address or address, **self._frame)

    def demo(self) -> str:
        """A page that stands for a clinic's own, with the launcher on it."""
        return render("demo.html", **self._frame)

    def loader(self) -> str:
        """The one script of a clinic's page, with the clinic's settings handed in."""
        settings = {"launcher": self._web.launcher, "title": self._web.title, "exit": self._web.exit_site, "colour": self._web.colour}
        return f"(CANDOR=>{{{(STATIC / 'loader.js').read_text(encoding='utf-8').strip()}}})({json.dumps(settings)});\n"

    def style(self) -> str:
        """The style sheet with the clinic's colours behind it."""
        web = self._web
        return (f"{(STATIC / 'candor.css').read_text(encoding='utf-8').strip()}\n:root{{--accent:{web.colour}}}"
                f"@media (prefers-color-scheme:dark){{:root{{--accent:{web.colour_dark}}}}}\n")

    def _groups(self) -> list[tuple[str, list[Card]]]:
        cards, topics = self._knowledge.cards, self._knowledge.topics
        return [(title, [card for name, card in cards.items() if topics[name].group == group]) for group, title in GROUPS.items()]

    def _cited(self, statements: Any, numbers: dict[str, int]) -> tuple[tuple[Statement, tuple[int, ...]], ...]:
        """Statements with the numbers of their sources; a source gets its number when it is first used."""
        return tuple(
            (statement, tuple(numbers.setdefault(source, len(numbers) + 1) for source in self._knowledge.sources_of(statement.cites)))
            for statement in statements)

    def _part(self, title: str, statements: Any, numbers: dict[str, int], level: int) -> Part:
        return Part(title, self._cited(statements, numbers), level)

    def _sections(self, card: Card) -> list[tuple[str, Any, int]]:
        """The card's statements under their headings, in reading order; medicines and report lines where the card is about them."""
        found: list[tuple[str, Any, int]] = [("", card.short, 2), ("In plainer words", card.simple, 2), ("More", card.more, 2)]
        found += [(CAUSES[cause], statements, 2) for cause, statements in card.per_cause.items()]
        found += [(CIRCUMSTANCES[name], statements, 2) for name, statements in card.when_named.items()]
        if card.id == SEMEN_ANALYSIS:
            report = self._knowledge.semen_report
            found += [(line.name, (*line.meaning, *line.limit, *line.reading), 3) for line in report.lines]
            found += [(self._knowledge.phrases.questions_to_ask, report.questions, 2), ("", report.refusal, 2)]
        if card.id == MEDICATION_CAUSE:
            found += [(group.name[0].upper() + group.name[1:], (*group.effect, *group.advice), 3)
                      for group in self._knowledge.medicines.classes]
        return found
