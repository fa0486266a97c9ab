"""Which route leads to a decoder's derivatives: the first one that agrees with finite differences of its values.

Some of torch's derivatives are wrong, some are missing, and what a decoder does inside (detach, round, differentiate)
can make them so. Therefore nothing is believed: at a few probe points, first and second derivatives, in forward and in
reverse mode, are held against differences of the decoder's own values, and chords against integrals.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.decoder import Decoder, buffers_kept, check_values, decode
from latentgeo.errors import DecoderError, FiniteDifferencesWarning, PiecewiseLinearWarning
from latentgeo.geometry.chunks import in_parts, rows_at_once
from latentgeo.geometry.routes.agreement import disagreement, summed, worst
from latentgeo.geometry.routes.chords import fault_along
from latentgeo.geometry.routes.differences import Differences
from latentgeo.geometry.routes.double import in_double, in_single
from latentgeo.geometry.routes.forward import ForwardMode
from latentgeo.geometry.routes.layers import Layers, plain_layers
from latentgeo.geometry.routes.reverse import by_reverse_mode
from latentgeo.geometry.routes.route import Route
from latentgeo.geometry.routes.stencils import Reference, reference
from latentgeo.geometry.routes.tower import Tower
from latentgeo.outputs import Output, described
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["Probed", "check_decoder", "right_function"]

# points at which derivatives are held against differences, lines along which chords are held against integrals
_POINTS, _LINES = 3, 2
# what those may have that serve as the derivative
_SERVES = {torch.float64: 1e-6, torch.float32: 2e-3}
_CAST_IT = (
    "give a decoder that takes float64 (decoder.double(), and constants to match), or a module, whose weights are cast"
)
# errors of so many roundings of the values are theirs
_ROUNDED = 1e4
# of the largest entry: differences with a greater error are of values that are rounded, or are noise
_ROUGH = {torch.float64: 1e-4, torch.float32: 1e-2}


@dataclass(frozen=True)
class Probed:
    """What a probe found of a decoder.

    Attributes:
        route: To its derivatives.
        observation: What of its output is the observation, in words; empty for a tensor by itself.
        width: How many numbers an observation has.
        piecewise_linear: Whether its second derivative is zero everywhere, though it is not affine.
        error: Of derivatives that are differences of float32 values, as a share of the largest; None for others.
    """

    route: Route
    observation: str
    width: int
    piecewise_linear: bool
    error: float | None


@torch.no_grad()
def check_decoder(
    decoder: Decoder,
    z: Float[Tensor, "batch latent"],
    *,
    output: Output = None,
    spreads: Sequence[Tensor] | None = None,
    orders: int = 2,
    quiet: bool = False,
    held_in: torch.dtype | None = None,
) -> Probed:
    """Probe a decoder at a few latent points, and find a route to its derivatives.

    A float32 module is probed with float64 weights, where that works: differences tell little in float32.

    Args:
        decoder: The callable to check.
        z: Two or more distinct latent points.
        output: Which of several outputs is the observation.
        spreads: How latent points may spread, (latent, latent) each: roots of covariances, by default the identity.
            The first with which differences say something is taken.
        orders: How many derivatives are wanted: 2, or 3 for a metric's second derivatives.
        quiet: Whether to leave the warnings out: they have been given before.
        held_in: The dtype that the metric is to be held in, if not that of z.

    Raises:
        DecoderError: See `latentgeo.decoder.check_values`; and a decoder that jumps, or whose derivatives can be had by
            no route.

    Warns:
        PiecewiseLinearWarning: The second derivative is zero everywhere, but the decoder is not affine.
        FiniteDifferencesWarning: Differences of values are the only route.
    """
    z = z.contiguous()
    width = check_values(decoder, z, output).shape[1]
    double = in_double(decoder, z, output) if z.dtype == torch.float32 else None
    if double is not None:
        settings = {"output": output, "spreads": spreads, "orders": orders, "quiet": quiet, "held_in": z.dtype}
        probed = check_decoder(double, z.double(), **settings)
        return replace(probed, route=in_single(probed.route, decoder, output))

    def function(points: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            return decode(decoder, points, output)
        at_once = rows_at_once(width, len(points), points)
        return in_parts(lambda part: decode(decoder, part, output), at_once, points)

    spread, v, known = _differenced(function, z, spreads or [torch.eye(z.shape[1])])
    _check_smooth(known)
    _check_size(known, held_in or z.dtype)
    faults = {}
    for route in _routes(decoder, function, spread, known):
        fault = _fault(route, function, z, v, known, orders)
        if fault is None:
            piecewise_linear = _is_piecewise_linear(route, z, v)
            coarse = _is_by_values(route) and z.dtype == torch.float32
            error = _largest_error(known, orders) if coarse else None
            if not quiet:
                _warn(faults, route, piecewise_linear, error)
            return Probed(route, _described(decoder, z, output), width, piecewise_linear, error)
        if "jumps" in fault:
            raise DecoderError(f"the decoder has no derivative: {fault}")
        faults[route.name] = fault
    found = "; ".join(f"by {name}, {fault}" for name, fault in faults.items())
    raise DecoderError(f"no derivative of the decoder agrees with differences of its values: {found}")


def _described(decoder: Decoder, z: Tensor, output: Output) -> str:
    with ONE_AT_A_TIME, buffers_kept(decoder):
        return described(decoder(z.clone()), output)


@torch.no_grad()
def right_function(
    function: Callable[[Tensor], Tensor], z: Float[Tensor, "batch latent"], spreads: Sequence[Tensor]
) -> Callable[[Tensor], Tensor] | None:
    """Another way to compute a function that torch differentiates rightly; None where the plain one is right.

    None as well where differences of the values say nothing: the function is not smooth there.

    Args:
        function: Points (batch, latent) to (batch, outputs), each point on its own.
        z: Distinct points.
        spreads: See `check_decoder`.
    """
    spread, v, known = _differenced(function, z, spreads)
    # of a function that hardly changes, what counts is the error beside its values
    size = 1e-8 * float(function(z[:_POINTS]).abs().max())
    known = replace(known, error=tuple(error + size for error in known.error))
    if any(_is_rough(known, order) for order in range(2)):
        return None
    plain = ForwardMode(function, cheap=False)
    reverse = Tower(by_reverse_mode(function), "reverse mode")
    by_values = Tower(Differences(function, spread, known.step), "differences")
    for route in (plain, reverse, by_values):
        try:
            fault = disagreement(route, z[:_POINTS], v[:_POINTS], known, 3)
            fault = fault or _backwards(
                route if isinstance(route, Tower) else function, z[:_POINTS], v[:_POINTS], known
            )
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        if fault is None:
            return route if isinstance(route, Tower) else None
    # not even differences agree with themselves: they say nothing
    return None


def _backwards(function: Callable[[Tensor], Tensor], z: Tensor, v: Tensor, known: Reference) -> str | None:
    """What is wrong with the gradient of a function's values."""
    with torch.enable_grad():
        points = z.detach().clone().requires_grad_()
        value = function(points)
        weight = torch.ones_like(value)
        pull = (
            torch.autograd.grad((value * weight).sum(), points, materialize_grads=True)[0]
            if value.requires_grad
            else torch.zeros_like(z)
        )
    return worst("its gradient", (pull * v).sum(1, keepdim=True), summed(known, weight.detach()), 0, z)


