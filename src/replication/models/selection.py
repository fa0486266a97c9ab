"""What the paper leaves open, chosen by the validation bound alone: nothing here knows of lengths or metrics."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["chosen", "cost", "options", "tabulate"]


def tabulate(
    candidates: Mapping[str, bool],
    records: Mapping[str, Sequence[Mapping[str, Any]]],
    histories: Mapping[str, Sequence[pd.DataFrame]],
    tied: float,
) -> pd.DataFrame:
    """One row a model: its options, its bounds, what it costs and whether it is the chosen one.

    Args:
        candidates: Model -> whether it may be chosen.
        records: Model -> model.json of each seed.
        histories: Model -> training.csv of each seed; the kept weights are those of the best validation.
        tied: Bounds so near to the best candidate's are equal (nats): the cheaper one is chosen.

    Returns:
        Columns model, candidate, the options, seeds, bound_valid (mean over seeds, nats) and its least and largest,
        cost (see `cost`), train_seconds, chosen; the best bound first.

    Raises:
        ValueError: No model may be chosen.
    """
    rows = []
    for model, may_win in candidates.items():
        bounds = [history["bound_valid"].to_numpy(float).max() for history in histories[model]]
        record = records[model][0]
        rows.append(
            {
                "model": model,
                "candidate": may_win,
                **options(record),
                "seeds": len(bounds),
                "bound_valid": sum(bounds) / len(bounds),
                "bound_least": min(bounds),
                "bound_largest": max(bounds),
                "cost": cost(record),
                "train_seconds": sum(float(history["seconds"].iloc[-1]) for history in histories[model]) / len(bounds),
            }
        )
    frame = pd.DataFrame(rows).sort_values("bound_valid", ascending=False, ignore_index=True)
    return frame.assign(chosen=frame["model"] == chosen(frame, tied))


def chosen(frame: pd.DataFrame, tied: float) -> str:
    """The cheapest of the candidates whose bound is within `tied` nats of the best; of equal cost the best of them.

    Raises:
        ValueError: No model may be chosen.
    """
    eligible = frame.iloc[np.flatnonzero(frame["candidate"])]
    if eligible.empty:
        raise ValueError(f"expected a candidate among the models; none of these is one: {', '.join(frame['model'])}")
    bound = eligible["bound_valid"].to_numpy(float)
    near = eligible.iloc[np.flatnonzero(bound >= bound.max() - tied)]
    return str(near.sort_values(["cost", "bound_valid"], ascending=[True, False])["model"].iloc[0])


def options(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the models of a selection differ in, from a model.json."""
    model, train = record["config"]["model"], record["config"]["train"]
    return {
        "initialisation": model.get("initialisation", "glorot"),
        "gain": model.get("gain", 1),
        "hidden": "x".join(map(str, model["hidden"])),
        "activation": model["activation"],
        "samples": "; ".join(f"{int(k)} from {start:g}" if start else f"{int(k)}" for start, k in train["samples"]),
        "gradient": train.get("gradient", "dreg"),
        "bfloat16": bool(train.get("bfloat16", False)),
        "steps": int(train["steps"]),
        "batch": int(train["batch"]),
        "learning_rate": float(train["learning_rate"]),
    }


def cost(record: Mapping[str, Any]) -> float:
    """Products of a weight and a number in the decoder's forward passes of the whole training; of no machine."""
    train, architecture = record["config"]["train"], record["architecture"]
    widths = [architecture["latent"], *architecture["hidden"], architecture["obs"]]
    weights = sum(inputs * outputs for inputs, outputs in itertools.pairwise(widths))
    starts = [*(start for start, _ in train["samples"]), 1.0]
    samples = sum((end - start) * k for (start, k), end in zip(train["samples"], starts[1:], strict=True))
    return float(weights * samples * train["batch"] * train["steps"])
