from __future__ import annotations

import io

import pytest
from argon2 import PasswordHasher

from bot import cli


def run(monkeypatch, *arguments, stdin=""):
    monkeypatch.setattr("sys.argv", ["candor", *arguments])
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    return cli.main()


def test_the_staff_site_is_exported(monkeypatch, capsys, tmp_path):
    assert run(monkeypatch, "staff", "--out", str(tmp_path / "site")) == 0
    assert (tmp_path / "site" / "index.html").is_file()
    assert "files written" in capsys.readouterr().err


def test_a_password_becomes_a_line_for_clinic_yml(monkeypatch, capsys):
    assert run(monkeypatch, "staff", "--password", stdin="three plain words\n") == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert PasswordHasher().verify(line.split(": ")[1], "three plain words")


@pytest.mark.parametrize(("arguments", "stdin", "message"), [
    (("staff", "--password"), "short\n", "12 to 200 characters"),
    (("preview", "nothing"), "", "There is no card 'nothing'"),
    (("topic", "check", "nothing"), "", "There is no topic 'nothing'"),
    (("review", "nothing"), "", "There is no card 'nothing'"),
    (("train", "--compare", "/nowhere"), "", "/nowhere cannot be read"),
])
def test_an_error_a_person_can_cause_is_one_sentence(monkeypatch, capsys, arguments, stdin, message):
    assert run(monkeypatch, *arguments, stdin=stdin) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_topic_check_of_a_finished_topic_says_so(monkeypatch, capsys):
    assert run(monkeypatch, "topic", "check", "smoking") == 0
    assert "smoking: complete" in capsys.readouterr().out
