"""Geodesic k-means against closed forms, a minimiser that shares nothing with the library, and scikit-learn."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.cluster import KMeans
from torch import Tensor

import latentgeo as lg
from latentgeo.statistics.seeding import seeds
from surfaces import Surface, affine, hyperbolic, hyperbolic_ball, sphere

BEGIN = {
    "sphere2": [[-0.6, 0.0], [0.5, 0.4], [0.3, -0.6]],
    "hyperbolic": [[-1.0, 2.0], [1.0, 1.6], [0.0, 4.0]],
    "sphere3": [[-0.4, 0.0, 0.2], [0.4, 0.3, 0.0], [0.1, -0.4, -0.3]],
    "hyperbolic-ball3": [[-0.4, 0.0, 0.2], [0.4, 0.3, 0.0], [0.1, -0.4, -0.3]],
}


def named(surface: Surface) -> str:
    return surface.name


def heaps(surface: Surface, each: int, spread: float = 0.15) -> tuple[Tensor, Tensor]:
    """First centres, and points around them in turn."""
    centres = torch.tensor(BEGIN[surface.name], dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(each, *centres.shape, generator=generator, dtype=torch.float64)
    return centres, (centres + spread * noise).flatten(0, 1)


def lloyd(surface: Surface, z: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Means and labels by the closed form of the distance."""
    for _ in range(50):
        labels = torch.stack([surface.distance(c.expand_as(z), z) for c in centres]).argmin(0)
        moved = torch.stack([mean(surface, z[labels == k], c) for k, c in enumerate(centres)])
        if torch.allclose(moved, centres, rtol=0, atol=1e-9):
            break
        centres = moved
    return centres, labels


def mean(surface: Surface, z: Tensor, begin: Tensor) -> Tensor:
    def total(p: np.ndarray) -> tuple[float, np.ndarray]:
        at = torch.tensor(p, dtype=torch.float64, requires_grad=True)
        value = surface.distance(at.expand_as(z), z).square().mean()
        if not bool(value.isfinite()):
            # outside of the chart
            return 1e9, np.zeros_like(p)
        return float(value.detach()), torch.autograd.grad(value, at)[0].numpy()

    return torch.tensor(minimize(total, begin.numpy(), jac=True, method="BFGS", options={"gtol": 1e-9}).x)


@pytest.mark.parametrize("surface", [sphere(), hyperbolic()], ids=named)
def test_fields_find_the_clusters_of_the_closed_form(surface: Surface) -> None:
    begin, z = heaps(surface, 200)
    found = lg.k_means(surface.metric, z, 3, start=begin)
    centres, labels = lloyd(surface, z, begin)
    # where two centres are as near, either may be found
    assert float((found.labels == labels).double().mean()) > 0.99
    true = surface.distance(centres[labels], z)
    for k in range(3):
        width = float(true[labels == k].square().mean().sqrt())
        assert float(surface.distance(found.centres[k : k + 1], centres[k : k + 1])) < 0.01 * width
    assert float(found.objective) == pytest.approx(float(true.square().mean()), rel=0.015)
    # the estimate of the distances' error is about right
    off = (found.distances / surface.distance(found.centres[found.labels], z) - 1).abs()
    assert 0.3 < found.error / float(off[true > 0.05 * true.max()].quantile(0.95)) < 3


@pytest.mark.slow
@pytest.mark.parametrize("surface", [hyperbolic(), sphere(3), hyperbolic_ball(3)], ids=named)
def test_geodesics_find_the_clusters_of_the_closed_form(surface: Surface) -> None:
    begin, z = heaps(surface, 10)
    found = lg.k_means(surface.metric, z, 3, start=begin, method="geodesic", tolerance=1e-5)
    centres, labels = lloyd(surface, z, begin)
    assert torch.equal(found.labels, labels)
    torch.testing.assert_close(found.centres, centres, rtol=0, atol=1e-4)
    true = surface.distance(centres[labels], z)
    assert float(found.objective) == pytest.approx(float(true.square().mean()), rel=1e-4)
    expected = lg.Outcome.UNCERTIFIED if z.shape[1] == 2 else lg.Outcome.CONVERGED
    assert found.outcome is expected


@pytest.mark.parametrize(("latent", "method"), [(2, "field"), (2, "geodesic"), (4, "geodesic")])
def test_in_flat_space_it_is_that_of_scikit_learn(latent: int, method) -> None:
    surface = affine(latent)
    z = torch.randn(90, latent, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    seen = surface.metric.decoder(z).detach()
    begin = [3, 40, 77]
    theirs = KMeans(3, init=seen[begin].numpy(), n_init=1, tol=0, max_iter=500).fit(seen.numpy())
    ours = lg.k_means(surface.metric, z, 3, start=z[begin], method=method, tolerance=1e-3)
    same = ours.labels.numpy() == theirs.labels_
    scale = theirs.inertia_ / len(z)
    centres = surface.metric.decoder(ours.centres).detach().numpy()
    off = np.linalg.norm(centres - theirs.cluster_centers_, axis=1).max() / scale**0.5
    if method == "geodesic":
        assert same.all()
        assert off < 1e-3
        assert float(ours.objective) == pytest.approx(scale, rel=1e-6)
    else:
        assert same.mean() > 0.95
        assert off < 0.05
        assert float(ours.objective) == pytest.approx(scale, rel=0.02)


def test_the_first_centres_are_drawn_by_squared_distance() -> None:
    place = torch.tensor([0.0, 1.0, 3.0, 3.0], dtype=torch.float64)
    squared = (place[:, None] - place).square()
    generator = torch.Generator().manual_seed(0)
    second = torch.zeros(4, 4)
    for _ in range(4000):
        first, then = seeds(4, 2, lambda numbers: squared[numbers], generator, trials=1).tolist()
        second[first, then] += 1
    shares = second / second.sum(1, keepdim=True)
    torch.testing.assert_close(shares, (squared / squared.sum(1, keepdim=True)).float(), rtol=0, atol=0.06)


def test_of_several_drawn_the_best_is_taken() -> None:
    # a heap that is left alone and a single point farther off: both are likely, the heap saves more
    place = torch.tensor([0.0] * 5 + [8.0] * 5 + [-9.0], dtype=torch.float64)
    squared = (place[:, None] - place).square()
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        chosen = seeds(11, 2, lambda numbers: squared[numbers], generator, trials=10)
        if int(chosen[0]) < 5:
            assert int(chosen[1]) in range(5, 10)
