"""Distances between points and the samples that an estimator was fitted to.

What else is asked for at a time changes none by more than the tolerance of a field or a geodesic.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial.distance import cdist
from torch import Tensor

from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.graph import NEAREST_COMPARABLE, Graph, adjacency, attach, edge_lengths, knn_graph
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import Units, balanced, in_units
from latentgeo.geometry.periods import nearest_image
from latentgeo.statistics.fields import Fields, in_even_units
from latentgeo.statistics.rays import check_inside

__all__ = ["Flat", "Plane", "Space", "ruler"]

# that each sample is joined to, and so many samples at most to which straight lines are measured too
_NEIGHBOURS, _FEW = 16, 300
# a distance that is none
_SAME = 1e-200


def ruler(metric: Metric | None, samples: np.ndarray, size: int) -> "Flat | Plane | Space":
    """What measures from these samples, (samples, latent).

    Args:
        metric: None for flat space.
        samples: Latent points.
        size: Nodes of the fields' mesh along each axis, in two latent dimensions.
    """
    if metric is None:
        return Flat(samples)
    return Plane(metric, samples, size) if samples.shape[1] == 2 else Space(metric, samples)


class Flat:
    """Euclidean distances."""

    grid = None

    def __init__(self, samples: np.ndarray) -> None:
        self._samples = samples

    def to_samples(self, X: np.ndarray) -> np.ndarray:
        """(points, samples)."""
        return cdist(X, self._samples)

    def from_centres(self, centres: np.ndarray, X: np.ndarray) -> np.ndarray:
        """(centres, points)."""
        return cdist(centres, X)


class Plane:
    """By fields on a cache around the samples; a point outside has a cache of its own, around samples and itself."""

    def __init__(self, metric: Metric, samples: np.ndarray, size: int) -> None:
        self._metric, self._samples, self._size = metric, torch.tensor(samples), size
        # a metric may be computed from a cache already, outside which there is nothing
        self._closed = cache_of(metric) is not None
        self.grid = None if self._closed else self._cache(self._samples)

    def to_samples(self, X: np.ndarray) -> np.ndarray:
        """(points, samples)."""
        return self._each(torch.tensor(X), lambda fields, units, part: fields.squared(units.new(part)))

    def from_centres(self, centres: np.ndarray, X: np.ndarray) -> np.ndarray:
        """(centres, points)."""
        sources = torch.tensor(centres)

        def squared(fields: Fields, units: Units, part: Tensor) -> Tensor:
            return fields.among(units.new(part)).squared(units.new(sources)).T

        return self._each(torch.tensor(X), squared).T

    def _each(self, points: Tensor, squared: Callable[[Fields, Units, Tensor], Tensor]) -> np.ndarray:
        """Distances of the points, in rows."""
        if self._closed:
            check_inside(cache_of(self._metric), points)
        inside = torch.ones(len(points), dtype=torch.bool) if self.grid is None else self.grid.inside(points)
        found: dict[int, Tensor] = {}
        if bool(inside.any()):
            rows = squared(*self._fields(self.grid), points[inside])
            found |= dict(zip(inside.nonzero().squeeze(1).tolist(), rows, strict=True))
        for number in (~inside).nonzero().squeeze(1).tolist():
            alone = points[number : number + 1]
            found[number] = squared(*self._fields(self._cache(torch.cat([self._samples, alone]))), alone)[0]
        return torch.stack([found[number] for number in range(len(points))]).sqrt().numpy()

    def _fields(self, grid: GridMetric | None) -> tuple[Fields, Units]:
        seen, samples, cache, units = in_even_units(self._metric, self._samples, grid)
        return Fields(seen, samples, cache, self._size), units

    def _cache(self, points: Tensor) -> GridMetric:
        return GridMetric(root_of(self._metric), bounding_box(points, periods=self._metric.periods))


class Space:
    """By a graph of the samples to these, by geodesics from centres."""

    grid = None

    def __init__(self, metric: Metric, samples: np.ndarray) -> None:
        z = torch.tensor(samples)
        # those in which the graph chooses its neighbours
        self._units = balanced(metric, z, comparable=NEAREST_COMPARABLE)
        self._metric = metric if self._units is None else in_units(metric, self._units)
        self._samples = self._new(samples)

    @cached_property
    def _graph(self) -> Graph:
        return knn_graph(self._metric, self._samples, _NEIGHBOURS)

    def to_samples(self, X: np.ndarray) -> np.ndarray:
        """(points, samples); infinite where the graph is in parts and there are many samples."""
        points, count = self._new(X), len(self._samples)
        joined = adjacency(attach(self._graph, self._metric, points, _NEIGHBOURS))
        # no way leads to a point, so that none leads through one
        ways = csr_array(joined[:, :count])
        ways.resize(joined.shape)
        found = dijkstra(ways, indices=range(count, count + len(points)))[:, :count]
        if count <= _FEW:
            start, end = points.repeat_interleave(count, 0), self._samples.repeat(len(points), 1)
            line = edge_lengths(self._metric, start, nearest_image(start, end, self._metric.periods))
            found = np.fmin(found, line.view(-1, count).numpy())
        # scipy has no edge of length zero
        return np.where(found < _SAME, 0.0, found)

    def from_centres(self, centres: np.ndarray, X: np.ndarray) -> np.ndarray:
        """(centres, points)."""
        starts, points = self._new(centres), self._new(X)
        pairs = starts.repeat_interleave(len(points), 0), points.repeat(len(starts), 1)
        return geodesic(self._metric, *pairs, data=self._samples).length.view(len(starts), -1).numpy()

    def _new(self, X: np.ndarray) -> Tensor:
        z = torch.tensor(X)
        return z if self._units is None else self._units.new(z)
