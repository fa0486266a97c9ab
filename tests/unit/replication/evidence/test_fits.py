"""Every model of the study: its fit, its lengths, and what is drawn and listed of them."""

import pandas as pd
import pytest

from replication import tables
from replication.evidence import fits
from replication.files import needs
from replication.files.artifacts import write_csv, write_json
from replication.stages import Job
from replication.stages import figure as stage
from replication_fixtures import INPUTS

LENGTHS = {"euclidean": 2.0, "manifold": 1.0, "geodesic": 0.8, "neural": 0.9}


def pairs() -> pd.DataFrame:
    """Four pairs of rising distance; only the far ones' geodesics follow, and the paper's solver has the first two."""
    rows = [
        {
            "pair": pair, "metric": metric, "path": path, "length": length * (pair + 1),
            "length_raw": length**-1, "distance": pair + 1.0,
            "follow": int(pair > 1 and path == "geodesic"), "outcome": "bounded" if pair == 0 else "converged",
        }
        for metric in ("smoothed",) for path, length in LENGTHS.items()
        for pair in range(3 if path == "neural" else 4)
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for at, model in enumerate(fits.models()):
        initialisation, _, rest = model.removeprefix("pendulum_").removeprefix("robot_arm_").partition("_")
        options = {
            "hidden": [128, 128],
            "activation": "tanh",
            "initialisation": initialisation[:6].rstrip("0123456789"),
        }
        train = {"steps": 8000, "batch": 50, "learning_rate": 2e-3, "samples": [[0, 5 if rest == "k5" else 50]]}
        for seed in (20, 21):
            run = folder / model / f"seed{seed}"
            write_json(
                run / "model.json",
                {"config": {"model": {**options, "gain": 1}, "train": {**train, "gradient": "plain"}}},
            )
            write_json(
                run / "scores.json",
                {"true_log_likelihood": 3.0, "test_bound": 2.0 - at / 10, "data_source": "simulated"},
            )
            write_csv(run / "pairs.csv", pairs())
    return folder


def test_ratios_are_those_of_means_over_the_pairs_that_both_paths_have() -> None:
    found = fits.of_seed({"true_log_likelihood": 3.0, "test_bound": 1.5}, pairs())
    assert found["gap"] == 1.5
    assert found["manifold / line, smoothed"] == pytest.approx(0.5)
    assert found["manifold / line, raw"] == pytest.approx(2.0)
    assert found["line / geodesic, paper's solver"] == pytest.approx(2 / 0.9)
    assert found["manifold / geodesic, shortest"] == pytest.approx(1 / 0.8)
    assert (found["in order, paper's solver"], found["in order, shortest"]) == (1.0, 1.0)
    assert found["bounded"] == 0.25


def test_a_manifold_path_that_is_shorter_than_the_geodesic_is_out_of_order() -> None:
    frame = pairs()
    frame.loc[frame["path"] == "neural", "length"] *= 1.5
    found = fits.of_seed({"true_log_likelihood": 3.0, "test_bound": 1.5}, frame)
    assert (found["in order, paper's solver"], found["in order, shortest"]) == (0.0, 1.0)


def test_who_follows_is_asked_of_far_pairs() -> None:
    found = fits.of_seed({"true_log_likelihood": 3.0, "test_bound": 1.5}, pairs())
    assert (found["follow, shortest"], found["follow, line"], found["follow, paper's solver"]) == (1.0, 0.0, 0.0)


def test_the_table_has_a_row_a_model_best_fit_first(results) -> None:
    frame = tables.load("tab11_which_decoder").build(needs.collect(fits.NEEDS, results, list(fits.models()), [20, 21]))
    assert len(frame) == len(fits.models())
    assert (frame["seeds"] == 2).all()
    assert frame[frame["dataset"] == "pendulum"]["gap"].is_monotonic_increasing


def test_the_figure_is_drawn(results, tmp_path) -> None:
    settings = {
        "name": "fig21_which_decoder",
        "results": str(results),
        "datasets": list(fits.models()),
        "seeds": [20, 21],
    }
    outputs = {"png": tmp_path / "a.png", "pdf": tmp_path / "a.pdf"}
    stage.run(Job(settings=settings, inputs=INPUTS, outputs=outputs))
    assert outputs["png"].read_bytes().startswith(b"\x89PNG")
