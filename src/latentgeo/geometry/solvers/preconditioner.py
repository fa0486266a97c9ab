"""What a step is divided by: a factor of the energy's Hessian, or of a model of it, for many pairs.

Basis functions reach over four intervals, so that in some neighbouring control points as one unknown the Hessian is
block-tridiagonal: a factor costs the control points times the square of the block's size.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latentgeo.geometry.curves.spline import Basis
from latentgeo.geometry.solvers.batch import put, select
from latentgeo.geometry.solvers.spline_energy import Curvature, hessian

__all__ = ["Preconditioner", "block_size", "factor", "factorise", "preconditioner"]

# control points that are one unknown: at least as many as basis functions reach beyond their own interval, and so many
# that a block is not too small for a matrix product
_FEWEST, _SIZE = 3, 24
# of the largest entry: where the metric is flat in a direction the matrix is singular
_RIDGE = 1e-11
_ATTEMPTS = 40


@runtime_checkable
class Preconditioner(Protocol):
    """A positive definite matrix for each pair, ready to be divided by; a record as `batch` has them."""

    def divide(self, right: Float[Tensor, "pairs free"]) -> Float[Tensor, "pairs free"]:
        """The matrix' inverse times a vector."""
        ...


def preconditioner(curvature: Curvature, basis: Basis) -> Preconditioner:
    """The Hessian, damped for each pair until it is positive definite."""
    return factorise(curvature, basis, curvature.convex.new_zeros(len(curvature.convex)))[0]


def factorise(
    curvature: Curvature, basis: Basis, damping: Float[Tensor, "pairs"]
) -> tuple[Preconditioner, Float[Tensor, "pairs"]]:
    """Factors of the Hessians, the damping raised for each pair until its Hessian is positive definite."""
    damping = damping.clone()
    found, definite = factor(hessian(curvature, basis, damping))
    for _ in range(_ATTEMPTS):
        bad = (~definite).nonzero().squeeze(1)
        if not len(bad):
            break
        damping[bad] = 4 * damping[bad].clamp(min=1e-2)
        better, good = factor(hessian(select(curvature, bad), basis, damping[bad]))
        found, definite = put((found, definite), (better, good), bad)
    return found, damping


def block_size(latent: int) -> int:
    """Unknowns of a block."""
    return latent * max(_FEWEST, _SIZE // latent)


def factor(
    bands: Float[Tensor, "offsets pairs inner latent latent"],
) -> tuple["_Banded", Bool[Tensor, "pairs"]]:
    """A factor of a matrix that is given as `hessian` gives it, with a ridge; and which pairs' are definite."""
    offsets, pairs, inner, latent, _ = bands.shape
    size = block_size(latent)
    group = size // latent
    groups = -(-inner // group)
    whole = bands.new_zeros(offsets, pairs, groups * group, latent, latent)
    whole[:, :, :inner] = bands
    diagonal = whole[0].diagonal(dim1=2, dim2=3)
    diagonal += _RIDGE * diagonal.abs().amax((1, 2))[:, None, None]
    diagonal[:, inner:] = 1
    whole = whole.unflatten(2, (groups, group))
    blocks = bands.new_zeros(pairs, groups, group, latent, group, latent)
    sides = bands.new_zeros(pairs, groups, group, latent, group, latent)
    for offset in range(offsets):
        for a in range(group):
            b = a + offset
            if b < group:
                blocks[:, :, a, :, b] = whole[offset, :, :, a]
                blocks[:, :, b, :, a] = whole[offset, :, :, a].mT
            else:
                sides[:, :, a, :, b - group] = whole[offset, :, :, a]
    blocks, sides = (part.reshape(pairs, groups, size, size) for part in (blocks, sides))
    lower, across = [], []
    definite = torch.ones(pairs, dtype=torch.bool, device=bands.device)
    for g in range(groups):
        block = blocks[:, g]
        if across:
            block = torch.baddbmm(block, across[-1].mT, across[-1], alpha=-1)
        L, failed = torch.linalg.cholesky_ex(block)
        definite &= failed == 0
        lower.append(L)
        if g < groups - 1:
            across.append(torch.linalg.solve_triangular(L, sides[:, g], upper=False))
    between = torch.stack(across, 1) if across else blocks[:, :0]
    return _Banded(torch.stack(lower, 1), between), definite


@dataclass(frozen=True)
class _Banded:
    """A Cholesky factor of a block-tridiagonal matrix.

    Attributes:
        lower: Its diagonal blocks, (pairs, groups, size, size).
        across: The transposes of those below, (pairs, groups - 1, size, size).
    """

    lower: Tensor
    across: Tensor

    def divide(self, right: Float[Tensor, "pairs free"]) -> Float[Tensor, "pairs free"]:
        pairs, groups, size, _ = self.lower.shape
        rest = torch.nn.functional.pad(right, (0, groups * size - right.shape[1])).view(pairs, groups, size, 1)
        down: list[Tensor] = []
        for g in range(groups):
            b = rest[:, g] if g == 0 else rest[:, g] - self.across[:, g - 1].mT @ down[-1]
            down.append(torch.linalg.solve_triangular(self.lower[:, g], b, upper=False))
        up: list[Tensor] = []
        for g in reversed(range(groups)):
            b = down[g] - self.across[:, g] @ up[-1] if up else down[g]
            up.append(torch.linalg.solve_triangular(self.lower[:, g].mT, b, upper=True))
        return torch.cat(up[::-1], 1).squeeze(2)[:, : right.shape[1]]