def _differenced(
    function: Callable[[Tensor], Tensor], z: Tensor, spreads: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Reference]:
    """The first spread along which differences say something, directions, and the differences along them."""
    spread, *others = spreads
    v = _directions(z, spread.to(z))
    known = reference(function, z[:_POINTS], v[:_POINTS])
    if others and _is_rough(known, 0):
        return _differenced(function, z, others)
    return spread.to(z), v, known


def _directions(z: Tensor, spread: Tensor) -> Tensor:
    """One for each point, at random, as long as points spread."""
    generator = torch.Generator().manual_seed(0)
    v = torch.randn(z.shape, generator=generator, dtype=torch.float64).to(z)
    return v / v.norm(dim=1, keepdim=True) @ spread


def _routes(
    decoder: Decoder, function: Callable[[Tensor], Tensor], spread: Tensor, known: Reference
) -> Iterator[Route]:
    """All routes, the cheapest first."""
    layers = plain_layers(decoder)
    if layers is not None:
        yield Layers(layers)
    yield ForwardMode(function)
    yield ForwardMode(function, cheap=False)
    yield Tower(by_reverse_mode(function), "reverse mode")
    yield Tower(Differences(function, spread, known.step), "differences")


def _fault(
    route: Route, function: Callable[[Tensor], Tensor], z: Tensor, v: Tensor, known: Reference, orders: int
) -> str | None:
    """What is wrong with a route, in words; None if nothing is."""
    by_values = _is_by_values(route)
    if by_values and (rough := _roughness(known, 0)) > _SERVES[z.dtype]:
        return f"they are good to {rough:.0e} only"
    if by_values and z.dtype == torch.float32:
        error = _largest_error(known, orders)
        # of curvature, in which third derivatives cancel, little would be left
        if orders > 2 or error > _SERVES[z.dtype]:
            return f"up to order {orders}, those of float32 values are good to {error:.0e} only; {_CAST_IT}"
    # differences along other directions are as good, but not better
    agrees = {"agrees": _SERVES[z.dtype]} if by_values else {}
    try:
        return disagreement(route, z[:_POINTS], v[:_POINTS], known, orders, **agrees) or fault_along(
            route, function, z[-_LINES - 1 : -1], z[-_LINES:]
        )
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def _check_smooth(known: Reference) -> None:
    rough = _roughness(known, 0)
    if rough > _ROUGH[known.error[0].dtype]:
        raise DecoderError(
            f"the decoder is not smooth: differences of its values, over steps from 1e-1 to 3e-5, give derivatives "
            f"with errors of {rough:.2%}; does it round, compute with 16-bit floats, or draw noise?"
        )


