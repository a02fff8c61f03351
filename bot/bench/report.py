"""Turns the figures of a run into a Markdown report. Figures come in, none are kept here; only the targets are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.bench.data_sets import OWN
from bot.bench.pipelines import OURS, STOCK

#: Least points of accuracy above the stock pipeline on the project's own data, least times its messages per second with
#: eight clients, and most milliseconds of a message over HTTP: the project's design.
MORE_POINTS, MORE_MESSAGES, P50_MS, P95_MS = 20.0, 3.0, 12.0, 25.0


@dataclass(frozen=True)
class Comparison:
    """A figure held against a target.

    Attributes:
        what: in words.
        measured: the figure, formatted; empty when it could not be measured.
        target: formatted; empty when there is none.
        met: None without a target or without a figure.
    """

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


def _at_most(value: float | None, most: float, what: str, shown: str) -> Comparison:
    return Comparison(what, "" if value is None else shown.format(value), "<= " + shown.format(most), None if value is None else value <= most)


def _times(other: float | None, own: float | None, what: str, target: str, least: float) -> Comparison:
    """How many times ``other`` is ``own``, against a least."""
    ratio = other / own if other and own else None
    return Comparison(what, "" if ratio is None else f"{ratio:.1f} times", target, None if ratio is None else ratio > least)


def _row(rows: Iterable[dict[str, Any]], **keys: str) -> dict[str, Any]:
    """The first row with these values that did not fail; empty when there is none."""
    return next((row for row in rows if "failed" not in row and all(row.get(key) == value for key, value in keys.items())), {})


def comparisons(figures: dict[str, Any]) -> list[Comparison]:
    """What is compared with what, and against which target."""
    found = []
    for data in figures["data_sets"]:
        name, title = data["name"], data["title"]
        ours, stock = (_row(figures["understanding"], pipeline=pipeline, data_set=name) for pipeline in (OURS, STOCK))
        points = 100 * (ours["accuracy"] - stock["accuracy"]) if ours.get("accuracy") is not None and stock.get("accuracy") is not None else None
        shown = "" if points is None else f"{points:+.1f} points"
        if name == OWN:
            found.append(Comparison(f"{title}: accuracy, ours less stock", shown, f">= {MORE_POINTS:+.0f} points",
                                    None if points is None else points >= MORE_POINTS))
        else:
            found.append(Comparison(f"{title}: accuracy, ours less stock", shown))
        for key, words in (("p50_ms", "time to parse a message (p50)"), ("p95_ms", "time to parse a message (p95)"), ("rss_mb", "memory")):
            found.append(_times(stock.get(key), ours.get(key), f"{title}: {words}, stock against ours", "> 1 times", 1.0))
    if "http" in figures:
        ours, stock = (_row(figures["http"], bot=bot) for bot in (OURS, STOCK))
        one, many = ours.get("one", {}), ours.get("many", {})
        found += [
            _at_most(one.get("p50_ms"), P50_MS, "HTTP: a message, one client, ours (p50)", "{:.1f} ms"),
            _at_most(one.get("p95_ms"), P95_MS, "HTTP: a message, one client, ours (p95)", "{:.1f} ms"),
            _times(stock.get("one", {}).get("p50_ms"), one.get("p50_ms"), "HTTP: a message, one client (p50), stock against ours", "> 1 times", 1.0),
            _at_least(many.get("per_second"), stock.get("many", {}).get("per_second")),
            _times(_whole(stock), _whole(ours), "HTTP: memory of all processes, stock against ours", "> 1 times", 1.0),
            _times(stock.get("start_seconds"), ours.get("start_seconds"), "HTTP: start-up, stock against ours", "", 0.0),
        ]
    return [Comparison(c.what, c.measured, c.target, c.met if c.target else None) for c in found]


def _at_least(ours: float | None, stock: float | None) -> Comparison:
    ratio = ours / stock if ours and stock else None
    return Comparison("HTTP: messages per second with 8 clients, ours against stock", "" if ratio is None else f"{ratio:.1f} times",
                      f">= {MORE_MESSAGES:.0f} times", None if ratio is None else ratio >= MORE_MESSAGES)


def _whole(row: dict[str, Any]) -> float | None:
    """Memory of a server and of what it started, in MB."""
    parts = [row.get("rss_mb"), row.get("helpers_mb")]
    return None if any(part is None for part in parts) else sum(part for part in parts if part is not None)


def _number(value: float | None, shown: str, factor: float = 1.0) -> str:
    return "-" if value is None else shown.format(value * factor)


def _understanding(figures: dict[str, Any]) -> list[str]:
    titles = {data["name"]: data["title"] for data in figures["data_sets"]}
    lines = [
        "## Pipelines on the same data", "",
        "| data | pipeline | examples | training | model (+ beside it) | load | accuracy | off-topic recall | parse p50 / p95 | memory |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in figures["understanding"]:
        head = f"| {titles[row['data_set']]} | {figures['pipelines'][row['pipeline']]} | {row['examples']} |"
        if "failed" in row:
            lines.append(f"{head} {row['failed']} | | | | | | |")
            continue
        lines.append(
            f"{head} {_number(row.get('train_seconds'), '{:.0f} s')} | {row['model_mb']:.1f} (+ {row['beside_mb']:.0f}) MB | "
            f"{row['load_seconds']:.1f} s | {_number(row['accuracy'], '{:.1f} %', 100)} | {_number(row['off_topic_recall'], '{:.1f} %', 100)} | "
            f"{row['p50_ms']:.1f} / {row['p95_ms']:.1f} ms | {_number(row['rss_mb'], '{:.0f} MB')} |")
    return [*lines, ""]


def _http(figures: dict[str, Any]) -> list[str]:
    if "http" not in figures:
        return []
    rows = {row["bot"]: row for row in figures["http"]}

    def line(what: str, value: Any) -> str:
        cells = [str(value(row)) if "failed" not in row else "-" for row in (rows[OURS], rows[STOCK])]
        return f"| {what} | {cells[0]} | {cells[1]} |"

    def faults(row: dict[str, Any], key: str) -> str:
        return f"{row['one'][key] + row['many'][key]} of {2 * row['rounds'] * row['messages']}"

    failed = [f"{figures['bots'][row['bot']]}: {row['failed']}" for row in figures["http"] if "failed" in row]
    return [
        "## Whole path over HTTP", "",
        f"{rows[OURS]['messages']} posts, each in a conversation of its own that is opened off the clock; client and "
        "server share the machine. The middle one of three rounds.", "",
        f"| what | {figures['bots'][OURS]} | {figures['bots'][STOCK]} |", "|---|---|---|",
        line("start-up until it answers, nothing to train", lambda row: f"{row['start_seconds']:.1f} s"),
        line("memory of the server after the run (+ action server)",
             lambda row: f"{_number(row['rss_mb'], '{:.0f}')} (+ {_number(row['helpers_mb'], '{:.0f}')}) MB"),
        line("one client: p50 / p95 a message", lambda row: f"{row['one']['p50_ms']:.1f} / {row['one']['p95_ms']:.1f} ms"),
        line("one client: messages per second", lambda row: f"{row['one']['per_second']:.1f}"),
        line("8 clients: p50 / p95 a message", lambda row: f"{row['many']['p50_ms']:.1f} / {row['many']['p95_ms']:.1f} ms"),
        line("8 clients: messages per second", lambda row: f"{row['many']['per_second']:.1f}"),
        line("failed messages", lambda row: faults(row, "failures")),
        line("replies without a text", lambda row: faults(row, "silent")),
        "", *(f"{line}\n" for line in failed),
    ]


def markdown(figures: dict[str, Any], plot: str = "") -> str:
    """The report.

    Args:
        figures: as :func:`bot.bench.bench` returns them.
        plot: the name of the plot's file, next to the report's; empty for none.
    """
    conditions = figures["conditions"]
    lines = ["# Speed, size and accuracy against stock Rasa", "", "Made by `candor bench`; do not edit. All figures are of one run.", ""]
    if conditions["quick"]:
        lines += ["**QUICK TRIAL: two epochs, few examples and few messages. These figures say nothing about any pipeline.**", ""]
    if not conditions["finished"]:
        lines += ["**The run was stopped before its end.** What it had not measured by then is missing.", ""]
    lines += [
        f"{conditions['cores']} cores, {conditions['system']}, Python {conditions['python']}, Rasa {conditions['rasa']}, no GPU; "
        f"load average when it began {conditions['load']:.1f}. Machines are noisy: the ratios "
        "count, not the milliseconds. Every training and every measurement ran in a process of its own with cold caches, without "
        "its imports.", "",
        *(f"- {data['title']}: {data['examples']} training examples of {data['intents']} intents; tested on {data['in_scope']} messages in scope"
          + (f" and {data['off_topic']} off topic." if data["off_topic"] else ".") for data in figures["data_sets"]),
        "",
        f"The same random {conditions['shots']} examples an intent of the own data (benchmarks: {conditions['public_shots']}) go to every pipeline, "
        "because the stock one takes hours on all of them. Own: development posts and consultations, gold is the primary topic; the training "
        "examples also name further topics, which only our pipeline reads. Accuracy: the intent equals the gold one, asking back counts as wrong. "
        "Off-topic recall: off-topic messages answered as out of scope or by the fallback.", "",
        "## Against the targets", "", "| what | measured | target | |", "|---|---|---|---|",
    ]
    words = {None: "", True: "means nothing", False: "means nothing"} if conditions["quick"] else {None: "", True: "met", False: "**missed**"}
    for c in comparisons(figures):
        lines.append(f"| {c.what} | {c.measured or 'not measured'} | {c.target} | {words[c.met]} |")
    lines += ["", *([f"![Accuracy and time to parse a message, by pipeline and data set]({plot})", ""] if plot else [])]
    return "\n".join([*lines, *(_understanding(figures) if figures["understanding"] else []), *_http(figures)])
