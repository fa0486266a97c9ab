"""What a quasi-Newton method is preconditioned with: a factor of a model of the energy's Hessian, for many pairs.

Basis functions reach over four intervals, so that in any three neighbouring control points as one unknown the Hessian
is block-tridiagonal. In few latent dimensions a dense factor is as quick; its cost grows with the cube of control
points times dimensions, that of the block-tridiagonal one with the control points times the cube of the dimensions.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latentgeo.geometry.curves.spline import Basis
from latentgeo.geometry.solvers.newton import factorise
from latentgeo.geometry.solvers.spline_energy import Curvature, damped

__all__ = ["MOST_DENSE", "Preconditioner", "banded", "preconditioner"]

MOST_DENSE = 3
"""Latent dimensions up to which a dense factor is taken."""

# control points that are one unknown: as many as basis functions reach beyond their own interval
_GROUP = 3
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
    convex = curvature.convex
    damping = convex.new_zeros(len(convex))
    if curvature.rest is not None or convex.shape[-1] <= MOST_DENSE:
        return _Dense(factorise(curvature, basis, damping)[0])
    found, definite = banded(convex, basis)
    for _ in range(_ATTEMPTS):
        if bool(definite.all()):
            break
        # of all pairs, which is rarely needed: semi-definite as the convex part is, rounding alone is in the way
        damping = torch.where(definite, damping, 4 * damping.clamp(min=1e-2))
        found, definite = banded(damped(convex, damping), basis)
    return found


def banded(
    convex: Float[Tensor, "pairs intervals nodes latent latent"], basis: Basis
) -> tuple["_Banded", Bool[Tensor, "pairs"]]:
    """A factor of the Hessian's convex part over the inner control points, with a ridge; and which pairs' are definite.

    Args:
        convex: See `Curvature`.
        basis: The splines' basis at the same nodes.
    """
    pairs, intervals, _, latent, _ = convex.shape
    inner = intervals + 1
    groups = -(-inner // _GROUP)
    # blocks (control point, control point + offset), the last ones past the end
    bands = convex.new_zeros(4, pairs, _GROUP * groups + _GROUP + 2, latent, latent)
    slope = basis.local[:, :, 1]
    for k in range(4):
        for m in range(k, 4):
            bands[m - k, :, k : k + intervals] += torch.einsum("pinab,in->piab", convex, slope[..., k] * slope[..., m])
    # both ends are fixed
    bands = bands[:, :, 1 : _GROUP * groups + 1]
    for offset in range(4):
        bands[offset, :, inner - offset :] = 0
    ridge = _RIDGE * bands[0].diagonal(dim1=2, dim2=3).abs().amax((1, 2))
    bands[0].diagonal(dim1=2, dim2=3).add_(ridge[:, None, None])
    bands[0, :, inner:].diagonal(dim1=2, dim2=3).fill_(1)
    return _factor(bands.unflatten(2, (groups, _GROUP)))


def _factor(bands: Float[Tensor, "offsets pairs groups group latent latent"]) -> tuple["_Banded", Tensor]:
    _, pairs, groups, group, latent, _ = bands.shape
    size = group * latent
    lower, across = [], []
    definite = torch.ones(pairs, dtype=torch.bool, device=bands.device)
    for g in range(groups):
        block = bands.new_zeros(pairs, group, latent, group, latent)
        for a in range(group):
            for b in range(a, group):
                block[:, a, :, b] = bands[b - a, :, g, a]
                block[:, b, :, a] = bands[b - a, :, g, a].mT
        block = block.view(pairs, size, size)
        if across:
            block = torch.baddbmm(block, across[-1].mT, across[-1], alpha=-1)
        L, failed = torch.linalg.cholesky_ex(block)
        definite &= failed == 0
        lower.append(L)
        if g < groups - 1:
            side = bands.new_zeros(pairs, group, latent, group, latent)
            for a in range(group):
                for b in range(a + 1):
                    side[:, a, :, b] = bands[group + b - a, :, g, a]
            across.append(torch.linalg.solve_triangular(L, side.view(pairs, size, size), upper=False))
    return _Banded(torch.stack(lower, 1), torch.stack(across, 1)), definite


@dataclass(frozen=True)
class _Dense:
    """Attributes: the Cholesky factor, (pairs, free, free)."""

    factor: Tensor

    def divide(self, right: Float[Tensor, "pairs free"]) -> Float[Tensor, "pairs free"]:
        return torch.cholesky_solve(right.unsqueeze(2), self.factor).squeeze(2)


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
        up = down[-1:]
        for g in reversed(range(groups)):
            b = down[g] if g == groups - 1 else down[g] - self.across[:, g] @ up[-1]
            up.append(torch.linalg.solve_triangular(self.lower[:, g].mT, b, upper=True))
        return torch.cat(up[:0:-1], 1).squeeze(2)[:, : right.shape[1]]
