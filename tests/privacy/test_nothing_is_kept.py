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


def test_a_question_to_the_team_is_kept_only_when_it_was_seen_and_sent(tmp_path):
    """What is only looked at leaves nothing; what is sent is in the one file that is meant for it, without its address."""
    started = now()
    with faulty(tmp_path, "--box") as server:
        token, _ = server.open()

        def box(text, **more):
            status, _, data = server.send("POST", "/chat/question", {"conversation": token, "text": text, **more})
            return status, data

        declined, sent, urgent = "cnrydeclined4711", "cnrysent4711", "cnryurgent4711"
        status, shown = box(f"why {declined}, write to {declined}@clinic.example")
        assert (status, shown["preview"].count(declined)) == (200, 1)
        status, care = box(f"sudden severe testicle pain {urgent}", seen=True)
        assert (status, care["reply"]["red_flag"]) == (200, "RF-01")
        status, error = box(f"call me on +44 20 7946 0000 {declined}", seen=True)
        assert (status, error["error"]["code"]) == (409, "not_as_shown")
        assert box(f"why {sent}", seen=True, topic="smoking") == (200, {"sent": True})
    planted = {name: name for name in (declined, sent, urgent)}
    questions = tmp_path / "kept" / "questions.sqlite"
    assert hits([path for path in written_since(started, SINKS) if path != questions], planted) == {declined: 0, sent: 0, urgent: 0}
    found = hits([questions], planted)
    assert found[sent] == 1
    assert found[declined] == found[urgent] == 0


@pytest.mark.parametrize("form", range(9))
def test_the_search_knows_every_form(tmp_path, form):
    from canaries import forms

    canary = "cnry0123456789abcdef"
    (tmp_path / "file").write_bytes(b"xx" + forms(canary)[form] + b"yy")
    assert hits([tmp_path / "file"], {"way": canary})["way"]
