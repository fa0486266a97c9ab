"""How far do distances agree when the same model is trained again, and whose geodesics follow the data?"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import retrainings
from replication.evidence.bootstrap import Estimate
from replication.evidence.columns import select
from replication.evidence.rounding import with_interval
from replication.files.needs import Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "How far distances agree when a model is trained again"
CAPTION = (
    "One pendulum model trained again and again, and the same pairs of test images in each. Left: coefficient of "
    "variation over the models of a pair's distance, mean over pairs, along the straight line and the geodesic of each "
    "metric; dashed: of the latent distance. Middle: the same after each model's distances were divided by their mean. "
    "Right: share of curves that stay with the data, small for every model. Below: an ensemble of six decoders, by its "
    "expected metric E[JᵀJ], and with a member drawn for each of a curve's 64 points, so that disagreement in value "
    "counts. 95 % intervals over pairs, on the right over models and pairs."
)
NEEDS = retrainings.NEEDS
PANELS = {
    "cv": "variation over\nretrainings",
    "cv_without_scale": "the same,\nscale removed",
    "follow": "share that\nfollows data",
}
MARKERS = {"euclidean": ("D", 0.14), "geodesic": ("o", -0.14)}


def draw(needs: Needs) -> Figure:
    """A row a metric."""
    frame = retrainings.per_metric(needs)
    figure = style.figure(style.PAGE, 3.3)
    axes = figure.subplots(1, len(PANELS), sharey=True)
    rows = {metric: -place for place, metric in enumerate(retrainings.METRICS)}
    for axis, (column, title) in zip(axes, PANELS.items(), strict=True):
        _estimates(axis, frame, column, rows)
        axis.set_xlabel(title)
        if column != "follow":
            latent = frame.loc[frame["metric"] == "latent", column].iloc[0]
            axis.axvline(latent, color="0.5", linewidth=0.8, linestyle="--", zorder=0)
            axis.set_xlim(left=0)
    _every_model(axes[-1], needs, rows)
    axes[-1].set_xlim(-0.05, 1.05)
    axes[0].set_yticks(list(rows.values()), [name.replace(", ", ",\n") for name in retrainings.METRICS.values()])
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """All that is drawn of the geodesics, and of the latent distance."""
    told = {}
    for row in retrainings.per_metric(needs).to_dict("records"):
        if row["path"] == "geodesic" or row["metric"] == "latent":
            for column, title in PANELS.items():
                found = Estimate(row[column], row[f"{column}_low"], row[f"{column}_high"], row["pairs"])
                name = f"{retrainings.METRICS[row['metric']]}: {' '.join(title.split())}"
                told[name] = with_interval(found)
    return told


def _estimates(axis: Axes, frame: pd.DataFrame, column: str, rows: dict[str, int]) -> None:
    for path, (marker, shift) in MARKERS.items():
        mine = pd.DataFrame(frame[frame["path"] == path])
        y = [rows[metric] + shift for metric in mine["metric"]]
        widths = [mine[column] - mine[f"{column}_low"], mine[f"{column}_high"] - mine[column]]
        axis.errorbar(
            mine[column], y, xerr=widths, fmt=marker, color=style.PATHS[path], markersize=4, linewidth=1,
            label=style.LABELS[path],
        )  # fmt: skip


def _every_model(axis: Axes, needs: Needs, rows: dict[str, int]) -> None:
    """The share of each model's geodesics that follow, small."""
    for model in retrainings.models():
        for frame in needs.all(model, "retrainings.csv").values():
            for metric, y in rows.items():
                if metric != "latent":
                    share = select(frame, "geodesic", metric)["follow"].mean()
                    axis.plot(share, y - 0.32, "o", color=style.PATHS["geodesic"], markersize=2, alpha=0.4)
