"""Small linear models on NumPy arrays: what the topic model and the red-flag layer share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def softmax(logits: NDArray[Any]) -> Array:
    """Probabilities, float32 [rows, classes], of logits of that shape."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Array = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    """Probabilities of logits, of any shape."""
    result: NDArray[Any] = 1 / (1 + np.exp(-logits))
    return result


def logistic(features: NDArray[Any], wanted: NDArray[Any], weights: NDArray[Any]) -> Array:
    """Fits a logistic regression on standardised features and folds it back to raw features.

    Args:
        features: [examples, features].
        wanted: class of each example.
        weights: weight of each example.

    Returns:
        float32 [rows, features + 1], bias last; one row for two classes, else one row a class.
    """
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    fitted = LogisticRegression(C=1, max_iter=500).fit((features - mean) / spread, wanted, sample_weight=weights)
    slope = fitted.coef_ / spread
    result: Array = np.concatenate([slope, (fitted.intercept_ - slope @ mean)[:, None]], axis=1).astype(np.float32)
    return result
