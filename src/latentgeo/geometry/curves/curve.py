"""Curves in latent space, many pairs at once: t -> (pairs, time, latent) for t in [0, 1].

Times are shared by all pairs, (time,), or given for each, (pairs, time); a whole number n stands for n even times from
0 to 1, and arrays or lists are taken too. End points are met exactly.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points

__all__ = ["Curve", "InDtype", "Line", "Patched", "Polyline", "times"]


def times(curve: "Curve", t: Any) -> Tensor:
    """Times for a curve, from a tensor of them, an array or a list, or from how many even ones there are to be.

    Raises:
        ValueError: A number that is none of even times, or something else that is no times.
    """
    if isinstance(t, Tensor):
        # float64 is what a line of float32 points may be asked for, and is the usual case
        t = t.to(curve.breaks.device)
        return t if t.dtype in (torch.float64, curve.dtype) or not t.is_floating_point() else t.to(curve.dtype)
    like = curve.breaks
    if isinstance(t, int) and not isinstance(t, bool) and t > 1:
        return torch.linspace(0, 1, t, dtype=like.dtype, device=like.device)
    if isinstance(t, np.ndarray | list | tuple):
        return torch.as_tensor(np.asarray(t, dtype=float)).to(like)
    raise ValueError(
        f"t must be times from 0 to 1, a tensor (time,) or (pairs, time), or how many even ones, 2 or more; got {t!r}; "
        "for one time give [t]"
    )


def _at_times(verb: Callable[..., Tensor]) -> Callable[..., Tensor]:
    @wraps(verb)
    def called(self: "Curve", t: Any) -> Tensor:
        return verb(self, times(self, t))

    return called


class Curve(ABC):
    """A curve for each pair; differentiable in whatever tensors it is made of."""

    def __init_subclass__(cls, **settings: Any) -> None:
        """Both verbs of every kind of curve take what `times` does."""
        super().__init_subclass__(**settings)
        for verb in ("__call__", "derivative"):
            if verb in vars(cls):
                setattr(cls, verb, _at_times(vars(cls)[verb]))

    def __repr__(self) -> str:
        pairs, _, latent = self(self.breaks[..., :1]).shape
        return f"{type(self).__name__}({pairs} pairs, {latent} latent dimensions)"

    @property
    @abstractmethod
    def breaks(self) -> Tensor:
        """Times between which the curve is smooth, (breaks,) or (pairs, breaks), from 0 to 1: for quadrature."""

    @abstractmethod
    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        """Points at times t."""

    @abstractmethod
    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        """Latent velocity d curve / dt at times t."""

    @abstractmethod
    def select(self, index: Tensor) -> "Curve":
        """The curves of some pairs only; an index (pairs,) of integers."""

    @property
    def same_path(self) -> "Curve":
        """Curves along the same paths whose time is better to integrate over; these themselves, as a rule."""
        return self

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of its points."""
        return self.breaks.dtype

    def in_dtype(self, dtype: torch.dtype) -> "Curve":
        """The same curve, with times and points of another dtype."""
        return self if dtype == self.dtype else InDtype(self, dtype)


class InDtype(Curve):
    """A curve that is computed in one dtype, seen in another.

    Args:
        curve: The curve.
        dtype: Of times and points.
    """

    def __init__(self, curve: Curve, dtype: torch.dtype) -> None:
        self.curve, self._dtype = curve, dtype

    @property
    def breaks(self) -> Tensor:
        return self.curve.breaks.to(self._dtype)

    @property
    def dtype(self) -> torch.dtype:
        return self._dtype

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self.curve(t.to(self.curve.dtype)).to(self._dtype)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self.curve.derivative(t.to(self.curve.dtype)).to(self._dtype)

    def select(self, index: Tensor) -> "InDtype":
        return InDtype(self.curve.select(index), self._dtype)

    @property
    def same_path(self) -> Curve:
        return InDtype(self.curve.same_path, self._dtype)

    def in_dtype(self, dtype: torch.dtype) -> Curve:
        return self.curve.in_dtype(dtype)


class Line(Curve):
    """The straight latent line, z0 + t (z1 - z0): the Euclidean interpolation.

    Args:
        z0: Start points.
        z1: End points.
    """

    def __init__(self, z0: Float[Tensor, "pairs latent"], z1: Float[Tensor, "pairs latent"]) -> None:
        self.z0, self.z1 = z0, z1

    @property
    def breaks(self) -> Tensor:
        return self.z0.new_tensor([0.0, 1.0])

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        t = t.unsqueeze(-1)
        # lerp of both forms: exact at 0 and at 1
        return torch.where(
            t < 0.5,
            self.z0[:, None] + t * (self.z1 - self.z0)[:, None],
            self.z1[:, None] - (1 - t) * (self.z1 - self.z0)[:, None],
        )

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return (self.z1 - self.z0)[:, None].expand(-1, t.shape[-1], -1)

    def select(self, index: Tensor) -> "Line":
        return Line(self.z0[index], self.z1[index])


