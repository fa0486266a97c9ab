"""`make verify` names what is not as it was recorded, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from replication.files import artifacts
from replication.workflow.verify import check_records, main


def run_of(root: Path, dataset: str, seed: int, content: str) -> Path:
    """A model and a grid that was made from it, as two runs leave them."""
    folder = root / "results" / "paper" / dataset / f"seed{seed}"
    model, grid = folder / "model.safetensors", folder / "metric_grid.npz"
    artifacts.write_text(model, content)
    artifacts.write_text(grid, f"grid of {content}")
    about = {"dataset": dataset, "seed": seed}
    made = {str(model.relative_to(root)): artifacts.sha256(model)}
    artifacts.write_json(folder / "train.run.json", about | {"artifacts": made, "inputs": {}})
    used = {str(model.relative_to(root)): artifacts.sha256(model)}
    made = {str(grid.relative_to(root)): artifacts.sha256(grid)}
    artifacts.write_json(folder / "grid.run.json", about | {"artifacts": made, "inputs": used})
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for seed in (0, 1):
        run_of(tmp_path, "arm", seed, f"weights {seed}")
    return tmp_path


def named(root: Path) -> list[str]:
    return [problem.file.removeprefix("results/paper/arm/") for problem in check_records(root)]


def test_nothing_is_found_where_nothing_was_changed(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert named(results) == []
    assert main(["--root", str(results)]) == 0
    said = "4 records: every artifact and input is as recorded\n"
    assert capsys.readouterr().out == said


def test_the_verdicts_are_counted(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "results/paper/verdict.csv").write_text("item,verdict\na,reproduced\nb,partly\nc,reproduced\n")
    assert main(["--root", str(results)]) == 0
    assert capsys.readouterr().out.endswith("results/paper/verdict.csv: 2 reproduced, 1 partly (of 3 items)\n")


def edit(root: Path) -> None:
    (root / "results/paper/arm/seed0/metric_grid.npz").write_text("better")


def truncate(root: Path) -> None:
    (root / "results/paper/arm/seed0/metric_grid.npz").write_text("grid of wei")


def remove(root: Path) -> None:
    (root / "results/paper/arm/seed0/metric_grid.npz").unlink()


def exchange(root: Path) -> None:
    first, second = (root / f"results/paper/arm/seed{seed}/metric_grid.npz" for seed in (0, 1))
    first_content, second_content = first.read_text(), second.read_text()
    first.write_text(second_content)
    second.write_text(first_content)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (edit, ["seed0/metric_grid.npz"]),
        (truncate, ["seed0/metric_grid.npz"]),
        (remove, ["seed0/metric_grid.npz"]),
        (exchange, ["seed0/metric_grid.npz", "seed1/metric_grid.npz"]),
    ],
)
def test_a_changed_artifact_is_named(
    results: Path, change: Callable[[Path], None], expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    change(results)
    assert named(results) == expected
    assert main(["--root", str(results)]) == 1
    assert f"{len(expected)} problems" in capsys.readouterr().out


def test_an_artifact_made_from_another_model_is_named_by_that_model(results: Path) -> None:
    run_of(results / "other", "arm", 0, "weights 7")
    other = results / "other/results/paper/arm/seed0"
    here = results / "results/paper/arm/seed0"
    for file in ("model.safetensors", "train.run.json"):
        (here / file).write_bytes((other / file).read_bytes())
    problems = list(check_records(results))
    assert [problem.file for problem in problems] == ["results/paper/arm/seed0/model.safetensors"]
    assert "is not the one that results/paper/arm/seed0/grid.run.json was made from" in problems[0].what


def test_a_whole_seed_in_another_seeds_folder_is_named(results: Path) -> None:
    folder = results / "results/paper/arm"
    (folder / "seed1").rename(folder / "seed2")
    assert set(named(results)) >= {"seed2/train.run.json", "seed2/grid.run.json"}
    assert "is the record of arm/seed1" in {problem.what for problem in check_records(results)}


def test_an_artifact_of_a_record_may_lie_anywhere(results: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / "elsewhere.txt"
    elsewhere.write_text("made with an absolute --output")
    made = {str(elsewhere): artifacts.sha256(elsewhere)}
    artifacts.write_json(results / "data/hand.run.json", {"artifacts": made, "inputs": {"../none.txt": "0"}})
    assert named(results) == ["../none.txt"]
    elsewhere.write_text("changed")
    assert named(results) == [str(elsewhere), "../none.txt"]


def test_a_folder_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--root", str(tmp_path / "nowhere")])
    assert f"--root: expected the repository's folder; {tmp_path}/nowhere is none\n" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "item\n1\n", "\x00\n,,,\n"])
def test_a_verdict_that_is_none_is_said(results: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "results/paper/verdict.csv").write_text(content)
    main(["--root", str(results)])
    assert "results/paper/verdict.csv: is no table of verdicts (" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{", "[]", '{"artifacts": 3, "inputs": {}}', '{"artifacts": {}}'])
def test_a_broken_record_is_named(results: Path, content: str) -> None:
    (results / "results/paper/arm/seed0/grid.run.json").write_text(content)
    assert named(results) == ["seed0/grid.run.json"]


@pytest.mark.parametrize(
    ("folder", "command"),
    [("smoke", "snakemake --cores all --config profile=smoke"), ("paper", "snakemake --cores all"),
     ("study", "snakemake --cores all study")],
)  # fmt: skip
def test_the_advice_is_of_the_profile_at_hand(
    results: Path, folder: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "results/paper").rename(results / "results" / folder)
    for record in results.rglob("*.run.json"):
        record.write_text(record.read_text().replace("results/paper/", f"results/{folder}/"))
    (results / "results" / folder / "arm/seed0/metric_grid.npz").write_text("other")
    assert main(["--root", str(results)]) == 1
    assert f"; `{command}` makes what is named here anew\n" in capsys.readouterr().out
