"""The estimators keep scikit-learn's contract, and with a metric they are the library's functions."""

import importlib
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

import latentgeo as lg
from latentgeo.sklearn import GeodesicKMeans, GeodesicKNeighborsClassifier
from surfaces import affine, hyperbolic_ball, sphere

CENTRES = np.array([[-0.5, 0.0], [0.5, 0.3], [0.1, -0.6]])


def heaps(each: int, spread: float = 0.15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(3 * each) % 3
    noise = np.random.default_rng(seed).normal(size=(3 * each, 2))
    return CENTRES[labels] + spread * noise, labels


@parametrize_with_checks([GeodesicKNeighborsClassifier(), GeodesicKMeans()])
def test_the_contract(estimator, check) -> None:
    check(estimator)


def even(z: torch.Tensor) -> torch.Tensor:
    """Flat space of any dimension, as a metric."""
    return torch.eye(z.shape[1], dtype=z.dtype).expand(len(z), -1, -1)


@pytest.mark.slow
@parametrize_with_checks(
    [made(metric=lg.FunctionMetric(even), size=33) for made in (GeodesicKNeighborsClassifier, GeodesicKMeans)],
    expected_failed_checks=lambda _: {
        "check_estimators_overwrite_params": "a metric looks at its function when first used"
    },
)
def test_the_contract_with_a_metric(estimator, check) -> None:
    check(estimator)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_without_a_metric_neighbours_are_scikit_learns(weights: str) -> None:
    X, y = heaps(30)
    at = heaps(20, 0.3, 1)[0]
    at[0] = X[0]
    ours = GeodesicKNeighborsClassifier(4, weights=weights).fit(X, y)
    theirs = KNeighborsClassifier(4, weights=weights).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(at), theirs.predict_proba(at))
    np.testing.assert_array_equal(ours.predict(at), theirs.predict(at))


def test_neighbours_are_those_of_the_closed_form() -> None:
    X, y = heaps(20)
    at = heaps(5, 0.3, 1)[0]
    surface = sphere()
    found = GeodesicKNeighborsClassifier(3, metric=surface.metric).fit(X, y)
    true = torch.stack([surface.distance(p.expand(60, 2), torch.from_numpy(X)) for p in torch.from_numpy(at)])
    distances, numbers = found.kneighbors(at)
    np.testing.assert_allclose(distances, true.topk(3, largest=False).values, rtol=0.03, atol=5e-3)
    np.testing.assert_allclose(np.take_along_axis(true.numpy(), numbers, 1), distances, rtol=0.03, atol=5e-3)
    assert found.score(X, y) > 0.9


def test_in_more_dimensions_neighbours_are_by_a_graph() -> None:
    surface = hyperbolic_ball(3)
    z = surface.ends(40)[0]
    y = (z[:, 0] > 0).long().numpy()
    found = GeodesicKNeighborsClassifier(1, metric=surface.metric).fit(z.numpy(), y)
    distances, numbers = found.kneighbors(z.numpy())
    np.testing.assert_array_equal(numbers[:, 0], np.arange(40))
    np.testing.assert_allclose(distances, 0, atol=1e-9)


def test_in_more_dimensions_no_answer_depends_on_what_else_is_asked() -> None:
    surface = hyperbolic_ball(3)
    X, at = surface.ends(40)
    y = (X[:, 0] > 0).long().numpy()
    found = GeodesicKNeighborsClassifier(3, metric=surface.metric).fit(X.numpy(), y)
    together, alone = found.kneighbors(at.numpy()), [found.kneighbors(at[[k]].numpy()) for k in range(10)]
    np.testing.assert_allclose(together[0][:10], np.concatenate([d for d, _ in alone]), rtol=1e-12)
    np.testing.assert_array_equal(together[1][:10], np.concatenate([n for _, n in alone]))
    true = surface.distance(at.repeat_interleave(40, 0), X.repeat(40, 1)).view(40, 40).topk(3, largest=False).values
    np.testing.assert_allclose(together[0], true, rtol=0.1)
    assert (together[0] > true.numpy() * (1 - 1e-3)).all()


def test_in_more_dimensions_clusters_are_found_again() -> None:
    surface = hyperbolic_ball(3)
    X = 0.1 * surface.ends(36)[0] + torch.eye(3, dtype=torch.float64)[torch.arange(36) % 3] / 2
    found = GeodesicKMeans(3, metric=surface.metric, random_state=0).fit(X.numpy())
    assert adjusted_rand_score(found.labels_, np.arange(36) % 3) == 1
    np.testing.assert_array_equal(found.predict(X.numpy()), found.labels_)
    centre = torch.from_numpy(found.cluster_centers_)
    true = surface.distance(centre.repeat_interleave(36, 0), X.repeat(3, 1)).view(3, 36).T
    np.testing.assert_allclose(found.transform(X.numpy()), true, rtol=1e-3)
    assert found.score(X.numpy()) == pytest.approx(-found.inertia_, rel=1e-6)


def test_points_outside_the_cache_of_the_samples_are_measured_too() -> None:
    X, y = heaps(10, 0.05)
    far = np.array([[4.0, 3.0], [-4.0, 0.0]])
    found = GeodesicKNeighborsClassifier(3, metric=affine(2).metric).fit(X, y)
    root = torch.linalg.cholesky(affine(2).metric(torch.zeros(1, 2).double())[0]).numpy()
    theirs = KNeighborsClassifier(3).fit(X @ root, y)
    np.testing.assert_allclose(found.kneighbors(far)[0], theirs.kneighbors(far @ root)[0], rtol=0.02)


