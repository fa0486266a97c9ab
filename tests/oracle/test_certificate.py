"""What the default solver calls converged, no long run of others makes much shorter: pairs of drawn decoders.

A hundred pairs, or 500 with FUZZ=full (`make fuzz`).

Each pair that has converged is gone on with from where it ended, by two solvers with many more knots and less than a
hundredth of the tolerance. If either makes it shorter by more than ten times the tolerance that the default was asked
for, the certificate was wrong. A curve that is not called converged is not judged.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import jaxtyping
import pytest
import torch
from torch import Tensor

import latentgeo as lg
from decoder_recipes import SMOOTH, Layer, Recipe
from fuzz.effort import decoders

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::latentgeo.errors.PiecewiseLinearWarning"),
    pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning"),
]

DECODERS, PAIRS, POINTS = decoders(10, 50), 10, 200
# tolerances that a curve which has converged may be too long by
SLACK = 10
LONG = (
    lg.GaussNewton(nodes=129, tolerance=1e-9, doublings=1),
    lg.SplineCurve(intervals=96, tolerance=1e-9, polish=60, doublings=1),
)
# of a length that decides: pieces of its quadrature
PIECES = 512
ENDINGS: Counter[str] = Counter()


@pytest.fixture(autouse=True, scope="module")
def _unchecked() -> Iterator[None]:
    """The annotations' checks take as long as what they check."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@dataclass(frozen=True)
class Case:
    """A decoder, and where its end points come from.

    Attributes:
        recipe: Of the decoder.
        cloud: "normal", "ring" or "clusters": what its data look like.
        data: Whether the solver is told them.
        seed: Of the data.
    """

    recipe: Recipe
    cloud: str
    data: bool
    seed: int


def case_of(number: int) -> Case:
    """Of ten decoders six are smooth ones of two latent dimensions, two of 3 to 8; one each has kinks."""
    draw, place = random.Random(number), number % 10
    latent = 2 if place < 7 else draw.randint(3, 8)
    kinked = place in (6, 9)
    activations = ["ReLU", "LeakyReLU"] if kinked else SMOOTH
    norms = ["none"] if kinked or draw.random() < 0.6 else ["none", "layer", "batch", "group"]
    layers = tuple(
        Layer(draw.choice([16, 32]), draw.choice(activations), draw.choice(norms))
        for _ in range(draw.choice([1, 2, 2, 3]))
    )
    recipe = Recipe(
        latent,
        layers,
        obs=draw.choice([3, 8, 20, 40] if latent == 2 else [2 * latent, 20, 40]),
        residual=draw.random() < 0.3,
        returned=draw.choice(["tensor", "tensor", "image", "Bernoulli", "Normal"]),
        gain=draw.choice([1.0, 1.5, 2.0, 2.5] if kinked or latent > 2 else [1.0, 1.5, 2.0, 3.0]),
        seed=number,
    )
    return Case(recipe, draw.choice(["normal", "ring", "clusters"]), latent > 2 and draw.random() < 0.5, number)


def cloud_of(case: Case, points: int) -> Tensor:
    """Latent points as data have them, of spread 1 or so."""
    generator, latent = torch.Generator().manual_seed(case.seed), case.recipe.latent
    z = torch.randn(points, latent, generator=generator, dtype=torch.float64)
    if case.cloud == "ring":
        return 1.3 * z / z.norm(dim=1, keepdim=True) + z / 10
    if case.cloud == "clusters":
        centres = torch.randn(4, latent, generator=generator, dtype=torch.float64)
        return centres[torch.randint(4, (points,), generator=generator)] + z / 4
    return z


def named(number: int) -> str:
    recipe = case_of(number).recipe
    return f"{number}-{recipe.latent}D-{'-'.join(layer.activation for layer in recipe.layers)}"


@pytest.mark.parametrize("number", DECODERS, ids=named)
def test_no_long_run_makes_a_converged_curve_much_shorter(number: int) -> None:
    case = case_of(number)
    metric = lg.PullbackMetric(case.recipe.decoder(), output=case.recipe.output)
    z = cloud_of(case, POINTS)
    z0, z1 = z[:PAIRS], z[PAIRS : 2 * PAIRS]
    found = lg.geodesic(metric, z0, z1, data=z if case.data else None)
    ENDINGS.update(outcome.value for outcome in found.outcome)
    pairs = torch.tensor([pair for pair, end in enumerate(found.outcome) if end is lg.Outcome.CONVERGED])
    if not len(pairs):
        return
    curve = found.curve.select(pairs)
    long_runs = [lg.geodesic(metric, z0[pairs], z1[pairs], solver, start=curve) for solver in LONG]
    before = lg.measure(metric, curve, PIECES).length
    after, shortest = torch.stack([lg.measure(metric, run.curve, PIECES).length for run in long_runs]).min(0)
    excess = before / after - 1
    asked = lg.GaussNewton().tolerance if metric.piecewise_linear else lg.SplineCurve().tolerance
    wrong = [
        f"pair {pair} from {z0[pair].tolist()} to {z1[pair].tolist()}: length {before[row]:.9g}, residual "
        f"{found.residual[pair]:.1e}, by {found.solver}; {after[row]:.9g} by {long_runs[shortest[row]].solver}: "
        f"an excess of {excess[row]:.1e}, {excess[row] / asked:.0f} times the tolerance"
        for row, pair in enumerate(pairs.tolist())
        if excess[row] > SLACK * asked
    ]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(pairs)} pairs of {case}", *wrong])


def test_enough_pairs_are_judged() -> None:
    if sum(ENDINGS.values()) < len(DECODERS) * PAIRS:
        pytest.skip("only of all decoders")
    print(dict(ENDINGS))
    assert ENDINGS["converged"] >= 0.6 * len(DECODERS) * PAIRS
