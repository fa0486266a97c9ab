"""Quantities on artifacts with known answers."""

import numpy as np
import pandas as pd
import pytest

from replication.evidence import maps, quantities
from replication.evidence.quantities import MissingEvidence, estimate
from replication.files import needs
from replication_fixtures import DATASETS, NEURAL, PAIRS, SEEDS, write_tree

RATIO = {"name": "path_ratio", "over": "euclidean", "under": "geodesic", "metric": "smoothed"}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    results = write_tree(tmp_path_factory.mktemp("made") / "results" / "tiny")
    return needs.evidence(results, DATASETS, SEEDS, quantities.needed())


def test_ratio_of_means_over_all_pairs_of_all_seeds(evidence):
    found = estimate(RATIO, evidence["pendulum"])
    assert found.value == pytest.approx(2.0)
    assert found.n == PAIRS * len(SEEDS)
    assert found.low == pytest.approx(2.0)


def test_ratio_of_means_is_not_the_mean_of_ratios():
    rows = [{"pair": 0, "path": "euclidean", "length": 1.0}, {"pair": 0, "path": "geodesic", "length": 1.0}]
    rows += [{"pair": 1, "path": "euclidean", "length": 30.0}, {"pair": 1, "path": "geodesic", "length": 9.0}]
    frame = pd.DataFrame(rows).assign(metric="smoothed")
    assert estimate(RATIO, {0: {"pairs.csv": frame}}).value == pytest.approx(3.1)


def test_paths_are_matched_by_pair_not_by_row():
    rows = [{"pair": pair, "path": "euclidean", "length": 2.0 * (pair + 1)} for pair in range(4)]
    rows += [{"pair": pair, "path": "geodesic", "length": 1.0 * (pair + 1)} for pair in (3, 2)]
    found = estimate(RATIO, {0: {"pairs.csv": pd.DataFrame(rows).assign(metric="smoothed")}})
    assert found.n == 2
    assert found.low == found.high == pytest.approx(2.0)


def test_correlation_of_a_line_is_one_and_of_a_constant_zero():
    angle = np.linspace(0.1, 3, 20)
    frame = pd.DataFrame({"pair": range(20), "path": "geodesic", "metric": "raw", "angle": angle, "length": 3 * angle})
    spec = {"name": "angle_correlation", "path": "geodesic", "metric": "raw"}
    assert estimate(spec, {0: {"pairs.csv": frame}}).value == pytest.approx(1.0)
    assert estimate(spec, {0: {"pairs.csv": frame.assign(length=1.0)}}).value == 0.0


def test_shown_pair_is_the_first_pair_of_the_first_seed(evidence):
    found = estimate({"name": "shown_pair", "path": "geodesic", "metric": "raw"}, evidence["mnist"])
    frame = evidence["mnist"][0]["pairs.csv"]
    expected = frame[(frame.pair == 0) & (frame.path == "geodesic") & (frame.metric == "raw")].length.item()
    assert found.value == pytest.approx(expected)
    assert found.n == 1
    frames = [files["pairs.csv"] for files in evidence["mnist"].values()]
    every = np.concatenate([f[(f.path == "geodesic") & (f.metric == "raw")].length for f in frames])
    # not of the mean: what another pair could have shown
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(every, [0.025, 0.975])))


def test_rows_without_a_value_are_left_out_and_counted():
    frame = pd.DataFrame(
        {"pair": range(3), "path": "euclidean", "metric": "raw", "crossing_velocity": [2.0, np.nan, 4.0]}
    )
    spec = {"name": "mean", "path": "euclidean", "metric": "raw", "column": "crossing_velocity"}
    found = estimate(spec, {0: {"pairs.csv": frame}})
    assert found.value == pytest.approx(3.0)
    assert found.n == 2
    assert found.note == "1 rows without a value left out"


def test_second_data_set_is_the_numerator(evidence):
    spec = {"name": "mf_variation", "against": "motion_clean"}
    found = estimate(spec, evidence["motion"], evidence["motion_clean"])
    alone = [estimate({"name": "mf_variation"}, evidence[name]).value for name in ("motion_clean", "motion")]
    assert found.value == pytest.approx(alone[0] / alone[1])
    assert found.value > 1


def test_sweep_takes_the_best_smoothing(evidence):
    found = estimate({"name": "sweep_largest_ratio", "over": "euclidean", "under": "manifold"}, evidence["pendulum"])
    assert found.value == pytest.approx(2.0 / 1.1)


@pytest.mark.parametrize(
    ("spec", "dataset", "words"),
    [
        ({"name": "mean", "path": "manifold", "metric": "raw"}, "mnist", "no path 'manifold' under the raw metric"),
        ({"name": "mean", "path": "geodesic", "metric": "raw", "column": "follow"}, "mnist", "no column 'follow'"),
        ({"name": "score", "key": "loop_turns_per_cycle"}, "mnist", "no score 'loop_turns_per_cycle'"),
        ({"name": "separation_gain"}, "pendulum", "no distance_field.npz for seed 0"),
    ],
)
def test_what_is_missing_is_named(evidence, spec, dataset, words):
    with pytest.raises(MissingEvidence, match=words):
        estimate(spec, evidence[dataset])


def test_unknown_quantity_lists_what_exists():
    with pytest.raises(ValueError, match=r"no quantity 'men'; found: .*mean"):
        quantities.load("men")


def test_map_is_read_at_x_then_y():
    x, y = np.meshgrid(np.linspace(0, 1, 5), np.linspace(10, 12, 4))
    z = np.stack([x, y], axis=-1)
    assert maps.read_map(z, 2 * x + y, np.array([[0.3, 11.0], [5.0, 10.0]])) == pytest.approx([11.6, 12.0])


