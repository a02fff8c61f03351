"""Where the parts of a checkout are. Every other module asks here instead of counting parents."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ROOT / "content"
#: Overridable, so that one checkout can serve several clinics.
CLINIC = Path(os.environ.get("CANDOR_CLINIC") or ROOT / "clinic.yml")
NLU_DATA = ROOT / "data"
BUILD = ROOT / "build"
ENCODER = BUILD / "encoder"
SPACY_PIPELINE = BUILD / "spacy"
SAFETY_LAYER = BUILD / "safety" / "semantic.npz"
MODELS = ROOT / "models"
#: Overridable, so that `candor bench` trains with a cold cache and on texts that must not be kept.
TRAINING_EMBEDDINGS = Path(os.environ.get("CANDOR_TRAINING_EMBEDDINGS") or BUILD / "training_embeddings.npz")
#: What a clinic may choose to keep: counts, questions sent to the team, examples proposed from them. A folder outside the checkout may be named.
KEPT = Path(os.environ.get("CANDOR_KEPT") or ROOT / "kept")
COUNTS = KEPT / "counts.sqlite"
QUESTIONS = KEPT / "questions.sqlite"
PROPOSALS = KEPT / "proposed_examples.yml"
