from __future__ import annotations

import numpy as np
import pytest

from bot.language import topic_model


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "c"]])
def test_a_model_learns_saves_and_loads_the_same(names, tmp_path):
    generator = np.random.default_rng(0)
    centres = np.eye(len(names), 8, dtype=np.float32) * 5
    labels = [name for name in names for _ in range(20)]
    rows = np.vstack([centres[names.index(label)] + generator.normal(size=8) * 0.1 for label in labels]).astype(np.float32)

    model = topic_model.train(rows, labels)
    model.save(tmp_path)
    again = topic_model.load(tmp_path)

    scores = again.probabilities(rows)
    assert [again.labels[i] for i in scores.argmax(axis=1)] == labels
    assert np.allclose(scores.sum(axis=1), 1)
    assert (scores == model.probabilities(rows)).all()


def test_nothing_is_pickled(tmp_path):
    topic_model.train(np.eye(4, dtype=np.float32), ["a", "a", "b", "b"]).save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["topic_model.json", "topic_model.npz"]
    with np.load(tmp_path / "topic_model.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"weights", "bias"}
