"""The latent space of one trained model: its metric, the encoded data and the settings of its geometry.

What every geometry stage starts from. All of it is float64, on the job's device.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.generative.iwae import IWAE
from latentgeo.geometry.metrics.built_on import substitute
from latentgeo.geometry.metrics.smoothing import smoothing_scale
from replication.files.prepared import read_prepared
from replication.models import checkpoints
from replication.workflow import seeds

__all__ = ["LatentSpace", "open_latent_space"]


@dataclass(frozen=True)
class LatentSpace:
    """A trained model's latent space with the data in it.

    Attributes:
        model: The trained IWAE, float64; its weights take no gradient.
        raw: The decoder's pullback metric.
        rows: Which rows of the test set are encoded, (n,); evenly spread, as some test sets are sorted.
        encodings: Means of their encodings, (n, 2).
        training: Those of training data, evenly spread too, (m, 2).
        parameter: The angle (radians) or the label of each encoding, by name; at most one.
        ring: Encodings of noise-free observations along the data manifold, (m, 2), or None.
        ring_angle: Their angles in [0, 2 pi), (m,), or None.
        bounds: Of the cache, ((x low, x high), (y low, y high)).
        cache_size: Its nodes a side.
        lambda_s: Strength of the smoothing: settings' multiplier times `lambda_scale`.
        lambda_scale: Squared median of the metric's largest eigenvalue at the encodings.
        rank: Of the smoothing.
        settings: The settings' section `precision`: centres and kappa of the conformal metric.
        seed: Of the model; draws what fitting the precision draws.
        data: The arrays that `preprocess` made.
        meta: What it said of them.
    """

    model: IWAE
    raw: lg.PullbackMetric
    rows: np.ndarray
    encodings: Tensor
    training: Tensor
    parameter: dict[str, np.ndarray]
    ring: Tensor | None
    ring_angle: Tensor | None
    bounds: lg.Bounds
    cache_size: int
    lambda_s: float
    lambda_scale: float
    rank: int
    settings: Mapping[str, float]
    seed: int
    data: dict[str, np.ndarray]
    meta: dict[str, Any]

    @property
    def decoder(self) -> torch.nn.Sequential:
        """Latent point (batch, 2) to observation mean (batch, obs)."""
        return self.model.decoder

    @property
    def sigma(self) -> float | None:
        """The likelihood's standard deviation, in observation units; None for a Bernoulli likelihood."""
        return self.model.sigma

    @cached_property
    def cache(self) -> lg.GridMetric:
        """The raw metric cached on a grid that covers the data, made when it is first asked for."""
        return lg.GridMetric(self.raw, bounds=self.bounds, size=self.cache_size)

    def cache_of(self, metric: lg.Metric) -> lg.GridMetric:
        """Where solvers look a metric up: the raw metric's cache, or one of a metric that is not built on it."""
        if substitute(metric, self.raw, self.cache) is not metric:
            return self.cache
        return lg.GridMetric(metric, bounds=self.bounds, size=self.cache_size)

    def cached(self, metric: lg.Metric) -> lg.Metric:
        """A metric over its `cache_of`."""
        grid = self.cache_of(metric)
        return substitute(metric, grid.metric, grid)

    def precision(self, kappa: float, centres: int, bandwidth: float = 1.0) -> lg.RBFPrecision:
        """Where the training data are, fitted to their encodings.

        Args:
            kappa: See `RBFPrecision.fit`; the fit does not depend on it.
            centres: The same.
            bandwidth: A multiple of the one that the rule finds; the weights are then fitted anew.
        """
        known = self._precisions
        if (centres, bandwidth) not in known:
            wide = None if bandwidth == 1 else bandwidth * self.precision(kappa, centres).bandwidth
            generator = seeds.derive(self.seed, str(self.meta["loader"]), "precision")
            fitted = lg.RBFPrecision.fit(self.training, centres, kappa, bandwidth=wide, generator=generator)
            known[centres, bandwidth] = fitted
        return replace(known[centres, bandwidth], kappa=kappa)

    @cached_property
    def _precisions(self) -> dict[tuple[int, float], lg.RBFPrecision]:
        return {}

    @cached_property
    def manifold(self) -> Tensor:
        """Where the data lie, (n, 2): the ring of noise-free observations, or the training data's encodings."""
        return self.training if self.ring is None else self.ring

    def ring_path(self, start: float, stop: float, points: int = 200) -> Tensor:
        """Latent points (points, 2) along the encoded ring, the short way from one angle to another (radians)."""
        if self.ring is None or self.ring_angle is None:
            raise ValueError("this data set has no ring of angles; expected pendulum or robot_arm")
        turn = (stop - start + np.pi) % (2 * np.pi) - np.pi
        angles = np.mod(start + turn * np.linspace(0.0, 1.0, points), 2 * np.pi)
        grid = np.append(self.ring_angle.cpu().numpy(), 2 * np.pi)
        ring = self.ring.cpu().numpy()
        closed = np.vstack([ring, ring[:1]])
        path = np.stack([np.interp(angles, grid, closed[:, axis]) for axis in range(closed.shape[1])], axis=1)
        return torch.as_tensor(path).to(self.encodings)


def open_latent_space(
    model: Path, data: Path, settings: Mapping[str, Any], device: str = "cpu", seed: int = 0
) -> LatentSpace:
    """Load a model and the data that it was trained on, encode them and measure what the settings are relative to."""
    arrays, meta = read_prepared(data)
    iwae = checkpoints.load(model).to(device=device, dtype=torch.float64).eval()
    for weight in iwae.parameters():
        weight.requires_grad_(False)

    def encode(rows: np.ndarray) -> Tensor:
        with torch.no_grad():
            return iwae.encode(torch.as_tensor(rows).to(device=device, dtype=torch.float64))[0]

    chosen, some = (_spread(len(arrays[split]), int(settings["encodings"])) for split in ("test", "train"))
    encodings, training = encode(arrays["test"][chosen]), encode(arrays["train"][some])
    ring = encode(arrays["ring"]) if "ring" in arrays else None
    raw = lg.PullbackMetric(iwae.decoder)
    bounds = _bounds(torch.cat([encodings, training]), float(settings["grid"]["margin"]))
    scale = smoothing_scale(raw, encodings)
    return LatentSpace(
        model=iwae,
        raw=raw,
        rows=chosen,
        encodings=encodings,
        training=training,
        parameter={name: arrays[f"{name}_test"][chosen] for name in ("angle", "label") if f"{name}_test" in arrays},
        ring=ring,
        ring_angle=torch.as_tensor(arrays["ring_angle"]).to(encodings) if ring is not None else None,
        bounds=bounds,
        cache_size=int(settings["grid"]["size"]),
        lambda_s=float(settings["lambda_multiplier"]) * scale,
        lambda_scale=scale,
        rank=int(settings["rank"]),
        settings=settings["precision"],
        seed=seed,
        data=arrays,
        meta=meta,
    )


def _spread(count: int, limit: int) -> np.ndarray:
    """At most `limit` of `count` rows, evenly spread."""
    return np.linspace(0, count - 1, min(count, limit)).round().astype(int)


def _bounds(points: Tensor, margin: float) -> lg.Bounds:
    """The box around the points, widened on every side by a share of its width."""
    low, high = points.min(dim=0).values, points.max(dim=0).values
    wide = margin * (high - low)
    (x0, y0), (x1, y1) = (low - wide).tolist(), (high + wide).tolist()
    return (x0, x1), (y0, y1)