class Polyline(Curve):
    """Straight segments between points, at constant latent speed over the whole curve.

    Args:
        points: The corners, both ends included. A shorter curve is padded by repeating its last point.

    Raises:
        ValueError: Fewer than two points, or a shape or dtype that is none of points.
    """

    def __init__(self, points: Float[Tensor, "pairs nodes latent"]) -> None:
        if points.ndim != 3:
            raise ValueError(f"the points of a polyline must be (pairs, nodes, latent); got {tuple(points.shape)}")
        if points.shape[1] < 2:
            raise ValueError(f"a polyline needs at least two points; got {points.shape[1]}")
        check_points("the points of a polyline", points.flatten(0, 1))
        self.points = points
        steps = torch.linalg.vector_norm(points.detach().diff(dim=1), dim=2)
        reached = torch.cat([steps.new_zeros(len(steps), 1), steps.cumsum(1)], dim=1)
        total = reached[:, -1:]
        even = torch.linspace(0, 1, points.shape[1], dtype=points.dtype, device=points.device)
        times = torch.where(total > 0, reached / total.clamp(min=torch.finfo(points.dtype).tiny), even)
        # the padding and the last corner have time 1 without a rounding error
        self.times = torch.where(reached == total, torch.ones_like(times), times) if len(times) else times
        self.times[:, 0] = 0

    @property
    def breaks(self) -> Tensor:
        return self.times

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        t, left = self._locate(t)
        start, end = self._at(self.points, left), self._at(self.points, left + 1)
        t0, t1 = self.times.gather(1, left), self.times.gather(1, left + 1)
        share = ((t - t0) / (t1 - t0).clamp(min=torch.finfo(t.dtype).tiny)).clamp(0, 1).unsqueeze(2)
        points = torch.where(share < 0.5, start + share * (end - start), end - (1 - share) * (end - start))
        # a first or last segment whose length underflows is skipped, but not its end
        points = torch.where((t == 0).unsqueeze(2), self.points[:, :1], points)
        return torch.where((t == 1).unsqueeze(2), self.points[:, -1:], points)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        t, left = self._locate(t)
        step = self._at(self.points, left + 1) - self._at(self.points, left)
        length = (self.times.gather(1, left + 1) - self.times.gather(1, left)).unsqueeze(2)
        return step / torch.where(length > 0, length, torch.ones_like(length))

    def select(self, index: Tensor) -> "Polyline":
        return Polyline(self.points[index])

    def _locate(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Times for each pair, and the segment that each lies in (the one that begins there, if it has length)."""
        t = t.expand(len(self.points), t.shape[-1]).contiguous()
        right = torch.searchsorted(self.times, t, right=True)
        # at and after the last corner: the last segment that has length
        last = torch.searchsorted(self.times, torch.ones_like(t), right=False)
        return t, torch.minimum(right - 1, (last - 1).clamp(min=0)).clamp(0, self.points.shape[1] - 2)

    @staticmethod
    def _at(points: Tensor, index: Tensor) -> Tensor:
        return points.gather(1, index.unsqueeze(2).expand(-1, -1, points.shape[2]))


class Patched(Curve):
    """Curves of all pairs, some of them exchanged, again and again if need be: each breaks where its own curve does.

    Args:
        base: Curves of all pairs.
        found: The others, of some pairs.
        number: For each pair the number of its curve in `found`, or -1 for its own.
    """

    def __init__(self, base: Curve, found: Curve, number: Tensor) -> None:
        self.base, self.found, self.number = base, found, number

    @property
    def breaks(self) -> Tensor:
        found = self.found.breaks
        if found.ndim == 2:
            found = found[self.number.clamp(min=0)]
        both = [breaks.expand(len(self.number), -1) for breaks in (self.base.breaks, found)]
        most = max(breaks.shape[1] for breaks in both)
        own, other = (_as_many(breaks, most) for breaks in both)
        return torch.where(self.number[:, None] >= 0, other, own)

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self._patch(self.base(t), t, derivative=False)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self._patch(self.base.derivative(t), t, derivative=True)

    def select(self, index: Tensor) -> "Patched":
        return Patched(self.base.select(index), self.found, self.number[index])

    @property
    def same_path(self) -> Curve:
        return Patched(self.base.same_path, self.found.same_path, self.number)

    def _patch(self, points: Tensor, t: Tensor, derivative: bool) -> Tensor:
        mine = (self.number >= 0).nonzero().squeeze(1)
        if not len(mine):
            return points
        curve = self.found.select(self.number[mine])
        t = t[mine] if t.ndim == 2 else t
        points = points.clone()
        points[mine] = curve.derivative(t) if derivative else curve(t)
        return points


def _as_many(breaks: Tensor, most: int) -> Tensor:
    """The breaks, and others between them, so that there are as many; what is left has no length and is at the end."""
    parts = (most - 1) // (breaks.shape[1] - 1)
    share = torch.arange(parts, dtype=breaks.dtype, device=breaks.device) / parts
    inner = (breaks[:, :-1, None] + share * breaks.diff(dim=1).unsqueeze(2)).flatten(1)
    return torch.cat([inner, breaks[:, -1:].expand(-1, most - inner.shape[1])], 1)
