"""Distances between points and the samples that an estimator was fitted to, whatever else is asked for at a time."""

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial.distance import cdist
from torch import Tensor

from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.graph import adjacency, attach, edge_lengths, knn_graph
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import balanced, in_units
from latentgeo.geometry.periods import nearest_image
from latentgeo.statistics.fields import Fields, in_even_units
from latentgeo.statistics.rays import check_inside

__all__ = ["Flat", "Plane", "Space", "measure"]

# that each sample is joined to, and so many samples at most to which straight lines are measured too
_NEIGHBOURS, _FEW = 16, 300


def measure(metric: Metric | None, samples: np.ndarray, size: int) -> "Flat | Plane | Space":
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
    """By fields on one cache around the samples, wider where points outside it are asked for."""

    def __init__(self, metric: Metric, samples: np.ndarray, size: int) -> None:
        self._metric, self._samples, self._size = metric, torch.tensor(samples), size
        # a metric may be computed from a cache already
        self.grid = None if cache_of(metric) is not None else self._cache(self._samples)

    def to_samples(self, X: np.ndarray) -> np.ndarray:
        """(points, samples)."""
        return self._between(torch.tensor(X), self._samples)

    def from_centres(self, centres: np.ndarray, X: np.ndarray) -> np.ndarray:
        """(centres, points)."""
        return self._between(torch.tensor(centres), torch.tensor(X))

    def _between(self, sources: Tensor, points: Tensor) -> np.ndarray:
        both, grid = torch.cat([sources, points]), self.grid
        if grid is not None and not bool(grid.inside(both).all()):
            grid = self._cache(torch.cat([self._samples, both]))
        elif grid is None:
            check_inside(cache_of(self._metric), both)
        # units by the samples alone
        seen, _, cache, units = in_even_units(self._metric, self._samples, grid)
        fields = Fields(seen, units.new(points), cache, self._size)
        return fields.squared(units.new(sources)).sqrt().numpy()

    def _cache(self, points: Tensor) -> GridMetric:
        return GridMetric(root_of(self._metric), bounding_box(points, periods=self._metric.periods))


class Space:
    """By a graph of the samples to these, by geodesics from centres."""

    grid = None

    def __init__(self, metric: Metric, samples: np.ndarray) -> None:
        z = torch.tensor(samples)
        self._units = balanced(metric, z)
        self._metric = metric if self._units is None else in_units(metric, self._units)
        self._samples = self._new(samples)
        self._graph = knn_graph(self._metric, self._samples, _NEIGHBOURS)

    def to_samples(self, X: np.ndarray) -> np.ndarray:
        """(points, samples)."""
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
        return found

    def from_centres(self, centres: np.ndarray, X: np.ndarray) -> np.ndarray:
        """(centres, points)."""
        points = self._new(X)
        lengths = [
            geodesic(self._metric, centre[None], points, data=self._samples).length for centre in self._new(centres)
        ]
        return torch.stack(lengths).numpy()

    def _new(self, X: np.ndarray) -> Tensor:
        z = torch.tensor(X)
        return z if self._units is None else self._units.new(z)
