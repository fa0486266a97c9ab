"""Geodesics that leave a point in many directions, with the Jacobi fields that tell how the exponential map stretches.

A geodesic c with c'(0) = F y, F a frame, carries the fields B with B(0) = 0, B'(0) = F, and A with A(0) = F, A'(0) = 0
(do Carmo 1992, chapter 5). B(r) / r is the derivative of the exponential map at r F y. As the point moves along F u,
the logarithm of c(r) changes by -r B(r)^-1 A(r) u, in units of the frame: so begins the field that is F u at the start
and none at the end.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.calculus.local import local, points_together
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.progress import tell

__all__ = ["Flow", "flow"]


@dataclass(frozen=True)
class Flow:
    """Geodesics at times, the start's included, and what they carry.

    Attributes:
        points: (rays, times, latent).
        stretch: (rays, times), volume at c(r) over that of flat space: det(B / r) / det F in orthonormal frames; 0 from
            where a geodesic has met a conjugate point, or could not be followed.
        turning: (rays, times, latent, latent), r B^-1 A; the identity where space is flat.
    """

    points: Tensor
    stretch: Tensor
    turning: Tensor


@torch.no_grad()
def flow(
    metric: Metric,
    z: Float[Tensor, "latent"],
    frame: Float[Tensor, "latent latent"],
    y: Float[Tensor, "rays latent"],
    reach: float,
    steps: int,
) -> Flow:
    """Geodesics from a point, by the Runge-Kutta rule of order 4.

    Args:
        metric: Twice differentiable.
        z: The point.
        frame: F, as columns.
        y: Initial velocities in units of the frame.
        reach: The last time.
        steps: To it, one at least; even ones.

    Raises:
        DecoderError: The decoder is piecewise linear.
    """
    rays, latent = y.shape
    square, h = latent * latent, reach / steps
    one = torch.eye(latent, dtype=y.dtype, device=y.device).expand(rays, -1, -1)
    begin = frame.expand(rays, -1, -1)

    def fields(state: Tensor) -> tuple[Tensor, ...]:
        """B, its rate, A and its rate."""
        parts = state[:, 2 * latent :].split(square, 1)
        return tuple(part.view(-1, latent, latent) for part in parts)

    def derivative(state: Tensor) -> tuple[Tensor, Tensor]:
        """That of the state, and the root of G."""
        slopes, roots = [], []
        for part in state.split(points_together(metric, latent)):
            at, v = local(metric, part[:, :latent].contiguous()), part[:, latent : 2 * latent]
            turn, pulled = at.connection(v), at.pull(v)
            B, dB, A, dA = fields(part)
            lowered = torch.linalg.solve_triangular(at.root.mT, pulled @ torch.cat([B, A], 2), upper=False)
            back = torch.linalg.solve_triangular(at.root, lowered, upper=True)
            moved = [dB - turn @ B, -back[:, :, :latent] - turn @ dB, dA - turn @ A, -back[:, :, latent:] - turn @ dA]
            bent = -(turn @ v[:, :, None]).squeeze(2)
            slopes.append(torch.cat([v, bent, *(field.flatten(1) for field in moved)], 1))
            roots.append(at.root)
        return torch.cat(slopes), torch.cat(roots)

    none = torch.zeros_like(one)
    start = (z.expand(rays, -1), y @ frame.T, *(field.flatten(1) for field in (none, begin, begin, none)))
    state = torch.cat(start, 1)
    first, root = derivative(state)
    flat = _log_volume(root @ begin)
    alive = torch.isfinite(flat)
    points, stretch, turning = [state[:, :latent]], [torch.where(alive, 1.0, torch.zeros_like(flat))], [one]
    for step in range(1, steps + 1):
        tell(f"geodesics from a point, step {step} of {steps}")
        second = derivative(state + h / 2 * first)[0]
        third = derivative(state + h / 2 * second)[0]
        fourth = derivative(state + h * third)[0]
        moved = state + h / 6 * (first + 2 * second + 2 * third + fourth)
        alive = alive & torch.isfinite(moved).all(1)
        if step > 1:
            alive = alive & ~_turned_over(fields(state)[0], fields(moved)[0], alive)
        # one that has ended rests where it last was
        state = torch.where(alive[:, None], moved, state)
        first, root = derivative(state)
        B, _, A, _ = fields(state)
        r = step * h
        wide = (_log_volume(root @ B) - latent * math.log(r) - flat).exp()
        alive = alive & torch.isfinite(wide)
        points.append(state[:, :latent])
        stretch.append(torch.where(alive, wide, 0.0))
        turned = r * torch.linalg.solve_ex(torch.where(alive[:, None, None], B, one), A)[0]
        turning.append(torch.where(alive[:, None, None], turned, one))
    return Flow(torch.stack(points, 1), torch.stack(stretch, 1), torch.stack(turning, 1))


def _log_volume(fields: Float[Tensor, "rays latent latent"]) -> Float[Tensor, "rays"]:
    return torch.linalg.slogdet(fields)[1]


def _turned_over(before: Tensor, after: Tensor, asked: Tensor) -> Tensor:
    """Whether fields have met zero between two times: in the basis of what they were some point the other way."""
    one = torch.eye(before.shape[1], dtype=before.dtype, device=before.device)
    before, after = (torch.where(asked[:, None, None], fields, one) for fields in (before, after))
    moved, info = torch.linalg.solve_ex(before, after)
    moved = torch.where((info == 0)[:, None, None], moved, -one)
    return torch.linalg.eigvals(moved).real.amin(1) <= 0
