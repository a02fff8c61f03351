"""The trained layer of the red-flag check: what it learns, names and keeps; on made-up readings, so without encoder or build."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bot.errors import CandorError
from bot.language.message import Reading
from bot.paths import SAFETY_LAYER
from bot.safety.rules import Raised
from bot.safety.semantic import fingerprint, load, save
from bot.safety.semantic_training import Example, train

KINDS = ((None, "how long to wait before the second test"), ("RF-01", "sudden severe pain in the testicle"), ("RF-14", "i want to end it all"))
DIMENSION = 8


def reading(text, kind, draw):
    """A message near the axis of its kind."""
    whole = np.eye(DIMENSION)[kind] + draw.normal(scale=0.3, size=DIMENSION)
    whole = (whole / np.linalg.norm(whole)).astype(np.float32)
    return Reading(text, (text,), whole[None], whole)


def examples():
    draw = np.random.default_rng(1)
    found = []
    for number in range(240):
        flag, text = KINDS[kind := number % 3]
        raised = (Raised("RF-01", "r0", 5, False),) if flag == "RF-01" and number % 2 else ()
        found.append(Example(flag, reading(f"{text} {number}", kind, draw), raised, fresh=True, question=flag is None))
    return found


@pytest.fixture(scope="module")
def layer():
    return train(examples())


def test_it_tells_flags_and_ordinary_messages_apart_without_rules(layer):
    draw = np.random.default_rng(2)
    for kind, (flag, text) in enumerate(KINDS):
        judgement = layer(reading(text, kind, draw), ())
        assert judgement.sure == bool(flag)
        assert flag is None or judgement.likely[0] == flag


def test_it_survives_saving_and_needs_its_own_table(layer, tmp_path):
    save(layer, tmp_path / "layer.npz", fingerprint("table", "part"))
    again = load(tmp_path / "layer.npz", fingerprint("table"))
    for example in examples()[::7]:
        assert again(example.reading, example.raised) == layer(example.reading, example.raised)
    with pytest.raises(CandorError):
        load(tmp_path / "layer.npz", fingerprint("another table"))


def test_the_same_examples_give_the_same_layer(layer):
    again = train(examples())
    assert np.array_equal(again.judge, layer.judge)
    assert again.limits == layer.limits


def test_an_older_or_broken_file_counts_as_none(tmp_path):
    np.savez(tmp_path / "old.npz", fingerprint=np.array(fingerprint("table")), weights=np.zeros(3))
    (tmp_path / "broken.npz").write_bytes(b"x")
    for name in ("old", "broken", "missing"):
        with pytest.raises(CandorError):
            load(tmp_path / f"{name}.npz", fingerprint("table"))


def test_the_built_layer_holds_numbers_and_names_of_rules_and_no_message():
    with np.load(SAFETY_LAYER, allow_pickle=False) as arrays:
        written = {name: arrays[name].ravel().tolist() for name in arrays if arrays[name].dtype.kind not in "fiu"}
    assert set(written) == {"ids", "rules", "fingerprint"}
    assert all(re.fullmatch(r"RF-\d\d( [pr]\d+)?", text) for text in written["ids"] + written["rules"])
    assert re.fullmatch(r"[0-9a-f]{64} [0-9a-f]{64}", written["fingerprint"][0])
