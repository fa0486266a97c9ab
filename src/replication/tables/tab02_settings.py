"""Model and training settings, ours beside the paper's."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from replication.files.needs import EVERY, Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "Settings, beside the paper's"
CAPTION = (
    "Settings, the paper's beside ours. OPEN: the paper does not say; the reason for our choice stands beside the "
    "value in config/. A dash: the default of the code, or no such setting."
)
NEEDS = [Need(EVERY, name, "first") for name in ("model.json", "geodesics.run.json", "scores.json")]


def build(needs: Needs) -> pd.DataFrame:
    """One row a setting, the paper's value and one column a data set."""
    return pd.DataFrame([_row(needs, setting) for setting in needs.reported["settings"]])


def _row(needs: Needs, setting: Mapping[str, Any]) -> dict[str, Any]:
    ours = {dataset: _value(_documents(needs, dataset), setting["ours"]) for dataset in needs.artifacts}
    return {"setting": setting["setting"], "paper": setting["paper"], **ours}


def _documents(needs: Needs, dataset: str) -> dict[str, Any]:
    return {
        "model": needs.first(dataset, "model.json"),
        "geometry": needs.first(dataset, "geodesics.run.json")["settings"],
        "scores": needs.first(dataset, "scores.json"),
    }


def _value(documents: Mapping[str, Any], keys: list[str]) -> str:
    """The values under the dotted keys, joined by a space; `=word` stands for itself, a dash for what is not there."""
    found = [key[1:] if key.startswith("=") else _look_up(documents, key) for key in keys]
    return " ".join("–" if value is None else _words(value) for value in found)


def _look_up(documents: Mapping[str, Any], key: str) -> Any:
    value: Any = documents
    for part in key.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _words(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return ", ".join(f"{_words(what)} [{_words(start)}]" for start, what in value)
    if isinstance(value, list):
        return " x ".join(map(str, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
