"""What the page knows of the metrics: splines of the metric and of the factors, and how far they are from the truth."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.explorer.factor_part import factor_part
from latentgeo.explorer.packed import halved, restored
from latentgeo.explorer.recognised import Part
from latentgeo.explorer.splines import Splines, at, lattice_over
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.metrics.bicubic import coefficients
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.jet import entries, matrix
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.smoothing import smooth

__all__ = ["metric_part"]

# places at which the page's metrics are held against the true ones, half of them at the data
_PLACES = 1024


@torch.no_grad()
def metric_part(parts: Mapping[str, Part], z: Tensor, bounds: Bounds, size: int | None) -> dict[str, Any]:
    """The metrics for the page, JSON-able.

    Args:
        parts: What is shown, by name; all have one root.
        z: The data, (points, 2).
        bounds: The box that is shown, and that curves keep to.
        size: Nodes along each axis; by default what the metric asks for, see `GridMetric`.
    """
    root = next(iter(parts.values())).root
    grid = GridMetric(root, bounds, size)
    lattice, beyond = lattice_over(bounds, grid.size)
    cholesky, splines = _as_factors(_splines(grid, lattice, beyond))
    places, steps = _places(z, bounds)
    shown = []
    for name, part in parts.items():
        known = matrix(at(splines, places))
        one: dict[str, Any] = {"name": name, "lambda": part.lambda_s, "factor": None}
        known = smooth(known, part.lambda_s)
        if part.factor is not None:
            one["factor"], factor = factor_part(part.factor, bounds, places)
            known = known * factor(places)[:, None, None]
        one["error"] = _error(known, part.metric, places, steps)
        shown.append(one)
    return {
        "corner": splines.corner.tolist(),
        "step": splines.step.tolist(),
        "beyond": list(beyond),
        "size": list(grid.size),
        "cholesky": cholesky,
        "shown": shown,
    }


def _splines(grid: GridMetric, lattice: Lattice, beyond: tuple[int, int]) -> Splines:
    values = grid.without_wall().on_lattice(lattice).double().cpu()
    return Splines(lattice.origin, lattice.steps.diagonal(), beyond, coefficients(values.view(*lattice.count, 3)))


def _as_factors(splines: Splines) -> tuple[dict[str, Any], Splines]:
    """The coefficient matrices as rounded Cholesky factors, whose products are positive semi-definite, and these.

    The page computes in steps of the lattice: a factor is of the metric in these units.
    """
    x, y = splines.step
    a, b, c = (splines.coefficients * torch.stack([x * x, x * y, y * y])).unbind(-1)
    first = a.clamp(min=0).sqrt()
    off = torch.where(first > 0, b / first.clamp(min=torch.finfo(a.dtype).tiny), 0.0)
    last = (c - off * off).clamp(min=0).sqrt()
    halves = halved(torch.stack([first, off, last], -1).numpy())
    first, off, last = torch.as_tensor(restored(halves)).unbind(-1)
    rounded = torch.stack([first * first / (x * x), first * off / (x * y), (off * off + last * last) / (y * y)], -1)
    return halves, Splines(splines.corner, splines.step, splines.beyond, rounded)


def _places(z: Tensor, bounds: Bounds) -> tuple[Tensor, Tensor]:
    """Points of the box and of the data, and a direction at each: random, of even angle in units of the box."""
    generator = torch.Generator().manual_seed(0)
    low, high = torch.tensor(bounds, dtype=torch.float64).T
    anywhere = low + (high - low) * torch.rand(_PLACES // 2, 2, dtype=torch.float64, generator=generator)
    chosen = torch.randint(len(z), (_PLACES // 2,), generator=generator)
    angle = 2 * np.pi * torch.rand(_PLACES, dtype=torch.float64, generator=generator)
    return torch.cat([anywhere, z.double().cpu()[chosen]]), torch.stack([angle.cos(), angle.sin()], 1) * (high - low)


def _error(
    known: Float[Tensor, "places 2 2"], metric: Metric, places: Tensor, steps: Float[Tensor, "places 2"]
) -> dict[str, float]:
    """Relative error of the length of short steps: its median, and the 95 % quantiles of all places and of the data."""
    truth = matrix(entries(in_parts(metric, metric.points_at_once, places)))
    found, true = (torch.einsum("pi,pij,pj->p", steps, G, steps).clamp(min=0).sqrt() for G in (known, truth))
    error = (found - true).abs() / true.clamp(min=torch.finfo(true.dtype).tiny)
    half = len(error) // 2
    return {
        "median": float(error.median()),
        "anywhere": float(error[:half].quantile(0.95)),
        "data": float(error[half:].quantile(0.95)),
    }
