"""Asks the public advisory service about every locked package. Run by ``make audit``; needs the network, so it is no part of the tests.

Advisories named in ``docs/dependencies.md`` were judged there and are not shown again; anything else fails. A package that could not be
asked about fails as well: silence of the service is no good news.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP_AUDIT = "pip-audit==2.10.1"
#: pip-audit needs newer packages than Rasa allows, so it has an environment of its own.
ENVIRONMENT = ROOT / "build" / "audit"
JUDGED = re.compile(r"\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d+)\b")


def judged(document: str) -> list[str]:
    """The ids of the advisories that a text names."""
    return sorted(set(JUDGED.findall(document)))


def verdict(answer: str, asked: int) -> tuple[int, str]:
    """What an answer of pip-audit (JSON, empty when it failed) means.

    Args:
        answer: what it wrote.
        asked: how many advisories were judged before.

    Returns:
        exit status (0 nothing new, 1 new advisories, 2 not checked) and what to say.
    """
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 2, "Nothing was checked: the advisory service gave no answer. It needs the network; try again where there is one."
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped or not packages:
        return 2, f"Not checked: the advisory service has no answer about {len(skipped)} of {len(packages)} packages: {', '.join(skipped)}."
    found = [f"{package['name']} {package['version']}: {', '.join([advisory['id'], *advisory.get('aliases', [])])}; "
             f"fixed in {', '.join(advisory['fix_versions']) or 'no version'}"
             for package in packages for advisory in package["vulns"]]
    if found:
        return 1, "\n".join([*found, f"{len(found)} advisories are not in docs/dependencies.md: judge them there, or update the package."])
    return 0, f"{len(packages)} packages: nothing beyond the {asked} advisories judged in docs/dependencies.md."


def main(locks: list[str]) -> int:
    """Runs pip-audit on locks with hashes."""
    python = ENVIRONMENT / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)  # noqa: S603
        subprocess.run([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", PIP_AUDIT], check=True)  # noqa: S603
    except subprocess.CalledProcessError:
        print(f"Nothing was checked: {PIP_AUDIT} could not be installed. It needs the network.")
        return 2
    known = judged((ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8"))
    answer = ENVIRONMENT / "answer.json"
    answer.unlink(missing_ok=True)
    # Its own closing line says "no known vulnerabilities" also when it could not ask about a single package.
    subprocess.run([  # noqa: S603
        python, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json", "--output", answer,
        *(f"--requirement={lock}" for lock in locks), *(f"--ignore-vuln={one}" for one in known)], cwd=ROOT, check=False, stderr=subprocess.DEVNULL)
    status, said = verdict(answer.read_text(encoding="utf-8") if answer.exists() else "", len(known))
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["requirements.txt", "requirements-dev.txt"]))
