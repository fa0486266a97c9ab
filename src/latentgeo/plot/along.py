"""What a decoder shows along a geodesic and along the straight line, and how fast it changes there."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from latentgeo.decoder import Decoder, own_device, own_dtype, usable
from latentgeo.geometry.geodesics.geodesic import euclidean
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.pullback import PullbackMetric
from latentgeo.geometry.solution import GeodesicSolution, Outcome, Velocity
from latentgeo.outputs import Output, observation
from latentgeo.plot import style

__all__ = ["along"]

_TIMES = 201
# of the median: a velocity beyond it would flatten all others, and the axis is logarithmic
_SPIKE = 15.0
# shares of the height: of a strip of frames, and of the velocities below both
_STRIP, _BELOW = 0.21, 0.42


@torch.no_grad()
def along(
    solution: GeodesicSolution,
    decoder: Decoder | Metric,
    *,
    pair: int = 0,
    frames: int = 8,
    shape: Sequence[int] | None = None,
    lines: bool = True,
    output: Output = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw decoded frames along a geodesic, above them those along the straight line, and both velocities below.

    Args:
        solution: Geodesics of one or more pairs.
        decoder: (batch, latent) to (batch, *obs), or a `PullbackMetric`, whose decoder is meant.
        pair: Which of the solution's pairs.
        frames: How many, at even times from 0 to 1.
        shape: Of an observation, where its own does not say that it is an image: (rows, columns) or (channels, rows,
            columns). What is no image is drawn as a curve.
        lines: Whether to show the straight line too.
        output: Which tensor is the observation, as in `PullbackMetric`.
        axes: Where to draw, in parts of it; a new figure by default.

    Returns:
        The axes, which are empty themselves; `axes.child_axes` are the frames, and the velocities at last.

    Raises:
        ValueError: A pair that there is not, a metric without a decoder, fewer than two frames, or a shape that
            observations do not have.
    """
    if not -len(solution.outcome) <= pair < len(solution.outcome):
        raise ValueError(f"pair must be one of {len(solution.outcome)} pairs, counted from 0; got {pair}")
    if isinstance(decoder, Metric):
        if not isinstance(decoder, PullbackMetric):
            raise ValueError(f"decoder must be one, or a PullbackMetric; a {type(decoder).__name__} has none to show")
        decoder, output = decoder.decoder, output or decoder.output
    if frames < 2:
        raise ValueError(f"frames must be at least 2; got {frames}")
    chosen = torch.tensor([pair % len(solution.outcome)])
    curve = solution.curve.select(chosen)
    ends = curve(torch.tensor([0.0, 1.0]))[0]
    metric = solution.velocity.metric
    straight = euclidean(metric, ends[:1], ends[1:])
    name = "manifold" if solution.outcome[pair] is Outcome.BASELINE else "geodesic"
    paths: list[tuple[str, Any, float]] = [(name, curve, float(solution.length[chosen]))]
    if lines:
        paths.insert(0, ("euclidean", straight.curve, float(straight.length)))
    axes = plt.subplots(figsize=(0.9 * frames, 4.2), layout="constrained")[1] if axes is None else axes
    axes.set_axis_off()
    decoded = [_observed(decoder, path(torch.linspace(0, 1, frames))[0], output, shape) for _, path, _ in paths]
    low, high = (
        float(function(frame)) for function, frame in ((np.min, np.stack(decoded)), (np.max, np.stack(decoded)))
    )
    for row, ((name, *_), pictures) in enumerate(zip(paths, decoded, strict=True)):
        top = 1 - row * (_STRIP + 0.03)
        for column, picture in enumerate(pictures):
            place = (column / frames + 0.004, top - _STRIP, 1 / frames - 0.008, _STRIP)
            _draw_frame(axes.inset_axes(place), picture, (low, high), style.PATHS[name]["color"])
    speeds = axes.inset_axes((0, 0, 1, _BELOW if lines else _BELOW + _STRIP))
    _draw_velocities(speeds, paths, metric)
    return axes


def _observed(decoder: Decoder, z: Tensor, output: Output, shape: Sequence[int] | None) -> np.ndarray:
    """Decoded frames, (frames, *obs), images with their channels last."""
    module = usable(decoder, None)
    z = z.to(own_device(module) or z.device, own_dtype(module) or z.dtype)
    found = observation(module(z), output).cpu().double().numpy()
    if shape is not None:
        if int(np.prod(shape)) != int(np.prod(found.shape[1:])):
            raise ValueError(f"shape must have {int(np.prod(found.shape[1:]))} numbers, an observation's; got {shape}")
        found = found.reshape(len(found), *shape)
    if found.ndim == 4:
        found = found[:, 0] if found.shape[1] == 1 else np.moveaxis(found, 1, -1)
    return found


def _draw_frame(axes: Axes, picture: np.ndarray, limits: tuple[float, float], colour: str) -> None:
    low, high = limits
    if picture.ndim == 3 and picture.shape[2] in (3, 4):
        axes.imshow(((picture - low) / max(high - low, 1e-300)).clip(0, 1), aspect="equal")
    elif picture.ndim == 2:
        axes.imshow(picture, vmin=low, vmax=high, cmap="gray_r", aspect="equal")
    else:
        axes.plot(picture.reshape(-1), color=colour, linewidth=0.9)
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low) or 1)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=1.2)


def _draw_velocities(axes: Axes, paths: list[tuple[str, Any, float]], metric: Any) -> None:
    t = np.linspace(0, 1, _TIMES)
    highest = []
    for name, curve, length in paths:
        speed = Velocity(metric, curve)(t)[0].cpu().numpy()
        words = {"euclidean": "straight line", "manifold": "path"}.get(name, name)
        axes.plot(t, speed, **style.PATHS[name], linewidth=1.6, label=f"{words}, length {length:.4g}")
        highest.append(speed.max() / max(float(np.median(speed)), 1e-300))
    if max(highest) > _SPIKE:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set(xlim=(0, 1), xlabel="time along the path", ylabel="velocity")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
