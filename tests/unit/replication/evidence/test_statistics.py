"""What is said of neighbours and clusters."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replication.evidence import statistics
from replication.files import needs
from replication.files.artifacts import write_csv
from replication_fixtures import SEEDS, write_tree

DATASETS = ("mnist", "motion")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "results" / "tiny", datasets=DATASETS)


def found(results: Path) -> dict[tuple[str, str], statistics.Found]:
    collected = needs.collect(statistics.NEEDS, results, list(DATASETS), SEEDS)
    return {(one.measure.name, one.metric): one for one in statistics.found(collected)}


def test_differences_are_of_the_same_points(results: Path) -> None:
    by = found(results)
    laws = sum(measure.file == "class_laws.csv" for measure in statistics.MEASURES)
    assert len(by) == len(statistics.MEASURES) * len(statistics.METRICS) - laws  # of which none is smoothed
    assert by["log_density", "raw"].more.value == pytest.approx(-0.1)
    assert by["log_density", "raw"].better == "no, worse"
    assert by["laws", "raw"].value.value == pytest.approx(0.9)
    assert by["ari", "raw"].value.value == pytest.approx(0.4)
    assert by["ari", "raw"].more.value == pytest.approx(0.1)
    # a fifth less at each point: the spread over points is not in the difference
    error = by["phase_error", "raw"]
    assert error.more.value == pytest.approx(-0.2 * by["phase_error", "latent"].value.value)
    assert error.more.high < 0
    assert {by["accuracy", "latent"].better, by["ari", "latent"].better} == {"–"}
    assert {by["accuracy", "raw"].better, by["phase_error", "raw"].better} == {"yes"}


def test_what_is_worse_and_what_is_not_told_apart(results: Path) -> None:
    for seed in SEEDS:
        file = results / "mnist" / f"seed{seed}" / "statistics.csv"
        rows = pd.read_csv(file)
        rows.loc[(rows["metric"] == "raw") & (rows["measure"] == "ari"), "value"] = 0.1
        rows.loc[(rows["metric"] == "raw") & (rows["measure"] == "nmi"), "value"] = 0.4 + 0.01 * (-1) ** seed
        write_csv(file, rows)
    by = found(results)
    assert by["ari", "raw"].better == "no, worse"
    assert by["nmi", "raw"].better == "not told apart"


def test_other_points_for_one_metric_are_refused(results: Path) -> None:
    file = results / "motion" / "seed0" / "statistics.csv"
    rows = pd.read_csv(file)
    write_csv(file, rows.drop(index=np.flatnonzero(rows["metric"] == "raw")[:1]))
    with pytest.raises(ValueError, match="expected 100 rows of the raw metric, got 99"):
        found(results)
