"""The topic model: multinomial logistic regression on sentence embeddings. NumPy only at prediction.

Trained from labelled embeddings, saved as ``.npz`` (no pickle) and JSON. It knows labels, never words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TopicModel:
    """A trained model.

    Attributes:
        labels: label of each column, sorted.
        weights: float32 [labels, dimension].
        bias: float32 [labels].
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def probabilities(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Softmax scores.

        Args:
            embeddings: float32 [texts, dimension].

        Returns:
            float32 [texts, labels]; every row sums to 1.
        """
        logits = embeddings @ self.weights.T + self.bias
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        result: NDArray[np.float32] = odds / odds.sum(axis=1, keepdims=True)
        return result

    def save(self, folder: Path) -> None:
        """Writes ``topic_model.npz`` and ``topic_model.json`` into an existing folder."""
        np.savez(folder / "topic_model.npz", weights=self.weights, bias=self.bias)
        (folder / "topic_model.json").write_text(json.dumps({"labels": list(self.labels)}))


def train(embeddings: NDArray[np.float32], labels: Sequence[str], inverse_penalty: float = 10.0) -> TopicModel:
    """Fits the model; the same data give the same model.

    Args:
        embeddings: float32 [examples, dimension].
        labels: one a row; at least two different ones.
        inverse_penalty: scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=inverse_penalty, max_iter=1000, class_weight="balanced").fit(embeddings, list(labels))
    names, weights, bias = fitted.classes_, fitted.coef_, fitted.intercept_
    if len(names) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return TopicModel(tuple(str(n) for n in names), weights.astype(np.float32), bias.astype(np.float32))


def load(folder: Path) -> TopicModel:
    """Reads what :meth:`TopicModel.save` wrote."""
    with np.load(folder / "topic_model.npz", allow_pickle=False) as arrays:
        labels = json.loads((folder / "topic_model.json").read_text())["labels"]
        return TopicModel(tuple(labels), arrays["weights"], arrays["bias"])
