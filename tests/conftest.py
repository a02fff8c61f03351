"""Fixtures shared by all tests. Slow things (encoder, trained model, server) are made once a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from real_server import running

from bot.rasa_quiet import settle_environment

settle_environment()

GOOD = Path(__file__).parent / "unit" / "knowledge" / "good"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the small good content folder, free to be spoilt."""
    shutil.copytree(GOOD, tmp_path / "content")
    return tmp_path / "content"


@pytest.fixture(scope="session")
def knowledge():
    """The real content."""
    from bot.knowledge.loader import load
    from bot.paths import CONTENT

    return load(CONTENT)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server as a user starts it; one for all tests."""
    with running(tmp_path_factory.mktemp("server") / "log.txt") as started:
        yield started


@pytest.fixture(scope="session")
def restarted(server, tmp_path_factory):
    """A second server process with the same model."""
    with running(tmp_path_factory.mktemp("server") / "log.txt") as started:
        yield started


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright keeps an event loop running in the thread, beside which no other can be started."""
    items.sort(key=lambda item: "browser" in item.path.parts)
