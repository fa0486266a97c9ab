"""Symmetric block-tridiagonal systems by odd-even reduction, for many pairs and all nodes of a level at once.

Every second unknown is eliminated until one is left: log2(nodes) steps instead of a loop over the nodes. The blocks
that are inverted on the way are Schur complements, so that all of them are positive definite just when the matrix is.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

__all__ = ["solve", "times"]


def solve(
    diagonal: Float[Tensor, "pairs nodes latent latent"],
    upper: Float[Tensor, "pairs steps latent latent"],
    right: Float[Tensor, "pairs nodes latent"],
) -> tuple[Float[Tensor, "pairs nodes latent"], Bool[Tensor, "pairs"]]:
    """The solution, and for which pairs the matrix is positive definite; elsewhere the solution is of no use.

    Args:
        diagonal: Symmetric blocks.
        upper: Block (node, node + 1) for every node but the last; its transpose is block (node + 1, node).
        right: The right-hand side.
    """
    nodes = diagonal.shape[1]
    if nodes == 1:
        solved, definite = _divide(diagonal, right.unsqueeze(3))
        return solved.squeeze(3), definite
    if nodes % 2 == 0:
        # one more unknown, that is zero and tells the others nothing
        unit = torch.eye(diagonal.shape[2], dtype=diagonal.dtype, device=diagonal.device)
        diagonal = torch.cat([diagonal, unit.expand_as(diagonal[:, :1])], 1)
        upper = torch.cat([upper, torch.zeros_like(diagonal[:, :1])], 1)
        right = torch.cat([right, torch.zeros_like(right[:, :1])], 1)
    # x[even] = c - before x[even - 1] - after x[even + 1]
    nothing = torch.zeros_like(diagonal[:, :1])
    to_before = torch.cat([nothing, upper[:, 1::2].mT], 1)
    to_after = torch.cat([upper[:, 0::2], nothing], 1)
    solved, definite = _divide(diagonal[:, 0::2], torch.cat([to_before, to_after, right[:, 0::2, :, None]], 3))
    latent = right.shape[2]
    before, after, c = solved.split([latent, latent, 1], 3)
    down, up = upper[:, 0::2].mT, upper[:, 1::2]
    with_left = _product(down, solved[:, :-1, :, latent:])
    with_right = _product(up, solved[:, 1:])
    odd, odd_definite = solve(
        diagonal[:, 1::2] - with_left[..., :latent] - with_right[..., :latent],
        -with_right[:, :-1, :, latent : 2 * latent],
        right[:, 1::2] - with_left[..., latent] - with_right[..., 2 * latent],
    )
    zero = torch.zeros_like(odd[:, :1])
    sides = torch.cat([torch.cat([zero, odd], 1), torch.cat([odd, zero], 1)], 2)
    even = c.squeeze(3) - (torch.cat([before, after], 3) * sides.unsqueeze(2)).sum(3)
    x = torch.empty_like(right)
    x[:, 0::2], x[:, 1::2] = even, odd
    return x[:, :nodes], definite & odd_definite


def times(
    diagonal: Float[Tensor, "pairs nodes latent latent"],
    upper: Float[Tensor, "pairs steps latent latent"],
    x: Float[Tensor, "pairs nodes latent"],
) -> Float[Tensor, "pairs nodes latent"]:
    """The matrix times a vector."""
    y = (diagonal * x.unsqueeze(2)).sum(3)
    y[:, :-1] += (upper * x[:, 1:, None]).sum(3)
    y[:, 1:] += (upper * x[:, :-1, :, None]).sum(2)
    return y


def _divide(blocks: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """blocks^-1 right, and which pairs' blocks are all positive definite."""
    if blocks.shape[2] != 2:
        factor, failed = torch.linalg.cholesky_ex(blocks)
        return torch.cholesky_solve(right, factor), (failed == 0).all(1)
    a, b, c = blocks[..., 0, 0], blocks[..., 0, 1], blocks[..., 1, 1]
    determinant = a * c - b * b
    definite = (a > 0) & (determinant > 0)
    inverse = (1 / torch.where(definite, determinant, 1.0))[..., None, None]
    first, second = right[..., :1, :], right[..., 1:, :]
    a, b, c = (entry[..., None, None] for entry in (a, b, c))
    return torch.cat([c * first - b * second, a * second - b * first], 2) * inverse, definite.all(1)


def _product(A: Tensor, B: Tensor) -> Tensor:
    """A B for many small blocks; for the smallest, cheaper than a batched matrix product."""
    if A.shape[-1] != 2:
        return A @ B
    return A[..., :1] * B[..., :1, :] + A[..., 1:] * B[..., 1:, :]
