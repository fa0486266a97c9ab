"""The largest eigenvalues of G by block Lanczos: against a decomposition, equal ones, and few that are not zero."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from surfaces import draw, random_mlp


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def constant(*values: float) -> lg.Metric:
    """A metric with these eigenvalues everywhere, along directions that are no axes."""
    n = len(values)
    R = torch.linalg.qr(torch.randn(n, n, generator=torch.Generator().manual_seed(2), dtype=torch.float64))[0]
    G = R * torch.tensor(values, dtype=torch.float64) @ R.T
    return lg.FunctionMetric(lambda z: ((G + G.T) / 2).to(z).expand(len(z), n, n))


@pytest.mark.parametrize("k", [1, 3, 8])
def test_a_decoder_of_hundreds_of_dimensions(k: int) -> None:
    metric = lg.PullbackMetric(random_mlp(200, hidden=32, obs=60))
    z, _ = draw(3, 200, -1, 1)
    found = lg.top_eigenpairs(metric, z, k, generator=generator())
    G = metric(z)
    values = torch.linalg.eigvalsh(G).flip(1)[:, :k]
    torch.testing.assert_close(found.values, values, rtol=1e-11, atol=0)
    assert float(found.residual.max()) <= 1e-8
    assert found.products < 200
    X = found.vectors
    torch.testing.assert_close(G @ X, X * found.values[:, None], rtol=0, atol=1e-7 * float(values.max()))
    torch.testing.assert_close(X.mT @ X, torch.eye(k, dtype=z.dtype).expand(3, k, k), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "values",
    [(5.0, 5, 5, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4), (2.0,) * 10, (5.0, 3, 0, 0, 0, 0, 0, 0, 0, 0), (0.0,) * 10],
    ids=["three are equal", "all are equal", "two are not zero", "none is"],
)
@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_equal_eigenvalues_are_all_found(values: tuple[float, ...], k: int) -> None:
    z = torch.zeros(2, 10, dtype=torch.float64)
    found = lg.top_eigenpairs(constant(*values), z, k, generator=generator())
    expected = torch.tensor(values[:k], dtype=torch.float64).expand(2, k)
    torch.testing.assert_close(found.values, expected, rtol=0, atol=1e-14)
    X = found.vectors
    torch.testing.assert_close(X.mT @ X, torch.eye(k, dtype=z.dtype).expand(2, k, k), rtol=0, atol=1e-12)


def test_the_residual_bounds_the_error() -> None:
    metric = lg.PullbackMetric(random_mlp(100, hidden=64, obs=80, scale=0.5))
    z, _ = draw(2, 100, -1, 1)
    found = lg.top_eigenpairs(metric, z, 2, generator=generator(), max_blocks=4)
    assert found.products == 8
    assert float(found.residual.max()) > 1e-8
    every = torch.linalg.eigvalsh(metric(z))
    error = (found.values.unsqueeze(2) - every.unsqueeze(1)).abs().amin(2)
    assert bool((error <= found.residual * found.values[:, :1] * (1 + 1e-9)).all())


def test_the_generator_alone_decides() -> None:
    metric = constant(2.0, 2.0, 1.0)
    z = torch.zeros(1, 3, dtype=torch.float64)
    first, again = (lg.top_eigenpairs(metric, z, 1, generator=generator()).vectors for _ in range(2))
    assert torch.equal(first, again)
    other = lg.top_eigenpairs(metric, z, 1, generator=torch.Generator().manual_seed(1)).vectors
    assert not torch.allclose(first, other)


def test_what_is_not_finite_is_nan_beside_what_is() -> None:
    def function(z: Tensor) -> Tensor:
        return torch.diag_embed(torch.stack([z[:, 0].sqrt(), 2 + z[:, 1], 1 + 0 * z[:, 2]], 1))

    z = torch.tensor([[-1.0, 0, 0], [9.0, 0, 0]], dtype=torch.float64)
    found = lg.top_eigenpairs(lg.FunctionMetric(function), z, 2, generator=generator())
    assert bool(found.values[0].isnan().all())
    torch.testing.assert_close(found.values[1], torch.tensor([3.0, 2.0], dtype=torch.float64))
    assert lg.top_eigenpairs(lg.FunctionMetric(function), z[:0], 2, generator=generator()).values.shape == (0, 2)


def test_float32() -> None:
    metric = lg.PullbackMetric(random_mlp(30, hidden=16, obs=20).float())
    z, _ = draw(2, 30, -1, 1)
    found = lg.top_eigenpairs(metric, z.float(), 2, generator=generator())
    assert found.values.dtype == torch.float32
    exact = torch.linalg.eigvalsh(metric(z)).flip(1)[:, :2]
    torch.testing.assert_close(found.values.double(), exact, rtol=1e-5, atol=0)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("k", [0, 4, 1.5, True])
def test_how_many_there_may_be(k: object) -> None:
    with pytest.raises(ValueError, match="k must be a whole number from 1 to the latent dimension, 3; got"):
        lg.top_eigenpairs(constant(1.0, 2.0, 3.0), torch.zeros(1, 3, dtype=torch.float64), k, generator=generator())
