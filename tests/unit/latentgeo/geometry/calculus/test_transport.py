"""What `parallel_transport` accepts, returns and refuses."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.curves.curve import Curve, Line, Polyline
from surfaces import affine, draw, hyperbolic, random_mlp

METRIC = hyperbolic().metric
DISC = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype) * torch.sqrt(1 - z.square().sum(1))[:, None, None])


class Hurried(Curve):
    """A curve in the time t^2."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve

    @property
    def breaks(self) -> Tensor:
        return self.curve.breaks.sqrt()

    def __call__(self, t: Tensor) -> Tensor:
        return self.curve(t * t)

    def derivative(self, t: Tensor) -> Tensor:
        return 2 * t.unsqueeze(-1) * self.curve.derivative(t * t)

    def select(self, index: Tensor) -> "Hurried":
        return Hurried(self.curve.select(index))


def line(pairs: int = 3) -> Line:
    return Line(*hyperbolic().ends(pairs))


def vectors(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def test_one_vector_or_several() -> None:
    v = vectors(3, 4, 2)
    several = lg.parallel_transport(METRIC, line(), v)
    assert several.vector.shape == (3, 4, 2)
    assert several.norm_drift.shape == (3, 4)
    assert several.outcome == [Arrival.REACHED] * 3
    one = lg.parallel_transport(METRIC, line(), v[:, 1])
    assert one.vector.shape == (3, 2)
    assert one.norm_drift.shape == (3,)
    torch.testing.assert_close(one.vector, several.vector[:, 1], rtol=1e-12, atol=1e-12)


def test_it_is_linear() -> None:
    u, v = vectors(2, 3, 2)
    both = lg.parallel_transport(METRIC, line(), 2 * u - v).vector
    apart = 2 * lg.parallel_transport(METRIC, line(), u).vector - lg.parallel_transport(METRIC, line(), v).vector
    torch.testing.assert_close(both, apart, rtol=0, atol=1e-6)


def test_the_time_of_the_curve_does_not_matter() -> None:
    v = vectors(3, 2)
    curve = Polyline(torch.stack([line()(torch.tensor([t], dtype=v.dtype))[:, 0] for t in (0.0, 0.2, 1.0)], 1) + 0.1)
    plain = lg.parallel_transport(METRIC, curve, v)
    hurried = lg.parallel_transport(METRIC, Hurried(curve), v)
    torch.testing.assert_close(plain.vector, hurried.vector, rtol=0, atol=1e-6)


def test_there_and_back() -> None:
    z0, z1 = hyperbolic().ends(3)
    v = vectors(3, 2)
    there = lg.parallel_transport(METRIC, Line(z0, z1), v).vector
    torch.testing.assert_close(lg.parallel_transport(METRIC, Line(z1, z0), there).vector, v, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "latent", [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(3, marks=pytest.mark.slow)]
)
def test_along_what_geodesic_found(latent: int) -> None:
    metric = lg.PullbackMetric(random_mlp(latent, hidden=8, obs=6))
    z0, z1 = draw(2, latent, -0.5, 0.5)
    # equal ends are kept as lines beside the solved ones
    z1[0] = z0[0]
    found = lg.parallel_transport(metric, lg.geodesic(metric, z0, z1).curve, vectors(2, latent))
    torch.testing.assert_close(found.vector[0], vectors(2, latent)[0])
    assert float(found.norm_drift.max()) < 1e-6


def test_in_a_flat_space_nothing_changes() -> None:
    z0, z1 = draw(3, 2, -1, 1)
    v = vectors(3, 2)
    torch.testing.assert_close(lg.parallel_transport(affine(2).metric, Line(z0, z1), v).vector, v)


def test_zero_vectors_and_no_pairs() -> None:
    v = vectors(3, 2)
    v[1] = 0
    found = lg.parallel_transport(METRIC, line(), v)
    assert found.vector[1].tolist() == [0, 0]
    assert float(found.norm_drift[1]) == 0
    empty = lg.parallel_transport(METRIC, line().select(torch.arange(0)), v[:0])
    assert empty.vector.shape == (0, 2)
    assert empty.outcome == []
    none = lg.parallel_transport(METRIC, line(), vectors(3, 0, 2))
    assert none.vector.shape == (3, 0, 2)
    assert none.outcome == [Arrival.REACHED] * 3


@pytest.mark.slow
def test_leaving_the_domain_is_an_outcome() -> None:
    z0 = torch.zeros(2, 2, dtype=torch.float64)
    curve = Line(z0, torch.tensor([[0.5, 0.1], [2.0, 0.1]], dtype=torch.float64))
    found = lg.parallel_transport(DISC, curve, vectors(2, 2))
    assert found.outcome == [Arrival.REACHED, Arrival.LEFT_DOMAIN]
    assert found.vector.isnan().tolist() == [[False] * 2, [True] * 2]
    with pytest.raises(lg.GeodesicError, match=r"1 of 2 pairs did not reach the end \(pair 1: left_domain\)"):
        lg.parallel_transport(DISC, curve, vectors(2, 2), throw=True)


@pytest.mark.usefixtures("unchecked")
def test_a_finer_vector_than_the_curve_is_refused() -> None:
    coarse = Line(torch.zeros(2, 2), torch.ones(2, 2))
    with pytest.raises(ValueError, match=r"v and the curve must share a dtype; got torch.float64 and torch.float32"):
        lg.parallel_transport(DISC, coarse, vectors(2, 2))


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    bad = vectors(3, 2)
    bad[2, 0] = float("inf")
    for v, message in (
        (vectors(2, 2), r"to fit curves of \(3, 2\); got \(2, 2\)"),
        (vectors(3, 3), r"got \(3, 3\)"),
        (vectors(3), r"got \(3,\)"),
        (vectors(3, 2).float(), r"v and the curve must share a dtype; got torch.float32 and torch.float64"),
        (torch.ones(3, 2, dtype=torch.long), r"v must be floating point; got torch.int64"),
        (bad, r"v must be finite; pair 2 is \[inf, "),
    ):
        with pytest.raises(ValueError, match=message):
            lg.parallel_transport(METRIC, line(), v)
