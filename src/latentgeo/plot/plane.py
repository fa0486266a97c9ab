"""The plane that a picture shows of a latent space, and the metric within it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.metrics.metric import Metric

__all__ = ["Plane", "Section", "plane_of"]


@dataclass(frozen=True)
class Plane:
    """Points origin + u a + v b of a latent space.

    Attributes:
        origin: (latent,); in two latent dimensions zero.
        basis: (2, latent), orthonormal rows a and b.
        names: Of both axes.
    """

    origin: Tensor
    basis: Tensor
    names: tuple[str, str]

    @property
    def whole(self) -> bool:
        """Whether it is all of the latent space."""
        return self.basis.shape[1] == 2

    def project(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch 2"]:
        """Coordinates of the nearest points of the plane."""
        return (z - self.origin.to(z)) @ self.basis.to(z).T

    def points(self, uv: Float[Tensor, "batch 2"]) -> Float[Tensor, "batch latent"]:
        """Latent points with these coordinates."""
        return self.origin.to(uv) + uv @ self.basis.to(uv)


class Section(Metric):
    """A metric restricted to a plane through its latent space: what a curve within the plane measures.

    Args:
        metric: Of the whole latent space.
        plane: Which plane.
    """

    def __init__(self, metric: Metric, plane: Plane) -> None:
        self.metric, self.plane = metric, plane

    def __call__(self, z: Float[Tensor, "batch 2"]) -> Float[Tensor, "batch 2 2"]:
        basis = self.plane.basis.to(z)
        return basis @ self.metric(self.plane.points(z)) @ basis.T

    @property
    def points_at_once(self) -> int:
        return self.metric.points_at_once


def plane_of(points: Float[Tensor, "points latent"], dims: str | Sequence[int] | None = None) -> Plane:
    """The plane to show of the latent space that these points lie in.

    Args:
        points: What is to be shown; their mean lies in the plane.
        dims: Two latent coordinates, or "pca" for the plane of the points' largest variance, which is the default for
            more than two latent dimensions.

    Raises:
        ValueError: Fewer than two latent dimensions, or coordinates that there are not.
    """
    latent = points.shape[1]
    if latent < 2:
        raise ValueError("a map wants at least two latent dimensions; these points have one")
    if dims is None:
        dims = (0, 1) if latent == 2 else "pca"
    middle = points.new_zeros(latent) if latent == 2 else points.mean(0)
    if isinstance(dims, str):
        if dims != "pca":
            raise ValueError(f'dims must be "pca" or two latent coordinates, e.g. (0, 1); got {dims!r}')
        _, spread, rows = torch.linalg.svd(points - points.mean(0), full_matrices=True)
        # the sign that a decomposition gives is chance: the largest part of each axis points up
        rows = rows[:2] * rows[:2].gather(1, rows[:2].abs().argmax(1, keepdim=True)).sign()
        share = torch.zeros(2).to(spread)
        share[: min(2, len(spread))] = spread[:2].square() / spread.square().sum().clamp(min=1e-300)
        first, second = (f"principal axis {k + 1} ({100 * float(share[k]):.0f} % of the variance)" for k in range(2))
        return Plane(middle, rows, (first, second))
    i, j = _checked_dims(dims, latent)
    basis = torch.eye(latent, dtype=points.dtype)[[i, j]]
    return Plane(middle, basis, (f"latent $z_{{{i + 1}}}$", f"latent $z_{{{j + 1}}}$"))


def _checked_dims(dims: Sequence[int], latent: int) -> tuple[int, int]:
    good = len(dims) == 2 and all(isinstance(k, int) and 0 <= k < latent for k in dims) and dims[0] != dims[1]
    if not good:
        raise ValueError(f'dims must be "pca" or two different coordinates from 0 to {latent - 1}; got {dims!r}')
    return dims[0], dims[1]