def test_a_point_far_outside_changes_no_other_answer() -> None:
    X, y = heaps(10, 0.05)
    at = np.concatenate([heaps(3, 0.05, 1)[0], [[6.0, 5.0]]])
    for made in (
        GeodesicKNeighborsClassifier(3, metric=affine(2).metric),
        GeodesicKMeans(3, metric=affine(2).metric, random_state=0),
    ):
        made.fit(X, y)
        asked = made.transform if isinstance(made, GeodesicKMeans) else lambda X, made=made: made.kneighbors(X)[0]
        np.testing.assert_allclose(asked(at)[:9], asked(at[:9]), rtol=1e-4)
        np.testing.assert_allclose(asked(at)[9:], asked(at[9:]), rtol=1e-4)


def test_a_point_outside_the_cache_of_a_cached_metric_is_named() -> None:
    X, y = heaps(10, 0.05)
    cached = lg.GridMetric(affine(2).metric, ((-2.0, 2.0), (-2.0, 2.0)), 17)
    at = np.concatenate([X[:4], [[6.0, 5.0]]])
    for found in (GeodesicKNeighborsClassifier(3, metric=cached), GeodesicKMeans(3, metric=cached, random_state=0)):
        with pytest.raises(ValueError, match=r"point 4, \[6\.0, 5\.0\], is outside the grid's bounds"):
            found.fit(X, y).predict(at)


def test_neighbours_that_no_way_leads_to_have_no_vote() -> None:
    """Two heaps, of more samples than straight lines are measured to, and nothing between."""
    y = (np.arange(310) >= 40).astype(int)
    X = 0.1 * np.random.default_rng(0).normal(size=(310, 3)) + 9.0 * y[:, None]
    found = GeodesicKNeighborsClassifier(300, metric=lg.FunctionMetric(even)).fit(X, y)
    assert np.isfinite(found.kneighbors(X[-1:])[0]).sum() == 270
    assert found.predict_proba(X[-1:]).tolist() == [[0.0, 1.0]]
    assert found.predict_proba(X[:1]).tolist() == [[1.0, 0.0]]


def test_clusters_are_those_of_the_function() -> None:
    X, y = heaps(30)
    found = GeodesicKMeans(3, metric=sphere().metric, random_state=0, size=65).fit(X)
    assert adjusted_rand_score(found.labels_, y) > 0.9
    same = lg.k_means(sphere().metric, X, 3, start=found.cluster_centers_, size=65)
    np.testing.assert_allclose(found.cluster_centers_, same.centres, atol=2e-3)
    assert found.inertia_ == pytest.approx(90 * float(same.objective), rel=1e-2)
    np.testing.assert_array_equal(found.predict(X), found.labels_)
    assert found.transform(X).shape == (90, 3)
    assert found.score(X) == pytest.approx(-found.inertia_, rel=1e-3)


def test_without_a_metric_clusters_are_scikit_learns() -> None:
    X, _ = heaps(30)
    ours, theirs = (made(3, n_init=2, random_state=0).fit(X) for made in (GeodesicKMeans, KMeans))
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X))


def test_in_a_pipeline_and_a_search() -> None:
    X, y = heaps(12, 0.25)
    classifier = GeodesicKNeighborsClassifier(metric=affine(2).metric, size=33)
    pipeline = make_pipeline(FunctionTransformer(), clone(classifier))
    search = GridSearchCV(pipeline, {"geodesickneighborsclassifier__n_neighbors": [1, 5]}, cv=2).fit(X, y)
    assert search.best_score_ > 0.7
    assert isinstance(search.best_estimator_[-1].metric, lg.Metric)


def test_what_is_refused() -> None:
    X, y = heaps(3)
    with pytest.raises(ValueError, match="metric must be a latentgeo Metric, or None for flat space; got 'euclidean'"):
        GeodesicKNeighborsClassifier(metric="euclidean").fit(X, y)
    with pytest.raises(ValueError, match="weights must be 'uniform' or 'distance'; got 'even'"):
        GeodesicKNeighborsClassifier(weights="even").fit(X, y)
    with pytest.raises(ValueError, match="n_neighbors must be 1 or more; got 0"):
        GeodesicKNeighborsClassifier(0).fit(X, y)
    with pytest.raises(ValueError, match="n_neighbors must be at most the 9 samples; got 10"):
        GeodesicKNeighborsClassifier(10).fit(X, y).predict(X)
    with pytest.raises(ValueError, match="clusters must be from 1 to the 9 points; got 10"):
        GeodesicKMeans(10, metric=affine(2).metric).fit(X)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "latentgeo.sklearn")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(ImportError, match=r"latentgeo\.sklearn needs scikit-learn 1\.6 or newer: pip install"):
        importlib.import_module("latentgeo.sklearn")


def test_an_end_that_is_none_is_told() -> None:
    X = heaps(30)[0]
    with pytest.warns(ConvergenceWarning, match="the clusters ended as max_iterations, residual"):
        found = GeodesicKMeans(3, metric=sphere().metric, max_iter=1, random_state=0, size=65).fit(X)
    assert found.outcome_ is lg.Outcome.MAX_ITERATIONS
    assert GeodesicKMeans(3, random_state=0).fit(X).outcome_ is None
