from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.errors import CandorError
from bot.language import encoder_build
from bot.language.embedding_cache import EmbeddingCache
from bot.language.encoder import SentenceEncoder
from bot.paths import ENCODER

REFERENCE = json.loads((Path(__file__).parents[2] / "data" / "encoder_reference.json").read_text())["vectors"]
TEXTS = [item["text"] for item in REFERENCE]
EXPECTED = np.array([item["embedding"] for item in REFERENCE])


@pytest.mark.parametrize(("int8", "least"), [(False, 0.9999), (True, 0.9)])
def test_embeddings_agree_with_the_reference(int8: bool, least: float):
    encoder = SentenceEncoder(ENCODER, int8)
    for texts in ([TEXTS], [[text] for text in TEXTS]):
        found = np.vstack([encoder.encode(part) for part in texts])
        cosine = (found * EXPECTED).sum(axis=1) / np.linalg.norm(EXPECTED, axis=1)
        assert cosine.min() >= least
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)


def test_long_empty_and_odd_texts_are_encoded():
    found = SentenceEncoder(ENCODER).encode(["", "word " * 4000, "\u200b\U0001f600", "x" * 4000])
    assert found.shape == (4, encoder_build.DIMENSION)
    assert np.isfinite(found).all()


def test_no_texts_give_no_rows():
    assert SentenceEncoder(ENCODER).encode([]).shape == (0, encoder_build.DIMENSION)


def test_wrong_weights_are_refused_and_nothing_is_built(tmp_path: Path):
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"not the official weights")
    shutil.copy(ENCODER / "tokenizer.json", folder)
    with pytest.raises(CandorError, match="not the official ones"):
        encoder_build.build(tmp_path / "encoder", folder)
    assert not (tmp_path / "encoder").exists()


def test_a_folder_without_weights_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CANDOR_ENCODER_DIR", str(tmp_path))
    with pytest.raises(CandorError, match=r"has no model\.safetensors"):
        encoder_build.weights_folder()


def test_a_damaged_encoder_is_not_taken_for_built(tmp_path: Path):
    shutil.copytree(ENCODER, tmp_path / "encoder")
    assert encoder_build.is_built(tmp_path / "encoder", encoder_build.OFFICIAL_SHA256)
    (tmp_path / "encoder" / "model.int8.onnx").write_bytes(b"cut")
    assert not encoder_build.is_built(tmp_path / "encoder", encoder_build.OFFICIAL_SHA256)


def test_an_unbuilt_encoder_is_one_sentence(tmp_path: Path):
    with pytest.raises(CandorError, match="not built"):
        SentenceEncoder(tmp_path)


def test_embeddings_of_examples_are_kept_and_only_new_ones_made(tmp_path: Path):
    class Counting:
        fingerprint = "one"
        calls = 0

        def encode(self, texts):
            self.calls += 1
            return np.full((len(texts), 3), len(texts[0]), np.float32)

    encoder = Counting()
    cache = EmbeddingCache(tmp_path / "cache.npz", encoder)
    first = [cache.encode(["a", "b"]), cache.encode(["ccc"])]
    cache.save()
    again = EmbeddingCache(tmp_path / "cache.npz", encoder)
    assert all((kept == made).all() for kept, made in zip([again.encode(["a", "b"]), again.encode(["ccc"])], first, strict=True))
    assert encoder.calls == 2
    again.encode(["new"])
    assert encoder.calls == 3
    encoder.fingerprint = "another encoder"
    EmbeddingCache(tmp_path / "cache.npz", encoder).encode(["ccc"])
    assert encoder.calls == 4
