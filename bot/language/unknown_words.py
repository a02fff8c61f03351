"""A spaCy component for words that are neither English nor in the lexicon.

It recognises misspelt names of the lexicon ("retrogrde", "tamsulosine", "azoosprmia") and notes a message in another language.
Only longish words are compared, at most :data:`MOST_WORDS` of them a message, so the time is bounded.
"""

# No postponed annotations here: spaCy reads the factory's while it is being defined.
import gzip
import json
from importlib.resources import files
from pathlib import Path

from rapidfuzz import fuzz, process
from spacy.lang.en.stop_words import STOP_WORDS
from spacy.language import Language
from spacy.tokens import Doc, Span

from bot.language.foreign import is_foreign

#: Shortest word that is compared, and the least similarity (0 to 100) that counts.
SHORTEST = 6
LEAST = 86.0
MOST_WORDS = 20
#: Key of ``doc.user_data``: whether the message is in another language.
FOREIGN = "foreign"


class UnknownWords:
    """Adds an entity for each token that is nearly a word of the lexicon, and sets ``doc.user_data["foreign"]``.

    Args:
        name: of the component.
        terms: for each spelling of the lexicon, its label and id; only single words are compared.
        english: words that are spelt right and therefore never compared.
    """

    def __init__(self, name: str, terms: dict[str, tuple[str, str]], english: frozenset[str]) -> None:
        self.name = name
        self.fill(terms, english)

    def fill(self, terms: dict[str, tuple[str, str]], english: frozenset[str]) -> None:
        """Gives it its words."""
        self._terms = {word: (label, entity_id) for word, (label, entity_id) in terms.items()}
        self._words = [word for word in self._terms if len(word) >= SHORTEST and word.isalpha()]
        self._english = english
        self._known = frozenset(part for term in terms for part in term.split())

    def __call__(self, doc: Doc) -> Doc:
        """Runs after the entity ruler; what that has found stays."""
        doc.user_data[FOREIGN] = is_foreign([token.lower_ for token in doc], self._english, self._known)
        if doc.user_data[FOREIGN]:
            return doc
        found = []
        compared = 0
        for token in doc:
            word = token.lower_
            if token.ent_type_ or len(word) < SHORTEST or not word.isalpha() or word in self._english:
                continue
            compared += 1
            if compared > MOST_WORDS:
                break
            best = process.extractOne(word, self._words, scorer=fuzz.ratio, score_cutoff=LEAST)
            if best:
                label, entity_id = self._terms[best[0]]
                found.append((Span(doc, token.i, token.i + 1, label=label), entity_id))
        if found:
            ids = [(token, token.ent_id_) for token in doc if token.ent_id_]
            doc.set_ents([*doc.ents, *(span for span, _ in found)])
            for token, entity_id in [*ids, *((span[0], entity_id) for span, entity_id in found)]:
                token.ent_id_ = entity_id
        return doc

    def to_disk(self, path: str | Path, exclude: tuple[str, ...] = ()) -> None:
        """Saves the terms beside the rest of the pipeline."""
        Path(path).write_text(json.dumps({"terms": self._terms, "english": sorted(self._english)}), encoding="utf-8")

    def from_disk(self, path: str | Path, exclude: tuple[str, ...] = ()) -> "UnknownWords":
        """Reads what :meth:`to_disk` wrote."""
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        self.fill({word: (label, entity_id) for word, (label, entity_id) in data["terms"].items()}, frozenset(data["english"]))
        return self


@Language.factory("unknown_words")  # type: ignore[untyped-decorator]
def create(nlp: Language, name: str) -> UnknownWords:
    """An empty component; the builder fills it, or it is read from disk."""
    return UnknownWords(name, {}, frozenset())


def english_words() -> frozenset[str]:
    """The words that spacy-lookups-data's English lemma table knows, inflected or not, and spaCy's stop words."""
    data = files("spacy_lookups_data") / "data" / "en_lemma_lookup.json.gz"
    table: dict[str, str] = json.loads(gzip.decompress(data.read_bytes()))
    return frozenset(word.lower() for word in {*table, *table.values(), *STOP_WORDS})
