"""What the paper reports and how each item is judged: config/reported.yaml, read and applied.

Rules, written before any result is known:

- `close: {relative, partly, from}`: |ours - paper| over |paper - from| (`from` is 0, or 1 for a ratio whose point is
  how far it is from 1) at most `relative` is reproduced, at most `partly` is partly.
- `above: {threshold}` and `below: {threshold}`: the whole 95 % interval beyond the threshold is reproduced, the
  estimate alone is partly.

A stand-in is never judged.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from replication import config, quantities
from replication.bootstrap import Estimate
from replication.quantities import Evidence, MissingEvidence
from replication.rounding import with_interval

__all__ = ["COLUMNS", "FILE", "JUDGED_SOURCES", "judge", "load", "verdict"]

COLUMNS = (
    "item", "dataset", "quantity", "paper", "ours", "ci_low", "ci_high", "n", "data_source", "verdict", "note",
)  # fmt: skip
FILE = config.FOLDER / "reported.yaml"
JUDGED_SOURCES = ("public", "mirror", "simulated")

_FIELDS = {"item", "dataset", "claim", "where", "quantity", "paper", "figure", "rule"}
_OPTIONAL = {"beside", "why"}
_RULES = {"close": {"relative", "partly", "from"}, "above": {"threshold"}, "below": {"threshold"}}


def load(path: Path = FILE) -> dict[str, Any]:
    """Read and check reported.yaml: `items`, the `targets` of ours and the paper's `settings`.

    Raises:
        ValueError: A field, rule or quantity is unknown or missing; the message names file, item and field.
    """
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    seen: set[str] = set()
    for item in [*content["items"], *content["targets"]]:
        where = f"{path}: item {item.get('item', item)!r}"
        missing, unknown = _FIELDS - item.keys(), item.keys() - _FIELDS - _OPTIONAL
        if missing or unknown:
            raise ValueError(f"{where}: missing fields {sorted(missing)}, unknown fields {sorted(unknown)}")
        if item["item"] in seen:
            raise ValueError(f"{where}: the name is taken already")
        seen.add(item["item"])
        _check_rule(item, where)
        for spec in [item["quantity"], *item.get("beside", [])]:
            quantities.load(spec["name"])
    return content


def verdict(reported: Mapping[str, Any], evidence: Mapping[str, Evidence], which: str = "items") -> pd.DataFrame:
    """Judge every item.

    Args:
        reported: Content of reported.yaml.
        evidence: data set -> seed -> file name -> content; what is missing makes an item `not run`.
        which: Of the paper's `items`, or our `targets`.

    Returns:
        One row an item, columns `COLUMNS`.
    """
    return pd.DataFrame([_judged(item, evidence) for item in reported[which]], columns=list(COLUMNS))


def judge(rule: Mapping[str, Mapping[str, float]], paper: float | None, ours: Estimate) -> str:
    """`reproduced`, `partly` or `not reproduced`, as the rule says."""
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


def _check_rule(item: Mapping[str, Any], where: str) -> None:
    rule = item["rule"]
    if len(rule) != 1 or not rule.keys() <= _RULES.keys():
        raise ValueError(f"{where}: rule must be one of {', '.join(_RULES)}; got {rule}")
    ((kind, terms),) = rule.items()
    if not terms.keys() <= _RULES[kind] or (_RULES[kind] - {"from"}) - terms.keys():
        raise ValueError(f"{where}: rule {kind} takes {sorted(_RULES[kind])}; got {sorted(terms)}")
    if kind == "close" and item["paper"] is None:
        raise ValueError(f"{where}: rule close needs the paper's number")


def _judged(item: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> list[Any]:
    spec = item["quantity"]
    names = [item["dataset"], *([spec["against"]] if "against" in spec else [])]
    head = [item["item"], item["dataset"], _words(spec), item["paper"]]
    absent = [name for name in names if not evidence.get(name)]
    if absent:
        return [*head, None, None, None, 0, "", "not run", f"no results of {', '.join(absent)}"]
    sources = [_source(evidence[name]) for name in names]
    source = "/".join(dict.fromkeys(kind for kind, _ in sources))
    unjudged = [f"{name} is a stand-in ({reason})" if kind == "standin" else f"{name} has source {kind!r}"
                for name, (kind, reason) in zip(names, sources, strict=True) if kind not in JUDGED_SOURCES]  # fmt: skip
    try:
        ours = quantities.estimate(spec, evidence[names[0]], evidence[names[1]] if names[1:] else None)
    except MissingEvidence as error:
        return [*head, None, None, None, 0, source, "not run", "; ".join([*unjudged, str(error)])]
    outcome = "not run" if unjudged else judge(item["rule"], item["paper"], ours)
    notes = [*unjudged, ours.note, *_beside(item, evidence[names[0]])]
    note = "; ".join(note for note in notes if note)
    return [*head, ours.value, ours.low, ours.high, ours.n, source, outcome, note]


def _beside(item: Mapping[str, Any], evidence: Evidence) -> list[str]:
    """Numbers that are not judged but belong next to the item, as words."""
    notes = []
    for spec in item.get("beside", []):
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
