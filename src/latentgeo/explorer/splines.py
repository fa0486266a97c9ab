"""Cubic B-splines over a lattice of the latent space, as the page evaluates them: what it knows is what they give."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import spline_filter1d
from torch import Tensor

from latentgeo.explorer.packed import halved, restored
from latentgeo.geometry.metrics.bicubic import weights
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.wall import MARGIN

__all__ = ["Splines", "as_halves", "at", "lattice_over", "through"]

# nodes beyond the box, at least
_FEWEST_BEYOND = 3


@dataclass(frozen=True)
class Splines:
    """Functions of a latent point, each a sum of B-splines.

    Attributes:
        corner: Where the first node lies, (2,).
        step: Between nodes along both axes, (2,).
        beyond: Nodes beyond the box on every side along both axes.
        coefficients: (x nodes + 2, y nodes + 2, functions).
    """

    corner: Tensor
    step: Tensor
    beyond: tuple[int, int]
    coefficients: Tensor


def lattice_over(bounds: Bounds, size: tuple[int, int]) -> tuple[Lattice, tuple[int, int]]:
    """A lattice of so many nodes across a box, with some beyond it as `GridMetric` has them; and how many those are."""
    low, high = torch.tensor(bounds, dtype=torch.float64).T
    step = (high - low) / (torch.tensor(size) - 1)
    x, y = (max(_FEWEST_BEYOND, int(np.ceil(MARGIN * (n - 1)))) for n in size)
    corner = low - step * torch.tensor([x, y])
    return Lattice(corner, step.diag(), (size[0] + 2 * x, size[1] + 2 * y)), (x, y)


def through(values: Float[Tensor, "nodes k"], lattice: Lattice, beyond: tuple[int, int]) -> Splines:
    """The splines through any values at the nodes of a lattice, mirrored at its ends."""
    found = values.double().cpu().numpy().reshape(*lattice.count, -1)
    for axis in range(2):
        found = spline_filter1d(found, order=3, axis=axis, mode="mirror")
    found = np.pad(found, ((1, 1), (1, 1), (0, 0)), mode="reflect")
    return Splines(lattice.origin, lattice.steps.diagonal(), beyond, torch.as_tensor(found))


def as_halves(splines: Splines) -> tuple[dict[str, Any], Splines]:
    """Coefficients for the page, and the splines that it will have: those of the rounded ones."""
    found = halved(splines.coefficients.numpy())
    return found, replace(splines, coefficients=torch.as_tensor(restored(found)))


def at(splines: Splines, z: Float[Tensor, "points 2"]) -> Float[Tensor, "points k"]:
    """Values at latent points on the lattice."""
    x, y = (n - 3 for n in splines.coefficients.shape[:2])
    place = (z.double().cpu() - splines.corner) / splines.step
    cell = torch.minimum(place.floor().long().clamp(min=0), torch.tensor([x - 1, y - 1]))
    share = place - cell
    rows = [cell[:, axis, None] + torch.arange(4) for axis in range(2)]
    near = splines.coefficients[rows[0][:, :, None], rows[1][:, None, :]]
    return torch.einsum("pi,pj,pijk->pk", weights(share[:, 0], 0), weights(share[:, 1], 0), near)
