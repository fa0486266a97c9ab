"""A model's latent space and the paths in it, on a decoder whose geometry is known: the plane itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli

import latentgeo as lg
from latentgeo.generative import IWAE
from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.functionals import velocity
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.expected import EnsembleMetric
from latentgeo.geometry.metrics.scaled import ScaledMetric
from latentgeo.geometry.solution import Candidate, Outcome, Problem
from replication import metrics
from replication.files import artifacts
from replication.measuring.pairs import angles_between, distances_between, draw_pairs
from replication.measuring.paths import NODES, at_constant_speed, measure, neural_curve
from replication.metrics.smoothed import smoothing
from replication.models import checkpoints
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.workflow import seeds
from replication.workflow.declared import OF_LATENT_SPACE

SETTINGS: dict[str, Any] = {
    "encodings": 50,
    "grid": {"size": 24, "map": 10, "margin": 0.5},
    "lambda_multiplier": 10.0,
    "rank": 2,
    "precision": {"centres": 8, "kappa": 20.0},
}


CHEAP: dict[str, dict[str, float]] = {"ensemble": {"members": 2, "steps": 20}}
GAUSSIAN = [name for name in metrics.names() if name not in ("logits", "fisher")]


@pytest.fixture
def space(tmp_path: Path) -> LatentSpace:
    """A random small model on points of a noisy circle, as if they were a pendulum's."""
    return _open(tmp_path, "gaussian")


@pytest.fixture
def bernoulli(tmp_path: Path) -> LatentSpace:
    """The same with a Bernoulli likelihood."""
    return _open(tmp_path, "bernoulli")


def _open(tmp_path: Path, likelihood: str) -> LatentSpace:
    draw = torch.Generator().manual_seed(3)
    angle = torch.rand(60, generator=draw) * 2 * torch.pi
    ring_angle = torch.arange(40) * 2 * torch.pi / 40

    def observe(angle: torch.Tensor) -> np.ndarray:
        return torch.stack([angle.cos(), angle.sin(), (2 * angle).cos()], dim=1).numpy()

    artifacts.write_npz(
        tmp_path / "ring.npz",
        train=observe(angle),
        valid=observe(angle[:5]),
        test=observe(angle),
        angle_test=angle.numpy(),
        ring=observe(ring_angle),
        ring_angle=ring_angle.numpy(),
    )
    artifacts.write_json(tmp_path / "ring.json", {"loader": "none", "data_source": "simulated"})
    model = IWAE(obs=3, latent=2, hidden=[8], activation="tanh", likelihood=likelihood, generator=draw)
    checkpoints.save(tmp_path / "model.safetensors", model, {})
    return open_latent_space(tmp_path / "model.safetensors", tmp_path / "ring.npz", SETTINGS)


