"""Shows a reply in an app: level and number first on a care card, choices numbered where they cannot be tapped, cut at block borders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.channels.platform import Part, Shape
from bot.channels.words import ChannelPhrases
from bot.knowledge.model import Phrases
from bot.knowledge.reply import Reply

#: Where a text may be cut, the best places first.
_BORDERS = (("\n\n", re.compile(r"\n\n")), ("\n", re.compile(r"\n")), (" ", re.compile(r"(?<=[.!?]) ")), (" ", re.compile(r" ")))
_COUNTER = "({}/{}) "


def size(text: str) -> int:
    """UTF-16 code units: what Telegram counts, and never fewer than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _hard(text: str, limit: int) -> list[str]:
    """Pieces of a text without any border, never through the middle of a character."""
    pieces, length = [""], 0
    for character in text:
        length += size(character)
        if length > limit:
            pieces.append("")
            length = size(character)
        pieces[-1] += character
    return pieces


def split(text: str, limit: int, level: int = 0) -> list[str]:
    """A text in pieces of at most ``limit`` UTF-16 units, cut between blocks, else lines, else sentences, else words."""
    if size(text) <= limit:
        return [text]
    if level == len(_BORDERS):
        return _hard(text, limit)
    glue, border = _BORDERS[level]
    pieces: list[str] = []
    for block in border.split(text):
        for number, piece in enumerate(split(block, limit, level + 1)):
            joined = f"{pieces[-1]}{glue}{piece}" if pieces and not number else ""
            if joined and size(joined) <= limit:
                pieces[-1] = joined
            else:
                pieces.append(piece)
    return [piece for piece in pieces if piece.strip()]


def _source(source: dict[str, Any], shape: Shape, phrases: ChannelPhrases) -> str:
    year = f", {source['year']}" if source["year"] else ""
    title = "" if shape.short_sources else f"{source['title']}. "
    checked = f" ({phrases.staff.checked.format(day=source['checked'])})" if shape.staff else ""
    return f"{title}{source['publisher']}{year}. {source['url']}{checked}"


def _with_sources(text: str, reply: Reply, shape: Shape, sentences: Phrases, phrases: ChannelPhrases) -> str:
    """The paragraph of sources as this app shows it; the last paragraph that begins like one."""
    paragraphs = text.split("\n\n")
    for index in range(len(paragraphs) - 1, -1, -1):
        if paragraphs[index].startswith(f"{sentences.sources}:\n[1] ") and reply.sources:
            listed = dict.fromkeys(_source(source, shape, phrases) for source in reply.sources)
            paragraphs[index] = "\n".join([f"{sentences.sources}:", *(f"[{number}] {source}" for number, source in enumerate(listed, 1))])
            break
    return "\n\n".join(paragraphs)


def _for_staff(text: str, reply: Reply, sentences: Phrases, phrases: ChannelPhrases) -> str:
    """An answer as staff copy it: with its titles and its review status."""
    if reply.outcome != "answer" or not reply.blocks:
        return text
    titles = "; ".join(dict.fromkeys(block.title for block in reply.blocks if block.title))
    review = phrases.staff.draft
    if reply.review["status"] == "reviewed":
        review = phrases.staff.reviewed.format(reviewed=reply.review["reviewed"], due=reply.review["due"])
    text = "\n\n".join(paragraph for paragraph in text.split("\n\n") if paragraph != sentences.draft_note)
    return "\n\n".join([phrases.staff.title.format(titles=titles), text, review])


def _number_first(text: str, reply: Reply, sentences: Phrases) -> str:
    """A care card whose number stands in its first two lines, also where the card begins with a kind word."""
    if reply.outcome != "care" or reply.red_flag is None or not reply.numbers or reply.care not in sentences.care.lead:
        return text
    number, level = reply.numbers[0], sentences.care.lead[reply.care]
    if number in "\n".join(text.split("\n")[:2]):
        return text
    return f"{level}: {number}\n{text}"


def _with_numbers(text: str, reply: Reply, phrases: ChannelPhrases) -> str:
    """The choices as a numbered list: in place where the text lists them already, else below it."""
    if not reply.choices:
        return text
    lines, rest = text.split("\n"), []
    for number, choice in enumerate(reply.choices, 1):
        line = f"- {choice.label}"
        if line in lines:
            lines[lines.index(line)] = f"{number}. {choice.label}"
        else:
            rest.append(f"{number}. {choice.label}")
    in_place = len(rest) < len(reply.choices)
    return "\n\n".join(["\n".join(lines), *(["\n".join([phrases.also if in_place else phrases.choose, *rest])] if rest else [])])


def render(reply: Reply, shape: Shape, sentences: Phrases, phrases: ChannelPhrases, asides: Sequence[str] = ()) -> tuple[Part, ...]:
    """The messages that show a reply; every word of it, in order.

    Args:
        reply: the answer contract.
        asides: sentences that are no part of it. They stand above it; below where a card, a note or a reminder must come first, and
            below what staff copy.
        shape: of the platform.
        sentences: ``content/phrases.yml``.
        phrases: ``content/channels.yml``.
    """
    text = _number_first(reply.text, reply, sentences)
    if shape.short_sources or shape.staff:
        text = _with_sources(text, reply, shape, sentences, phrases)
    if shape.staff:
        text = _for_staff(text, reply, sentences, phrases)
    if asides:
        below = shape.staff or reply.outcome == "care" or reply.red_flag is not None or bool(reply.numbers)
        text = "\n\n".join([text, *asides] if below else [*asides, text])
    if not shape.buttons:
        text = _with_numbers(text, reply, phrases)
    pieces = split(text, shape.limit)
    if len(pieces) > 1 and shape.count_parts:
        pieces = split(text, shape.limit - len(_COUNTER.format(99, 99)))
        pieces = [_COUNTER.format(number, len(pieces)) + piece for number, piece in enumerate(pieces, 1)]
    return (*_plain(pieces[:-1]), Part(pieces[-1], reply.choices))


def _plain(pieces: Iterable[str]) -> list[Part]:
    return [Part(piece) for piece in pieces]
