"""The energy of B-spline curves, its gradient and its Hessian, batched over pairs.

With local basis functions the gradient and the Hessian are sums over intervals, put together as in finite elements.
The energy may be weighted, as the integral of phi^2 / rho with a density rho over t that integrates to 1. It is never
below the squared length, and equals it where the velocity phi is proportional to rho: so rho says how the curve's
time, and with it the knots, is shared out, and the minimum is as short as without.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.curves.spline import Basis, tabulate
from latentgeo.geometry.metrics.jet import matrix
from latentgeo.geometry.metrics.metric import Metric

__all__ = [
    "Curvature",
    "EnergyGradient",
    "Weight",
    "convex_part",
    "curvature_of_jet",
    "curvature_of_tensor",
    "damped",
    "energy_gradient",
    "hessian",
    "nodes_of",
    "tensors_along",
]


_ROUND_HERE = 0.3
_ROUND_ALONG = 0.03

Weight = Float[Tensor, "pairs intervals nodes"]
"""Quadrature weight over density, at every node."""


@dataclass(frozen=True)
class EnergyGradient:
    """The energy, and what it takes to lower it.

    Attributes:
        value: (pairs,).
        gradient: (pairs, control, latent), zero at the end points.
        squared: The squared speed at every node, (pairs, intervals, nodes).
    """

    value: Tensor
    gradient: Tensor
    squared: Tensor


@dataclass(frozen=True)
class Curvature:
    """Second derivatives of the integrand f(z, v) = v^T G(z) v at every node, quadrature weight included.

    Attributes:
        convex: d2f/dv2 = 2 G, (pairs, intervals, nodes, latent, latent); positive semi-definite.
        rest: d2f/dz2 and d2f/dzdv (z first), two tensors of that shape, or None where they are not known.
    """

    convex: Tensor
    rest: tuple[Tensor, Tensor] | None


def energy_gradient(
    metric: Metric, control: Float[Tensor, "pairs control latent"], basis: Basis, weight: Weight
) -> EnergyGradient:
    """Energy and gradient under any metric, by automatic differentiation; pairs in pieces of bounded memory."""
    per_pair = basis.t.numel()
    values, gradients, squared = [], [], []
    at_once = max(1, metric.points_at_once // per_pair)
    for part, w in zip(control.detach().split(at_once), weight.split(at_once), strict=True):
        z, v = nodes_of(part, basis)
        with torch.enable_grad():
            z.requires_grad_()
            v.requires_grad_()
            f = metric.squared_speed(z.view(-1, z.shape[-1]), v.view(-1, v.shape[-1])).view(z.shape[:-1])
            # a metric that does not depend on z at all has no path to it
            fz, fv = torch.autograd.grad((f * w).sum(), (z, v), materialize_grads=True)
        values.append((f.detach() * w).sum((1, 2)))
        gradients.append(_assemble_gradient(fz, fv, basis))
        squared.append(f.detach())
    return EnergyGradient(torch.cat(values), torch.cat(gradients), torch.cat(squared))


@torch.no_grad()
def curvature_of_jet(
    metric: Metric, control: Float[Tensor, "pairs control latent"], basis: Basis, weight: Weight
) -> tuple[EnergyGradient, Curvature]:
    """Energy, gradient and exact second derivatives under a 2-D metric whose jet is cheap."""
    z, v = nodes_of(control, basis)
    jet = metric.jet(z.view(-1, 2))
    w = weight.unsqueeze(-1)
    vx, vy = v[..., 0], v[..., 1]
    powers = torch.stack([vx * vx, 2 * vx * vy, vy * vy], -1)

    def quadratic(entries: Tensor) -> Tensor:
        return (entries.view_as(powers) * powers).sum(-1)

    def applied(entries: Tensor) -> Tensor:
        a, b, c = entries.view_as(powers).unbind(-1)
        return torch.stack([a * vx + b * vy, b * vx + c * vy], -1)

    f = quadratic(jet.value)
    fz = torch.stack([quadratic(entries) for entries in jet.first], -1)
    fv = 2 * applied(jet.value)
    xx, xy, yy = (quadratic(entries) for entries in jet.second)
    fzz = torch.stack([xx, xy, xy, yy], -1).view(*f.shape, 2, 2)
    fzv = 2 * torch.stack([applied(entries) for entries in jet.first], -2)
    G = matrix(jet.value).view(*f.shape, 2, 2)
    gradient = EnergyGradient((f * weight).sum((1, 2)), _assemble_gradient(fz * w, fv * w, basis), f)
    w = w.unsqueeze(-1)
    return gradient, Curvature(2 * G * w, (fzz * w, fzv * w))


@torch.no_grad()
def tensors_along(
    metric: Metric, control: Float[Tensor, "pairs control latent"]
) -> Float[Tensor, "pairs intervals latent latent"]:
    """The metric tensor in the middle of every interval."""
    z = nodes_of(control, tabulate(control.shape[1] - 3, 1, control))[0].squeeze(2)
    G = in_parts(metric, metric.points_at_once, z.flatten(0, 1))
    return G.view(*z.shape, z.shape[-1])


def curvature_of_tensor(metric: Metric, control: Float[Tensor, "pairs control latent"], weight: Weight) -> Curvature:
    """A model of the second derivatives for metrics without a cache: their convex part alone."""
    return convex_part(tensors_along(metric, control), weight)


def convex_part(G: Float[Tensor, "pairs intervals latent latent"], weight: Weight) -> Curvature:
    """The convex part from a metric tensor on every interval."""
    return Curvature(2 * G.unsqueeze(2) * weight[..., None, None], None)


@torch.no_grad()
def hessian(
    curvature: Curvature, basis: Basis, damping: Float[Tensor, "pairs"]
) -> Float[Tensor, "offsets pairs inner latent latent"]:
    """The energy's Hessian over the inner control points, with damping.

    The damping's scale is the convex part, made round: along a direction in which the metric is nearly flat a step is
    free, but far from harmless.

    Returns:
        The blocks of a control point and the one that many places on, for offsets from 0 to 3: there are no others, and
        those behind the last point are zero. Those of offset 0 are symmetric.
    """
    convex = damped(curvature.convex, damping)
    pairs, intervals, nodes, latent, _ = convex.shape
    values, slopes = basis.local.unbind(2)
    # per interval: entries over the nodes times products of basis functions
    products = torch.einsum("iqk,iqm->iqkm", slopes, slopes).flatten(2)
    rows = convex.permute(1, 0, 3, 4, 2).reshape(intervals, -1, nodes)
    elements = torch.bmm(rows, products)
    if curvature.rest is not None:
        mixed = torch.einsum("iqk,iqm->iqkm", values, slopes)
        zz, zv = (part.permute(1, 0, 3, 4, 2).reshape(intervals, -1, nodes) for part in curvature.rest)
        vz = curvature.rest[1].permute(1, 0, 4, 3, 2).reshape(intervals, -1, nodes)
        elements = elements + torch.bmm(zz, torch.einsum("iqk,iqm->iqkm", values, values).flatten(2))
        elements = elements + torch.bmm(zv, mixed.flatten(2)) + torch.bmm(vz, mixed.transpose(2, 3).flatten(2))
    elements = elements.view(intervals, pairs, latent, latent, 4, 4).permute(4, 5, 1, 0, 2, 3)
    bands = convex.new_zeros(4, pairs, intervals + 3, latent, latent)
    for k in range(4):
        for m in range(k, 4):
            bands[m - k, :, k : k + intervals] += elements[k, m]
    # both ends are fixed
    bands = bands[:, :, 1:-1]
    for offset in range(1, 4):
        bands[offset, :, -offset:] = 0
    return bands


def damped(
    convex: Float[Tensor, "pairs intervals nodes latent latent"], damping: Float[Tensor, "pairs"]
) -> Float[Tensor, "pairs intervals nodes latent latent"]:
    """The convex part of the second derivatives with the damping that `hessian` describes."""
    return convex + damping.view(-1, 1, 1, 1, 1) * _damper(convex)


def _damper(convex: Tensor) -> Tensor:
    """The convex part plus multiples of the identity by the trace at the node and along the curve."""
    latent = convex.shape[-1]
    trace = convex.diagonal(dim1=-2, dim2=-1).sum(-1) / latent
    round_part = _ROUND_HERE * trace + _ROUND_ALONG * trace.mean((1, 2), keepdim=True)
    return convex + round_part[..., None, None] * torch.eye(latent, dtype=convex.dtype, device=convex.device)


def nodes_of(control: Float[Tensor, "pairs control latent"], basis: Basis) -> tuple[Tensor, Tensor]:
    """Points and velocities at the quadrature nodes, (pairs, intervals, nodes, latent) each."""
    pairs, _, latent = control.shape
    intervals, nodes = basis.t.shape
    local = control.unfold(1, 4, 1).permute(1, 3, 0, 2).reshape(intervals, 4, pairs * latent)
    both = torch.bmm(basis.local.reshape(intervals, nodes * 2, 4), local)
    both = both.view(intervals, nodes, 2, pairs, latent).permute(2, 3, 0, 1, 4).contiguous()
    return both[0], both[1]


def _assemble_gradient(fz: Tensor, fv: Tensor, basis: Basis) -> Tensor:
    """Weighted derivatives at the nodes to the gradient over control points; the end points do not move."""
    pairs, intervals, nodes, latent = fz.shape
    both = torch.stack([fz, fv], 3).permute(1, 2, 3, 0, 4).reshape(intervals, nodes * 2, pairs * latent)
    elements = torch.bmm(basis.local.reshape(intervals, nodes * 2, 4).transpose(1, 2), both)
    elements = elements.view(intervals, 4, pairs, latent).permute(2, 0, 1, 3)
    gradient = fz.new_zeros(pairs, intervals + 3, latent)
    for k in range(4):
        gradient[:, k : k + intervals] += elements[:, :, k]
    gradient[:, 0] = 0
    gradient[:, -1] = 0
    return gradient
