"""Signing cards, and the sheet that a clinician reads before signing: one page a card, in one self-contained HTML file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path

from bot.errors import CandorError
from bot.knowledge.loader import Knowledge, load
from bot.knowledge.model import Card, Statement
from bot.knowledge.reading import grade
from bot.knowledge.review_log import ReviewEvent, record, signed_path

_CHECK = {"yes": "read", "relayed": "relayed", "no": "not verified"}
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#16202a;background:#fff;max-width:52rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem}h2{font-size:1.4rem;margin:0 0 .2rem}h3{font-size:1.05rem;margin:1.2rem 0 .3rem}
.card{break-before:page;border-top:3px solid #0b5c6b;padding-top:1rem;margin-top:2.5rem}
.meta,.cite{color:#44525f;font-size:.88rem}.statement{margin:.5rem 0}.cite{margin:.1rem 0 .1rem 1rem}
.mark{display:inline-block;border:1px solid;border-radius:.3rem;padding:0 .35rem;font-size:.8rem}
.no{color:#8a1c1c}.relayed{color:#7a4a00}.yes{color:#0f5c2e}
.sign{border:1px solid #8a94a0;padding:.8rem;margin-top:1.2rem}nav li{break-inside:avoid}nav ul{columns:3;padding-left:1.2rem}
a{color:#0b5c6b}@media print{nav{display:none}body{max-width:none;padding:0}a{color:inherit;text-decoration:none}}
"""


def sign(content: Path, topic: str, by: str, due: date, today: date) -> Path:
    """Writes a reviewer's name, the day, the due day and the text's fingerprint into a card, and keeps the signed text.

    Returns:
        the card's file.

    Raises:
        CandorError: no such card, an empty name, or a due day that is not in the future.
    """
    card = find_card(content, topic)
    if not by.strip():
        raise CandorError("The reviewer's name is empty.")
    if due <= today:
        raise CandorError(f"The review would be due on {due}, which is not after today ({today}).")
    path = content / "topics" / f"{topic}.yml"
    name = by.strip().replace("\\", "").replace('"', "'")
    block = f'review: {{status: reviewed, by: "{name}", on: {today}, due: {due}, signed: "{card.fingerprint()}"}}\n'
    _write_review(path, block)
    record(content, topic, ReviewEvent(on=today, what="approved", by=name, due=due, signed=card.fingerprint()))
    signed_path(content, topic).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def expire(content: Path, topic: str, by: str, why: str, today: date) -> Path:
    """Takes an approval back before its day: the card is a draft again.

    Returns:
        the card's file.

    Raises:
        CandorError: no such card, one that nobody approved, or an empty name or reason.
    """
    if find_card(content, topic).review.status == "draft":
        raise CandorError(f"Nobody has approved the card {topic!r}: there is nothing to take back.")
    record(content, topic, ReviewEvent(on=today, what="expired", by=by, text=why))
    path = content / "topics" / f"{topic}.yml"
    _write_review(path, "")
    return path


def find_card(content: Path, topic: str) -> Card:
    """A card of a content folder.

    Raises:
        CandorError: there is none of that id.
    """
    card = load(content).cards.get(topic)
    if card is None:
        raise CandorError(f"There is no card {topic!r}.", "`candor review` lists what there is.")
    return card


def _write_review(path: Path, block: str) -> None:
    text = re.sub(r"(?m)^review:.*\n(?:[ \t]+.*\n)*", "", path.read_text(encoding="utf-8"))
    path.write_text(text.rstrip("\n") + "\n" + block, encoding="utf-8")


def _statement(knowledge: Knowledge, statement: Statement) -> str:
    lines = [f"<h4>{escape(statement.heading)}</h4>" if statement.heading else "", f'<p class="statement">{escape(statement.text)}</p>']
    for claim_id in statement.cites:
        claim = knowledge.claims[claim_id]
        sources = ", ".join(
            f'<a href="{escape(s.url)}">{escape(s.id)}</a>' for s in (knowledge.sources[i] for i in knowledge.sources_of([claim_id], lent=99)))
        lines.append(
            f'<p class="cite"><b>{escape(claim.id)}</b> <span class="mark {claim.verified}">{_CHECK[claim.verified]}</span> '
            f"{escape(claim.fact)} [{sources}]</p>")
    return "\n".join(lines)


def _part(knowledge: Knowledge, title: str, statements: Sequence[Statement]) -> str:
    if not statements:
        return ""
    return f"<h3>{escape(title)}</h3>" + "".join(_statement(knowledge, statement) for statement in statements)


def _page(knowledge: Knowledge, card: Card) -> str:
    review = card.review
    state = (f"signed by {review.by} on {review.on}, due {review.due}" if card.is_signed()
             else "the text changed after it was signed" if review.status == "reviewed" else "draft, not reviewed")
    both = (("self", card.opening.self_), ("partner", card.opening.partner))
    openings = "".join(f"<p>{who}: {escape(text)}</p>" for who, text in both if text)
    steps = [Statement(text=f"{who}: {text}", cites=card.next_step.cites)
             for who, text in (("self", card.next_step.self_), ("partner", card.next_step.partner))]
    causes = "".join(_part(knowledge, f"If the cause is: {cause.replace('_', ' ')}", part) for cause, part in card.per_cause.items())
    causes += "".join(_part(knowledge, f"If it gives a figure for: {name.replace('_', ' ')}", part) for name, part in card.when_named.items())
    return "".join([
        f'<section class="card" id="{card.id}"><h2>{escape(card.title)}</h2>',
        f'<p class="meta">{escape(card.id)} &middot; {escape(card.question)} &middot; care: {card.care} &middot; {escape(state)} &middot; '
        f"reading grade of the short answer: {grade(card.short):.1f}</p>",
        f"<h3>Opening</h3>{openings}" if openings else "",
        _part(knowledge, "Short answer", card.short), causes, _part(knowledge, "In plainer words", card.simple),
        _part(knowledge, "More", card.more), _part(knowledge, "Next step", steps),
        '<div class="sign">Correct as it stands &#9744; &nbsp; Needs the changes marked &#9744;<br><br>Name, role: ______________________ '
        "&nbsp; Date: ____________ &nbsp; Next review due: ____________</div></section>",
    ])


def review_sheet(knowledge: Knowledge) -> str:
    """The whole sheet as one HTML document with nothing outside it."""
    links = "".join(f'<li><a href="#{card.id}">{escape(card.title)}</a></li>' for card in knowledge.cards.values())
    signed = sum(card.is_signed() for card in knowledge.cards.values())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Candor: cards for review</title><style>{_STYLE}</style></head><body><h1>Cards for review</h1>"
        f"<p>{len(knowledge.cards)} cards, {signed} signed. Under each statement stand the claims it cites, whether their source was read, "
        f"relayed or not verified, and the source.</p><nav><ul>{links}</ul></nav>"
        + "".join(_page(knowledge, card) for card in knowledge.cards.values()) + "</body></html>\n"
    )
