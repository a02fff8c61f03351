from __future__ import annotations

import re

import pytest

from bot.knowledge import compose
from bot.knowledge.compose import Circumstances
from bot.knowledge.loader import load
from bot.knowledge.reply import OUTCOMES, Reply, reply_from_dict

CONTRACT = {"outcome", "topics", "red_flag", "care", "text", "blocks", "next_step", "choices", "sources", "numbers", "review"}


@pytest.fixture
def small(content):
    return load(content)


def test_an_answer_holds_opening_statements_next_step_sources_and_draft_note(small):
    reply = compose.answer(small, ["smoking"])
    assert reply.text.split("\n\n") == [
        "It makes sense to ask.",
        "Smoking is not a known cause of having no semen. It lowers sperm quality.",
        "Next step: Consult a fertility specialist.",
        "Sources:\n[1] A study of smokers. A journal, 2020. https://example.org/study\n"
        "[2] An article. A magazine, 2024. https://example.org/article",
        small.phrases.draft_note,
    ]
    assert reply.care == "specialist"
    assert reply.topics == ("smoking",)


def test_the_asker_changes_opening_and_next_step_only(small):
    own, partners = compose.answer(small, ["smoking"]), compose.answer(small, ["smoking"], Circumstances(asker="partner"))
    assert own.blocks == partners.blocks
    assert partners.text.startswith("It makes sense that both of you ask.")
    assert partners.next_step == "Ask him to consult a fertility specialist, and be checked together."


def test_a_known_cause_adds_its_statements(small):
    assert compose.answer(small, ["smoking"], Circumstances(cause="diabetes")).blocks[0].text.startswith("With diabetes the nerves matter more.")
    assert "nerves" not in compose.answer(small, ["smoking"], Circumstances(cause="turp")).blocks[0].text


def test_the_contract_has_exactly_its_fields_and_survives_json(small):
    reply = compose.answer(small, ["smoking"])
    assert set(reply.to_dict()) == CONTRACT
    assert reply_from_dict(reply.to_dict()) == reply


def test_the_same_question_gives_the_same_bytes(knowledge):
    topics = list(knowledge.cards)[:3]
    assert compose.answer(knowledge, topics).text == compose.answer(knowledge, topics).text


def test_at_most_three_topics_are_answered_and_the_rest_offered(knowledge):
    topics = list(knowledge.cards)[:5]
    reply = compose.answer(knowledge, topics)
    assert list(reply.topics) == topics[:3]
    assert [c.id for c in reply.choices if c.id.startswith("ask:")][:2] == [f"ask:{topic}" for topic in topics[3:]]


def test_several_topics_share_one_next_step_and_one_list_of_sources(knowledge):
    reply = compose.answer(knowledge, list(knowledge.cards)[:3])
    assert reply.text.count("Next step:") == 1
    assert reply.text.count("\nSources:\n") + reply.text.startswith("Sources:") == 1
    assert len({source["id"] for source in reply.sources}) == len(reply.sources)


def test_every_card_composes_in_every_form(knowledge):
    for topic, card in knowledge.cards.items():
        for asker in ("self", "partner"):
            case = Circumstances(asker=asker)
            for reply in (compose.answer(knowledge, [topic], case), compose.more(knowledge, topic, case),
                          compose.simpler(knowledge, topic, case), compose.sources(knowledge, [topic], case)):
                assert reply.outcome == "answer"
                assert reply.next_step == card.next_step.for_asker(asker)
                assert reply.next_step in reply.text
                assert reply.sources


def test_every_outcome_without_an_answer_has_words(knowledge):
    for reply in (compose.clarify(knowledge, list(knowledge.cards)[:5]), compose.not_covered(knowledge), compose.unavailable(knowledge)):
        assert isinstance(reply, Reply)
        assert reply.outcome in OUTCOMES
        assert len(reply.text) > 40
        assert not reply.blocks


def test_a_clarification_offers_three_and_none(knowledge):
    reply = compose.clarify(knowledge, list(knowledge.cards)[:5])
    assert len(reply.choices) == 4
    assert reply.choices[-1].id == "none"


def test_a_missing_card_is_an_error_not_an_empty_answer(knowledge):
    with pytest.raises(KeyError):
        compose.answer(knowledge, ["no_such_card"])


def test_a_named_medicine_adds_what_the_list_says_of_it_and_not_to_stop(knowledge):
    medicine, group = knowledge.medicine("tamsulosin")
    case = Circumstances(medicines=("tamsulosin",))
    general = compose.answer(knowledge, ["medication_cause"], case).text
    of_class = compose.answer(knowledge, ["alpha_blockers"], case).text
    for text in (general, of_class):
        assert "Tamsulosin is one of the alpha-blockers." in text
        assert medicine.effect[0].text in text
        assert "Do not stop" in text
    assert group.effect[0].text in general
    assert group.advice[0].text in general
    assert group.effect[0].text not in of_class


def test_every_medicine_comes_with_not_to_stop_it(knowledge):
    for medicine in knowledge.medicines.medicines:
        for topic in {knowledge.medicine(medicine.id)[1].topic, "medication_cause"}:
            text = compose.answer(knowledge, [topic], Circumstances(medicines=(medicine.id,))).text
            assert re.search(r"(?i)(?:do not|don't|never) (?:start, )?stop|keep taking", text), (medicine.id, topic)


def test_a_medicine_of_another_topic_adds_nothing(knowledge):
    assert "Tamsulosin" not in compose.answer(knowledge, ["smoking"], Circumstances(medicines=("tamsulosin",))).text


def test_an_unknown_medicine_is_answered_honestly(knowledge):
    unknown = knowledge.medicines.unknown[0].text
    assert unknown in compose.answer(knowledge, ["medication_cause"], Circumstances(medicines=("unknown",))).text
    assert unknown not in compose.answer(knowledge, ["medication_cause"]).text
    assert unknown not in compose.answer(knowledge, ["smoking"], Circumstances(medicines=("unknown",))).text


def test_a_named_line_of_a_report_is_explained(knowledge):
    line = next(line for line in knowledge.semen_report.lines if line.id == "morphology")
    text = compose.answer(knowledge, ["semen_analysis"], Circumstances(report_lines=("morphology",))).text
    assert line.meaning[0].text in text
    assert line.limit[0].text in text
    assert line.meaning[0].text not in compose.answer(knowledge, ["semen_analysis"]).text


def test_more_on_semen_analysis_explains_every_line_and_refuses_to_judge(knowledge):
    text = compose.more(knowledge, "semen_analysis").text
    assert all(line.meaning[0].text in text for line in knowledge.semen_report.lines)
    assert knowledge.semen_report.refusal[0].text in text
    assert all(question.text in text for question in knowledge.semen_report.questions)


def test_the_clinics_country_picks_the_regional_lines(knowledge):
    british = compose.answer(knowledge, ["when_to_see_doctor"], Circumstances(country="GB")).text
    american = compose.answer(knowledge, ["when_to_see_doctor"], Circumstances(country="US")).text
    unknown = compose.answer(knowledge, ["when_to_see_doctor"], Circumstances(country="XX")).text
    assert knowledge.regions["GB"].referral.text in british
    assert knowledge.regions["US"].referral.text in american
    assert knowledge.regions["default"].referral.text in unknown


def test_a_picture_comes_with_its_words(knowledge):
    image = compose.answer(knowledge, ["what_is_retrograde_ejaculation"]).blocks[0].image
    assert image["url"] == "/pictures/retrograde.svg"
    assert len(image["alt"].split()) >= 40
