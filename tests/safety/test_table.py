"""A wrong table of red flags is refused with file and line, before anything is served."""

from __future__ import annotations

import shutil

import pytest

from bot.errors import CandorError
from bot.knowledge.loader import load
from bot.paths import CONTENT
from bot.safety.prefilter import Prefilter, prefixes, sre_parse
from bot.safety.table import check_against, load_table
from bot.safety.text import plain


@pytest.fixture
def table(tmp_path):
    shutil.copytree(CONTENT / "red_flags", tmp_path / "red_flags")
    shutil.copy(CONTENT / "red_flags.yml", tmp_path)
    return tmp_path


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(("file", "old", "new", "message"), [
    ("red_flags/RF-01.yml", "phrases:", "phrases_: [a]\nphrases:", r"RF-01\.yml:\d+: phrases_"),
    ("red_flags/RF-01.yml", "id: RF-01", "id: RF-77", r"RF-01\.yml:1: the file of RF-77"),
    ("red_flags/RF-01.yml", "level: emergency", "level: dreadful", r"RF-01\.yml:\d+: level"),
    ("red_flags/RF-01.yml", "phrases:", "words: {nested: ['(?:a+)+b']}\nphrases:", r"RF-01\.yml:\d+: .* holds a repetition within a repetition"),
    ("red_flags/RF-01.yml", "phrases:", "words: {broken: ['(a']}\nphrases:", r"RF-01\.yml:\d+: '\(a' is not an expression"),
    ("red_flags/RF-01.yml", "phrases:", "words: {behind: ['(?<=a)b']}\nphrases:", r"RF-01\.yml:\d+: .* is not an expression"),
    ("red_flags/RF-01.yml", "phrases:", "words: {lost: ['{nowhere}']}\nphrases:", r"RF-01\.yml:\d+: there is no word group 'nowhere'"),
    ("red_flags/RF-01.yml", "phrases:", "words: {testicle: ['x']}\nphrases:", r"RF-01\.yml:\d+: the word group 'testicle' is a shared one"),
    ("red_flags/RF-01.yml", "claims: [RF-01]", "claims: []", r"RF-01\.yml:1: RF-01 has no claims"),
])
def test_a_wrong_table_is_one_sentence_with_file_and_line(table, file, old, new, message):
    path = table / file
    if "words:" in new and "\nwords:\n" in path.read_text():  # put the group into the words that are there
        old, new = "\nwords:\n", f"\nwords:\n  {new.removeprefix('words: {').partition('}' + chr(10))[0]}\n"
    edit(path, old, new)
    with pytest.raises(CandorError, match=message):
        load_table(table)


@pytest.mark.parametrize(("file", "old", "new", "message"), [
    ("care_cards.yml", "- id: RF-02\n", "- id: RF-99\n", r"RF-02\.yml:1: RF-02 has no card"),
    ("care_cards.yml", "level: doctor", "level: urgent", r"care_cards\.yml:\d+: there is no flag RF-02 of the level 'urgent'"),
    ("red_flags/RF-01.yml", "claims: [RF-01]", "claims: [RF-98]", r"RF-01\.yml:1: there is no claim 'RF-98'"),
])
def test_flags_cards_and_claims_fit_together(tmp_path, file, old, new, message):
    content = tmp_path / "content"
    shutil.copytree(CONTENT, content)
    edit(content / file, old, new)
    with pytest.raises(CandorError, match=message):
        check_against(load_table(content), load(content), content)


def test_groups_in_a_circle_are_refused(table):
    edit(table / "red_flags.yml", "words:\n", "words:\n  one: ['{two}']\n  two: ['{one}']\n")
    with pytest.raises(CandorError, match="there is no word group"):
        load_table(table)


@pytest.mark.parametrize(("text", "expected"), [
    ("I CAN'T pee!!", "i cant pee ."), ("It\u2019s  so\u200b painful\u2026help", "its so painful . help"), ("painnnnn", "pain"),
    ("fever 38.5, vomiting", "fever 38.5 vomiting"), ("\uff50\uff41\uff49\uff4e", "pain"), ("/restart", "restart"), ("", ""), ("\U0001f600", ""),
    ("caf\u00e9", "cafe"), ("one.two", "one . two"), ("1.5 ml", "1.5 ml"),
])
def test_text_is_brought_into_its_plain_form(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize(("expression", "expected"), [
    ("pain|hurts?", {"pain", "hurt"}), ("(?:my )?balls?", {"ball"}), ("cant (?:move|walk)", {"cant"}), (r"\w+ pain", {"pain"}), (r"\d+", None),
    (r"(?:left|right) testic\w*", {"testic"}), ("(?:a|the)?ball", None), (r"testic\w*pain", {"testic"}),
])
def test_the_prefilter_knows_what_a_match_must_hold(expression, expected):
    found = prefixes(sre_parse.parse(expression))
    assert found == (None if expected is None else frozenset(expected))


def test_the_prefilter_never_rules_out_what_would_match():
    """On all exemplars the rules find the same with and without it."""
    from bot.safety.rules import Rules
    from bot.safety.table import load_table_once

    table = load_table_once(CONTENT)
    with_it, without = Rules(table), Rules(table)
    everything = set(range(len(without._numbers)))
    without._expressions.prefilter = lambda words: everything
    for flag in table.flags:
        for text in (*flag.exemplars[::3], *flag.counter_examples[::4]):
            assert with_it.read(text) == without.read(text)
    assert isinstance(with_it._expressions.prefilter, Prefilter)


def test_expressions_searched_together_find_what_each_finds_alone():
    """RE2 tells nobody when a set runs out of memory: it just finds less."""
    from bot.safety.rules import _TOGETHER, Rules
    from bot.safety.table import load_table_once

    table = load_table_once(CONTENT)
    expressions = Rules(table)._expressions
    texts = [plain(text).encode() for flag in table.flags for text in (*flag.exemplars[::12], *flag.counter_examples[::20])]
    texts.append(b" ".join(texts)[:4000])
    for text in texts:
        together = {number for group in range(len(expressions.patterns) // _TOGETHER + 1) if group * _TOGETHER < len(expressions.patterns)
                    for number in expressions.found(group, text)}
        assert together == {number for number, pattern in enumerate(expressions.patterns) if pattern.search(text)}
