"""The time left comes from what the same jobs took before, at the pace of those that have ended."""

from pathlib import Path

import pytest

from replication.plan import Plan
from replication.terminal.estimate import SHIPPED, Estimate, in_words, recorded, shipped
from tools import durations

KNOWN = {"train": {"train/a": 100.0, "train/b": 300.0}, "figure": {"figure/x": 10.0}}


def test_a_run_from_nothing_takes_what_it_took_divided_by_the_cores() -> None:
    jobs = {"train": 2, "figure": 1}
    assert Estimate(KNOWN, jobs).left({}) == pytest.approx(410)
    assert Estimate(KNOWN, jobs, cores=2).left({}) == pytest.approx(205)


def test_no_number_of_cores_makes_a_run_shorter_than_its_longest_job() -> None:
    assert Estimate({"train": {"a": 300.0}}, {"train": 4}, cores=100).left({}) == pytest.approx(300)


def test_what_runs_is_left_by_what_it_has_not_taken_yet_and_what_has_ended_is_not() -> None:
    estimate = Estimate(KNOWN, {"train": 2, "figure": 1})
    estimate.begin(1, "train", "train/a")
    assert estimate.left({1: 30.0}) == pytest.approx(300 + 10 + 70)
    estimate.end(1, 100.0)
    assert estimate.left({}) == pytest.approx(310)


def test_a_slower_machine_shows_in_what_is_left() -> None:
    estimate = Estimate(KNOWN, {"train": 2, "figure": 1})
    estimate.begin(1, "train", "train/a")
    estimate.end(1, 200.0)
    assert estimate.left({}) == pytest.approx(2 * 310)


def test_a_first_run_has_no_estimate() -> None:
    assert Estimate({}, {"train": 1}).left({}) is None
    assert Estimate(KNOWN, {"train": 1, "grid": 1}).left({}) is None


def test_a_job_that_is_new_takes_what_others_of_its_rule_took() -> None:
    estimate = Estimate(KNOWN, {"train": 3})
    for job, name in enumerate(("train/a", "train/b", "train/of another data set")):
        estimate.begin(job, "train", name)
    assert estimate.left({2: 5.0}) == pytest.approx(100 + 300 + 200 - 5)


def test_benchmarks_are_read_by_rule_and_torn_ones_left_out(tmp_path: Path) -> None:
    head = "s\th:m:s\tmax_rss\n"
    files = {
        "train/mnist_seed0.tsv": f"{head}11.98\t0:00:11\t516.00\n",
        "verdict.tsv": f"{head}4.5\t0:00:04\t-\n",
        "figure/fig01.tsv": head,
        "figure/fig02.tsv": "s\th:m:s\nNA\t-\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    train, verdict = tmp_path / "train/mnist_seed0.tsv", tmp_path / "verdict.tsv"
    assert recorded([tmp_path, tmp_path / "none"]) == {"train": {str(train): 11.98}, "verdict": {str(verdict): 4.5}}


def test_a_first_run_of_the_paper_is_estimated_by_what_was_recorded_where_its_results_were_made() -> None:
    plan = Plan.of({"profile": "paper"})
    jobs = {name: len(list(plan.runs(stage))) for name, stage in plan.stages.items()}
    seconds = Estimate(shipped(SHIPPED, Path(plan.results)), jobs, 2).left({})
    assert seconds is not None
    assert 3000 < seconds < 12000
    assert shipped(SHIPPED, Path("results/smoke")) == {}
    assert shipped(Path("none.csv"), Path(plan.results)) == {}


def test_the_shipped_table_is_of_the_benchmarks_of_a_clone(tmp_path: Path) -> None:
    for name in ("paper/benchmarks/train/mnist_seed5.tsv", "benchmarks/fetch/mnist.tsv"):
        (tmp_path / "results" / name).parent.mkdir(parents=True)
        (tmp_path / "results" / name).write_text("s\th:m:s\n12.34\t0:00:12\n")
    durations.main(tmp_path)
    assert shipped(tmp_path / SHIPPED, Path("results/paper")) == {
        "train": {"results/paper/benchmarks/train/mnist_seed5.tsv": 12.3},
        "fetch": {"results/paper/benchmarks/fetch/mnist.tsv": 12.3},
    }


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "less than a minute"), (70, "about 1 min"), (2500, "about 42 min"), (7500, "about 2 h 5 min")],
)
def test_an_estimate_is_no_more_exact_than_it_can_be(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
