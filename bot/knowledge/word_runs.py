"""Tells whether a text shares eight consecutive words with a source, without keeping the source.

The repository holds one short hash per run of eight words of each protected text (``content/source_runs.txt``);
the texts themselves are copyrighted and never enter it. To add a text: ``python -m bot.knowledge.word_runs FILE...``.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

RUN_LENGTH = 8
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def _hash(words: list[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode(), digest_size=6).hexdigest()


def _runs(text: str) -> list[tuple[str, str]]:
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    runs = [words[start : start + RUN_LENGTH] for start in range(len(words) - RUN_LENGTH + 1)]
    return [(_hash(run), " ".join(run)) for run in runs]


def read_hashes(path: Path) -> frozenset[str]:
    """The hashes kept in a file, one a line."""
    return frozenset(path.read_text(encoding="ascii").split())


def first_shared_run(text: str, hashes: frozenset[str]) -> str | None:
    """The first eight words of ``text`` that also stand in a protected text, or None."""
    return next((run for digest, run in _runs(text) if digest in hashes), None)


def main(files: list[str]) -> None:
    """Adds the runs of the given text files to ``content/source_runs.txt``."""
    from bot.paths import CONTENT

    target = CONTENT / "source_runs.txt"
    hashes = set(read_hashes(target)) if target.exists() else set()
    for name in files:
        hashes |= {digest for digest, _ in _runs(Path(name).read_text(encoding="utf-8"))}
    target.write_text("\n".join(sorted(hashes)) + "\n", encoding="ascii")
    print(f"{target.name}: {len(hashes)} runs")


if __name__ == "__main__":
    main(sys.argv[1:])
