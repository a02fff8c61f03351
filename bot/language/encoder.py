"""Turns texts into embeddings with the built encoder. One call a message: give it all sentences at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.errors import CandorError
from bot.language.encoder_build import DIMENSION

#: Longest text in tokens; what is longer is cut (the model was trained on 128 and takes up to 512).
MAX_TOKENS = 128
#: Cores that one call may use: one request is encoded at a time, beside it only the network has work.
THREADS = 2
#: Most texts that go through the graph at once.
MAX_BATCH = 16


class SentenceEncoder:
    """The encoder in memory.

    Args:
        folder: as written by :func:`bot.language.encoder_build.build`.
        int8: False loads the exact fp32 graph, for tests and for measuring what int8 costs.
        threads: cores a call may use.

    Raises:
        CandorError: the folder holds no encoder.
    """

    def __init__(self, folder: Path, int8: bool = True, threads: int = THREADS) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = folder / ("model.int8.onnx" if int8 else "model.onnx")
        if not model.is_file():
            raise CandorError("The sentence encoder is not built.", "Run `candor build`.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the core to others
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()  # the shipped setting pads every text to 128 tokens
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.fingerprint = f"{_manifest(folder)['weights_sha256']}:{_manifest(folder)['recipe']}:{int8}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of unit length.

        Texts of like length go through the graph together, so that little is spent on padding.

        Args:
            texts: any number of texts; an empty one gets the embedding of an empty sentence.

        Returns:
            float32 [len(texts), 384], in the order given.
        """
        result = np.zeros((len(texts), DIMENSION), np.float32)
        encoded = [self._tokenizer.encode(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda row: len(encoded[row].ids))
        while order:
            shortest = len(encoded[order[0]].ids)
            rows = [row for row in order[:MAX_BATCH] if len(encoded[row].ids) <= 2 * shortest]
            order = order[len(rows):]
            longest = len(encoded[rows[-1]].ids)
            ids = np.zeros((len(rows), longest), np.int64)  # 0 is the padding token
            mask = np.zeros((len(rows), longest), np.int64)
            for place, row in enumerate(rows):
                ids[place, : len(encoded[row].ids)] = encoded[row].ids
                mask[place, : len(encoded[row].ids)] = 1
            result[rows] = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0]
        return result


def _manifest(folder: Path) -> dict[str, str]:
    manifest: dict[str, str] = json.loads((folder / "manifest.json").read_text())
    return manifest


@lru_cache(maxsize=2)
def load_encoder(folder: Path) -> SentenceEncoder:
    """The encoder of a folder, loaded once per process."""
    return SentenceEncoder(folder)
