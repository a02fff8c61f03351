"""One server for all HTTP tests, and a second one with the same model."""

from __future__ import annotations

import pytest
from real_server import running


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server") / "log.txt") as started:
        yield started


@pytest.fixture(scope="session")
def restarted(server, tmp_path_factory):
    """A second server process with the same model."""
    with running(tmp_path_factory.mktemp("server") / "log.txt") as started:
        yield started
