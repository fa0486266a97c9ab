"""The verdict at a glance: every number and claim of the paper, by both judges, with what counts as reproduced."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence.bootstrap import Estimate
from replication.evidence.dataset_names import name_of
from replication.evidence.reported import MARKS
from replication.evidence.rounding import with_interval
from replication.files.needs import EVERY, Need, Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The verdict at a glance"
CAPTION = (
    "Every number and claim of the paper (Table 4 has their words) by the paper's solver, which judges, and by the "
    "shortest paths of ours; grey squares read no geodesic. Left, numbers: ours over the paper's, on dark ground what "
    "counts as reproduced and on pale ground as partly (below .02 and above 30 at the edge). Right, claims in words: "
    "the number less the border that its rule has for it, each row in units of the farthest that it shows; right of "
    "the border is as the paper says, reproduced where all of the interval is. ✓ reproduced, ≈ partly, ✗ not. 95 % "
    "intervals, those of a shown pair over all pairs. A row that was not run, as with stand-ins, is empty."
)
NEEDS = [Need(EVERY, "verdict.csv", "first")]
JUDGES = {
    "ours": (("ci_low", "ci_high"), "neural", "D", -0.14),
    "shortest": (("shortest_low", "shortest_high"), "geodesic", "o", 0.16),
}
"""Of a row: where the interval stands, whose colour, marker and place in the row."""
SPAN = (0.02, 30.0)


def draw(needs: Needs) -> Figure:
    """Numbers on the left, claims on the right, a row each, from the top in the order of the data sets."""
    figure = style.figure(style.PAGE, 4.9)
    by_kind: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for row in _rows(needs):
        by_kind["close" in row["rule"]].append(row)
    axes = figure.subplots(1, 2)
    for axis, panel, rows in zip(axes, (_numbers, _claims), by_kind.values(), strict=True):
        for place, row in enumerate(rows):
            panel(axis, place, row)
            axis.annotate(
                MARKS[row["verdict"]], (1.01, place), xycoords=("axes fraction", "data"), va="center",
                fontsize=style.NOTE_SIZE, annotation_clip=False,
            )  # fmt: skip
        axis.set_yticks(range(len(rows)), _labels(rows), fontsize=style.NOTE_SIZE)
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.tick_params(axis="y", length=0)
    axes[0].set_xscale("log")
    axes[0].set_xlim(*SPAN)
    axes[0].set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes[0].axvline(1, color="0.5", linewidth=0.7, zorder=1)
    axes[0].set_xlabel("ours over the paper's")
    axes[1].axvline(0, color="0.5", linewidth=0.7, zorder=1)
    axes[1].set_xlim(-1.08, 1.08)
    axes[1].set_xticks([-0.62, 0.62], ["not as it says", "as it says"])
    axes[1].tick_params(axis="x", length=0)
    axes[1].set_xlabel("from the border of its rule")
    for (_, path, marker, _), words in zip(JUDGES.values(), ("paper's solver", "shortest path"), strict=True):
        axes[0].plot([], [], marker, color=style.PATHS[path], markersize=4, label=words)
    axes[0].plot([], [], "s", color="0.35", markersize=3.5, label="no geodesic")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every item by both judges, and its verdict."""
    told = {}
    for row in _rows(needs):
        shortest = with_interval(_estimate(row, "shortest"))
        beside = f"; shortest {shortest}" if shortest != "–" else ""
        ours = with_interval(_estimate(row, "ours"))
        told[f"{name_of(row['dataset'])}, {_short(row)}"] = f"{ours}{beside}: {row['verdict']}"
    return told


def _rows(needs: Needs) -> list[dict[str, Any]]:
    """The verdict's rows, each with the rule of its item.

    Raises:
        ValueError: There is no verdict yet.
    """
    if needs.verdict is None:
        raise ValueError("fig26_verdict needs verdict.csv; run the stage verdict first")
    rules = {item["item"]: item["rule"] for item in needs.reported.get("items", [])}
    return [{**row, "rule": rules.get(row["item"], {})} for row in needs.verdict.to_dict("records")]


def _short(row: Mapping[str, Any]) -> str:
    """An item's name without its data set's."""
    return str(row["item"]).removeprefix(f"{row['dataset']}_").replace("_", " ")


def _labels(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The items' names; the first of each data set says of which it is."""
    named = {row["dataset"]: place for place, row in reversed(list(enumerate(rows)))}
    return [
        f"{name_of(row['dataset'])}: {_short(row)}" if named[row["dataset"]] == place else _short(row)
        for place, row in enumerate(rows)
    ]


def _estimate(row: Mapping[str, Any], judge: str) -> Estimate:
    low, high = JUDGES[judge][0]
    return Estimate(float(row[judge]), float(row[low]), float(row[high]), 0)


def _judged(row: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What each judge measured: low end, value, high end; an interval that there is not, or not around it, has no ends.

    Nothing of a row that was not run, as those of stand-ins are not.
    """
    if row["verdict"] == "not run":
        return {}
    found = {judge: _estimate(row, judge) for judge in JUDGES}
    return {
        judge: np.array([np.fmin(e.low, e.value), e.value, np.fmax(e.high, e.value)])
        for judge, e in found.items()
        if np.isfinite(e.value)
    }


def _numbers(axis: Axes, place: int, row: Mapping[str, Any]) -> None:
    paper, (rule,) = float(row["paper"]), row["rule"].values()
    for kind, shade in (("partly", "0.92"), ("relative", "0.78")):
        reach = rule[kind] * abs(paper - rule.get("from", 0.0)) / paper
        axis.fill_betweenx([place - 0.42, place + 0.42], max(1 - reach, SPAN[0]), 1 + reach, color=shade, linewidth=0)
    for judge, ends in _judged(row).items():
        _interval(axis, place, judge, np.clip(ends / paper, *SPAN), row)


def _claims(axis: Axes, place: int, row: Mapping[str, Any]) -> None:
    ((kind, rule),) = row["rule"].items()
    beyond = {judge: ends - rule["threshold"] for judge, ends in _judged(row).items()}
    scale = max((np.abs(ends).max() for ends in beyond.values()), default=0.0) or 1.0
    for judge, ends in beyond.items():
        _interval(axis, place, judge, ends / scale if kind == "above" else -ends[::-1] / scale, row)


def _interval(axis: Axes, place: int, judge: str, ends: np.ndarray, row: Mapping[str, Any]) -> None:
    """Low end, value and high end, in the look of the judge; of a row that reads a geodesic, or else in grey."""
    _, path, marker, shift = JUDGES[judge]
    low, value, high = ends
    both = isinstance(row["shortest_verdict"], str)
    colour, shape, y = (style.PATHS[path], marker, place + shift) if both else ("0.35", "s", place)
    reach = [[value - low], [high - value]]
    axis.errorbar([value], [y], xerr=reach, fmt=shape, color=colour, markersize=3, linewidth=1, zorder=3)
