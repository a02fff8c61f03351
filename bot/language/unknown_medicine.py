"""Notices that a medicine was named that the medicine list does not hold, by the stems of international generic names.

Stems after WHO, "The use of stems in the selection of International Nonproprietary Names (INN)". It only says that there is
such a word, never which: the answer is that nothing reviewed is held on it.
"""

from __future__ import annotations

import re

_STEMS = re.compile(
    r"\w{2,}(?:pril|sartan|olol|dipine|azole|mycin|cillin|floxacin|cycline|statin|gliptin|gliflozin|glutide|[tl]i[mz]umab|umab|tinib|ciclib|navir|tegravir"
    r"|triptan|setron|azepam|zolam|barbital|oxetine|ipramine|triptyline|phenazine|peridol|apine|idone|piprazole|racetam|gabalin|thiazide|semide|terol|metasone"
    r"|nisolone|profen|coxib|codone|morphone|fentanil|tadine|rizine|prazole|tidine|parin|grel|xaban|gatran|fibrate|dronate|trexate|platin"
    r"|rubicin|taxel|nafil|dosin|steride|lukast|tropium|quine|conazole)s?$", re.IGNORECASE)


def names_unknown_medicine(words: list[str]) -> bool:
    """Whether one of the words, none of which the lexicon knows, ends as generic names of medicines do."""
    return any(len(word) >= 6 and _STEMS.fullmatch(word) for word in words)
