"""The red-flag check: rules first, the semantic layer may add. It never raises an error and never keeps words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Optional, Protocol

import re2

from bot.errors import CandorError
from bot.language.message import Encoder, Reading, read
from bot.safety.rules import Raised, Rules
from bot.safety.semantic import Judgement
from bot.safety.table import load_table_once, numbering

logger = logging.getLogger(__name__)


class Semantic(Protocol):
    """A layer that reads meaning."""

    def __call__(self, reading: Reading, raised: Sequence[Raised]) -> Judgement:
        """How sure it is that a card is due, and which flags are likely."""


@dataclass(frozen=True)
class Findings:
    """What a message raised.

    Attributes:
        flags: ids of red flags that are due a card, first and alone; by rule first, then by meaning.
        possible: ids of red flags that are worth a note in front of the answer: a rule found them by words that stand near each
            other in many ordinary messages too, or they are likely by meaning, but not surely.
        requests: kinds of request that are refused kindly.
        by_meaning: the flags that only the semantic layer found.
        whole: False when the rules could not be run; the reply then carries the numbers in any case.
    """

    flags: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    by_meaning: tuple[str, ...] = ()
    whole: bool = True


class SafetyCheck:
    """Rules, and the semantic layer where it is built.

    Args:
        rules: the compiled table.
        semantic: may add flags; None runs on rules alone.
        encoder: gives the sentence embeddings for it.
    """

    def __init__(self, rules: Rules, semantic: Optional[Semantic] = None, encoder: Optional[Encoder] = None) -> None:
        self._rules = rules
        self._semantic = semantic
        self._encoder = encoder

    def __call__(self, text: str) -> Findings:
        """Checks a raw text."""
        try:
            raised, requests = self._rules.look(text)
            whole = True
        except Exception as error:  # a fault must not silence the rest of the turn
            logger.error("the red-flag rules failed with %s", type(error).__name__)
            raised, requests, whole = [], [], False
        by_rule = tuple(dict.fromkeys(found.flag for found in raised))
        if whole and not raised and self._rules.only_denies(text):  # meaning hears the pain in "no pain" too
            return Findings(requests=tuple(requests))
        judgement = self._judge(text, raised)
        if judgement is None:  # without the layer every rule counts
            return Findings(by_rule, (), tuple(requests), (), whole)
        likely = tuple(flag for flag in judgement.likely if flag not in by_rule)
        if judgement.sure:
            return Findings((*by_rule, *likely), (), tuple(requests), likely, whole)
        firm = tuple(dict.fromkeys(found.flag for found in raised if found.firm))
        if firm:
            return Findings(firm, tuple(flag for flag in by_rule if flag not in firm), tuple(requests), (), whole)
        possible = by_rule or (likely[:1] if judgement.maybe else ())
        return Findings((), possible, tuple(requests), possible if possible and not by_rule else (), whole)

    def _judge(self, text: str, raised: Sequence[Raised]) -> Optional[Judgement]:
        if self._semantic is None or self._encoder is None:
            return None
        try:
            return self._semantic(read(text, self._encoder), raised)
        except Exception as error:  # the rules' findings stand without it
            logger.error("the semantic layer failed with %s", type(error).__name__)
            return None


def load_check(content: Path, semantic: Path, encoder: Path) -> SafetyCheck:
    """The check of a content folder; without a built encoder or semantic layer it runs on the rules alone.

    Raises:
        CandorError: the table of red flags is wrong (then nothing may be served).
    """
    try:
        from bot.language.unknown_words import english_words

        english = english_words()
    except Exception as error:  # only the spelling correction is wider without the word list
        logger.error("the English word list failed with %s", type(error).__name__)
        english = frozenset()
    table = load_table_once(content)
    try:
        rules = Rules(table, english)
    except re2.error:
        raise CandorError("An expression of the red flags cannot be compiled.", "Run `candor lint`.") from None
    try:
        from bot.language.encoder import load_encoder
        from bot.safety import semantic as layer

        return SafetyCheck(rules, layer.load(semantic, layer.fingerprint(numbering(table))), load_encoder(encoder))
    except (CandorError, OSError, ValueError, KeyError, ImportError) as error:
        logger.error("red flags are looked for by rules alone: the semantic layer failed to load with %s", type(error).__name__)
        return SafetyCheck(rules)


@lru_cache(maxsize=1)
def load_check_once(content: Path, semantic: Path, encoder: Path) -> SafetyCheck:
    """The same check loaded once per process, for the serving side; see :func:`load_check`."""
    return load_check(content, semantic, encoder)
