"""Numbers from latent maps, on maps that are made by hand."""

import numpy as np
import pytest

from replication.evidence import maps

EDGE = np.linspace(-2.0, 2.0, 41)
Z = np.stack(np.meshgrid(EDGE, EDGE), axis=-1)
INSIDE = np.random.default_rng(0).uniform(-1, 1, (500, 2))


def test_a_map_is_read_between_its_nodes_and_clamped_at_its_border() -> None:
    plane = 3 * Z[..., 0] - Z[..., 1]
    points = np.array([[[0.512, -1.03], [1.99, 0.0]], [[5.0, 1.0], [-9.0, -9.0]]])
    np.testing.assert_allclose(maps.read_map(Z, plane, points), [[2.566, 5.97], [5.0, -4.0]])


def test_the_box_leaves_one_per_cent_out_on_every_side() -> None:
    low, high = maps.data_box(np.stack([np.arange(101.0), -np.arange(101.0)], axis=1))
    assert (low.tolist(), high.tolist()) == ([1, -99], [99, -1])


def test_the_scale_of_the_latent_space_does_not_matter() -> None:
    grid = {"z": Z, "MF": np.exp(Z[..., 0]), "encodings": INSIDE}
    wider = {"z": 3 * Z, "MF": np.exp(Z[..., 0]) / 9, "encodings": 3 * INSIDE}
    np.testing.assert_allclose(maps.relative_mf(wider), maps.relative_mf(grid))
    np.testing.assert_allclose(maps.log_mf_in_box(wider), maps.log_mf_in_box(grid))


def test_an_even_map_does_not_vary() -> None:
    even = {"z": Z, "MF": np.full(Z.shape[:2], 7.0), "encodings": INSIDE}
    assert maps.mf_variation({"metric_grid.npz": even}).tolist() == [[0.0]]
    slope = even | {"MF": 10 ** Z[..., 0]}
    # of 19 nodes a tenth apart: (19^2 - 1) / 1200
    assert float(maps.mf_variation({"metric_grid.npz": slope})[0, 0]) == pytest.approx(0.3**0.5)


def test_peaks_are_compared_pair_by_pair_and_those_of_far_pairs_alone() -> None:
    line = np.linspace(-1, 1, 41)
    across = np.stack([line, 0 * line], axis=-1)
    below = np.stack([line, 0 * line - 1.5], axis=-1)
    grid = {"z": Z, "MF": np.exp(-np.square(Z[..., 1]))}
    paths = {
        "traces_euclidean": np.stack([across, across]),
        "traces_raw": np.stack([below, across]),
        "traces_neural_raw": np.stack([below]),
        "far": np.array([0, 1]),
    }
    found = {"metric_grid.npz": grid, "geodesics.npz": paths}
    np.testing.assert_allclose(maps.peak_mf_log_ratio(found, "euclidean", "geodesic", "raw"), [[2.25], [0]], atol=1e-9)
    np.testing.assert_allclose(maps.peak_mf_log_ratio(found, "euclidean", "neural", "raw"), [[2.25]])
    assert maps.peak_mf_log_ratio(found, "euclidean", "geodesic", "raw", far=True).shape == (1, 1)
    with pytest.raises(KeyError, match="traces of manifold"):
        maps.peak_mf_log_ratio(found, "euclidean", "manifold", "raw")


@pytest.mark.parametrize(
    ("distance", "expected"), [([1, 2, 3, 4], 1.0), ([3, 4, 1, 2], 0.0), ([1, 4, 2, 3], 0.5), ([1, 1, 1, 1], 0.5)]
)
def test_separation_is_the_share_of_pairs_in_order(distance: list[float], expected: float) -> None:
    same = np.array([True, True, False, False])
    assert maps.separation(np.array(distance, dtype=float), same) == expected


def test_both_distances_of_a_field_are_read_at_the_encodings() -> None:
    encodings = np.array([[0.1, 0.0], [0.2, 0.0], [0.9, 0.0], [-1.0, 0.0]])
    euclidean = np.linalg.norm(Z, axis=-1)
    # the way to the left is longer than it looks, and the class of the source lies there
    field = {"z": Z, "distance": Z[..., 0] + 2, "euclidean": euclidean, "source_label": 7}
    grid = {"encodings": encodings, "label": np.array([7, 1, 1, 7])}
    assert maps.separations({"distance_field.npz": field, "metric_grid.npz": grid}).tolist() == [[1.0, 0.5]]
