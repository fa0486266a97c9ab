"""A route's derivatives against differences of the decoder's values, first and second, in every mode that is used."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from latentgeo.geometry.routes.route import Route
from latentgeo.geometry.routes.stencils import Reference
from latentgeo.geometry.routes.tangents import forward_mode
from latentgeo.geometry.routes.tower import Tower

__all__ = ["disagreement", "summed", "worst"]

# of the largest entry; and how many times the differences' own estimated error
_AGREES, _ERRORS = 1e-7, 30.0


def disagreement(
    route: Route, z: Tensor, v: Tensor, known: Reference, orders: int, agrees: float = _AGREES
) -> str | None:
    """Where a route's derivatives are not those of the reference, in words; None if they are everywhere.

    Args:
        route: To be judged.
        z: The reference's points.
        v: Its directions.
        known: The reference.
        orders: How many derivatives are wanted, 2 or 3.
        agrees: What may differ, as a share of the largest entry.
    """
    judged = partial(worst, agrees=agrees)
    first = route.along(z, v)
    found = judged("its derivative", first, known, 0, z)
    J = route.jacobian(z)
    along = torch.einsum("lbo,bl->bo", J, v)
    found = found or judged("its Jacobian", along, known, 0, z)
    if found:
        return found
    # as the solvers differentiate: backwards, of a sum over outputs
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(first.shape, generator=generator, dtype=torch.float64).to(first)
    with torch.enable_grad():
        points, steps = z.detach().clone().requires_grad_(), v.detach().clone().requires_grad_()
        total = (route.along(points, steps) * weight).sum()
        by_z, by_v = (
            torch.autograd.grad(total, (points, steps), materialize_grads=True)
            if total.requires_grad
            else (torch.zeros_like(z), torch.zeros_like(v))
        )
    pulls = ((by_v * v).sum(1, keepdim=True), 0), ((by_z * v).sum(1, keepdim=True), 1)
    for pull, order in pulls:
        found = found or judged("its derivative in reverse mode", pull, summed(known, weight), order, z)
    if found:
        return found
    found = judged("its second derivative in reverse mode", _twice_backwards(route, z, v), _squared(known), 0, z)
    if found:
        return found

    def again(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        return lambda points: torch.func.jvp(function, (points,), (v,))[1]

    # as Christoffel symbols and curvatures are taken
    nested = again(lambda points: route.along(points, v))
    with forward_mode():
        found = judged("its derivative in forward mode", nested(z).detach(), known, 1, z)
        if found or orders < 3 or isinstance(route, Tower):
            return found
        return judged("its derivative in forward mode", again(nested)(z).detach(), known, 2, z)


def _twice_backwards(route: Route, z: Tensor, v: Tensor) -> Tensor:
    """grad_z |J v|^2 . v, as the geodesic equation takes it: half its own derivative by v along v, being quadratic."""
    with torch.enable_grad():
        points, steps = z.detach().clone().requires_grad_(), v.detach().clone().requires_grad_()
        squared = route.along(points, steps).square().sum()
        if not squared.requires_grad:
            return torch.zeros_like(z[:, :1])
        (pull,) = torch.autograd.grad(squared, points, create_graph=True, materialize_grads=True)
        if not pull.requires_grad:
            return torch.zeros_like(z[:, :1])
        (back,) = torch.autograd.grad((pull * v).sum(), steps, materialize_grads=True)
    return (back * v).sum(1, keepdim=True) / 2


def _squared(known: Reference) -> Reference:
    """The reference of |J v|^2's derivative along v, 2 J v . D^2 f[v, v]."""
    (first, second), (off_first, off_second) = known.derivative[:2], known.error[:2]
    both = _ERRORS * off_first * off_second
    error = 2 * (first.abs() * off_second + second.abs() * off_first + both).sum(1, keepdim=True)
    return Reference((2 * (first * second).sum(1, keepdim=True),), (error,), known.step)


def worst(what: str, found: Tensor, known: Reference, order: int, z: Tensor, agrees: float = _AGREES) -> str | None:
    """The entry that disagrees most with the differences, in words; None if all agree."""
    true, error = known.derivative[order], known.error[order]
    largest = max(float(derivative.abs().max()) for derivative in known.derivative[: order + 1])
    excess = (found - true).abs() - _ERRORS * error
    at = int(torch.nan_to_num(excess, nan=float("inf")).argmax())
    point, entry = divmod(at, true.shape[1])
    allowed = max(agrees, 1e3 * torch.finfo(true.dtype).eps) * largest
    if float(excess.flatten()[at]) <= allowed:
        return None
    expected, got = float(true.flatten()[at]), float(found.flatten()[at])
    cause = (
        "; is a part of it detached, or computed under no_grad?"
        if abs(got) < 1e-9 * largest
        else "; torch differentiates some operation in it wrongly, or a part of it is detached"
    )
    return (
        f"{what} of order {order + 1} is {got:.4g} where differences give {expected:.4g} (output {entry}, latent point "
        f"{z[point].tolist()}){cause}"
    )


def summed(known: Reference, weight: Tensor) -> Reference:
    """The reference of the weighted sum of the outputs."""
    return Reference(
        tuple((d * weight).sum(1, keepdim=True) for d in known.derivative),
        tuple((e * weight.abs()).sum(1, keepdim=True) for e in known.error),
        known.step,
    )
