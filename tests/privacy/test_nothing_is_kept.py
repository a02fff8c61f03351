"""The central proof: what is planted in any way, in good times and under every fault, is found nowhere afterwards.

And the control: in a build that leaks on purpose the same search does find it.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from canaries import WAYS, hits, now, plant, written_since
from real_server import running

from bot.paths import ROOT

FAULTY = Path(__file__).with_name("faulty_server.py")
FAULTS = ("none", "understanding raises", "understanding hangs", "dialogue raises", "store raises", "database destroyed")
#: Ways that take a turn; each fault meets these, the others never come as far.
TURNS = ("a question", "an emergency", "help in words", "asking for a person", "off topic", "a slash command", "metadata")
SINKS = (ROOT, Path.home(), Path(tempfile.gettempdir()))


@contextmanager
def faulty(folder: Path, *options: str):
    (folder / "fault").write_text("none")
    command = [sys.executable, str(FAULTY), str(folder), *options]
    with running(folder / "log.txt", command) as started:
        yield started


def test_every_way_into_the_server_as_it_is_shipped(server):
    started = now()
    planted = plant(server.port)
    found = hits([server.log, *written_since(started, SINKS)], planted)
    assert len(planted) == len(WAYS)
    assert {name: count for name, count in found.items() if count} == {}


def test_every_fault_with_a_database_as_store(tmp_path):
    started = now()
    with faulty(tmp_path) as server:
        planted = {}
        for fault in FAULTS:
            (tmp_path / "fault").write_text(fault)
            if fault == "database destroyed":
                (tmp_path / "kept.db").write_bytes(b"not a database" * 4096)
            ways = WAYS if fault == "none" else TURNS[:3] if fault == "understanding hangs" else TURNS
            planted |= {f"{name}, {fault}": canary for name, canary in plant(server.port, ways).items()}
    files = written_since(started, SINKS)
    assert tmp_path / "kept.db" in files
    assert tmp_path / "log.txt" in files
    found = hits(files, planted)
    assert {name: count for name, count in found.items() if count} == {}
    assert "failed with" in (tmp_path / "log.txt").read_text()  # the faults did happen


def test_in_a_build_that_leaks_they_are_found(tmp_path):
    with faulty(tmp_path, "--leaky") as server:
        planted = plant(server.port, TURNS)
        (tmp_path / "fault").write_text("understanding raises")
        planted |= {f"{name}, raising": canary for name, canary in plant(server.port, TURNS).items()}
    found = hits([tmp_path / "log.txt"], planted)
    assert all(found[name] for name in found if not name.startswith("metadata"))


@pytest.mark.parametrize("form", range(9))
def test_the_search_knows_every_form(tmp_path, form):
    from canaries import forms

    canary = "cnry0123456789abcdef"
    (tmp_path / "file").write_bytes(b"xx" + forms(canary)[form] + b"yy")
    assert hits([tmp_path / "file"], {"way": canary})["way"]
