"""The scaling table, from a benchmark folder small enough to be worked out by hand."""

from pathlib import Path

import pandas as pd
import pytest

from replication.files import artifacts
from replication.plan import Plan
from replication.workflow.declared import declared
from tools.cluster import benchmarks, scaling

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
OFF = ("distance_field", "study", "neighbours", "radii", "starts", "domains", "retrainings")
GEOMETRY = {"sweep": [0, 1], **dict.fromkeys(OFF)}
# one data set that no figure or table is about by name, so that only what is of all data sets is listed
SETTINGS = {"profile": "toy", "datasets": {"toy": {"loader": "toy", "geometry": GEOMETRY}}, "seeds": [0, 1, 2]}
PLAN = Plan(SETTINGS, {}, declared())


def write(folder: Path, **seconds: float) -> Path:
    """A benchmark file each; `train__toy_seed0` is train/toy_seed0.tsv."""
    for name, value in seconds.items():
        path = folder / f"{name.replace('__', '/')}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{HEAD}{value}\t0:00:00\t{100 * value}\t1\t1\t1\t0\t0\t99\t1\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Chains of train 10 (mean of 8 and 12), geodesics 6, then shown_pair 2 and score 1; grid 3, sweep 5."""
    models = {"train__toy_seed0": 8, "train__toy_seed1": 12, "geodesics__toy_seed0": 6, "shown_pair__toy_seed0": 2}
    models |= {"score__toy_seed0": 1, "grid__toy_seed0": 3, "sweep__toy_seed0": 5}
    report = {f"{kind}__{name}": 1 for kind in ("figure", "table") for name in PLAN.items[kind]}
    return write(tmp_path, fetch__toy=1, preprocess__toy=2, verdict=2, index=3, explorer=3, **models, **report)


def work(folder: Path, overhead: float = 0) -> list[scaling.Job]:
    return scaling.jobs(PLAN, benchmarks.summary(benchmarks.read([folder])), overhead)


def test_the_jobs_are_those_of_the_configuration(folder: Path) -> None:
    listed = len(PLAN.items["table"]) + len(PLAN.items["figure"])
    assert len(work(folder)) == 2 + 3 * 6 + 1 + listed + 2
    # fetch and preprocess, three models of 10 + 6 + 2 + 1 + 3 + 5, verdict, figures and tables, index, explorer
    assert sum(job.seconds for job in work(folder)) == 3 + 3 * 27 + 2 + listed + 3 + 3


def test_the_times_are_those_worked_out_by_hand(folder: Path) -> None:
    listed = len(PLAN.items["table"]) + len(PLAN.items["figure"])
    assert listed >= 2
    total = 3 + 81 + 2 + listed + 3 + 3
    table = scaling.nodes_table(work(folder), [1, 10], slots=1).set_index("nodes")
    assert table.hours[1] * 3600 == pytest.approx(total)
    # ten slots: fetch and preprocess 3, train 10, geodesics 6, shown_pair 2, verdict 2, all that is listed at once 1,
    # index 3; the explorer beside them
    assert table.hours[10] * 3600 == pytest.approx(27)
    assert table["speed-up"][10] == pytest.approx(total / 27)
    assert table["slots' time used"][10] == pytest.approx(total / 270)


def test_overhead_is_each_jobs(folder: Path) -> None:
    assert sum(a.seconds - b.seconds for a, b in zip(work(folder, 7), work(folder), strict=True)) == 7 * len(
        work(folder)
    )


def test_a_record_tells_of_waiting_and_of_a_sweeps_points(tmp_path: Path) -> None:
    write(tmp_path / "benchmarks", sweep__toy_seed0=30, sweep__toy_seed1=50, train__toy_seed0=9)
    for seed, (wall, cpu) in enumerate([(28, 20), (48, 36)]):
        told = {
            "stage": "sweep",
            "settings": {"sweep": [0, 1, 2, 3]},
            "time": {"wall_seconds": wall, "cpu_seconds": cpu},
        }
        artifacts.write_json(tmp_path / "toy" / f"seed{seed}" / "sweep.run.json", told)
    measured = benchmarks.summary(benchmarks.read([tmp_path / "benchmarks"])).set_index("rule")
    assert (measured.seconds["sweep"], measured.waited["sweep"], measured.points["sweep"]) == (40, 10, 4)
    assert measured.waited["train"] == 0


