"""How a reply looks in each app: nothing lost, cut at block borders, level and number first on a care card."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.registry import PLATFORMS
from bot.channels.render import render, size, split
from bot.channels.words import load_phrases
from bot.knowledge import compose
from bot.knowledge.reply import Choice, Reply
from bot.paths import CONTENT
from bot.safety import cards

SHAPES = {name: platform.shape for name, platform in PLATFORMS.items()}
PHRASES = load_phrases(CONTENT)


def shown(reply, name, knowledge, asides=()):
    return [part.text for part in render(reply, SHAPES[name], knowledge.phrases, PHRASES, asides)]


@given(st.text(max_size=400), st.integers(8, 60))
@settings(max_examples=300, deadline=None)
def test_pieces_keep_every_character_that_shows_and_the_limit(text, limit):
    pieces = split(text, limit)
    assert all(size(piece) <= limit for piece in pieces)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(("text", "pieces"), [
    ("one", ["one"]),
    ("block one\n\nblock two\n\nblock three", ["block one\n\nblock two", "block three"]),
    ("block one\n\na block that is longer", ["block one", "a block that is longer"]),
    ("line one is here\nline two is here\nline 3", ["line one is here", "line two is here\nline 3"]),
    ("First sentence here. Second sentence.", ["First sentence here.", "Second sentence."]),
    ("words and words and words and words", ["words and words and words", "and words"]),
    ("x" * 60, ["x" * 25, "x" * 25, "x" * 10]),
], ids=["short", "blocks", "whole block on its own", "lines", "sentences", "words", "no border"])
def test_the_cut_is_at_the_best_border(text, pieces):
    assert split(text, 25) == pieces


def test_an_emoji_counts_as_telegram_counts_it_and_is_never_halved():
    assert size("\U0001f600") == 2
    assert split("\U0001f600" * 3, 5) == ["\U0001f600" * 2, "\U0001f600"]


@pytest.mark.parametrize("name", SHAPES)
def test_every_answer_fits_and_loses_no_line(knowledge, name):
    for topic in knowledge.cards:
        for reply in (compose.answer(knowledge, [topic]), compose.more(knowledge, topic)):
            parts = render(reply, SHAPES[name], knowledge.phrases, PHRASES)
            assert all(0 < size(part.text) <= SHAPES[name].limit for part in parts)
            assert [part.choices for part in parts[:-1]] == [()] * (len(parts) - 1)
            assert parts[-1].choices == reply.choices
            whole = " ".join(re.sub(r"^\(\d+/\d+\) ", "", part.text) for part in parts)
            squeezed = re.sub(r"\s+", " ", whole)
            for block in reply.blocks:
                assert re.sub(r"\s+", " ", block.text) in squeezed
            assert reply.next_step in squeezed
            assert all(source["url"] in whole for source in reply.sources)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("country", ["GB", "US", None])
def test_every_care_card_comes_whole_in_one_message_with_its_number_in_front(knowledge, name, country):
    for flag in knowledge.care_cards:
        reply = cards.care_reply(knowledge, country, [flag], ["smoking", "diabetes", "having_children"])
        first = shown(reply, name, knowledge, ["An aside."])[0]
        lead = knowledge.phrases.care.lead[reply.care]
        assert first.startswith(lead)
        if reply.numbers:
            assert reply.numbers[0] in "\n".join(first.split("\n")[:2])
        assert all(number in first for number in reply.numbers)
        assert all(block.text in first for block in reply.blocks)
        assert first.index(reply.blocks[0].text) < first.find("An aside.") or "An aside." not in first


def test_a_number_that_stands_in_front_already_is_not_said_twice(knowledge):
    emergency, self_harm = (shown(cards.care_reply(knowledge, "GB", [flag]), "twilio", knowledge)[0] for flag in ("RF-01", "RF-14"))
    assert emergency.startswith("EMERGENCY: Sudden or severe pain in a testicle\nCall 999.\n")
    assert self_harm.startswith("EMERGENCY: 116 123\nEMERGENCY: Thoughts of suicide or self-harm\nI am glad you said it.")


def test_a_note_about_a_possible_emergency_stays_in_front(knowledge):
    reply = cards.with_note(knowledge, "GB", compose.answer(knowledge, ["smoking"]), ["RF-01"])
    for name in SHAPES:
        text = shown(reply, name, knowledge, ["An aside."])[0]
        begins = text.removeprefix("(1/2) ").removeprefix("(1/3) ").removeprefix("Canonical answer: Smoking and semen\n\n")
        assert begins.startswith("In case this is about now: EMERGENCY: Call 999.")


def test_choices_take_the_place_of_the_list_that_names_them(knowledge):
    (text,) = shown(compose.clarify(knowledge, ["smoking", "diabetes"]), "messenger", knowledge)
    assert text.split("\n")[1:] == [f"1. {knowledge.cards['smoking'].question}", f"2. {knowledge.cards['diabetes'].question}", "3. None of these"]


def test_choices_that_stand_nowhere_are_listed_below(knowledge):
    reply = Reply("clarify", "Which?\n- A", choices=(Choice("a", "A"), Choice("help_now", "Help now")))
    assert shown(reply, "messenger", knowledge) == ["Which?\n1. A\n\nYou can also send a number:\n2. Help now"]
    assert shown(Reply("smalltalk", "Hello.", choices=(Choice("a", "A"),)), "twilio", knowledge) == ["Hello.\n\nSend a number:\n1. A"]
    assert shown(reply, "telegram", knowledge) == ["Which?\n- A"]


def test_messages_that_may_arrive_in_another_order_are_counted(knowledge):
    parts = shown(compose.more(knowledge, "semen_analysis"), "twilio", knowledge)
    assert [part.split(" ")[0] for part in parts] == [f"({number}/{len(parts)})" for number in range(1, len(parts) + 1)]
    assert all(len(part) <= 1600 for part in parts)


@pytest.mark.parametrize("name", ["slack", "mattermost"])
def test_staff_get_the_canonical_answer_ready_to_copy(knowledge, name):
    reply = compose.answer(knowledge, ["smoking"])
    text = "\n\n".join(shown(reply, name, knowledge, ["For staff."]))
    assert text.startswith("Canonical answer: Smoking and semen\n\n")
    assert reply.blocks[0].text in text
    assert f"[1] {reply.sources[0]['title']}" in text
    assert f"(checked {reply.sources[0]['checked']})" in text
    assert "Review: draft. No clinician has reviewed this answer yet; do not pass it on as reviewed." in text
    assert knowledge.phrases.draft_note not in text
    assert text.index("Review:") < text.index("For staff.")
    assert not re.search(r"[*_`]{1,3}\w", text.replace("http", ""))


def test_a_signed_answer_says_when_it_was_reviewed(knowledge):
    from dataclasses import replace

    reply = replace(compose.answer(knowledge, ["smoking"]), review={"status": "reviewed", "reviewed": "2026-10-01", "due": "2027-10-01"})
    assert "Review: reviewed 2026-10-01, next review due 2027-10-01." in "\n".join(shown(reply, "slack", knowledge))


def test_only_what_is_paid_by_the_message_leaves_out_the_titles_of_sources(knowledge):
    reply = compose.answer(knowledge, ["smoking"])
    title = reply.sources[0]["title"]
    assert {name: title in "".join(shown(reply, name, knowledge)) for name in SHAPES} == {
        "telegram": True, "twilio": False, "messenger": False, "slack": True, "mattermost": True}
