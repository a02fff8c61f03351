"""Builds the project's own spaCy pipeline: sentences, lemmas, and the details that change an answer.

There is no statistical model in it: blank English, a rule-based sentence splitter, lemmas from spacy-lookups-data and an
entity ruler filled from the content's lexicon. It is saved to disk once; Rasa's SpacyNLP loads it by path.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from pydantic import Field

from bot.knowledge.loader import ContentError, load_once, parse
from bot.knowledge.model import Cause, Strict
from bot.yaml_file import YamlFile, read_yaml

_RECIPE = "2"  # raise it when the pipeline below changes, so that built pipelines are made anew

#: Prefix of the ids of semen-report lines.
REPORT_LINE = "report:"

_UNITS_OF_TIME = ["day", "days", "week", "weeks", "month", "months", "mth", "mths", "year", "years", "yr", "yrs"]
_GENERAL_PATTERNS: list[dict[str, Any]] = [
    {"label": "duration", "pattern": [{"LIKE_NUM": True}, {"LOWER": {"IN": _UNITS_OF_TIME}}]},
    {"label": "age", "pattern": [{"LIKE_NUM": True}, {"LOWER": {"IN": ["year", "years", "yr", "yrs"]}}, {"LOWER": {"IN": ["old", "of"]}}]},
    {"label": "age", "pattern": [{"LOWER": {"IN": ["aged", "age"]}}, {"LIKE_NUM": True}]},
    {"label": "amount", "pattern": [{"LIKE_NUM": True}, {"LOWER": {"IN": ["cigarettes", "cigs", "fags", "packs", "smokes"]}}]},
]


class Entry(Strict):
    """One thing that people name.

    Attributes:
        id: canonical id; the only form in which it leaves the pipeline.
        label: the kind of thing: condition, operation, medicine, procedure, test, asker.
        words: how people write it, in lower case.
        topics: taxonomy ids that naming it speaks for.
        cause: the per-cause key it stands for, if any.
    """

    id: str
    label: str = Field(regex="^(condition|operation|medicine|procedure|test|sign|asker)$")
    words: tuple[str, ...]
    topics: tuple[str, ...] = ()
    cause: Cause | None = None


def load_lexicon(content: Path) -> dict[str, Entry]:
    """The lexicon by id: ``lexicon.yml``, every medicine of the medicine list and every line of the semen report.

    Raises:
        ContentError, YamlError: with file and line.
    """
    file = read_yaml(content / "lexicon.yml")
    found = {entry.id: entry for entry in (parse(Entry, data, file, (index,)) for index, data in enumerate(file.data))}
    knowledge = load_once(content)
    for medicine in knowledge.medicines.medicines:
        topic = knowledge.medicine(medicine.id)[1].topic
        found[medicine.id] = Entry(id=medicine.id, label="medicine", words=tuple(medicine.spellings()), topics=(topic,))
    for line in knowledge.semen_report.lines:
        words = dict.fromkeys(word.lower() for word in (line.name, *line.also))
        found[f"{REPORT_LINE}{line.id}"] = Entry(id=f"{REPORT_LINE}{line.id}", label="test", words=tuple(words), topics=("semen_analysis",))
    _check_spellings(found, file)
    return found


def _check_spellings(entries: dict[str, Entry], file: YamlFile) -> None:
    """Every spelling stands for one thing."""
    seen: dict[str, str] = {}
    for entry in entries.values():
        for word in entry.words:
            if seen.setdefault(word, entry.id) != entry.id:
                raise ContentError(f"{file.path}: {word!r} stands for both {seen[word]!r} and {entry.id!r}.")


def fingerprint(content: Path) -> str:
    """Changes whenever a pipeline built from this content would differ."""
    entries = [entry.json() for entry in load_lexicon(content).values()]
    return hashlib.sha256("\n".join([_RECIPE, *entries]).encode()).hexdigest()


def build(target: Path, content: Path) -> bool:
    """Builds the pipeline and saves it to ``target`` as a whole.

    Returns:
        True when it was built, False when it was there already.
    """
    mark = fingerprint(content)
    stamp = target / "candor.json"
    if stamp.is_file() and json.loads(stamp.read_text()).get("fingerprint") == mark:
        return False
    import spacy

    from bot.language.unknown_words import english_words  # imports spaCy, which most commands do not need

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?", "\u2026", "\u0964", "\n"]})
    nlp.add_pipe("lemmatizer", config={"mode": "lookup"}).initialize()
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    patterns = list(_GENERAL_PATTERNS)
    for entry in load_lexicon(content).values():
        patterns += [{"label": entry.label, "pattern": word, "id": entry.id} for word in entry.words]
    ruler.add_patterns(patterns)
    terms = {word: (entry.label, entry.id) for entry in load_lexicon(content).values() for word in entry.words}
    nlp.add_pipe("unknown_words").fill(terms, english_words())
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix="spacy-"))
    try:
        nlp.to_disk(scratch)
        (scratch / "candor.json").write_text(json.dumps({"fingerprint": mark}))
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True
