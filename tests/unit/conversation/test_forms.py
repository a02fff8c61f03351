"""What the form of a message says, as tables of (message, what is read)."""

from __future__ import annotations

import time

import pytest

from bot.conversation.forms import MAX_WORDS, FormReader


@pytest.fixture(scope="module")
def read(knowledge):
    return FormReader(knowledge).read


@pytest.mark.parametrize(("message", "aspect"), [
    ("Can it be reversed?", "reversed"), ("is it permanent", "reversed"), ("ok thanks. can they undo that", "reversed"),
    ("will it go away on its own?", "reversed"),
    ("so is that for good?", "reversed"), ("will my sperm come back?", "reversed"), ("is there any way to fix it?", "treatment"),
    ("can it be treated", "treatment"),
    ("what can we do about it?", "treatment"), ("and the treatment?", "treatment"), ("how is it tested", "tests"), ("which tests are there", "tests"),
    ("how do they find out for sure?", "tests"), ("can we still have kids?", "children"), ("will he ever be a father", "children"),
    ("does that mean I'm infertile", "children"),
    ("what about IVF?", "ivf"), ("is ivf the only way", "ivf"), ("would we need icsi", "ivf"), ("what about insemination", "iui"),
    ("And if that doesn't work?", "fails"),
    ("what if the tablets don't work", "fails"), ("what else can we try", "fails"), ("plan b?", None), ("why?", "why"), ("how does that happen",
    "why"),
    ("what causes it?", "why"), ("how long does it take", "how_long"), ("if he quits how long will it take", "how_long"), ("is it dangerous",
    "dangerous"),
    ("should I be worried about it?", "dangerous"), ("side effects?", "risks"), ("what can go wrong", "risks"), ("what are our chances", "chances"),
    ("does it really work", "chances"), ("will it feel different?", "pleasure"), ("how common is it", "common"), ("am I the only one?", "common"),
    ("how much does it cost", "cost"), ("who should I see about it?", "who_to_see"), ("how do I cope with this", "cope"), ("he hasn't had it yet",
    "before"),
    ("do we still need condoms", "contraception"), ("warning signs?", "warning"), ("what about me, should I get tested too?", "own_check"),

    ("how long does a sprained ankle take", None),
    ("ringing in my ears since the concert on friday. will it go away", None), ("can diabetes be reversed?", None),
    ("could smoking be the reason", None), ("how do I bake bread", None), ("my husband had a TURP", None),
])
def test_a_follow_up_without_a_subject(read, message, aspect):
    assert read(message).aspect == aspect


@pytest.mark.parametrize(("message", "control"), [
    ("more", "more_detail"), ("tell me more", "more_detail"), ("simpler please", "simpler"), ("I don't understand", "simpler"), ("sources?",
    "sources"),
    ("how do you know that", "sources"), ("show me the whole topic", "whole_topic"), ("repeat", "repeat"), ("say that again", "repeat"),
    ("start over", "start_over"),
    ("forget me", "forget_me"), ("please delete everything", "forget_me"), ("none of these", "none_of_these"),
    ("what should I say to the doctor?", "appointment_sheet"),
    ("make me a sheet", "appointment_sheet"), ("start the check", "guided_check"), ("go on with the check", "guided_check_resume"),
    ("look up a medicine", "medicine_lookup"), ("help me read my semen report", "semen_report"), ("I want to talk to a human", "human_handoff"),
    ("no more semen comes out", None), ("I forgot to ask about smoking", None), ("can it be undone", None),
    ("delete my sperm count worries and tell me what to do", None),
])
def test_a_control_is_the_whole_message(read, message, control):
    assert read(message).control == control


@pytest.mark.parametrize(("message", "asker"), [
    ("I meant my husband", "partner"), ("it's about my boyfriend", "partner"), ("I'm his wife", "partner"), ("no, it's about me", "self"),
    ("I meant me", "self"),
    ("it is about my brother", "relative"), ("my husband had a TURP", None), ("could my partner have this?", None),
])
def test_who_is_asking(read, message, asker):
    assert read(message).asker == asker


@pytest.mark.parametrize(("message", "option"), [
    ("nothing comes out", "climax=dry"), ("only a few drops", "climax=little"), ("it's cloudy afterwards", "climax=cloudy"), ("suddenly",
    "since=sudden"),
    ("over the years", "since=slow"), ("TURP", "operation=turp"), ("no, he had the cancer operation", "operation=prostatectomy"),
    ("hernia repair", "operation=pelvic"),
    ("antidepressants", "medicines=mood"), ("gym steroids", "medicines=testosterone"), ("type 2 diabetes", "illness=diabetes"), ("MS",
    "illness=nerve"),
    ("more than a year", "trying=over_12"), ("Yes, for 6 to 12 months, and under 35", "trying=to_12_young"), ("not yet", "trying=no"),
])
def test_an_answer_of_the_check(read, message, option):
    assert option in read(message).options


@pytest.mark.parametrize(("message", "feeling"), [
    ("I am so ashamed", "ashamed"), ("this is breaking us", "hopeless"), ("I was just told, I'm gutted", "shock"), ("so worried about it", "afraid"),
    ("this is awkward to ask", "awkward"),
    ("nobody understands", "alone"), ("it makes me angry", "angry"), ("I feel really low", "sad"), ("low sperm count", None),
    ("my bladder neck is not broken?", None), ("are herbs useless?", None), ("kidney failure", None), ("upset stomach", None),
    ("I feel like a failure", "ashamed"), ("I'm broken", "hopeless"), ("im so upset", "sad"),
])
def test_a_feeling(read, message, feeling):
    assert read(message).feeling == feeling


def test_numbers_yes_and_no(read):
    assert [read(text).number for text in ("2", "number 3", "22", "2 years")] == [2, 3, None, None]
    assert [read(text).agrees for text in ("yes please", "nope", "yes I smoke")] == [True, False, None]


def test_near_names_of_medicines(read):
    assert "amitriptyline" in read("amytripin").near
    assert read("I take a lot of different tablets every day").near == ()


def test_nothing_is_read_from_nothing(read):
    assert read("???").aspect is None
    assert read("").control is None


def test_a_long_message_is_no_follow_up_and_reading_is_quick(read):
    long = "my husband had an operation and " * 120 + "can it be reversed"
    started = time.perf_counter()
    form = read(long)
    assert (form.aspect, form.control, form.short) == (None, None, False)
    assert read(" ".join(["it"] * (MAX_WORDS + 1))).short is False
    assert time.perf_counter() - started < 0.2
