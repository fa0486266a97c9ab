"""Metrics to call, and tensors to call them with: right ones, and ones odd in shape, type, layout, size or value."""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from hypothesis import strategies as st
from torch import Tensor

import latentgeo as lg
import surfaces

__all__ = ["METRICS", "Case", "cases", "metric_of", "tensors"]

METRICS = (
    "pullback",
    "pullback 1-D",
    "pullback 3-D",
    "single",
    "wrapped",
    "sphere",
    "flat",
    "smoothed",
    "scaled",
    "grid",
    "expected",
)
_COUNTS = (0, 1, 1, 2, 3)
_SCALES = (1.0, 1.0, 1.0, 3.0, 0.3, 0.0, 1e-300, 1e-160, 1e-8, 30.0, 1e8, 1e160, 1e300)
_SHAPES = ("right",) * 24 + ("flat", "scalar", "wide", "narrow", "deep", "no width")
_TYPES = (torch.float64,) * 20 + (
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.bool,
    torch.complex64,
)
_REAL = (torch.float32, torch.float64)
_LAYOUTS = ("plain", "plain", "transposed", "strided", "expanded", "grad")
_SPOILT = (None,) * 24 + (float("nan"), float("inf"), float("-inf"))


@dataclass(frozen=True)
class Case:
    """A metric and two tensors of its points: z0 and z1, or a point and a vector.

    Attributes:
        name: Of the metric.
        first: Points.
        second: Other points, the same or vectors; mostly of the same shape.
    """

    name: str
    first: Tensor
    second: Tensor

    @property
    def metric(self) -> lg.Metric:
        return metric_of(self.name)

    @property
    def latent(self) -> int:
        return latent_of(self.name)

    @property
    def in_pairs(self) -> "Case":
        """The same where one point goes with many: it is there as often as these."""
        counts = len(self.first.shape), len(self.second.shape)
        if counts != (2, 2) or 1 not in (len(self.first), len(self.second)):
            return self
        count = len(self.second) if len(self.first) == 1 else len(self.first)
        return replace(self, first=self.first.expand(count, -1), second=self.second.expand(count, -1))

    @property
    def exact(self) -> bool:
        """Whether both tensors are what the documentation asks for."""
        shape, dtype = self.first.shape, self.first.dtype
        types = {"single": [torch.float32], "sphere": _REAL, "flat": _REAL, "grid": _REAL}.get(
            self.name, [torch.float64]
        )
        return (
            shape == self.second.shape
            and len(shape) == 2
            and shape[1] == self.latent
            and dtype == self.second.dtype
            and dtype in types
            and bool(torch.isfinite(self.first).all() and torch.isfinite(self.second).all())
        )

    @property
    def proper(self) -> bool:
        """Exact, or no points at all, which may be of any number of dimensions, and of the other dtype."""
        shape, dtype = self.first.shape, self.first.dtype
        none = len(shape) == 2 and not shape[0] and shape[1] > 0 and dtype in _REAL
        return self.exact or (none and shape == self.second.shape and dtype == self.second.dtype)

    @property
    def gentle(self) -> bool:
        """Exact, and of a dtype and a size for which there is a good answer."""
        if not self.exact or (self.first.dtype == torch.float32) != (self.name == "single"):
            return False
        return all(bool((z.detach().abs() < 200).all()) for z in (self.first, self.second))


@lru_cache
def metric_of(name: str) -> lg.Metric:
    pullback = lg.PullbackMetric(surfaces.random_mlp(hidden=8, obs=5))
    match name:
        case "pullback":
            return pullback
        case "pullback 1-D" | "pullback 3-D":
            return lg.PullbackMetric(surfaces.random_mlp(latent=latent_of(name), hidden=8, obs=5))
        case "single":
            return lg.PullbackMetric(surfaces.random_mlp(hidden=8, obs=5).float())
        case "wrapped":
            decoder = surfaces.random_mlp(hidden=8, obs=4)
            return lg.PullbackMetric(lambda z: decoder(z).unflatten(1, (2, 2)), probe=torch.eye(2).double())
        case "sphere":
            return lg.FunctionMetric(lambda z: torch.eye(2).to(z) * (4 / (1 + z.square().sum(1)) ** 2)[:, None, None])
        case "flat":
            return lg.FunctionMetric(lambda z: torch.eye(2).to(z).expand(len(z), 2, 2))
        case "smoothed":
            return lg.SmoothedMetric(pullback, 0.1, rank=2)
        case "scaled":
            return lg.ScaledMetric(pullback, lambda z: 1 + torch.tanh(z.square().sum(1)))
        case "grid":
            return lg.GridMetric(pullback, ((-4, 4), (-4, 4)), 17)
        case _:
            sigma = surfaces.random_mlp(hidden=4, obs=1, seed=3)
            return lg.ExpectedMetric(surfaces.random_mlp(hidden=8, obs=5), sigma)


def latent_of(name: str) -> int:
    return {"pullback 1-D": 1, "pullback 3-D": 3}.get(name, 2)


def tensors(latent: int, dtype: torch.dtype = torch.float64) -> st.SearchStrategy[Tensor]:
    """Points, right or odd."""
    return st.builds(
        _tensor,
        st.just(latent),
        st.integers(0, 1000),
        st.sampled_from(_COUNTS),
        st.sampled_from(_SHAPES),
        st.sampled_from(_SCALES),
        st.sampled_from([dtype if kind is torch.float64 else kind for kind in _TYPES]),
        st.sampled_from(_LAYOUTS),
        st.sampled_from(_SPOILT),
    )


@st.composite
def cases(draw: st.DrawFn, names: tuple[str, ...] = METRICS) -> Case:
    name = draw(st.sampled_from(names))
    latent, dtype = latent_of(name), torch.float32 if name == "single" else torch.float64
    first = draw(tensors(latent, dtype))
    match draw(st.sampled_from(["other", "other", "other", "equal", "partly equal", "other", "odd"])):
        case "equal":
            return Case(name, first, first)
        case "odd":
            return Case(name, first, draw(tensors(latent, dtype)))
        case kind:
            scale = draw(st.sampled_from(_SCALES))
            generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
            moved = torch.randn(first.shape, generator=generator, dtype=torch.float64) * scale
            if kind == "partly equal" and moved.numel():
                moved.view(-1)[0] = first.detach().flatten()[0].to(moved) if not first.is_complex() else 0
            return Case(name, first, moved.to(first.dtype))


def _tensor(
    latent: int, seed: int, count: int, shape: str, scale: float, dtype: torch.dtype, layout: str, spoilt: float | None
) -> Tensor:
    size = {
        "right": (count, latent),
        "flat": (latent,),
        "scalar": (),
        "wide": (count, latent + 1),
        "narrow": (count, latent - 1),
        "deep": (count, 2, latent),
        "no width": (count, 0),
    }[shape]
    values = torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale
    if spoilt is not None and values.numel():
        values.view(-1)[seed % values.numel()] = spoilt
    z = values.to(dtype)
    match layout:
        case "transposed":
            return z.mT.contiguous().mT if z.ndim > 1 else z
        case "strided":
            return torch.stack([z, z], -1)[..., 0]
        case "expanded":
            return z[:1].expand(z.shape) if z.ndim > 1 and len(z) else z
        case "grad":
            return z.requires_grad_() if z.is_floating_point() else z
    return z
