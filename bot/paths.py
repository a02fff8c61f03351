"""Where the parts of a checkout are. Every other module asks here instead of counting parents."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ROOT / "content"
CLINIC = ROOT / "clinic.yml"
NLU_DATA = ROOT / "data"
BUILD = ROOT / "build"
ENCODER = BUILD / "encoder"
SPACY_PIPELINE = BUILD / "spacy"
MODELS = ROOT / "models"
