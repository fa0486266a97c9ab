"""Rays that were dragged along, and their slopes."""

import torch

from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.solution import Candidate, Outcome, Problem
from latentgeo.statistics.dragged import Dragged
from latentgeo.statistics.rays import Caster
from periodic_surfaces import flat
from surfaces import hyperbolic_ball


def test_slopes_are_those_of_the_closed_form() -> None:
    surface = hyperbolic_ball(3)
    z, other = surface.ends(4)
    p = other[0].clone().requires_grad_()
    found = Caster(surface.metric, z, None, None).cast(p.detach(), z)
    for pair in range(4):
        half = surface.distance(p[None], z[pair : pair + 1])[0].square() / 2
        slope = torch.autograd.grad(half, p)[0]
        torch.testing.assert_close(found.slope[pair], slope, rtol=0, atol=1e-5 * float(slope.norm()))


def test_rays_dragged_the_long_way_round_are_exchanged() -> None:
    surface = flat((1.0, None))
    z = torch.tensor([[0.0, 0.0], [0.3, 0.1]], dtype=torch.float64)
    caster = Caster(surface.metric, z, None, None)
    near = caster.cast(torch.tensor([0.4, 0.0], dtype=torch.float64), z)
    p = torch.tensor([0.7, 0.0], dtype=torch.float64)
    dragged = caster.cast(p, z, near)
    torch.testing.assert_close(dragged.length[0], torch.tensor(0.7, dtype=torch.float64))
    mended, shorter = caster.recast(dragged, z)
    assert shorter
    torch.testing.assert_close(mended.length, surface.distance(p.expand_as(z), z))
    torch.testing.assert_close(mended.slope[0], torch.tensor([-0.3, 0.0], dtype=torch.float64), rtol=0, atol=1e-9)
    assert caster.recast(mended, z) == (mended, False)


def test_no_ray_is_longer_than_the_one_it_began_with() -> None:
    class Straight:
        def solve(self, problem: Problem) -> Candidate:
            none = torch.zeros(len(problem.z0), dtype=torch.float64)
            outcome = [Outcome.CONVERGED] * len(none)
            return Candidate(Line(problem.z0, problem.z1), outcome, none, none.long(), "straight")

    surface = hyperbolic_ball(3)
    z, other = surface.ends(4)
    rays = Caster(surface.metric, z, None, None).cast(other[0], z)
    caster = Caster(surface.metric, z, Straight(), None)
    nodes = rays.curve.same_path.breaks.shape[-1]
    for step in range(1, 4):
        p = other[0] + 1e-3 * step
        dragged = Dragged(rays.curve.same_path, (p - rays.point).expand_as(z), torch.zeros_like(z))
        rays = caster.cast(p, z, rays)
        assert rays.outcome == [Outcome.MAX_ITERATIONS] * 4
        torch.testing.assert_close(rays.curve(t := torch.linspace(0, 1, 9, dtype=torch.float64)), dragged(t))
        distance = surface.distance(p.expand_as(z), z)
        assert bool((rays.length < caster.cast(p, z).length * (1 - 5e-4)).all())
        torch.testing.assert_close(rays.length, distance, rtol=1e-4, atol=0)
        assert rays.curve.breaks.shape[-1] == nodes  # however often curves are exchanged
