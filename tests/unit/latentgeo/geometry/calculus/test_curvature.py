"""What `gaussian_curvature` accepts, returns and refuses."""

import pytest
import torch
from torch import nn

import latentgeo as lg
from surfaces import affine, draw, hyperbolic_ball, random_mlp

RAW = lg.PullbackMetric(random_mlp(hidden=8))


def test_shapes_and_no_points() -> None:
    z, _ = draw(5, 2, -1, 1)
    assert lg.gaussian_curvature(RAW, z).shape == (5,)
    assert lg.gaussian_curvature(RAW, z[:0]).shape == (0,)


def test_it_does_not_depend_on_the_chart() -> None:
    decoder = random_mlp(hidden=8)

    def chart(z: torch.Tensor) -> torch.Tensor:
        return torch.stack([z[:, 0] + 0.4 * z[:, 1] ** 2, z[:, 1] * (1 + 0.2 * z[:, 0])], 1)

    z, _ = draw(5, 2, -1, 1)
    other = lg.PullbackMetric(lambda points: decoder(chart(points)))
    torch.testing.assert_close(lg.gaussian_curvature(other, z), lg.gaussian_curvature(RAW, chart(z)))


def test_it_is_that_of_the_riemann_tensor() -> None:
    z, _ = draw(4, 2, -1, 1)
    step = 1e-5
    gamma = lg.christoffel(RAW, z)
    D = torch.stack(
        [
            (lg.christoffel(RAW, z + shift) - lg.christoffel(RAW, z - shift)) / (2 * step)
            for shift in step * torch.eye(2, dtype=z.dtype)
        ],
        1,
    )
    # R^l_101 = d_0 Gamma^l_11 - d_1 Gamma^l_01 + Gamma^l_0m Gamma^m_11 - Gamma^l_1m Gamma^m_01
    R = D[:, 0, :, 1, 1] - D[:, 1, :, 0, 1]
    R = R + torch.einsum("blm,bm->bl", gamma[:, :, 0], gamma[:, :, 1, 1])
    R = R - torch.einsum("blm,bm->bl", gamma[:, :, 1], gamma[:, :, 0, 1])
    G = RAW(z)
    true = torch.einsum("bl,bl->b", G[:, 0], R) / torch.linalg.det(G)
    torch.testing.assert_close(lg.gaussian_curvature(RAW, z), true, rtol=1e-5, atol=1e-7)


def test_the_units_are_those_of_observations() -> None:
    surface = hyperbolic_ball(2)
    z, _ = surface.ends(3)
    larger = lg.FunctionMetric(lambda points: 9 * surface.metric(points))
    torch.testing.assert_close(lg.gaussian_curvature(larger, z), torch.full_like(z[:, 0], -1 / 9))


def test_smoothed_and_cached() -> None:
    z, _ = draw(5, 2, -1, 1)
    cached = lg.GridMetric(RAW, ((-1.5, 1.5), (-1.5, 1.5)), 256)
    for exact, near in ((RAW, cached), (lg.SmoothedMetric(RAW, 2.0), lg.SmoothedMetric(cached, 2.0))):
        true = lg.gaussian_curvature(exact, z)
        scale = float(true.abs().max())
        torch.testing.assert_close(lg.gaussian_curvature(near, z), true, rtol=0, atol=2e-2 * scale)


@pytest.mark.parametrize("activation", [nn.SiLU, nn.Mish])
def test_activations_without_a_second_forward_mode(activation: type[nn.Module]) -> None:
    decoder = nn.Sequential(nn.Linear(2, 7), activation(), nn.Linear(7, 4)).double()
    written_out = {
        nn.SiLU: lambda a: a * torch.sigmoid(a),
        nn.Mish: lambda a: a * torch.tanh(torch.log1p(torch.exp(a))),
    }[activation]
    same = lg.PullbackMetric(lambda z: decoder[2](written_out(decoder[0](z))))
    z, _ = draw(4, 2, -1, 1)
    torch.testing.assert_close(lg.gaussian_curvature(lg.PullbackMetric(decoder), z), lg.gaussian_curvature(same, z))


def test_flat_and_singular() -> None:
    z, _ = draw(3, 2, 0.5, 1)
    flat = lg.gaussian_curvature(affine(2).metric, z)
    assert not bool(flat.any())
    singular = lg.FunctionMetric(lambda z: torch.diag_embed(torch.stack([z[:, 0], torch.zeros_like(z[:, 0])], 1)))
    assert bool(lg.gaussian_curvature(singular, z).isnan().all())
    nowhere = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype) * (z[:, 0, None, None] - 2).sqrt())
    assert bool(lg.gaussian_curvature(nowhere, z).isnan().all())


@pytest.mark.usefixtures("unchecked")
def test_other_dimensions_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"z must be \(batch, 2\): the Gaussian curvature is of surfaces; got \(4, 3\)"
    ):
        lg.gaussian_curvature(lg.PullbackMetric(random_mlp(3)), torch.zeros(4, 3, dtype=torch.float64))
