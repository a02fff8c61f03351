"""The NLU pipelines that are compared, and the policies of a stock bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.paths import ENCODER, ROOT, SPACY_PIPELINE
from bot.yaml_file import read_yaml

Component = dict[str, Any]

OURS, STOCK, LOGISTIC = "ours", "stock", "logistic"
_QUICK_EPOCHS = 2


@dataclass(frozen=True)
class Pipeline:
    """An NLU pipeline.

    Attributes:
        name: its key in the figures.
        title: as in the report.
        components: as under ``pipeline:`` of a Rasa configuration.
        beside: files and folders it loads besides the model archive.
    """

    name: str
    title: str
    components: tuple[Component, ...]
    beside: tuple[Path, ...] = ()

    def beside_bytes(self) -> int:
        """Size of what it loads besides the archive."""
        return sum(path.stat().st_size for top in self.beside for path in (top, *top.rglob("*")) if path.is_file())


_WORDS: tuple[Component, ...] = (
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
)
_FALLBACK: Component = {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1}
#: ``rasa/engine/recipes/config_files/default_config.yml`` of Rasa 3.6.21: what ``rasa init`` trains.
_STOCK: tuple[Component, ...] = (
    {"name": "WhitespaceTokenizer"}, {"name": "RegexFeaturizer"}, {"name": "LexicalSyntacticFeaturizer"}, *_WORDS,
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "epochs": 100, "constrain_similarities": True},
    _FALLBACK,
)
#: From the same file.
STOCK_POLICIES: tuple[Component, ...] = (
    {"name": "MemoizationPolicy"}, {"name": "RulePolicy"},
    {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": 100},
    {"name": "TEDPolicy", "max_history": 5, "epochs": 100, "constrain_similarities": True},
)


def compared_pipelines() -> tuple[Pipeline, ...]:
    """Ours as ``config.yml`` has it, the stock one, and the same features under a logistic regression."""
    return (
        Pipeline(OURS, "ours", tuple(read_yaml(ROOT / "config.yml").data["pipeline"]),
                 (ENCODER / "model.int8.onnx", ENCODER / "tokenizer.json", SPACY_PIPELINE)),
        Pipeline(STOCK, "stock Rasa (DIET)", _STOCK),
        Pipeline(LOGISTIC, "n-grams + logistic regression",
                 ({"name": "WhitespaceTokenizer"}, *_WORDS, {"name": "LogisticRegressionClassifier"}, _FALLBACK)),
    )


def configuration(components: Sequence[Component], quick: bool, policies: Sequence[Component] = ()) -> dict[str, Any]:
    """A Rasa configuration; ``quick`` cuts every component that counts epochs to two of them."""
    def short(parts: Sequence[Component]) -> list[Component]:
        return [{**part, "epochs": _QUICK_EPOCHS} if quick and "epochs" in part else dict(part) for part in parts]

    made: dict[str, Any] = {"recipe": "default.v1", "assistant_id": "bench", "language": "en", "pipeline": short(components)}
    return {**made, "policies": short(policies)} if policies else made
