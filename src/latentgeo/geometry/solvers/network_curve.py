"""The curve that a tanh network of time draws: it meets its end points, and its network's gradient is cheap.

Velocities come from the networks' tangents in time, carried through the layers below the values. The gradient of values
and tangents in the weights is written out: autograd's keeps and passes over several times as many arrays.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve

__all__ = ["NetworkCurve", "Pass", "Weights", "features", "gradient", "meet", "network", "rescaling"]

Weights = tuple[Tensor, ...]
"""(W1, b1, W2, b2, W3, b3), of shapes (1, units), (1, units), (units, units), (1, units), (units, latent), (1, latent).

All of them with a leading axis of pairs where there are several.
"""

# the paper's rescaling multiplies the network by the inverse of its own span: beyond this, rounding rules
_SMALLEST_SPAN = 1e-4


class NetworkCurve(Curve):
    """The output of one tanh network a pair, made to meet the end points.

    Args:
        weights: Of all pairs.
        z0: Start points.
        z1: End points.
        boundary: "safe" for z0 + (z1 - z0) t + t (1 - t) net(t); "paper" for A net(t) - B, elementwise, with
            A = (z0 - z1) / (net(0) - net(1)) and B such that the ends are met.

    Warning:
        With "paper" a coordinate that is equal in z0 and z1 cannot move.
    """

    def __init__(
        self, weights: Weights, z0: Float[Tensor, "pairs latent"], z1: Float[Tensor, "pairs latent"], boundary: str
    ) -> None:
        self.weights, self.z0, self.z1, self.boundary = weights, z0, z1, boundary

    @property
    def breaks(self) -> Tensor:
        return self.z0.new_tensor([0.0, 1.0])

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        points = self.both(t)[0]
        at = t.unsqueeze(-1)
        points = torch.where(at == 0, self.z0[:, None], points)
        return torch.where(at == 1, self.z1[:, None], points)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self.both(t)[1]

    def select(self, index: Tensor) -> "NetworkCurve":
        return NetworkCurve(tuple(w[index] for w in self.weights), self.z0[index], self.z1[index], self.boundary)

    def both(self, t: Float[Tensor, "*pairs time"]) -> tuple[Tensor, Tensor]:
        """Points and velocities at times t, in one pass."""
        t = t.expand(len(self.z0), t.shape[-1]).unsqueeze(2)
        raw, slope, _ = network(self.weights, t)
        ends = network(self.weights, self.breaks.expand(len(t), 2).unsqueeze(2))[0] if self.boundary == "paper" else raw
        return meet(self.boundary, self.z0, self.z1, t, raw, slope, ends)


def meet(
    boundary: str, z0: Tensor, z1: Tensor, t: Tensor, raw: Tensor, slope: Tensor, ends: Tensor
) -> tuple[Tensor, Tensor]:
    """Points and velocities, (pairs, time, latent), of networks that are made to meet the end points.

    Args:
        boundary: See `NetworkCurve`.
        z0: (pairs, latent).
        z1: (pairs, latent).
        t: Times, (time, 1) or (pairs, time, 1).
        raw: What the networks return there, (pairs, time, latent).
        slope: Its time derivative.
        ends: What they return at times 0 and 1, (pairs, 2, latent); only for the paper's boundary.
    """
    if boundary == "paper":
        factor = rescaling(z0, z1, ends)[0][:, None]
        return z0[:, None] + factor * (raw - ends[:, :1]), factor * slope
    span = (z1 - z0)[:, None]
    bump = t * (1 - t)
    return z0[:, None] + span * t + bump * raw, span + (1 - 2 * t) * raw + bump * slope


def rescaling(
    z0: Float[Tensor, "pairs latent"], z1: Float[Tensor, "pairs latent"], ends: Float[Tensor, "pairs 2 latent"]
) -> tuple[Float[Tensor, "pairs latent"], Bool[Tensor, "pairs"]]:
    """The paper's factor A, and which pairs it is singular for (a shared coordinate included)."""
    span, wanted = ends[:, 0] - ends[:, 1], z0 - z1
    tiny = span.detach().abs() <= _SMALLEST_SPAN * wanted.abs()
    factor = torch.where(tiny, 0.0, wanted / torch.where(tiny, 1.0, span))
    return factor, tiny.any(1) | (wanted == 0).any(1)


class Pass(NamedTuple):
    """What a pass through both hidden layers leaves behind for its gradient: the values at all times, the tangents
    below them, (..., 2 time, units); tanh' and the tangents before it, (..., time, units)."""

    first: Tensor
    first_slope: Tensor
    second: Tensor
    second_slope: Tensor
    tangent: Tensor


def network(weights: Weights, t: Tensor) -> tuple[Tensor, Tensor, Pass]:
    """The output and its time derivative, (..., time, latent), at times (..., time, 1)."""
    passed = features(weights, t)
    raw, slope = (passed.second @ weights[4]).split(t.shape[-2], -2)
    return raw + weights[5], slope, passed


def features(weights: Weights, t: Tensor) -> Pass:
    """Both hidden layers, whose weights are the first four, at times (..., time, 1)."""
    W1, b1, W2, b2 = weights[:4]
    first, first_slope = _tanh(torch.addcmul(b1, t, W1), W1)
    value, tangent = (first @ W2).split(t.shape[-2], -2)
    second, second_slope = _tanh(value + b2, tangent)
    return Pass(first, first_slope, second, second_slope, tangent)


@torch.no_grad()
def gradient(weights: Weights, t: Tensor, passed: Pass, raw: Tensor, slope: Tensor) -> Weights:
    """By the chain rule, that of a function of the output and its time derivative.

    Args:
        weights: The network.
        t: Times, (..., time, 1).
        passed: What `network` left there.
        raw: The function's gradient in the output, (..., time, latent).
        slope: That in the output's time derivative.
    """
    W1, _, W2, _, W3, _ = weights
    both = torch.cat([raw, slope], -2)
    back = _back(both @ W3.mT, passed.second, passed.second_slope, passed.tangent)
    deep = _back(back @ W2.mT, passed.first, passed.first_slope, W1)
    value, tangent = deep.split(t.shape[-2], -2)
    return (
        tangent.sum(-2, keepdim=True) + t.mT @ value,
        value.sum(-2, keepdim=True),
        passed.first.mT @ back,
        back[..., : t.shape[-2], :].sum(-2, keepdim=True),
        passed.second.mT @ both,
        raw.sum(-2, keepdim=True),
    )


def _tanh(value: Tensor, tangent: Tensor) -> tuple[Tensor, Tensor]:
    """tanh, in place, with its tangent below it, and tanh'."""
    h = value.tanh_()
    slope = torch.addcmul(h.new_ones(1), h, h, value=-1)
    return torch.cat([h, slope * tangent], -2), slope


def _back(gradient: Tensor, layer: Tensor, slope: Tensor, tangent: Tensor) -> Tensor:
    """The gradient in a tanh layer's values and tangents, made into that before tanh, in place."""
    value, along = gradient.split(slope.shape[-2], -2)
    along.mul_(slope)
    value.mul_(slope).addcmul_(layer[..., : slope.shape[-2], :] * tangent, along, value=-2)
    return gradient
