"""Estimators in the manner of scikit-learn, by geodesic distances: `from latentgeo.sklearn import GeodesicKMeans`.

They need scikit-learn, `latentgeo[sklearn]`, and are imported when asked for by name only. X is (samples, latent), the
latent points; `metric` is a metric of the library, or None for flat space, where they are what scikit-learn has.
"""

import warnings
from typing import Any

import numpy as np
import torch

from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Outcome
from latentgeo.statistics.k_means import k_means
from latentgeo.statistics.rulers import ruler

try:
    from sklearn.base import (
        BaseEstimator,
        ClassifierMixin,
        ClassNamePrefixFeaturesOutMixin,
        ClusterMixin,
        TransformerMixin,
    )
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError("latentgeo.sklearn needs scikit-learn 1.6 or newer: pip install 'latentgeo[sklearn]'") from error

__all__ = ["GeodesicKMeans", "GeodesicKNeighborsClassifier"]

# test points whose distances are found together
_ROWS = 512


class GeodesicKNeighborsClassifier(ClassifierMixin, BaseEstimator):
    """The class of most of the nearest neighbours by geodesic distance.

    In two latent dimensions distances are by fields, one for each point that is asked about, and too long by half a
    per cent or so (see `distance_field`). In more they are by a graph of the samples (see `knn_graph`), to which points
    are joined one by one; to up to 300 samples no longer than the straight line, of more infinite where the graph is in
    parts: such neighbours have no vote.

    Args:
        n_neighbors: How many neighbours vote, an integer.
        weights: `uniform`, or `distance`: a vote counts by the inverse distance.
        metric: What distances are measured under; None for flat space.
        size: Nodes of the fields' mesh along each axis.

    Attributes:
        classes_: (classes,), the labels.
        n_features_in_: Latent dimensions.
    """

    def __init__(
        self,
        n_neighbors: Any = 5,
        *,
        weights: Any = "uniform",
        metric: Any = None,
        size: Any = 129,
    ) -> None:
        # scikit-learn's rule: whatever is given is kept, and looked at by fit
        self.n_neighbors, self.weights, self.metric, self.size = n_neighbors, weights, metric, size

    def fit(self, X: Any, y: Any) -> "GeodesicKNeighborsClassifier":
        """Keep points (samples, latent) and their labels (samples,).

        Raises:
            ValueError: Points that are not finite, labels that are not classes, or settings that are none.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        _check_metric(self.metric)
        if self.n_neighbors < 1:
            raise ValueError(f"n_neighbors must be 1 or more; got {self.n_neighbors}")
        if self.weights not in ("uniform", "distance"):
            raise ValueError(f"weights must be 'uniform' or 'distance'; got {self.weights!r}")
        self.classes_, self._labels = np.unique(y, return_inverse=True)
        self._points, self._ruler = X, ruler(self.metric, X, self.size)
        return self

    def kneighbors(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Distances to the nearest points that it was fitted to, the nearest first, and their numbers.

        Raises:
            ValueError: Fewer samples than neighbours, or points outside the cache that the metric is computed from.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        if self.n_neighbors > len(self._points):
            raise ValueError(f"n_neighbors must be at most the {len(self._points)} samples; got {self.n_neighbors}")
        distances, numbers = [], []
        for begin in range(0, len(X), _ROWS):
            found = self._ruler.to_samples(X[begin : begin + _ROWS])
            order = np.argsort(found, axis=1, kind="stable")[:, : self.n_neighbors]
            numbers.append(order)
            distances.append(np.take_along_axis(found, order, 1))
        return np.concatenate(distances), np.concatenate(numbers)

    def predict_proba(self, X: Any) -> np.ndarray:
        """The share of the neighbours' votes that each class has, (samples, classes).

        Raises:
            ValueError: As `kneighbors` has it.
        """
        distances, numbers = self.kneighbors(X)
        votes = np.isfinite(distances).astype(float)
        if self.weights == "distance":
            with np.errstate(divide="ignore"):
                votes = 1 / distances
            # who is at the same place has all votes
            here = np.isinf(votes)
            votes = np.where(here.any(1, keepdims=True), here.astype(float), votes)
        own = self._labels[numbers][:, :, None] == np.arange(len(self.classes_))
        shares = (votes[:, :, None] * own).sum(1)
        return shares / shares.sum(1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """The class of most votes, (samples,); the first of several.

        Raises:
            ValueError: As `kneighbors` has it.
        """
        shares = self.predict_proba(X)
        return self.classes_[shares.argmax(1)]


class GeodesicKMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    """Clusters around Frechet means, by `k_means`.

    New points are measured as it does: by fields in two latent dimensions, else by a geodesic from each centre.

    Args:
        n_clusters: How many.
        metric: What distances are measured under; None for flat space, where this is scikit-learn's `KMeans`.
        n_init: How often to draw and begin.
        max_iter: Assignments from each start.
        tol: As `tolerance` of `k_means` has it; in flat space scikit-learn's own serves.
        random_state: Draws the first centres.
        size: Nodes of the fields' mesh along each axis, in two latent dimensions.

    Attributes:
        cluster_centers_: (clusters, latent).
        labels_: (samples,), the cluster of each point.
        inertia_: The sum of the squared distances.
        n_iter_: Assignments of the best start.
        outcome_: How the search ended, see `k_means`; None in flat space.
        n_features_in_: Latent dimensions.
    """

    def __init__(
        self,
        n_clusters: Any = 8,
        *,
        metric: Any = None,
        n_init: Any = 1,
        max_iter: Any = 100,
        tol: Any = 2e-3,
        random_state: Any = None,
        size: Any = 129,
    ) -> None:
        self.n_clusters, self.metric, self.n_init, self.max_iter = n_clusters, metric, n_init, max_iter
        self.tol, self.random_state, self.size = tol, random_state, size

    def fit(self, X: Any, y: Any = None) -> "GeodesicKMeans":
        """Find clusters of points (samples, latent); y is not used.

        Warns:
            ConvergenceWarning: The search ended otherwise than `converged` or `uncertified`.

        Raises:
            ValueError: As `k_means` has it.
        """
        X = validate_data(self, X, dtype=np.float64)
        _check_metric(self.metric)
        self._ruler = ruler(self.metric, X, self.size)
        if self.metric is None:
            flat = KMeans(self.n_clusters, n_init=self.n_init, max_iter=self.max_iter, random_state=self.random_state)
            flat.fit(X)
            self.cluster_centers_, self.labels_ = flat.cluster_centers_, flat.labels_
            self.inertia_, self.n_iter_, self.outcome_ = flat.inertia_, flat.n_iter_, None
            return self
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        found = k_means(
            self.metric,
            torch.tensor(X),
            self.n_clusters,
            generator=torch.Generator().manual_seed(seed),
            starts=self.n_init,
            grid=self._ruler.grid,
            size=self.size,
            tolerance=self.tol,
            max_iterations=self.max_iter,
        )
        self.cluster_centers_, self.labels_ = found.centres.cpu().numpy(), found.labels.cpu().numpy()
        self.inertia_, self.n_iter_ = float(found.objective) * len(X), found.iterations
        self.outcome_ = found.outcome
        if found.outcome not in (Outcome.CONVERGED, Outcome.UNCERTIFIED):
            told = f"the clusters ended as {found.outcome.value}, residual {float(found.residual):.3g}"
            warnings.warn(told, ConvergenceWarning, stacklevel=2)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Distances to the centres, (samples, clusters).

        Raises:
            ValueError: Points of other dimensions than the samples, or outside the cache that the metric is computed
                from.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return np.ascontiguousarray(self._ruler.from_centres(self.cluster_centers_, X).T)

    def predict(self, X: Any) -> np.ndarray:
        """The cluster of each point, that of the nearest centre, (samples,).

        Raises:
            ValueError: As `transform` has it.
        """
        return self.transform(X).argmin(1)

    def score(self, X: Any, y: Any = None) -> float:
        """Less the sum of the squared distances to the nearest centres; y is not used.

        Raises:
            ValueError: As `transform` has it.
        """
        return -float((self.transform(X).min(1) ** 2).sum())

    @property
    def _n_features_out(self) -> int:
        """For `get_feature_names_out`."""
        return len(self.cluster_centers_)


def _check_metric(metric: Any) -> None:
    if metric is not None and not isinstance(metric, Metric):
        raise ValueError(f"metric must be a latentgeo Metric, or None for flat space; got {metric!r}")
