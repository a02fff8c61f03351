from __future__ import annotations

import pytest

from bot.language.unknown_medicine import names_unknown_medicine


@pytest.mark.parametrize("word", ["zofenopril", "rivaroxaban", "olmesartan", "voriconazole", "lorazepam", "apixaban", "pitavastatin", "ustekinumab"])
def test_a_generic_name_is_noticed(word):
    assert names_unknown_medicine(["i", "take", word, "daily"])


@pytest.mark.parametrize("text", [
    "my urine is fine and i determine routine medicine", "magazine intestine vaccine caffeine", "we were married for nine years in april",
    "could smoking be the reason that nothing comes out", "i am alone and gone to the clinic", "the situation is a condition of the person",
])
def test_ordinary_words_are_not(text):
    assert not names_unknown_medicine(text.split())
