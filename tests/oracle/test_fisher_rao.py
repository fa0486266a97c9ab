"""Geodesics under Fisher-Rao metrics against distances in closed form (Atkinson and Mitchell 1981; Pinele et al. 2020),
and curvatures."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, distributions
from torch.distributions import Distribution

import latentgeo as lg
from surfaces import draw

F = torch.float64


@dataclass(frozen=True)
class Known:
    """A family with known distances.

    Attributes:
        name: For test ids.
        made: Latent points to distributions.
        distance: Between points (pairs, latent).
        latent: How many dimensions.
        curvature: Where it is the same everywhere, of two dimensions.
    """

    name: str
    made: Callable[[Tensor], Distribution]
    distance: Callable[[Tensor, Tensor], Tensor]
    latent: int = 2
    curvature: float | None = None


def normals(z: Tensor) -> Distribution:
    """Means and logarithms of scales, in turn."""
    return distributions.Normal(z[:, ::2], z[:, 1::2].exp())


def hyperbolic(z0: Tensor, z1: Tensor) -> Tensor:
    """Of independent normals: the plane's distance of (mean / sqrt 2, scale), times sqrt 2, for each."""
    first, second = (torch.stack([z[:, ::2] / math.sqrt(2), z[:, 1::2].exp()], 2) for z in (z0, z1))
    apart = (first - second).square().sum(2) / (2 * first[..., 1] * second[..., 1])
    return math.sqrt(2) * torch.acosh(1 + apart).norm(dim=1)


def great_circle(p: Tensor, q: Tensor) -> Tensor:
    """2 arccos sum sqrt(p q)."""
    return 2 * torch.acos((p * q).sum(-1).sqrt() if p.shape[-1] == 1 else (p * q).sqrt().sum(-1))


def logits(z: Tensor) -> Tensor:
    return torch.cat([z, -z.sum(1, keepdim=True)], 1)


def on_earth(z: Tensor) -> Tensor:
    """Longitude and latitude, of a length that does not count."""
    flat = z[:, 1].cos()
    return 3 * torch.stack([flat * z[:, 0].cos(), flat * z[:, 0].sin(), z[:, 1].sin()], 1)


def angle(a: Tensor, b: Tensor) -> Tensor:
    a, b = (v / v.norm(dim=1, keepdim=True) for v in (a, b))
    return 2 * torch.atan2((a - b).norm(dim=1), (a + b).norm(dim=1))


def binary(z0: Tensor, z1: Tensor) -> Tensor:
    p, q = (torch.stack([z.sigmoid(), (-z).sigmoid()], 2) for z in (z0, z1))
    return great_circle(p, q).norm(dim=1)


KAPPA = 3.0
SQUARED_RADIUS = KAPPA / math.tanh(KAPPA) - 1
KNOWN = [
    Known("normal", normals, hyperbolic, curvature=-1 / 2),
    Known("two normals", normals, hyperbolic, latent=4),
    Known("bernoulli", lambda z: distributions.Bernoulli(logits=z), binary, curvature=0.0),
    Known("bernoulli probabilities", lambda z: distributions.Bernoulli(z.sigmoid()), binary, curvature=0.0),
    Known(
        "categorical",
        lambda z: distributions.Categorical(logits=logits(z)),
        lambda z0, z1: great_circle(logits(z0).softmax(1), logits(z1).softmax(1)),
        curvature=1 / 4,
    ),
    Known(
        "categorical of four",
        lambda z: distributions.OneHotCategorical(logits=logits(z)),
        lambda z0, z1: great_circle(logits(z0).softmax(1), logits(z1).softmax(1)),
        latent=3,
    ),
    Known(
        "poisson",
        lambda z: distributions.Poisson(z.exp()),
        lambda z0, z1: 2 * ((z0 / 2).exp() - (z1 / 2).exp()).norm(dim=1),
        curvature=0.0,
    ),
    Known(
        "negative binomial",
        lambda z: distributions.NegativeBinomial(4.0, logits=z),
        lambda z0, z1: 4 * (torch.asinh((z0 / 2).exp()) - torch.asinh((z1 / 2).exp())).norm(dim=1),
        curvature=0.0,
    ),
    Known(
        "von Mises-Fisher",
        lambda z: lg.VonMisesFisher(on_earth(z), KAPPA),
        lambda z0, z1: math.sqrt(SQUARED_RADIUS) * angle(on_earth(z0), on_earth(z1)),
        curvature=1 / SQUARED_RADIUS,
    ),
    Known(
        "exponential, by divergence",
        lambda z: distributions.Exponential(1 + z.exp()),
        lambda z0, z1: (torch.log1p(z0.exp()) - torch.log1p(z1.exp())).norm(dim=1),
        curvature=0.0,
    ),
    Known(
        "multivariate normal, by divergence",
        lambda z: distributions.MultivariateNormal(z[:, :1], (2 * z[:, 1:]).exp()[..., None]),
        hyperbolic,
        curvature=-1 / 2,
    ),
]
every_family = pytest.mark.parametrize("known", KNOWN, ids=[known.name for known in KNOWN])


def ends(known: Known, pairs: int = 4) -> tuple[Tensor, Tensor]:
    return draw(pairs, known.latent, -1.2, 1.2, seed=3)


@every_family
def test_geodesics_are_as_long_as_the_closed_form(known: Known) -> None:
    z0, z1 = ends(known)
    found = lg.geodesic(lg.FisherRaoMetric(known.made), z0, z1)
    true = known.distance(z0, z1)
    assert found.outcome == [lg.Outcome.CONVERGED] * len(z0)
    # what its tolerance promises is 1e-3
    torch.testing.assert_close(found.length, true, rtol=1e-4, atol=0.0)
    assert bool((found.length > true * (1 - 1e-7)).all())


@pytest.mark.parametrize(
    "solver",
    [lg.GaussNewton(), lg.Georce(), lg.BVP(), lg.SplineCurve(tolerance=1e-6)],
    ids=lambda solver: type(solver).__name__,
)
@pytest.mark.parametrize("known", [KNOWN[0], KNOWN[4]], ids=["curved", "of chords"])
def test_every_solver(known: Known, solver: lg.Solver) -> None:
    z0, z1 = ends(known, pairs=2)
    found = lg.geodesic(lg.FisherRaoMetric(known.made), z0, z1, solver)
    torch.testing.assert_close(found.length, known.distance(z0, z1), rtol=1e-5, atol=0.0)


@pytest.mark.parametrize("known", [one for one in KNOWN if one.curvature is not None], ids=lambda known: known.name)
def test_curvature(known: Known) -> None:
    z, _ = ends(known)
    found = lg.gaussian_curvature(lg.FisherRaoMetric(known.made), z)
    assert known.curvature is not None
    torch.testing.assert_close(found, torch.full_like(found, known.curvature), rtol=1e-7, atol=1e-8)


def test_the_way_there_and_back() -> None:
    metric, known = lg.FisherRaoMetric(normals), KNOWN[0]
    z0, z1 = ends(known, pairs=1)
    away = lg.logarithm(metric, z0, z1)
    torch.testing.assert_close(away.length, known.distance(z0, z1), rtol=1e-6, atol=0.0)
    torch.testing.assert_close(lg.exponential(metric, z0, away.velocity).point, z1, rtol=0, atol=1e-5)
