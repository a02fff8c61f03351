"""Measures the red-flag check on labelled messages: ``{"message", "flags": ["RF-xx", ...], "level"}``; no flags: it must stay quiet."""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import CandorError
from bot.evaluation import numbered_lines
from bot.safety.check import Findings
from bot.safety.table import LEVELS, Table

#: Stands above the figures in the document.
INTRODUCTION = """Made by `candor evaluate --safety FILE ... --out docs/safety.md`; do not edit. **No clinician has reviewed flags, levels or cards.**

Every message is looked at in its raw text before anything else, without Rasa, model, store or action server. *Rules*
(`content/red_flags/`) are word groups near each other, matched in linear time. *Meaning* (a trained layer on sentence embeddings,
character n-grams and nearness to examples, `bot/safety/semantic.py`) adds what no rule has found and says how sure the findings are.
Sure: the care card comes first and alone, the question becomes a choice. Not sure: a note with the number, the signs and the level
stands in front of the answer, so that nothing a rule has found goes unsaid. Self-harm, violence, minors and overdose found by a rule
are never lowered to a note. Without the meaning layer every rule counts.

`paraphrases` and `near_misses` were written by somebody who knew only the flags' names, and are frozen; who wrote rules and examples
never saw them, only these scores. `explicit` lines name the sign plainly; rules were completed on them. Posts are the questions in
scope of the understanding sets, without those on blood in semen, which is a flag by itself. "Misses at most" is the exact 95 % upper
bound (Clopper-Pearson, one-sided).
"""
#: The topic whose every question is a red flag.
_FLAG_BY_ITSELF = "blood_in_semen"


@dataclass(frozen=True)
class Message:
    """A labelled message; no flags means that none may be raised.

    Attributes:
        post: whether it comes from a file of posts for understanding; those may be listed, frozen ones not.
    """

    text: str
    flags: tuple[str, ...]
    post: bool = False


def read_messages(path: Path, table: Table) -> list[Message]:
    """Reads a JSON Lines file; of a file of labelled posts, the questions in scope that are not on blood in semen.

    Raises:
        CandorError: naming the line that is wrong.
    """
    known = {flag.id for flag in table.flags}
    found = []
    for number, line in numbered_lines(path):
        try:
            data = json.loads(line)
            if "flags" not in data and data.get("kind") != "in_scope":
                continue  # a file of posts for understanding: its questions in scope must stay quiet
            if "flags" not in data and _FLAG_BY_ITSELF in data["topics"]:
                continue
            message = Message(str(data["message"]), tuple(data.get("flags", ())), "flags" not in data)
        except (ValueError, KeyError, TypeError):
            raise CandorError(f'{path}:{number}: not an object with "message" and "flags".') from None
        if unknown := set(message.flags) - known:
            raise CandorError(f"{path}:{number}: there is no flag {sorted(unknown)[0]!r}.")
        found.append(message)
    if not found:
        raise CandorError(f"{path} holds no messages.")
    return found


def upper_bound(events: int, of: int) -> float:
    """Exact (Clopper-Pearson) one-sided 95 % upper bound of a rate."""
    from scipy.stats import beta

    return 1.0 if events >= of else float(beta.ppf(0.95, events + 1, of - events))


def _rate(found: int, of: int) -> str:
    missed = of - found
    return f"{found} of {of} ({100 * found / of:.1f} %; misses at most {100 * upper_bound(missed, of):.1f} %)" if of else "-"


def report(title: str, messages: Sequence[Message], check: Callable[[str], Findings], table: Table, texts: bool = False) -> str:
    """A Markdown report. Texts of misses and false alarms are only shown when asked for: frozen sets stay unread."""
    level = {flag.id: flag.level for flag in table.flags}
    findings, times = [], []
    for message in messages:
        started = time.perf_counter()
        findings.append(check(message.text))
        times.append(1000 * (time.perf_counter() - started))
    lines = [f"## {title}", ""]
    wanted = [(m, f) for m, f in zip(messages, findings, strict=True) if m.flags]
    quiet = [(m, f) for m, f in zip(messages, findings, strict=True) if not m.flags]
    if wanted:
        def lead(flags: Sequence[str]) -> int:
            return min((LEVELS.index(level[flag]) for flag in flags), default=len(LEVELS))

        by_rule = sum(bool({*f.flags, *f.possible} - set(f.by_meaning)) for _, f in wanted)
        lines += [
            "| what | found |", "|---|---|",
            f"| a care card comes first and alone | {_rate(sum(bool(f.flags) for _, f in wanted), len(wanted))} |",
            f"| a care card, or a note with it in front of the answer | {_rate(sum(bool(f.flags or f.possible) for _, f in wanted), len(wanted))} |",
            f"| rules alone find a flag | {_rate(by_rule, len(wanted))} |",
            f"| it is one of the right ones | {_rate(sum(bool(set(m.flags) & set(f.flags)) for m, f in wanted), len(wanted))} |",
            f"| the card that leads is at least as urgent | {_rate(sum(lead(f.flags) <= lead(m.flags) for m, f in wanted), len(wanted))} |",
        ]
        for name in LEVELS:
            own = [f for m, f in wanted if lead(m.flags) == LEVELS.index(name)]
            if own:
                lines.append(f"| {name}: a care card | {_rate(sum(bool(f.flags) for f in own), len(own))} |")
                lines.append(f"| {name}: a care card or a note | {_rate(sum(bool(f.flags or f.possible) for f in own), len(own))} |")
        groups: dict[str, list[bool]] = defaultdict(list)
        for message, found in wanted:
            groups[message.flags[0]].append(bool(found.flags or found.possible))
        short = {flag: hits for flag, hits in sorted(groups.items()) if not all(hits)}
        named = ", ".join(f"{flag} {sum(hits)} of {len(hits)} found" for flag, hits in short.items())
        lines += ["", f"Flags with neither card nor note: {named or 'none'}."]
    if quiet:
        fired = [(m, f) for m, f in quiet if f.flags]
        counts: dict[str, int] = defaultdict(int)
        for _, found in fired:
            counts[found.flags[0]] += 1
        by_flag = "".join(f"; {flag} {count}" for flag, count in sorted(counts.items()))
        lines += ["", f"False alarms: {len(fired)} of {len(quiet)} ({100 * len(fired) / len(quiet):.1f} %; at most "
                  f"{100 * upper_bound(len(fired), len(quiet)):.1f} %){by_flag}; "
                  f"by meaning alone {sum(set(f.flags) == set(f.by_meaning) for _, f in fired)}. "
                  f"A note in front of the answer: {sum(bool(f.possible) for _, f in quiet)} more."]
    ordered = sorted(times)
    lines += ["", f"Time a check: median {statistics.median(ordered):.1f} ms, p95 {ordered[int(0.95 * (len(ordered) - 1))]:.1f} ms, "
              f"longest {ordered[-1]:.1f} ms."]
    listed = [(m, f) for m, f in quiet if m.post and f.flags]
    if listed:
        lines += ["", "The posts that got a card (some do describe the sign):", "",
                  *(f"- {', '.join(f.flags)}: \u201c{' '.join(m.text.split())[:160]}\u201d" for m, f in listed)]
    if texts:
        lines += ["", *(f"- missed {', '.join(m.flags)}{' (note)' if f.possible else ''}: {m.text}" for m, f in wanted if not f.flags),
                  *(f"- raised {', '.join(f.flags)}{' (meaning)' if f.by_meaning == f.flags else ''}: {m.text}" for m, f in quiet if f.flags)]
    return "\n".join(lines) + "\n"
