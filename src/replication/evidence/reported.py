"""What the paper reports and how each item is judged: config/reported.yaml, read and applied.

A stand-in is never judged. There are two judges: the paper's solver, and ours, which looks for the shortest path.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from replication.evidence import quantities
from replication.evidence.bootstrap import Estimate
from replication.evidence.quantities import Evidence, MissingEvidence
from replication.evidence.reported_schema import Item, Reported
from replication.evidence.rounding import with_interval
from replication.workflow import config_files
from replication.workflow.config_files import shown
from replication.workflow.sections import check

__all__ = ["BESIDE", "COLUMNS", "FILE", "JUDGED_SOURCES", "MARKS", "judge", "load", "targets", "verdict"]

BESIDE = ("shortest", "unit", "unit_shortest", "far", "far_shortest")
"""What is judged beside the first judge's number; see `verdict`."""
COLUMNS_OF: Mapping[str, tuple[str, str, str, str]] = {
    "ours": ("ci_low", "ci_high", "n", "verdict"),
    **{name: (f"{name}_low", f"{name}_high", f"{name}_n", f"{name}_verdict") for name in BESIDE},
}
COLUMNS = (
    "item", "dataset", "quantity", "paper", "ours", "ci_low", "ci_high", "n", "data_source", "verdict",
    *(column for name in BESIDE for column in (name, *COLUMNS_OF[name])), "note",
)  # fmt: skip
FOLLOWING = ("follow", "circle_distance", "data_distance")
"""Columns that say how near a path stays to the data."""
MARKS: Mapping[str, str] = {"reproduced": "✓", "partly": "≈", "not reproduced": "✗", "not run": "–"}
"""A mark a verdict: it is told by mark and word, never by colour alone."""
FILE = config_files.FOLDER / "reported.yaml"
JUDGED_SOURCES = ("public", "mirror", "simulated")


def load(path: Path = FILE) -> dict[str, Any]:
    """Read and check reported.yaml: `judges`, `items`, the `targets` of ours and the paper's `settings`.

    Raises:
        ValueError: A judge, field, rule or quantity is unknown or missing; the message names file, item and field.
    """
    content = config_files.read(Path(path))
    check(Reported, content, str(path))
    seen: set[str] = set()
    for item in [*content["items"], *content["targets"]]:
        where = f"{path}: item {shown(item.get('item', item))}"
        check(Item, item, where)
        if item["item"] in seen:
            raise ValueError(f"{where}: the name is taken already")
        seen.add(item["item"])
    return content


