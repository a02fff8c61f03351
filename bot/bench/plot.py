"""Draws accuracy and parse time by pipeline and data set. Colours of Okabe and Ito, told apart with any colour vision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_COLOURS = {"ours": ("#0072B2", ""), "ours_all": ("#56B4E9", ".."), "stock": ("#E69F00", "//"), "logistic": ("#999999", "xx")}
_WIDTH = 0.2


def draw(figures: dict[str, Any], path: Path) -> None:
    """Writes a PNG; pipelines that failed on a data set have no bar there."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sets = figures["data_sets"]
    rows = {(row["pipeline"], row["data_set"]): row for row in figures["understanding"] if "failed" not in row}
    names = [name for name in _COLOURS if any(pipeline == name for pipeline, _ in rows)]
    picture, panels = pyplot.subplots(1, 2, figsize=(9, 3.4))
    measures = (("accuracy", 100.0, "accuracy (%)", "{:.0f}"), ("p50_ms", 1.0, "p50 of parsing a message (ms)", "{:.1f}"))
    for panel, (key, factor, label, shown) in zip(panels, measures, strict=True):
        places: dict[tuple[str, str], float] = {}
        for number, data in enumerate(sets):
            here = [name for name in names if (name, data["name"]) in rows]
            places |= {(name, data["name"]): number + (place - (len(here) - 1) / 2) * _WIDTH for place, name in enumerate(here)}
        for name in names:
            colour, hatch = _COLOURS[name]
            points = [(place, factor * rows[at][key]) for at, place in places.items() if at[0] == name and rows[at][key] is not None]
            bars = panel.bar([x for x, _ in points], [y for _, y in points], _WIDTH * 0.95, color=colour, hatch=hatch, edgecolor="white",
                             label=figures["pipelines"][name])
            panel.bar_label(bars, [shown.format(y) for _, y in points], fontsize=7, padding=1)
        panel.set_xticks(range(len(sets)))
        panel.set_xticklabels([data["title"] for data in sets])
        panel.set_xlabel("data set")
        panel.set_ylabel(label)
        panel.margins(x=0.08 if len(sets) > 1 else 0.6)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylim(0, 105)
    panels[1].margins(y=0.15)
    handles, labels = panels[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="upper center", ncol=len(names), frameon=False, fontsize=8)
    if figures["conditions"]["quick"]:
        picture.text(0.5, 0.5, "QUICK TRIAL", fontsize=40, color="0.85", ha="center", va="center", rotation=20, zorder=0)
    picture.tight_layout(rect=(0, 0, 1, 0.93))
    picture.savefig(path, dpi=130, metadata={"Software": None})
    pyplot.close(picture)
