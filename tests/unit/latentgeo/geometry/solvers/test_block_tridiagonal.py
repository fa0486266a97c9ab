"""Odd-even reduction against the dense matrix."""

import pytest
import torch
from torch import Tensor

from latentgeo.geometry.solvers.block_tridiagonal import solve, times


def system(nodes: int, latent: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A positive definite one for three pairs: blocks, right-hand side and the dense matrices."""
    generator = torch.Generator().manual_seed(nodes)
    upper = torch.randn(3, nodes - 1, latent, latent, generator=generator, dtype=torch.float64)
    diagonal = (6 * latent * torch.eye(latent, dtype=torch.float64)).repeat(3, nodes, 1, 1)
    right = torch.randn(3, nodes, latent, generator=generator, dtype=torch.float64)
    dense = torch.zeros(3, nodes, latent, nodes, latent, dtype=torch.float64)
    for k in range(nodes):
        dense[:, k, :, k] = diagonal[:, k]
    for k in range(nodes - 1):
        dense[:, k, :, k + 1], dense[:, k + 1, :, k] = upper[:, k], upper[:, k].mT
    return diagonal, upper, right, dense.view(3, nodes * latent, -1)


@pytest.mark.parametrize("latent", [1, 2, 3])
@pytest.mark.parametrize("nodes", [1, 2, 5, 8])
def test_the_solution_is_that_of_the_dense_matrix(nodes: int, latent: int) -> None:
    diagonal, upper, right, dense = system(nodes, latent)
    found, definite = solve(diagonal, upper, right)
    assert bool(definite.all())
    torch.testing.assert_close(found.flatten(1), torch.linalg.solve(dense, right.flatten(1)))
    torch.testing.assert_close(times(diagonal, upper, found), right)


@pytest.mark.parametrize("latent", [1, 2, 3])
def test_a_pair_that_is_not_positive_definite_is_named(latent: int) -> None:
    diagonal, upper, right, _ = system(6, latent)
    diagonal[1, 3] -= 20 * latent * torch.eye(latent, dtype=torch.float64)
    assert solve(diagonal, upper, right)[1].tolist() == [True, False, True]