def verdict(reported: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> pd.DataFrame:
    """Judge every item of the paper's, by each judge.

    `ours`, its interval, `n` and `verdict` are the first judge's: the path that an item calls `geodesic` is the paper's
    solver's there. Beside them, each with an interval, a number of rows and a verdict by the same rule:

    - `shortest`: the same of our solver's path;
    - `unit`: the first judge's, smoothed at 1 of the metric's own scale; `unit_shortest`: our solver's there;
    - `far`: the first judge's, on pairs that are far apart; `far_shortest`: our solver's on these.

    They are empty where they would ask nothing else: `shortest` where an item reads no geodesic, `unit` and
    `unit_shortest` where it reads nothing that is smoothed, `far` and `far_shortest` where it is no claim about
    following the data.

    Args:
        reported: Content of reported.yaml.
        evidence: data set -> seed -> file name -> content; what is missing makes an item `not run`.

    Returns:
        One row an item, columns `COLUMNS`.
    """
    judges = reported["judges"]
    rows = [_judged(item, evidence, judges["paper"], judges["shortest"]) for item in reported["items"]]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({f"{name}_n": "Int64" for name in BESIDE})


def targets(reported: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> pd.DataFrame:
    """Judge every target of ours, by our solver alone: columns `COLUMNS` without those of `BESIDE`."""
    rows = [_judged(item, evidence, reported["judges"]["shortest"]) for item in reported["targets"]]
    return pd.DataFrame(rows, columns=[name for name in COLUMNS if name.split("_")[0] not in BESIDE])


def judge(rule: Mapping[str, Mapping[str, float]], paper: float | None, ours: Estimate) -> str:
    """`reproduced`, `partly` or `not reproduced`, as the rule says: one of those of `reported_schema.Rule`."""
    ((kind, terms),) = rule.items()
    if kind == "close":
        if paper is None:
            raise ValueError("rule close needs the paper's number")
        distance = abs(ours.value - paper) / abs(paper - terms.get("from", 0.0))
        whole, estimate = distance <= terms["relative"], distance <= terms["partly"]
    elif kind == "above":
        whole, estimate = ours.low > terms["threshold"], ours.value > terms["threshold"]
    else:
        whole, estimate = ours.high < terms["threshold"], ours.value < terms["threshold"]
    return "reproduced" if whole else "partly" if estimate else "not reproduced"


def _judged(
    item: Mapping[str, Any], evidence: Mapping[str, Evidence], path: str, shortest: str | None = None
) -> dict[str, Any]:
    """One item's row: the path that it calls a geodesic is the judge's; beside it the other's, if there is one."""
    spec = _read_by(item["quantity"], path)
    asked = {"ours": spec, **_beside(item["quantity"], path, shortest)}
    names = [item["dataset"], *([spec["against"]] if "against" in spec else [])]
    row = {"item": item["item"], "dataset": item["dataset"], "quantity": _words(spec), "paper": item["paper"]}
    absent = [name for name in names if not evidence.get(name)]
    if absent:
        for name in asked:
            row |= _cells(name, None, "not run")
        return row | {"data_source": "", "note": f"no results of {', '.join(absent)}"}
    sources = [_source(evidence[name]) for name in names]
    unjudged = [f"{name} is a stand-in ({reason})" if kind == "standin" else f"{name} has source {kind!r}"
                for name, (kind, reason) in zip(names, sources, strict=True) if kind not in JUDGED_SOURCES]  # fmt: skip
    row["data_source"] = "/".join(dict.fromkeys(kind for kind, _ in sources))
    notes = list(unjudged)
    for name, question in asked.items():
        try:
            found = quantities.estimate(question, evidence[names[0]], evidence[names[1]] if names[1:] else None)
        except MissingEvidence as error:
            notes.append(str(error) if name == "ours" else f"{name}: {error}")
            row |= _cells(name, None, "not run")
            continue
        row |= _cells(name, found, "not run" if unjudged else judge(item["rule"], item["paper"], found))
        notes += [found.note] if name == "ours" else []
    notes += _further(item, evidence[names[0]], path)
    return row | {"note": "; ".join(note for note in notes if note)}


def _read_by(spec: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A quantity with a judge's path for the geodesic; not the study's, of which the paper's solver has a few pairs."""
    return {key: path if value == "geodesic" and "variant" not in spec else value for key, value in spec.items()}


def _beside(spec: Mapping[str, Any], path: str, shortest: str | None) -> dict[str, dict[str, Any]]:
    """What is judged beside the first judge's quantity, by the words of `BESIDE`; nothing without a second judge."""
    if shortest is None:
        return {}
    ours, theirs = _read_by(spec, path), _read_by(spec, shortest)
    asked = (theirs, _at_unit(ours), _at_unit(theirs), _far(ours), _far(theirs))
    beside: dict[str, dict[str, Any]] = {}
    for name, question in zip(BESIDE, asked, strict=True):
        if question not in (ours, *beside.values()):
            beside[name] = question
    return beside


def _at_unit(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A quantity smoothed at 1 of the metric's own scale, where it is smoothed."""
    return {key: "smoothed_1" if value == "smoothed" else value for key, value in spec.items()}


def _far(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A quantity of far pairs alone, where it says how near a path stays to the data."""
    return {**spec, "far": True} if spec.get("column") in FOLLOWING else dict(spec)


def _cells(name: str, found: Estimate | None, outcome: str) -> dict[str, Any]:
    """The cells of a judged number."""
    low, high, n, word = COLUMNS_OF[name]
    numbers = {low: found.low, high: found.high, n: found.n, name: found.value} if found else {n: 0}
    return numbers | {word: outcome}


def _further(item: Mapping[str, Any], evidence: Evidence, path: str) -> list[str]:
    """Numbers that are not judged but belong next to the item, as words."""
    notes = []
    for listed in item.get("beside", []):
        spec = _read_by(listed, path)
        try:
            ours = quantities.estimate(spec, evidence)
        except MissingEvidence:
            continue
        notes.append(f"{_words(spec)} = {with_interval(ours)}")
    return notes


def _source(evidence: Evidence) -> tuple[str, str]:
    """The kind of data behind the artifacts and the reason given for it; `unknown` without scores."""
    scores = evidence[min(evidence)].get("scores.json", {})
    return scores.get("data_source", "unknown"), scores.get("data_source_reason") or "no reason recorded"


def _words(spec: Mapping[str, Any]) -> str:
    """A quantity and its options in one readable word: `path_ratio(over=euclidean, under=geodesic, metric=raw)`."""
    options = ", ".join(f"{key}={value}" for key, value in spec.items() if key != "name")
    return f"{spec['name']}({options})"
