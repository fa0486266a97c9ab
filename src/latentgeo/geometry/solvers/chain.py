"""Curves through chains of nodes at even times: cubic splines, or straight segments.

The spline is C2, its first two and last two intervals share one polynomial (not-a-knot). Doubling the nodes of a chain
by points of its own curve leaves the curve as it is.
"""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Polyline
from latentgeo.geometry.curves.spline import Basis, Spline, fit, tabulate
from latentgeo.geometry.functionals import length, safe_sqrt
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.spline_energy import nodes_of

__all__ = ["curve_through", "doubled", "length_through"]

_POINTS_AT_ONCE = 4096
_GAUSS_NODES = 3


def curve_through(nodes: Float[Tensor, "pairs nodes latent"], straight: bool) -> Curve:
    """The splines, or the straight segments."""
    return Polyline(nodes) if straight else Spline(_control(nodes))


def doubled(nodes: Float[Tensor, "pairs nodes latent"], straight: bool) -> Float[Tensor, "pairs finer latent"]:
    """The points of the same curves at twice as many steps."""
    finer = nodes.repeat_interleave(2, 1)[:, :-1]
    middle = (nodes[:, 1:] + nodes[:, :-1]) / 2 if straight else _between(nodes.shape[1] - 1).to(nodes) @ nodes
    finer[:, 1::2] = middle
    return finer


@torch.no_grad()
def length_through(
    metric: Metric, nodes: Float[Tensor, "pairs nodes latent"], straight: bool
) -> Float[Tensor, "pairs"]:
    """The lengths of the curves through the nodes; of splines by three points on each step, that is to O(h^6)."""
    if straight:
        return length(metric, nodes)
    basis = _basis(nodes.shape[1] - 1, nodes)
    z, v = nodes_of(_control(nodes), basis)
    points = zip(*(a.flatten(0, 2).split(_POINTS_AT_ONCE) for a in (z, v)), strict=True)
    squared = torch.cat([metric.squared_speed(at, along) for at, along in points])
    return (safe_sqrt(squared).view(z.shape[:3]) * basis.weight).sum((1, 2))


def _control(nodes: Tensor) -> Tensor:
    control = _through(nodes.shape[1] - 1).to(nodes) @ nodes
    control[:, 0], control[:, -1] = nodes[:, 0], nodes[:, -1]
    return control


def _basis(steps: int, like: Tensor) -> Basis:
    basis = _tabulated(steps)
    return Basis(basis.t.to(like), basis.weight.to(like), basis.local.to(like))


@lru_cache
def _tabulated(steps: int) -> Basis:
    return tabulate(steps, _GAUSS_NODES, torch.empty(0, dtype=torch.float64))


@lru_cache
def _through(steps: int) -> Tensor:
    """Nodes to control points, (steps + 3, steps + 1)."""
    return fit(_spline_of_each(steps, np.linspace(0, 1, 4 * steps + 1)).unsqueeze(0), steps)[0]


@lru_cache
def _between(steps: int) -> Tensor:
    """Nodes to the points half-way between, (steps, steps + 1)."""
    return _spline_of_each(steps, (np.arange(steps) + 0.5) / steps)


def _spline_of_each(steps: int, at: np.ndarray) -> Tensor:
    """At given times, the spline that is one at one node and zero at the others, for each node."""
    return torch.as_tensor(CubicSpline(np.linspace(0, 1, steps + 1), np.eye(steps + 1))(at))
