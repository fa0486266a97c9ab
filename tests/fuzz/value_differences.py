"""Derivatives and lengths from a decoder's values alone, and how good they are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

__all__ = ["Derivatives", "derivatives", "image_length"]

_STEPS = (0.2, 0.1, 0.05, 0.02, 0.005, 1e-3, 1e-4, 1e-5, 1e-6)
_REACH = 5
# coefficients at 1 ... 5 steps of central differences (Fornberg 1988), of order 10, 8 and 6
_FIRST = (
    (5 / 6, -5 / 21, 5 / 84, -5 / 504, 1 / 1260),
    (4 / 5, -1 / 5, 4 / 105, -1 / 280, 0.0),
    (3 / 4, -3 / 20, 1 / 60, 0.0, 0.0),
)
_SECOND = (
    (5 / 3, -5 / 21, 5 / 126, -5 / 1008, 1 / 3150),
    (8 / 5, -1 / 5, 8 / 315, -1 / 560, 0.0),
    (3 / 2, -3 / 20, 1 / 90, 0.0, 0.0),
)


@dataclass(frozen=True)
class Derivatives:
    """A decoder's derivatives at points.

    Attributes:
        J: (points, obs, latent).
        H: (points, obs, latent, latent).
        J_error: Of all entries of J, at most.
        H_error: Of all entries of H, at most.
    """

    J: Tensor
    H: Tensor
    J_error: float
    H_error: float

    @property
    def slope(self) -> float:
        """The largest entry of J."""
        return float(self.J.abs().max())

    @property
    def bend(self) -> float:
        """The largest entry of H."""
        return float(self.H.abs().max())

    def has_no_first(self, useless: float) -> bool:
        """Whether J is zero, or not known to this share of its largest entry."""
        return not self.slope or not self.J_error <= useless * self.slope

    def has_no_second(self, useless: float, scale: float) -> bool:
        """Whether H is not known to this share of its largest entry, or of what J makes over the scale."""
        return not self.H_error <= useless * (self.bend + self.slope / scale)


def derivatives(decoder: Callable[[Tensor], Tensor], z: Tensor, scale: float) -> Derivatives:
    """By central differences of order 10 along axes and diagonals, each at the step where order 8 agrees best."""
    latent = z.shape[1]
    pairs = [(i, j) for i in range(latent) for j in range(i, latent)]
    eye = torch.eye(latent, dtype=z.dtype)
    directions = torch.stack([eye[i] if i == j else eye[i] + eye[j] for i, j in pairs]) * scale
    first, second, first_error, second_error = _along(decoder, z, directions)
    place = {pair: k for k, pair in enumerate(pairs)}
    J = torch.stack([first[place[i, i]] for i in range(latent)], -1) / scale
    H = torch.zeros(*J.shape, latent, dtype=z.dtype)
    for i, j in pairs:
        bend = second[place[i, j]]
        if i != j:
            bend = (bend - second[place[i, i]] - second[place[j, j]]) / 2
        H[..., i, j] = H[..., j, i] = bend / scale**2
    return Derivatives(J, H, first_error / scale, 1.5 * second_error / scale**2)


def _along(decoder: Callable[[Tensor], Tensor], z: Tensor, directions: Tensor) -> tuple[Tensor, Tensor, float, float]:
    """First and second derivatives (directions, points, obs) along all directions, and their largest errors."""
    steps = torch.tensor(_STEPS, dtype=z.dtype)
    places = steps[:, None] * torch.arange(1, _REACH + 1, dtype=z.dtype)
    shifts = torch.stack([places, -places]).view(2, len(steps), _REACH, 1, 1, 1) * directions[:, None]
    rows = (z + shifts).flatten(0, 4)
    values = torch.cat([decoder(part) for part in rows.split(2048)])
    after, before = values.view(2, len(steps), _REACH, len(directions), len(z), -1)
    middle = decoder(z)
    closest = after[-3] - before[-3]
    # what two orders differ by over a short step is noise of the values
    noise = torch.einsum("k,kdpo->dpo", torch.tensor(_FIRST[0]).to(z) - torch.tensor(_FIRST[1]).to(z), closest)
    rounding = max(2e-16 * float(values.abs().max()), float(noise.abs().nan_to_num().median()))
    found = []
    for sides, table, order in ((after - before, _FIRST, 1), (after + before - 2 * middle, _SECOND, 2)):
        fine, coarse, coarser = (
            torch.einsum("k,skdpo->sdpo", torch.tensor(weights, dtype=z.dtype), sides)
            / steps.view(-1, 1, 1, 1) ** order
            for weights in table
        )
        # two stencils may feel a kink alike, three hardly
        error = (
            torch.maximum((fine - coarse).abs(), (coarse - coarser).abs()).amax(3)
            + 4 * rounding / steps.view(-1, 1, 1) ** order
        )
        error = torch.nan_to_num(error, nan=float("inf"))
        # steps that disagree by more than their errors: there is more in the decoder than they see
        apart = (fine[:, None] - fine[None]).abs().amax(4)
        beyond = torch.where(apart > 10 * (error[:, None] + error[None]), apart, 0.0)
        # what speaks against a step are shorter ones: a kink may be within its reach, and not within theirs
        shorter = torch.ones(len(steps), len(steps), dtype=torch.bool).triu(1).view(len(steps), len(steps), 1, 1)
        error = torch.maximum(error, torch.where(shorter, beyond, 0.0).amax(1))
        best = error.argmin(0, keepdim=True)
        found.append(fine.gather(0, best.unsqueeze(3).expand(1, *fine.shape[1:]))[0])
        found.append(float(error.amin(0).max()))
    first, first_error, second, second_error = found
    return first, second, first_error, second_error


def image_length(decoder: Callable[[Tensor], Tensor], path: Callable[[Tensor], Tensor]) -> tuple[float, float]:
    """The length of the image of a path by Romberg's extrapolation of sums of chords, and its error.

    Args:
        decoder: Latent points to observations.
        path: Times (time,) to latent points; smooth but at multiples of 1/512, between which the sums' errors are
            even powers of the step.
    """
    most = 4096
    values = decoder(path(torch.linspace(0, 1, most + 1, dtype=torch.float64)))
    sums = [float(values[:: most // n].diff(dim=0).norm(dim=1).sum()) for n in (512, 1024, 2048, 4096)]
    table = [np.array(sums)]
    for order in (4, 16):
        table.append((order * table[-1][1:] - table[-1][:-1]) / (order - 1))
    error = abs(table[-1][-1] - table[-1][-2]) + abs(table[-1][-1] - table[-2][-1])
    return float(table[-1][-1]), float(error) + 4096 * 2e-16 * float(values.abs().max())
