"""One model's part of a page: its metrics, its data, its decoder, and how each is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from latentgeo.decoder import Decoder, decode, own_device, own_dtype
from latentgeo.errors import DecoderError
from latentgeo.explorer.decoder_part import decoder_part
from latentgeo.explorer.frames import Frames, frames_for
from latentgeo.explorer.labels import Labels, labels_part
from latentgeo.explorer.metric_part import metric_part
from latentgeo.explorer.packed import packed
from latentgeo.explorer.recognised import Part, part_of, usual
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.face import as_tensor
from latentgeo.geometry.metrics.bounds import Bounds, bounding_box, checked_bounds
from latentgeo.geometry.metrics.fisher_rao import FisherRaoMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.pullback import PullbackMetric
from latentgeo.geometry.metrics.smoothing import smoothing_scale
from latentgeo.outputs import Output, observation

__all__ = ["Note", "payload"]

_MOST_POINTS = 4000
# of the box around the data: how far it goes beyond, as `lg.geodesic` has it
_MARGIN = 0.25
_PAIRS, _SHOWN = 64, 2 / 3
# points of the data that the metric's scale is seen at
_LOOKED_AT = 1024


@dataclass(frozen=True)
class Note:
    """A table beside the picture: what it is, the names of its columns, and words in rows."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class _Shown:
    """What is decoded for the eye: a decoder, which of its outputs, and the dtype that it is evaluated in."""

    decoder: Decoder
    output: Output
    dtype: torch.dtype
    shape: tuple[int, ...]

    def __call__(self, z: Tensor) -> Tensor:
        return decode(self.decoder, z.to(dtype=self.dtype, device=own_device(self.decoder)), self.output)


def payload(
    metric: Metric | Decoder,
    data: Tensor,
    *,
    labels: Labels | Mapping[str, Labels] | None = None,
    period: float | None = None,
    decoder: Decoder | None = None,
    frames: Frames | str | None = None,
    metrics: Mapping[str, Metric] | None = None,
    bounds: Bounds | None = None,
    size: int | None = None,
    start: Tensor | None = None,
    name: str = "model",
    about: str = "",
    note: Note | None = None,
) -> dict[str, Any]:
    """What a page has to know of one model, JSON-able; the arguments are those of `explore`.

    Args:
        start: Both ends of the pair to begin with, (2, 2); two of the data by default.
        name: What it is called where a page shows several.
        about: A sentence on model and data.
        note: A table that belongs to it.

    Raises:
        ValueError: See `explore`.
    """
    given = metric if isinstance(metric, Metric) else PullbackMetric(metric)
    z = _checked_data(as_tensor(data), given)
    box = bounding_box(z, _MARGIN) if bounds is None else checked_bounds(bounds)
    some = z[torch.linspace(0, len(z) - 1, min(len(z), _LOOKED_AT)).long()]
    scale = smoothing_scale(part_of(given).root, some)
    parts = {name: part_of(one) for name, one in (metrics or usual(given, z, scale)).items()}
    if len({id(part.root) for part in parts.values()}) != 1:
        built = ", ".join(f"{name!r} on {part.root!r}" for name, part in parts.items())
        raise ValueError(f"metrics must be functions of one metric, which the page looks up; they are built {built}")
    shown = _decoder_of(given, decoder, z)
    if shown is None and frames is not None:
        raise ValueError(f"frames need a decoder, and {type(given).__name__} has none: give decoder=")
    rows = np.linspace(0, len(z) - 1, min(len(z), _MOST_POINTS)).round().astype(int)
    drawn = None if shown is None else frames_for(frames, shown.shape)
    return {
        "name": name,
        "about": about,
        "box": [list(side) for side in box],
        "scale": scale,
        "metric": {"begin": _begin(given, parts), **metric_part(parts, z, box, size)},
        "data": {"of": len(z), "points": packed(z[torch.as_tensor(rows)].cpu().numpy())},
        "labels": labels_part(labels, period, rows, len(z)),
        "decoder": None if shown is None else decoder_part(shown.decoder, shown, z, box),
        "frames": None if drawn is None or shown is None else _frames_part(drawn, shown, z),
        "start": _start(z, start, box),
        "note": None if note is None else {"title": note.title, "head": list(note.head), "rows": list(note.rows)},
    }