def test_a_job_that_had_nothing_to_do_counts_as_the_one_that_did_it(tmp_path: Path) -> None:
    write(tmp_path / "benchmarks", train__toy_seed0=2)
    told = {"stage": "train", "settings": {}, "time": {"wall_seconds": 300, "cpu_seconds": 300}}
    artifacts.write_json(tmp_path / "toy" / "seed0" / "train.run.json", told)
    assert list(benchmarks.read([tmp_path / "benchmarks"]).seconds) == [300]


def test_a_longer_sweep_takes_longer_and_waiting_can_be_left_out(folder: Path) -> None:
    measured = benchmarks.summary(benchmarks.read([folder]))
    measured.loc[measured.rule == "sweep", ["waited", "points"]] = [2, 8]  # of 5 s; the planned sweep has two points
    for waiting, seconds in ((True, 5 * 2 / 8), (False, 3 * 2 / 8)):
        sweeps = [job for job in scaling.jobs(PLAN, measured, 0, waiting) if job.name.startswith("sweep")]
        assert [job.seconds for job in sweeps] == [seconds] * 3


def test_what_was_not_measured_is_named(folder: Path) -> None:
    (folder / "sweep" / "toy_seed0.tsv").unlink()
    with pytest.raises(ValueError, match="no benchmark of rule 'sweep' on 'toy'"):
        work(folder)


def test_a_later_folder_replaces_what_it_measured(folder: Path, tmp_path: Path) -> None:
    later = write(tmp_path / "later", train__toy_seed5=100)
    read = benchmarks.read([folder, later])
    assert list(read[read.rule == "train"].seconds) == [100]
    assert list(read[read.rule == "grid"].seconds) == [3]


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected benchmark files"):
        benchmarks.read([tmp_path])


def test_requests_leave_room_above_what_was_measured(tmp_path: Path) -> None:
    asked = benchmarks.resources(benchmarks.read([write(tmp_path, train__a_seed0=4, train__a_seed1=9, index=2)]))
    # 1.5 * 900 + 500 = 1850 and 1.5 * 200 + 500 = 800, up to the next 250; 36 s and 8 s up to 5 minutes
    assert asked == {
        "index": {"mem_mb": "1000 * attempt", "runtime": "5 * attempt"},
        "train": {"mem_mb": "2000 * attempt", "runtime": "5 * attempt"},
    }


def test_a_page_gets_its_parts(tmp_path: Path) -> None:
    text = "a\n<!-- x: made by `python -m tools.cluster.scaling` -->\nold\n<!-- end of x -->\nb\n"
    assert "old" not in scaling.page(text, "x", "new")
    assert scaling.page(scaling.page(text, "x", "new"), "x", "new") == scaling.page(text, "x", "new")
    with pytest.raises(ValueError, match="expected the markers"):
        scaling.page(text, "y", "new")


def test_traffic_worked_out_by_hand(tmp_path: Path) -> None:
    results = tmp_path / "results" / "scaling"
    for seed, size in ((0, 1000), (1, 3000)):
        model = results / "toy" / f"seed{seed}"
        model.mkdir(parents=True)
        (model / "grid.npz").write_bytes(b"x" * size)
        (tmp_path / "data.npz").write_bytes(b"x" * 500)
        record = '{"stage": "grid", "inputs": {"data.npz": "hash"}, "artifacts": {"%s": "hash"}}'
        record %= (model / "grid.npz").relative_to(tmp_path)
        (model / "grid.run.json").write_text(record)
    table: pd.DataFrame = scaling.traffic_table([results], PLAN).set_index("rule")
    # three seeds read 500 bytes each, and write the mean of 1000 and 3000, and the record
    assert table["GB read"]["grid"] == pytest.approx(3 * 500 / 1e9)
    assert table["GB written"]["grid"] == pytest.approx(3 * (2000 + len(record)) / 1e9)
