"""Antipodes in a stereographic chart: every great circle is a shortest path, and one end may be far out."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.geodesics.straight import bend
from surfaces import affine, cylinder, sphere, sphere_by_angles

pytestmark = pytest.mark.slow

SPHERE = sphere()
NEAR = torch.tensor([[0.3, 0.1], [0.5, -0.4], [0.8, 0.2], [1.0, 0.0]], dtype=torch.float64)
# their antipodes are 10 to 700 units from the centre, where the metric is 10^4 to 10^11 times smaller
FAR = torch.tensor([[0.1, 0.0], [0.03, 0.02], [0.01, 0.0], [1e-3, 1e-3]], dtype=torch.float64)
SOLVERS = [lg.SplineCurve(), lg.SplineCurve(start="line"), lg.GaussNewton(), lg.BVP(), lg.Georce()]
NAMES = ["spline", "spline, line", "gauss-newton", "bvp", "georce"]


def antipode(z: Tensor) -> Tensor:
    return -z / z.square().sum(1, keepdim=True)


@pytest.mark.parametrize("z0", [NEAR, FAR], ids=["near", "far"])
@pytest.mark.parametrize("solver", SOLVERS, ids=NAMES)
def test_a_great_circle_has_converged_whichever_it_is(z0: Tensor, solver) -> None:
    found = lg.geodesic(SPHERE.metric, z0, antipode(z0), solver)
    assert found.outcome == [lg.Outcome.CONVERGED] * 4
    torch.testing.assert_close(found.length, torch.full_like(found.length, torch.pi), rtol=1e-6, atol=0)
    assert float(found.residual.max()) < 1e-6


@pytest.mark.parametrize("solver", SOLVERS[:3], ids=NAMES[:3])
@pytest.mark.parametrize("off", [1e-6, 1e-3, 1e-2, 0.1])
def test_next_to_antipodes_lengths_are_right(off: float, solver) -> None:
    far = antipode(NEAR)
    z1 = far + off * far.norm(dim=1, keepdim=True) * torch.tensor([[0.6, -0.8]], dtype=torch.float64)
    found = lg.geodesic(SPHERE.metric, NEAR, z1, solver)
    assert found.outcome == [lg.Outcome.CONVERGED] * 4
    # a curve's course may be off by more than its length: many are nearly as short
    torch.testing.assert_close(found.length, SPHERE.distance(NEAR, z1), rtol=1e-5, atol=0)


@pytest.mark.parametrize("solver", SOLVERS, ids=NAMES)
def test_far_out_nothing_is_converged_and_wrong(solver) -> None:
    z1 = antipode(FAR) @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    found = lg.geodesic(SPHERE.metric, FAR, z1, solver)
    true = SPHERE.distance(FAR, z1)
    done = torch.tensor([outcome is lg.Outcome.CONVERGED for outcome in found.outcome])
    torch.testing.assert_close(found.length[done], true[done], rtol=1e-5, atol=0)
    # and no curve is measured shorter than the shortest: of one step, chord and metric see next to nothing
    assert bool((found.length > true * (1 - 1e-6)).all())
    line = lg.euclidean(SPHERE.metric, FAR, z1)
    assert bool((found.length <= line.length * (1 + 1e-6)).all())


def test_a_line_is_a_geodesic_where_it_does_not_bend() -> None:
    z0, z1 = NEAR, antipode(NEAR)
    assert float(bend(SPHERE.metric, Line(z0, z1)).max()) < 1e-12
    flat = affine(3)
    assert float(bend(flat.metric, Line(*flat.ends(3))).max()) < 1e-12
    # lines of longitude are great circles, those of latitude are none
    globe = sphere_by_angles().metric
    meridian = torch.tensor([[0.2, -0.5], [0.2, 0.5]], dtype=torch.float64)
    parallel = torch.tensor([[-0.5, 0.6], [0.5, 0.6]], dtype=torch.float64)
    assert float(bend(globe, Line(meridian[:1], meridian[1:]))) < 1e-12
    assert float(bend(globe, Line(parallel[:1], parallel[1:]))) > 1e-3


def test_the_bend_of_a_slightly_bent_line_is_its_excess() -> None:
    surface = cylinder(shear=0.05)
    z0, z1 = torch.tensor([[0.0, -0.7]]).double(), torch.tensor([[0.4, 0.8]]).double()
    excess = lg.euclidean(surface.metric, z0, z1).length / surface.distance(z0, z1) - 1
    torch.testing.assert_close(bend(surface.metric, Line(z0, z1)), excess, rtol=0.3, atol=0)