def _checked_data(z: Tensor, metric: Metric) -> Tensor:
    if not isinstance(z, Tensor) or z.ndim != 2 or z.shape[1] != 2:
        got = tuple(z.shape) if isinstance(z, Tensor) else type(z).__name__
        raise ValueError(
            f"data must be latent points (points, 2), as the page shows a plane; got {got}; for other latent spaces "
            "there are lg.geodesic and lg.distance_matrix"
        )
    check_points("data", z, 2)
    check_finite("data", z, "point")
    if len(z) < 2 or bool((z == z[:1]).all()):
        raise ValueError(f"data must be two different points at least; got {len(z)}")
    if metric.periods is not None:
        raise ValueError(f"a page has no periodic coordinates; the metric has the periods {metric.periods}")
    return z.detach().double().cpu()


def _begin(given: Metric, parts: Mapping[str, Part]) -> str:
    """The name of the given metric; of the first if it is not among them."""
    return next((name for name, part in parts.items() if part.metric is given), next(iter(parts)))


def _decoder_of(metric: Metric, decoder: Decoder | None, z: Tensor) -> _Shown | None:
    """The decoder that is given, or else the one that the metric is pulled back by."""
    root = metric
    while decoder is None and root.base is not None:
        root = root.base
    if decoder is None:
        # what a Fisher-Rao metric decodes to are coordinates of distributions
        if not isinstance(root, PullbackMetric) or isinstance(root, FisherRaoMetric):
            return None
        return _tried(root.decoder, root.output, root.dtype or torch.float64, z)
    own = own_dtype(decoder)
    if own is not None:
        return _tried(decoder, None, own, z)
    try:
        return _tried(decoder, None, torch.float64, z)
    except DecoderError:
        return _tried(decoder, None, torch.float32, z)


@torch.no_grad()
def _tried(decoder: Decoder, output: Output, dtype: torch.dtype, z: Tensor) -> _Shown:
    shown = _Shown(decoder, output, dtype, ())
    values = shown(z[:2])
    if not bool(torch.isfinite(values).all()):
        raise ValueError(f"the decoder must give finite numbers; at {z[0].tolist()} it does not")
    shape = observation(decoder(z[:2].to(dtype=dtype, device=own_device(decoder))), output).shape[1:]
    return _Shown(decoder, output, dtype, tuple(shape))


@torch.no_grad()
def _frames_part(frames: Frames, shown: _Shown, z: Tensor) -> dict[str, Any]:
    """How frames are drawn, with the range that the data's have."""
    some = z[torch.linspace(0, len(z) - 1, min(len(z), 256)).long()]
    decoded = shown(some).double().cpu().numpy()
    low, high = np.percentile(decoded, (0.5, 99.5))
    if frames.kind == "image" and low >= -0.1 and high <= 1.1:
        low, high = 0.0, 1.0
    return {
        "kind": frames.kind,
        "shape": list(frames.shape or ()),
        "edges": [list(map(int, edge)) for edge in frames.edges or ()],
        "ring": None if frames.ring is None else np.asarray(frames.ring, dtype=float).round(5).tolist(),
        "up": frames.up,
        "range": [float(low), float(high)],
        "extent": _extent(decoded, frames),
    }


def _extent(decoded: np.ndarray, frames: Frames) -> list[list[float]] | None:
    """The box around all points of a skeleton or an arm."""
    if frames.kind not in ("skeleton", "arm") or frames.shape is None:
        return None
    points = decoded.reshape(-1, frames.shape[1])
    return [points.min(0).tolist(), points.max(0).tolist()]


def _start(z: Tensor, given: Tensor | None, bounds: Bounds) -> list[list[float]]:
    """The pair to begin with: given, or of some pairs that whose distance is nearest to two thirds of the largest."""
    low, high = torch.tensor(bounds, dtype=torch.float64).T
    if given is not None:
        ends = as_tensor(given).double()
        if ends.shape != (2, 2) or not bool(((ends >= low) & (ends <= high)).all()):
            raise ValueError(f"start must be two points (2, 2) within the bounds {bounds}; got {given}")
        return ends.tolist()
    drawn = torch.randint(len(z), (_PAIRS, 2), generator=torch.Generator().manual_seed(0))
    pairs = z.clamp(low, high)[drawn]
    distance = (pairs[:, 0] - pairs[:, 1]).norm(dim=1)
    return pairs[int((distance - _SHOWN * distance.max()).abs().argmin())].tolist()
