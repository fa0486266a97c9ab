"""The geometry of every decoder that a recipe makes is that of float64 differences of its values."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import latentgeo as lg
from decoder_recipes import CONTINUOUS, Recipe, recipes
from fuzz.decoder_parts import ACTIVATIONS
from fuzz.effort import examples
from fuzz.value_checks import USELESS, check_curvature, check_gradient, check_tensor, close
from fuzz.value_differences import Derivatives, derivatives, image_length
from latentgeo.geometry.curves.spline import Spline

pytestmark = [
    pytest.mark.filterwarnings("ignore::latentgeo.errors.PiecewiseLinearWarning"),
    # torch has no batching rule for the derivatives of Mish and says so
    pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning"),
]

# of the largest entry, beside what the differences are off by themselves
GOOD = 1e-9
# knot intervals of curves, a power of two; and the pieces that their lengths are integrated over
INTERVALS, PIECES = 4, 1024
# of a length: where the velocity is smooth; where it has kinks, by the square of a piece; where it jumps, by a piece
LENGTH, TURNING, JUMPING = 1e-6, 1e-4, 2e-2

seeds = st.integers(0, 10_000)
surfaces = recipes(latent=st.just(2))


def several(examples: int) -> settings:
    """The same ones every time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        # not Phase.explain, which takes minutes
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow],
    )


def draw(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) / shape[-1] ** 0.5


def metric_of(recipe: Recipe, z: Tensor) -> lg.PullbackMetric:
    """That of the recipe's decoder, probed; one with kinks may be refused where they are near."""
    try:
        metric = lg.PullbackMetric(recipe.decoder(), output=recipe.output)
        metric(z)
    except lg.DecoderError:
        event("refused")
        if recipe.smooth:
            raise
        assume(False)
    event(f"{metric.route}".partition(",")[0])
    return metric


def known_of(recipe: Recipe, z: Tensor, second: bool) -> Derivatives:
    """Its derivatives by differences, where kinks leave them any."""
    known = derivatives(recipe.observed(), z, 1.0)
    useless = known.has_no_first(USELESS) or (second and known.has_no_second(USELESS, 1.0))
    if useless:
        event("kinks are too near, or all is flat")
    assume(not useless)
    return known


def check_the_tensor(recipe: Recipe, seed: int) -> None:
    z = draw(seed, 2, recipe.latent)
    check_tensor(metric_of(recipe, z)(z), known_of(recipe, z, second=False), GOOD)


def check_its_derivative(recipe: Recipe, seed: int) -> None:
    z, v = draw(seed, 2, 2, recipe.latent)
    metric, known = metric_of(recipe, z), known_of(recipe, z, second=True)
    squared_speeds: tuple[Callable[[Tensor], Tensor], ...] = (
        lambda z: metric.squared_speed(z, v),
        lambda z: torch.einsum("bi,bij,bj->b", v, metric(z), v),
    )
    for squared_speed in squared_speeds:
        points = z.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(squared_speed(points).sum(), points)
        check_gradient(gradient, v, known, GOOD, 1.0)


def check_a_length(recipe: Recipe, seed: int) -> None:
    curve = Spline(draw(seed, 1, INTERVALS + 3, recipe.latent))
    metric = metric_of(recipe, curve(torch.tensor([0.0, 0.5], dtype=torch.float64))[0])
    true, error = image_length(recipe.observed(), lambda t: curve(t)[0])
    # a curve in one dimension, or seen in few, turns round
    turning = recipe.latent == 1 or recipe.obs < 4
    good = JUMPING if not recipe.smooth else TURNING if turning else LENGTH
    close("length", lg.length(metric, curve, PIECES), torch.tensor([true]).double(), good * true + 2 * error)


def check_the_curvature(recipe: Recipe, seed: int) -> None:
    z = draw(seed, 2, 2)
    metric = metric_of(recipe, z)
    check_curvature(lg.gaussian_curvature(metric, z), known_of(recipe, z, second=True), GOOD, 1.0)


@several(100)
@given(recipes(), seeds)
def test_the_tensor(recipe: Recipe, seed: int) -> None:
    check_the_tensor(recipe, seed)


@several(100)
@given(recipes(), seeds)
def test_the_derivative_of_a_squared_speed(recipe: Recipe, seed: int) -> None:
    check_its_derivative(recipe, seed)


@several(100)
@given(recipes(), seeds)
def test_the_length_of_a_curve(recipe: Recipe, seed: int) -> None:
    check_a_length(recipe, seed)


@several(60)
@given(surfaces, seeds)
def test_the_gaussian_curvature(recipe: Recipe, seed: int) -> None:
    check_the_curvature(recipe, seed)


@pytest.mark.slow
@several(examples(300, 3000))
@given(st.sampled_from([check_the_tensor, check_its_derivative, check_a_length]), recipes(), seeds)
def test_many_more(check: Callable[[Recipe, int], None], recipe: Recipe, seed: int) -> None:
    check(recipe, seed)


@pytest.mark.slow
@several(examples(60, 600))
@given(surfaces, seeds)
def test_the_curvature_of_many_more(recipe: Recipe, seed: int) -> None:
    check_the_curvature(recipe, seed)


def test_every_continuous_activation_of_torch_is_drawn() -> None:
    # these see more than one number, and this jumps
    others = {"GLU", "MultiheadAttention", "Softmin", "Softmax", "Softmax2d", "LogSoftmax", "Hardshrink"}
    drawn = {type(ACTIVATIONS[name][0]()).__name__ for name in CONTINUOUS}
    assert drawn == set(nn.modules.activation.__all__) - others
