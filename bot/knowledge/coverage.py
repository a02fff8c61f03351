"""What became of each claim of the two source articles: used, corrected, or left out with a reason. Nothing is silently dropped."""

from __future__ import annotations

from collections import Counter

from bot.knowledge.lint import texts_by_file
from bot.knowledge.loader import Knowledge
from bot.knowledge.model import Claim

ARTICLES = {"S0": "The Health Board, What is Aspermia?", "S1": "Verywell Health, What Is Retrograde Ejaculation?"}


def article_claims(knowledge: Knowledge) -> list[Claim]:
    """The claims of the two source articles, in their order."""
    return [claim for claim in knowledge.claims.values() if claim.id.split("-")[0] in ARTICLES]


def cited_in(knowledge: Knowledge) -> dict[str, list[str]]:
    """For each claim that a shown text cites, the files that cite it."""
    found: dict[str, list[str]] = {}
    for file, texts in texts_by_file(knowledge).items():
        for text in texts:
            for claim_id in text.cites:
                files = found.setdefault(claim_id, [])
                if file not in files:
                    files.append(file)
    return found


def fate(claim: Claim, cited: dict[str, list[str]]) -> str:
    """"used", "corrected", "left out" or "unaccounted"."""
    if claim.id in cited:
        return "used"
    if claim.left_out:
        return "left out"
    return "corrected" if claim.corrected_by else "unaccounted"


def coverage_markdown(knowledge: Knowledge) -> str:
    """The coverage table as Markdown."""
    cited = cited_in(knowledge)
    claims = article_claims(knowledge)
    counts = Counter(fate(claim, cited) for claim in claims)
    lines = [
        "# What became of the source articles' claims",
        "",
        "Made by `candor lint --coverage docs/coverage.md`; a test compares this file with the content.",
        "",
        f"{len(claims)} claims: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), reverse=True)) + ".",
        "",
        "*used*: a shown text cites it, together with its correction where it has one. *corrected*: not shown; the claims named replace it.",
        "*left out*: not shown, for the reason given.",
    ]
    for prefix, title in ARTICLES.items():
        lines += ["", f"## {prefix}: {title}", "", "| claim | what it says | fate | where, by what, or why |", "|---|---|---|---|"]
        for claim in claims:
            if claim.id.startswith(f"{prefix}-"):
                what = fate(claim, cited)
                corrections = f"corrected by {', '.join(claim.corrected_by)}" if claim.corrected_by else ""
                where = ", ".join(file.removeprefix("topics/") for file in cited.get(claim.id, []))
                detail = "; ".join(part for part in (where, claim.left_out if what == "left out" else "", corrections) if part)
                lines.append(f"| {claim.id} | {claim.fact.replace('|', '/')} | {what} | {detail.replace('|', '/')} |")
    return "\n".join(lines) + "\n"