def _is_rough(known: Reference, order: int) -> bool:
    return not _roughness(known, order) <= _ROUGH[known.error[order].dtype]


def _roughness(known: Reference, order: int) -> float:
    """The relative error of the differences, at the point where it is least."""
    largest = float(known.derivative[order].abs().max())
    error = known.error[order].amax(1)
    if float(error.min()) <= _ROUNDED * torch.finfo(error.dtype).eps * known.size:
        # the function hardly changes there
        return 0.0
    return float((error / largest).min()) if largest > 0 else 0.0


def _is_by_values(route: Route) -> bool:
    return isinstance(route, Tower) and isinstance(route.source, Differences)


def _largest_error(known: Reference, orders: int) -> float:
    """Of differences up to an order: at the worst point, as a share of the largest derivative up to each order."""
    sizes = [float(derivative.abs().max()) for derivative in known.derivative]
    errors = [float(error.max()) for error in known.error]
    return max(errors[order] / (max(sizes[: order + 1]) or 1.0) for order in range(orders))


def _check_size(known: Reference, dtype: torch.dtype) -> None:
    """Refuse derivatives whose squares are beyond the dtype."""
    first = known.derivative[0]
    largest, range = float(first.abs().max()), torch.finfo(dtype)
    if largest and not range.tiny**0.5 < largest < (range.max / first.shape[1]) ** 0.5:
        raise DecoderError(
            f"the decoder's derivatives are as large as {largest:.3g}, and the metric is their square, beyond what "
            f"{dtype} holds; scale the decoder's output"
        )


def _warn(faults: dict[str, str], route: Route, piecewise_linear: bool, error: float | None) -> None:
    if _is_by_values(route):
        found = "; ".join(f"by {name}, {fault}" for name, fault in faults.items())
        good = "right" if error is None else f"in float32 right to {error:.0e} of the largest ({_CAST_IT})"
        warnings.warn(
            "torch does not differentiate the decoder rightly, so that its derivatives are central differences of its "
            f"values: {good}, but 11 forward passes each, and no gradient reaches the decoder's weights ({found})",
            FiniteDifferencesWarning,
            stacklevel=5,
        )
    if piecewise_linear:
        warnings.warn(
            "the decoder is piecewise linear (ReLU?): its metric is constant on pieces, so gradient solvers get no "
            "signal; use smooth activations (tanh, sigmoid, softplus), or a solver that asks for no derivative of the "
            "metric: GaussNewton, GraphPath, or the default, on a cache in two latent dimensions",
            PiecewiseLinearWarning,
            stacklevel=5,
        )


def _is_piecewise_linear(route: Route, z: Tensor, v: Tensor) -> bool:
    with torch.enable_grad():
        points = z.detach().clone().requires_grad_()
        first = route.along(points, v)
        generator = torch.Generator().manual_seed(0)
        weight = torch.randn(first.shape, generator=generator, dtype=torch.float64).to(first)
        second = (
            torch.autograd.grad((first * weight).sum(), points, materialize_grads=True)[0]
            if first.requires_grad
            else torch.zeros_like(z)
        )
    fixed = route.along(z, torch.ones_like(z))
    tolerance = 1e3 * torch.finfo(z.dtype).eps
    flat = float(second.abs().max()) <= tolerance * float(first.detach().abs().max())
    affine = float((fixed - fixed[:1]).abs().max()) <= tolerance * float(fixed.abs().max())
    return flat and not affine