class Watched(dict[str, Any]):
    """Settings that remember which of them were looked at."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.seen: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.seen.add(key)
        return super().__getitem__(key)


def test_it_depends_on_the_settings_that_are_declared_of_it(space: LatentSpace, tmp_path: Path) -> None:
    watched = Watched(SETTINGS | {"pairs": 1, "frames": 2})
    open_latent_space(tmp_path / "model.safetensors", tmp_path / "ring.npz", watched)
    assert watched.seen == {*OF_LATENT_SPACE["settings"]}


def test_geometry_is_in_float64(space: LatentSpace) -> None:
    assert space.encodings.dtype == torch.float64
    assert space.encodings.shape == (50, 2)
    assert space.raw(space.encodings).dtype == torch.float64


def test_the_smoothing_is_relative_to_the_metric(space: LatentSpace) -> None:
    top = torch.linalg.eigvalsh(space.raw(space.encodings))[:, -1].median()
    assert space.lambda_scale == pytest.approx(float(top) ** 2)
    assert space.lambda_s == pytest.approx(10 * space.lambda_scale)
    assert smoothing(metrics.build(space, "smoothed")) == (pytest.approx(space.lambda_s), 2)
    assert metrics.build(space, "smoothed", multiplier=0) is space.raw
    assert smoothing(metrics.build(space, "smoothed", multiplier=0, rank=1)) == (0, 1)
    assert smoothing(metrics.build(space, "smoothed_1")) == (pytest.approx(space.lambda_scale), 2)


def test_each_metric_is_built_from_its_own_options(space: LatentSpace) -> None:
    for name in GAUSSIAN:
        metric = metrics.build(space, name, **CHEAP.get(name, metrics.options(space, name)))
        assert bool((torch.linalg.eigvalsh(metric(space.encodings)) > -1e-9).all()), name
    conformal = metrics.build(space, "conformal", kappa=5.0, multiplier=2.0)
    assert isinstance(conformal, ScaledMetric)
    assert smoothing(conformal) == (pytest.approx(2 * space.lambda_scale), 2)
    far = space.encodings.mean(0, keepdim=True) + 1e3
    torch.testing.assert_close(conformal(far), 5 * metrics.build(space, "smoothed", multiplier=2.0)(far))
    with pytest.raises(
        ValueError,
        match=r"no metric 'round'; found: conformal, ensemble, expected, fisher, kernels, logits, mixture, raw, ",
    ):
        metrics.build(space, "round")
    with pytest.raises(ValueError, match=r"metric 'raw' has no option kappa; it has \[\]"):
        metrics.build(space, "raw", kappa=3)


def test_metrics_of_a_likelihood_refuse_the_other(space: LatentSpace, bernoulli: LatentSpace) -> None:
    for name in ("logits", "fisher"):
        with pytest.raises(ValueError, match=r"Bernoulli likelihood.*this model's is Gaussian"):
            metrics.build(space, name)
    for name in ("expected", "ensemble"):
        with pytest.raises(ValueError, match="Gaussian likelihood; this model's"):
            metrics.build(bernoulli, name)


def test_logits_and_their_fisher_information(bernoulli: LatentSpace) -> None:
    z = bernoulli.encodings
    J = torch.func.vmap(torch.func.jacrev(lambda one: bernoulli.decoder[:-1](one)))(z)
    p = bernoulli.decoder(z)
    torch.testing.assert_close(metrics.build(bernoulli, "logits")(z), J.mT @ J)
    # a Bernoulli mean's information is 1 / (p (1 - p)), in logits p (1 - p)
    fisher = metrics.build(bernoulli, "fisher")(z)
    torch.testing.assert_close(fisher, J.mT @ ((p * (1 - p))[..., None] * J))
    # the library's own is the same
    own = lg.FisherRaoMetric(bernoulli.decoder[:-1], lambda logits: Bernoulli(logits=logits), probe=z[:1])
    torch.testing.assert_close(own(z), fisher, rtol=1e-12, atol=1e-14)


def test_members_of_an_ensemble_agree_on_the_data(space: LatentSpace) -> None:
    space.model.encoder[-1].bias[2:] -= 5  # an encoder that is sure of itself, as a trained one is
    ensemble = metrics.build(space, "ensemble", members=2, steps=600)
    assert isinstance(ensemble, EnsembleMetric)
    first, second = (part.decoder for part in ensemble.parts)
    apart, alike = (first(space.encodings) - second(space.encodings)).norm(), first(space.encodings).norm()
    assert 0 < apart < 0.2 * alike
    again = metrics.build(space, "ensemble", members=2, steps=600)
    torch.testing.assert_close(again(space.encodings), ensemble(space.encodings), rtol=0, atol=0)


def test_a_precision_is_fitted_once_for_all_kappas(space: LatentSpace) -> None:
    low, high = space.precision(2.0, 8), space.precision(50.0, 8)
    assert (low.kappa, high.kappa) == (2.0, 50.0)
    assert low.weights is high.weights
    assert space.precision(2.0, 8, 2.0).bandwidth == pytest.approx(2 * low.bandwidth)


def test_a_solver_looks_up_the_raw_metric_or_what_is_not_built_on_it(space: LatentSpace) -> None:
    for name in ("raw", "smoothed", "conformal"):
        assert space.cache_of(metrics.build(space, name)) is space.cache
    expected = metrics.build(space, "expected")
    assert space.cache_of(expected).metric is expected
    found = cache_of(space.cached(expected))
    assert found is not None
    assert found.metric is expected


def test_a_wider_precision_is_fitted_anew(space: LatentSpace) -> None:
    found, wide = space.precision(20.0, 8), space.precision(20.0, 8, bandwidth=2.0)
    assert wide.bandwidth == pytest.approx(2 * found.bandwidth)
    torch.testing.assert_close(wide.centres, found.centres)
    assert not torch.equal(wide.weights, found.weights)


def test_the_bounds_hold_the_encodings(space: LatentSpace) -> None:
    low, high = np.array(space.bounds).T
    assert (space.encodings.numpy() > low).all()
    assert (space.encodings.numpy() < high).all()


@pytest.mark.parametrize(("start", "stop"), [(0.1, 1.0), (6.0, 0.4), (0.4, 6.0), (3.0, 2.0)])
def test_the_ring_is_walked_the_short_way(space: LatentSpace, start: float, stop: float) -> None:
    path = space.ring_path(start, stop, points=50)
    assert path.shape == (50, 2)
    assert space.ring is not None
    turn = abs((stop - start + np.pi) % (2 * np.pi) - np.pi)
    whole = torch.cat([space.ring, space.ring[:1]]).diff(dim=0).norm(dim=1).sum()
    share = path.diff(dim=0).norm(dim=1).sum() / whole
    assert float(share) == pytest.approx(turn / (2 * np.pi), abs=0.15)


def test_pairs_are_distinct_and_repeatable(space: LatentSpace) -> None:
    pairs = draw_pairs(space, 200, seeds.derive(0, "a", "pairs"))
    assert torch.equal(pairs, draw_pairs(space, 200, seeds.derive(0, "a", "pairs")))
    assert not torch.equal(pairs, draw_pairs(space, 200, seeds.derive(1, "a", "pairs")))
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert int(pairs.min()) >= 0
    assert int(pairs.max()) < 50


def test_the_angle_between_is_the_short_one(space: LatentSpace) -> None:
    pairs = draw_pairs(space, 30, seeds.derive(0, "a", "pairs"))
    angle = angles_between(space, pairs)
    assert (angle >= 0).all()
    assert (angle <= np.pi).all()
    ends = space.parameter["angle"][pairs.numpy()]
    np.testing.assert_allclose(np.cos(angle), np.cos(ends[:, 0] - ends[:, 1]), atol=1e-6)


def test_the_distance_along_the_data_is_the_shorter_way(space: LatentSpace) -> None:
    pairs = draw_pairs(space, 30, seeds.derive(0, "a", "pairs"))
    angle = torch.linspace(0, 2 * torch.pi, 4001)
    curve = torch.stack([angle.cos(), angle.sin(), (2 * angle).cos()], dim=1)
    travelled = np.append(0, curve.diff(dim=0).norm(dim=1).cumsum(0).numpy())
    at = np.interp(space.parameter["angle"][pairs.numpy()], angle.numpy(), travelled)
    one_way = np.abs(at[:, 1] - at[:, 0])
    expected = np.minimum(one_way, travelled[-1] - one_way)
    np.testing.assert_allclose(distances_between(space, pairs), expected, rtol=0.02, atol=0.01)


def test_opposite_pairs_are_half_a_turn_apart(space: LatentSpace) -> None:
    pairs = draw_pairs(space, 30, seeds.derive(0, "a", "pairs"), "opposite")
    offset = space.encodings - space.encodings.mean(0)
    angle = torch.atan2(offset[:, 1], offset[:, 0])
    best = torch.stack([(angle[first] - angle).cos().min() for first in pairs[:, 0]])
    torch.testing.assert_close((angle[pairs[:, 0]] - angle[pairs[:, 1]]).cos(), best)


@pytest.mark.parametrize("name", GAUSSIAN)
def test_three_paths_a_pair(space: LatentSpace, name: str) -> None:
    pairs = draw_pairs(space, 4, seeds.derive(0, "a", "pairs"))
    measured = measure(space, pairs, name, metrics.build(space, name, **CHEAP.get(name, {})), follow_radius=0.35)
    assert set(measured.rows.metric) == {name}
    lengths = measured.rows.pivot_table(index="pair", columns="path", values="length")
    assert (lengths.geodesic <= lengths.euclidean * (1 + 1e-9)).all()
    assert (lengths.geodesic <= lengths.manifold * (1 + 1e-6)).all()
    rows = measured.rows.set_index(["path", "pair"])
    assert rows.follow.loc["manifold"].eq(1).all()
    if name == "raw":
        np.testing.assert_allclose(rows.length, rows.length_raw)
    assert set(rows.outcome) <= {"converged", "bounded", "baseline", "line_is_shorter", "max_iterations"}
    nodes = measured.nodes["geodesic"]
    assert nodes.curve.shape == nodes.tangent.shape == nodes.trace.shape == (4, 200, 2)
    torch.testing.assert_close(nodes.trace[:, [0, -1]], nodes.curve[:, [0, -1]])
    steps = nodes.trace.diff(dim=1).norm(dim=2)
    assert (steps <= 1.05 * steps.mean(1, keepdim=True)).all()
    # the tangent is the curve's derivative: trapezia of it lead from node to node
    torch.testing.assert_close(
        (nodes.tangent[:, 1:] + nodes.tangent[:, :-1]) / 398, nodes.curve.diff(dim=1), atol=1e-3, rtol=0
    )


class Slow(Line):
    """The straight line, at t^2 of its way at time t."""

    def __call__(self, t: torch.Tensor) -> torch.Tensor:
        return super().__call__(t**2)

    def derivative(self, t: torch.Tensor) -> torch.Tensor:
        return 2 * t[..., None] * super().derivative(t)

    def select(self, index: torch.Tensor) -> "Slow":
        return Slow(self.z0[index], self.z1[index])


class Slowly:
    """A solver that gives these lines."""

    def solve(self, problem: Problem) -> Candidate:
        pairs = len(problem.z0)
        unknown = problem.z0.new_full((pairs,), float("nan"))
        steps = torch.zeros(pairs, dtype=torch.long)
        return Candidate(
            Slow(problem.z0, problem.z1), [Outcome.CONVERGED] * pairs, unknown, steps, "a line with a time of its own"
        )


def test_a_solver_keeps_its_own_time(space: LatentSpace) -> None:
    """A network's curve is tabulated as the network runs through it, and beside it at constant speeds."""
    pairs = draw_pairs(space, 5, seeds.derive(0, "a", "pairs"))
    space.meta["loader"] = "pendulum"
    smoothed = metrics.build(space, "smoothed")
    found = neural_curve(space, pairs, "smoothed", smoothed, 0.35, Slowly())
    t = torch.linspace(0, 1, NODES, dtype=torch.float64)[:, None]
    z0, z1 = space.encodings[pairs[:, :1]], space.encodings[pairs[:, 1:]]
    torch.testing.assert_close(found.nodes["neural"].curve, z0 + t**2 * (z1 - z0))
    torch.testing.assert_close(found.nodes["neural"].trace, z0 + t * (z1 - z0))
    line = measure(space, pairs, "smoothed", smoothed, 0.35).rows.query("path == 'euclidean'").reset_index()
    # the same way: only its own time differs
    for column in ("angular_speed_cv_latent", "angular_speed_cv_metric"):
        np.testing.assert_allclose(found.rows[column], line[column], rtol=0.02, atol=0.01)
    np.testing.assert_allclose(line.angular_speed_cv, line.angular_speed_cv_latent, rtol=1e-3, atol=1e-3)
    assert (found.rows.angular_speed_cv - line.angular_speed_cv).abs().max() > 0.1


def test_constant_speed_is_that_of_the_metric(space: LatentSpace) -> None:
    pairs = draw_pairs(space, 5, seeds.derive(0, "a", "pairs"))
    line = Slow(*space.encodings[pairs].unbind(1))
    points = at_constant_speed(space.raw, line)
    middle = (points[:, 1:] + points[:, :-1]) / 2
    lengths = space.raw.squared_speed(middle.flatten(0, 1), points.diff(dim=1).flatten(0, 1)).sqrt().view(5, -1)
    assert (lengths.std(1) < 0.01 * lengths.mean(1)).all()
    plain = velocity(space.raw, line, torch.linspace(0, 1, NODES, dtype=torch.float64))
    assert (plain.std(1) > 0.3 * plain.mean(1)).all()
    torch.testing.assert_close(points[:, [0, -1]], space.encodings[pairs])
