"""Generated decoders: their geometry is right, as differences of their values tell, or they are refused by name."""

import warnings
from collections import Counter

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from fuzz.decoder_draw import Kind
from fuzz.effort import decoders
from fuzz.endings import answer
from fuzz.generated_decoders import Generated, generated
from fuzz.value_checks import USELESS, check_christoffel, check_curvature, check_gradient, check_tensor, close
from fuzz.value_differences import Derivatives, derivatives, image_length

pytestmark = pytest.mark.slow

NAMES = "decoder|z |z0|z1|latent|metric"
# what the library promises, of the largest entry
GOOD = {torch.float64: 1e-6, torch.float32: 1e-2}
KINKED_LENGTH = 5e-2
ENDINGS: Counter[str] = Counter()


@pytest.mark.parametrize("number", decoders(100, 2000))
def test_right_or_refused(number: int) -> None:
    case = generated(number)
    print(f"generated({number}): {case.name}")
    given = case.z.clone()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metric = answer(lambda: _metric(case), NAMES)
        found = None if metric is None else answer(lambda: _geometry(metric, case.z), NAMES)
        assert torch.equal(case.z, given), "latent points were changed"
        if found is None:
            ENDINGS["refused"] += 1
            assert case.kind is not Kind.SMOOTH or _is_lost(case) or _is_coarse(case), (
                f"a decoder that can be differentiated is refused: {_why(case)}"
            )
            return
        assert case.kind is not Kind.REFUSED, "a decoder without a right answer is taken"
        assert metric is not None
        if case.plain:
            assert metric.route == "layers"
        true = generated(number, torch.float64)
        _check(case, found, true)
    ENDINGS["right"] += 1


def test_few_references_are_useless() -> None:
    print(dict(ENDINGS))
    assert sum(n for name, n in ENDINGS.items() if name.startswith("no ")) <= 0.04 * 3 * ENDINGS["right"]


def _metric(case: Generated) -> lg.PullbackMetric:
    return lg.PullbackMetric(case.decoder, probe=case.z.clone() if case.probe else None, output=case.output)


def _geometry(metric: lg.PullbackMetric, z: Tensor) -> dict[str, Tensor]:
    points = z.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(metric.squared_speed(points, torch.ones_like(z)).sum(), points)
    found = {
        "G": metric(z),
        "gradient": gradient,
        "Christoffel symbols": lg.christoffel(metric, z),
    }
    line = lg.euclidean(metric, z[:1], z[1:])
    found |= {"length": line.length, "length's error": line.length_error}
    if z.shape[1] == 2:
        found["curvature"] = lg.gaussian_curvature(metric, z)
    return {name: value.detach().double() for name, value in found.items()}


def _why(case: Generated) -> str:
    try:
        _geometry(_metric(case), case.z)
    except ValueError as error:
        return str(error)
    return "only once"


def _is_lost(case: Generated) -> bool:
    """Whether a decoder's derivatives are so small beside its values that these, rounded, say little of them."""
    values = float(case.observed(case.z).abs().max())
    known = derivatives(lambda z: case.observed(z.to(case.z)).double(), case.z.double(), case.scale)
    return float(known.J.abs().max()) * case.scale < 1e3 * torch.finfo(case.z.dtype).eps ** 0.6 * values


def _is_coarse(case: Generated) -> bool:
    """Whether nothing but differences of float32 values is left."""
    return case.z.dtype == torch.float32 and "those of float32 values" in _why(case)


def _check(case: Generated, found: dict[str, Tensor], true: Generated) -> None:
    good = GOOD[case.z.dtype]
    try:
        known = derivatives(true.observed, true.z, true.scale)
    except ValueError:
        # a distribution has no value where its parameters are NaN
        ENDINGS["no values"] += 1
        return
    if case.z.dtype == torch.float32:
        known = _in_float32(known, true)
    if known.has_no_first(USELESS):
        ENDINGS["no first derivative"] += 1
        return
    if case.piecewise_linear:
        # on its pieces G is constant
        gamma = found["Christoffel symbols"]
        assert float(gamma[gamma.isfinite()].abs().sum()) == 0
    check_tensor(found["G"], known, good)
    if known.has_no_second(USELESS, true.scale):
        ENDINGS["no second derivative"] += 1
    else:
        check_gradient(found["gradient"], torch.ones_like(true.z), known, good, true.scale)
        check_christoffel(found["Christoffel symbols"], known, good, true.scale)
        if "curvature" in found:
            check_curvature(found["curvature"], known, good, true.scale)
    start, end = true.z[:1], true.z[1:]
    length, error = image_length(true.observed, lambda t: start + t.to(start).unsqueeze(1) * (end - start))
    if not error <= USELESS * length:
        ENDINGS["no length"] += 1
        return
    # the record's estimate is of a sum whose parts may cancel; a line with kinks has few nodes to each piece
    stated = 10 * float(found["length's error"]) if case.kind is Kind.SMOOTH else KINKED_LENGTH * length
    close("length", found["length"], torch.tensor([length]).double(), good * length + 2 * error + stated)


def _in_float32(known: Derivatives, true: Generated) -> Derivatives:
    """With what ten times the rounding of float32 makes of differences over a tenth of the scale, the only route to
    some derivatives."""
    rounding = 10 * 6e-8 * float(true.observed(true.z).abs().max())
    J_error = known.J_error + rounding * 3 / (0.1 * true.scale)
    return Derivatives(known.J, known.H, J_error, known.H_error + rounding * 7 / (0.1 * true.scale) ** 2)
