"""Makes what is missing or out of date, in order: encoder, spaCy pipeline, trained model. Fast when nothing changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from bot.errors import CandorError
from bot.language import encoder_build, spacy_pipeline
from bot.paths import BUILD, CONTENT, ENCODER, MODELS, NLU_DATA, ROOT, SAFETY_LAYER, SPACY_PIPELINE
from bot.yaml_file import read_yaml

MODEL = MODELS / "candor.tar.gz"
STAMP = MODELS / "candor.json"


class BuildError(CandorError):
    """Something needed for serving could not be made."""


def _inputs() -> Iterator[Path]:
    """Every file a trained model depends on; of the content it is the lexicon, which the spaCy pipeline's stamp stands for."""
    yield from (ROOT / "config.yml", ROOT / "domain.yml", ENCODER / "manifest.json", SPACY_PIPELINE / "candor.json")
    for folder, pattern in ((NLU_DATA, "*.yml"), (ROOT / "bot" / "nlu", "*.py"), (ROOT / "bot" / "language", "*.py")):
        yield from sorted(path for path in folder.rglob(pattern) if path.is_file())


def inputs_hash() -> str:
    """SHA-256 over the names and bytes of all inputs of training."""
    digest = hashlib.sha256()
    for path in _inputs():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_trained() -> bool:
    """Whether the model on disk is whole and was trained from exactly today's inputs."""
    try:
        stamp = json.loads(STAMP.read_text())
        return bool(stamp["inputs"] == inputs_hash() and stamp["model"] == encoder_build.sha256_of(MODEL))
    except (OSError, ValueError, KeyError):
        return False


def build_language(say: Callable[[str], None]) -> None:
    """Builds encoder and spaCy pipeline where needed.

    Raises:
        CandorError: weights missing or wrong, or a broken lexicon.
    """
    say("Encoder: checking the weights ...")
    if encoder_build.build(ENCODER):
        say("Encoder: built and checked.")
    if spacy_pipeline.build(SPACY_PIPELINE, CONTENT):
        say("spaCy pipeline: built.")
    build_safety(say)


def build_safety(say: Callable[[str], None]) -> bool:
    """Builds the semantic layer of the red-flag check where needed.

    Returns:
        True when it was built.

    Raises:
        CandorError: a wrong table of red flags.
    """
    from bot.knowledge.loader import content_hash
    from bot.safety import semantic
    from bot.safety.table import load_table_once, numbering

    table = load_table_once(CONTENT)
    mark = semantic.fingerprint(
        numbering(table), content_hash(CONTENT / "red_flags"), (CONTENT / "red_flags.yml").read_text(),
        content_hash(NLU_DATA / "nlu", "*.yml"), (ENCODER / "manifest.json").read_text(),
        *((ROOT / "bot" / name).read_text() for name in (
            "safety/semantic.py", "safety/semantic_training.py", "safety/readers.py", "safety/examples.py", "safety/rules.py",
            "safety/prefilter.py", "safety/text.py", "language/message.py", "language/linear.py")))
    if semantic.fingerprint_of(SAFETY_LAYER) == mark:
        return False
    from bot.safety import semantic_training
    from bot.safety.examples import all_examples

    say("Red flags by meaning: reading the examples (a minute or two the first time) ...")
    semantic.save(semantic_training.train(all_examples(table), say), SAFETY_LAYER, mark)
    return True


def check_content(say: Callable[[str], None]) -> None:
    """Refuses to train on, or to serve, content that the linter refuses.

    A review that came due since the last start stops nothing: the card is marked, and withdrawn where ``clinic.yml`` says so.

    Raises:
        CandorError: naming the first finding and how many there are.
    """
    from bot.knowledge.lint import OVERDUE, lint
    from bot.knowledge.loader import load_once

    for path in (ROOT / "domain.yml", ROOT / "config.yml", *sorted(NLU_DATA.rglob("*.yml"))):
        read_yaml(path)
    found = lint(load_once(CONTENT), CONTENT, date.today())
    for finding in found:
        if finding.rule == OVERDUE:
            say(str(finding))
    findings = [finding for finding in found if finding.rule != OVERDUE]
    if findings:
        raise BuildError(f"{findings[0]} ({len(findings)} finding(s) in all.)", "Run `candor lint` to see them all.")


def train(say: Callable[[str], None], force: bool = False) -> bool:
    """Trains the Rasa model where needed.

    Returns:
        True when it was trained, False when the one on disk is current.

    Raises:
        CandorError: content or training data that cannot be trained on.
    """
    build_language(say)
    check_content(say)
    if not force and is_trained():
        return False
    say("Training: reading the examples (some two minutes the first time, less after an edit) ...")
    started = time.monotonic()
    mark = inputs_hash()
    from bot.rasa_quiet import settle_environment, settle_logging

    settle_environment()
    import rasa.model_training

    settle_logging()
    scratch = BUILD / "training"
    shutil.rmtree(scratch, ignore_errors=True)
    result = rasa.model_training.train(
        domain=str(ROOT / "domain.yml"), config=str(ROOT / "config.yml"), training_files=[str(NLU_DATA)],
        output=str(scratch), fixed_model_name="candor", force_training=force,
    )
    if not result.model or not Path(result.model).is_file():
        raise BuildError("Training failed; the lines above say why.")
    MODELS.mkdir(exist_ok=True)
    Path(result.model).replace(MODEL)
    shutil.rmtree(scratch, ignore_errors=True)
    STAMP.write_text(json.dumps({"inputs": mark, "model": encoder_build.sha256_of(MODEL)}))
    say(f"Training: done in {time.monotonic() - started:.0f} s.")
    return True
