"""`lg.explore`: a page of one's own model."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from latentgeo.decoder import Decoder
from latentgeo.explorer.assemble import page
from latentgeo.explorer.frames import Frames
from latentgeo.explorer.labels import Labels
from latentgeo.explorer.payload import payload
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.progress import shows_progress, tell

__all__ = ["explore"]


@shows_progress("explorer")
def explore(
    metric: Metric | Decoder,
    data: Tensor,
    *,
    labels: Labels | Mapping[str, Labels] | None = None,
    period: float | None = None,
    decoder: Decoder | None = None,
    frames: Frames | str | None = None,
    metrics: Mapping[str, Metric] | None = None,
    title: str = "Latent space explorer",
    bounds: Bounds | None = None,
    size: int | None = None,
    out: Path | str = "explorer.html",
    progress: bool = True,
) -> Path:
    """Write a page that shows a two-dimensional latent space and computes geodesics in it while points are dragged.

    One HTML file of at most 6 MB that needs no server and no network. It holds the metric on a lattice, from which
    lengths are good to what the page says of itself; the weights of a decoder that is a plain perceptron, or a lattice
    of what any other decoder gives; and the data.

    Args:
        metric: A metric with two latent dimensions, or a decoder, whose pullback metric it then is.
        data: Latent points (points, 2), e.g. encodings.
        labels: One a point: integers, booleans or words are classes, floats are numbers. A mapping of one entry,
            {"angle": angles}, says what they are called.
        period: Of labels that are angles, e.g. 2 pi.
        decoder: What is shown along the paths, where it is not what the metric is pulled back by: any callable
            (batch, 2) -> (batch, *obs), e.g. one that turns joint angles into points in space.
        frames: How it is shown: "image", "curve", "skeleton", "arm" or `Frames`; guessed from the shape by default.
        metrics: What is shown, by name, all functions of one metric, e.g. a `SmoothedMetric` and a `ScaledMetric` of
            it. By default the given one raw, smoothed (with a slider) and, if it has a factor or the data are enough to
            fit one, conformal.
        title: Of the page.
        bounds: The box that is shown, and that geodesics keep to; that around the data and a quarter more by default.
        size: Nodes of the lattice along each axis; as many as the metric asks for by default, up to 257.
        out: Where to write.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Returns:
        The file.

    Raises:
        ValueError: Data that are not points of a plane or not finite, a metric with periodic coordinates, labels that
            do not fit the data, frames that do not fit the decoder, metrics that are not functions of one, no folder
            to write in, or a page above 6 MB.
        NotFiniteError: The metric is NaN or infinite within the bounds.
    """
    path = Path(out)
    if not path.parent.is_dir():
        raise ValueError(f"out must be in a folder that is there; {path.parent} is none")
    shown = payload(
        metric,
        data,
        labels=labels,
        period=period,
        decoder=decoder,
        frames=frames,
        metrics=metrics,
        bounds=bounds,
        size=size,
        name=title,
    )
    tell("the page")
    text = page([shown], title)
    path.write_text(text, encoding="utf-8")
    return path