def test_separation_is_the_share_of_ordered_pairs():
    distance = np.array([0.0, 1.0, 2.0, 3.0])
    assert maps.separation(distance, np.array([True, True, False, False])) == 1.0
    assert maps.separation(distance, np.array([True, False, True, False])) == 0.75


def test_mf_variation_ignores_the_scale_of_the_latent_space(evidence):
    grid = evidence["motion"][0]["metric_grid.npz"]
    scaled = {**grid, "z": 3 * grid["z"], "encodings": 3 * grid["encodings"], "MF": grid["MF"] / 9}
    alike = [maps.mf_variation({"metric_grid.npz": arrays}).item() for arrays in (grid, scaled)]
    assert alike[0] == pytest.approx(alike[1])


def _one_seed(**columns):
    rows = [{"pair": pair, "path": path, "metric": "raw"} for path in ("geodesic", "manifold") for pair in range(4)]
    return {0: {"pairs.csv": pd.DataFrame(rows).assign(**columns)}}


def test_a_share_that_all_rows_agree_on_has_the_exact_interval():
    spec = {"name": "mean", "path": "geodesic", "metric": "raw", "column": "follow"}
    every = estimate(spec, _one_seed(follow=1.0))
    assert (every.low, every.high) == (pytest.approx(0.3976, abs=1e-4), 1.0)  # Clopper and Pearson, 4 of 4
    none = estimate(spec, _one_seed(follow=0.0))
    assert (none.low, none.high) == (0.0, pytest.approx(0.6024, abs=1e-4))
    some = estimate(spec, _one_seed(follow=[1.0, 0.0, 1.0, 0.0] * 2))
    assert some.low < some.value == 0.5 < some.high


def test_a_difference_of_columns_is_y_less_x():
    spec = {"name": "column_difference", "path": "geodesic", "metric": "raw", "y": "crossing", "x": "shuffled"}
    assert estimate(spec, _one_seed(crossing=3.0, shuffled=1.0)).value == 2.0


def test_a_share_of_shorter_paths_counts_far_pairs_only():
    lengths, angle = [1.0, 1.0, 1.0, 9.0, 2.0, 2.0, 2.0, 2.0], [0.5, 2.0, 2.0, 2.0] * 2
    spec = {"name": "share_shorter", "path": "geodesic", "than": "manifold", "metric": "raw", "apart": 1.0}
    found = estimate(spec, _one_seed(length=lengths, angle=angle))
    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)


def test_far_pairs_alone_count_where_they_are_asked_for():
    seed = _one_seed(length=[1.0, 2.0, 3.0, 5.0, 2.0, 2.0, 2.0, 2.0], follow=[0.0, 1.0, 1.0, 0.0] * 2)
    spec = {"name": "mean", "path": "geodesic", "metric": "raw", "far": True}
    with pytest.raises(MissingEvidence, match="no column 'far'"):
        estimate(spec, seed)
    seed[0]["pairs.csv"]["far"] = [0, 0, 1, 1] * 2
    assert (estimate(spec, seed).value, estimate(spec, seed).n) == (4.0, 2)
    assert estimate({**spec, "column": "follow"}, seed).value == 0.5
    ratio = {"name": "path_ratio", "over": "geodesic", "under": "manifold", "metric": "raw", "far": True}
    assert estimate(ratio, seed).value == 2.0
    seed[0]["pairs.csv"]["far"] = 0
    with pytest.raises(MissingEvidence, match="no finite value"):
        estimate(spec, seed)


def test_peaks_are_read_of_the_path_that_is_asked_for(evidence):
    """The fixture's geodesics are arcs on the ring, the paper's solver's a little outside, of the first pairs alone."""
    spec = {"name": "peak_mf_ratio", "over": "euclidean", "under": "geodesic", "metric": "smoothed"}
    ours, neural = (estimate({**spec, "under": path}, evidence["motion"]) for path in ("geodesic", "neural"))
    assert (ours.n, neural.n) == (PAIRS * len(SEEDS), NEURAL * len(SEEDS))
    grid, paths = (evidence["motion"][0][name] for name in ("metric_grid.npz", "geodesics.npz"))
    outside = maps.read_map(grid["z"], grid["MF"], paths["traces_neural_smoothed"]).max(axis=1)
    inside = maps.read_map(grid["z"], grid["MF"], paths["traces_euclidean"]).max(axis=1)[:NEURAL]
    found = maps.peak_mf_log_ratio(evidence["motion"][0], "euclidean", "neural", "smoothed")
    np.testing.assert_allclose(found[:, 0], np.log(inside / outside))
    assert len(maps.peak_mf_log_ratio(evidence["motion"][0], "euclidean", "neural", "smoothed", far=True)) == int(
        paths["far"][:NEURAL].sum()
    )
    with pytest.raises(MissingEvidence, match="no traces of manifold"):
        estimate({**spec, "under": "manifold"}, evidence["motion"])


def test_a_path_among_the_pairs_of_another():
    seed = _one_seed(length=[1.0, 2.0, 3.0, 4.0] * 2)
    seed[0]["pairs.csv"] = seed[0]["pairs.csv"].drop(index=[6, 7])  # the manifold path of pairs 2 and 3
    spec = {"name": "mean", "path": "geodesic", "metric": "raw"}
    assert estimate(spec, seed).value == 2.5
    assert estimate({**spec, "among": "manifold"}, seed).value == 1.5
