"""What does bfloat16 do to the results? Each chosen model whose decoder trains in it, beside the same in float32."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from replication.evidence.columns import select
from replication.evidence.dataset_names import name_of
from replication.evidence.fits import ratio
from replication.files.needs import Need, Needs
from replication.workflow import config_files

__all__ = ["CAPTION", "NEEDS", "TITLE", "build", "models"]

TITLE = "Trained in bfloat16 and in float32"
CAPTION = (
    "Models as they were chosen, whose decoder's layers compute in bfloat16 while training, and models of the same "
    "options in float32; MNIST's with as many steps as its candidates. Each is drawn for itself: weights, batches and "
    "pairs differ as between any two seeds. Means over the seeds, and the least and the greatest of each: the test "
    "set's bound (nats), line / geodesic under the smoothed metric (lambda_s 1000 times its own "
    "scale) by the paper's solver and for the shortest path, ratios of mean lengths, and the share of the paper's "
    "solver's curves of far pairs that stay with the data."
)
PRODUCTS = ("bfloat16", "float32")


@cache
def models() -> dict[tuple[str, str], str]:
    """The study's models that are trained both ways: (data set, products) -> name."""
    listed = config_files.variants("study")
    return {
        (one["extends"], products): name
        for name, one in listed.items()
        for products in PRODUCTS
        if name == f"{one['extends']}_in_{products}"
    }


NEEDS = [Need(model, artifact) for model in models().values() for artifact in ("pairs.csv", "scores.json")]


def build(needs: Needs) -> pd.DataFrame:
    """One row a data set and precision."""
    rows = []
    for (dataset, products), model in models().items():
        scores = needs.all(model, "scores.json")
        each = pd.DataFrame([_of_seed(scores[seed], pairs) for seed, pairs in needs.all(model, "pairs.csv").items()])
        row: dict[str, Any] = {"data": name_of(dataset), "products": products, "n": len(each)}
        for name, numbers in each.items():
            row |= {str(name): numbers.mean(), f"{name}_low": numbers.min(), f"{name}_high": numbers.max()}
        rows.append(row)
    return pd.DataFrame(rows)


def _of_seed(scores: Mapping[str, Any], pairs: pd.DataFrame) -> dict[str, float]:
    return {
        "bound": float(scores["test_bound"]),
        "paper's solver": ratio(pairs, "euclidean", "neural"),
        "shortest": ratio(pairs, "euclidean", "geodesic"),
        "follow": _follow(pairs),
    }


def _follow(pairs: pd.DataFrame) -> float:
    if "follow" not in pairs:
        return float("nan")
    rows = select(pairs, "neural", "smoothed")
    return float(rows.loc[rows["far"] == 1, "follow"].mean())
