"""DVC and Snakemake on the same artifacts: both hold for current what was made of the same content, and nothing else.

On the real rules, with a paper that is small enough. CI runs one pass of each; `make faults` (FAULTS=full) the same
with Snakemake and DVC in either order, every way to alter an artifact, and an edit of every module.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from replication import animations, figures, metrics, tables
from replication.workflow.declared import declared
from replication.workflow.verify import check_records
from tiny_project import Project
from workflow_fixtures import ROOT, really_imported

FULL = os.environ.get("FAULTS") == "full"
pytestmark = pytest.mark.slow
PAIRS: tuple[str, Mapping[str, Any]] = ("config/paper.yaml", {"geometry": {"pairs": 5}})
STEPS: tuple[str, Mapping[str, Any]] = ("config/datasets/robot_arm.yaml", {"train": {"steps": 150}})
OF_PAIRS = {"geodesics", "shown_pair", "score", "verdict", "index"}
RUN = "results/paper/robot_arm/seed0"

Make = Callable[[Project], None]


def by_snakemake(project: Project) -> None:
    project.snakemake()


def by_dvc(project: Project) -> None:
    project.dvc("repro")


@pytest.fixture(scope="module")
def clean_b(made: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What configuration B gives where nothing else was ever run."""
    project = Project.new(tmp_path_factory.mktemp("tiny") / "b")
    project.configure(*STEPS)
    project.snakemake()
    assert project.artifacts() != made.artifacts()
    return project.artifacts()


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    """A copy of A to work on."""
    return made.copy(tmp_path / "copy")


def assert_made_as_asked(project: Project, before: Mapping[str, str]) -> None:
    """Every stage that ran had a reason in what it is made of, and every record agrees with what lies there now."""
    for name, text in project.records().items():
        if (old := before.get(name, text)) != text:
            then, now = json.loads(old), json.loads(text)
            assert any(then[part] != now[part] for part in ("settings", "inputs", "sources")), name
    assert list(check_records(project.folder)) == []


@pytest.mark.parametrize("first", [by_snakemake, by_dvc] if FULL else [by_snakemake])
def test_a_clone_pulls_has_nothing_to_do_and_remakes_what_an_edit_asks_for(
    made: Project, tmp_path: Path, first: Make
) -> None:
    second = by_dvc if first is by_snakemake else by_snakemake
    store = tmp_path / "store"
    origin = made.copy(tmp_path / "origin")
    origin.dvc("remote", "add", "--default", "store", str(store))
    origin.dvc("push", "--quiet")
    origin.commit("remote")

    clone = origin.clone(tmp_path / "clone")
    clone.dvc("pull", "--quiet")
    assert clone.artifacts() == made.artifacts()
    assert clone.is_up_to_date()

    before = clone.records()
    clone.configure(*PAIRS)
    first(clone)
    ran = clone.ran_since(before)
    assert ran >= OF_PAIRS
    assert not ran & {"fetch", "robot_arm", "train", "grid"}
    assert_made_as_asked(clone, before)

    # the other of the two builds nothing a second time
    before = clone.records()
    second(clone)
    assert clone.ran_since(before) == set()
    by_dvc(clone)
    assert clone.is_up_to_date()


def test_a_clone_may_pull_one_folder(made: Project, tmp_path: Path) -> None:
    origin = made.copy(tmp_path / "origin")
    origin.dvc("remote", "add", "--default", "store", str(tmp_path / "store"))
    origin.dvc("push", "--quiet")
    origin.commit("remote")
    clone = origin.clone(tmp_path / "clone")
    shown = clone.dvc("metrics", "show", "--json").stdout
    assert "test_bound" in shown, "scores are git's"
    folder = "results/paper/robot_arm"
    clone.dvc("pull", "--quiet", folder)
    assert {name for name in clone.artifacts() if name.startswith(folder)} == {
        name for name in made.artifacts() if name.startswith(folder)
    }
    clone.dvc("pull", "--quiet", "data/raw", "data/processed/paper")  # what its records name as inputs
    verified = clone.run(sys.executable, "-m", "replication.workflow.verify")
    away = "results/paper/explorer.html, results/paper/records, results/paper/report.html"
    assert f"not here; `dvc pull` brings it: {away}\n" in verified.stdout


@pytest.mark.parametrize("make", [by_snakemake, by_dvc] if FULL else [by_dvc])
def test_after_a_checkout_the_results_are_those_of_the_configuration(
    project: Project, clean_b: dict[str, Any], make: Make
) -> None:
    a = project.artifacts()
    project.configure(*STEPS)
    by_snakemake(project)
    by_dvc(project)
    assert project.artifacts() == clean_b
    # the artifacts of A come back, the configuration stays B's
    project.git("checkout", "--quiet", "--", "dvc.lock", "results", "paper_figures")
    project.dvc("checkout", "--force", "--quiet")
    assert project.artifacts() == a
    make(project)
    assert project.artifacts() == clean_b


def test_back_to_what_was_made_before_without_making_it_again(project: Project) -> None:
    a, before = project.artifacts(), project.records()
    project.configure(*PAIRS)
    by_dvc(project)
    project.git("checkout", "--quiet", "--", ".")
    project.dvc("checkout", "--force", "--quiet")
    by_snakemake(project)
    assert project.artifacts() == a
    assert project.records() == before


def edit(folder: Path) -> None:
    (folder / RUN / "scores.json").write_text("{}")


def truncate(folder: Path) -> None:
    grid = folder / RUN / "metric_grid.npz"
    grid.write_bytes(grid.read_bytes()[:-100])


def remove(folder: Path) -> None:
    (folder / RUN / "shown_pair.npz").unlink()


def redraw(folder: Path) -> None:
    (folder / "paper_figures/fig08_robot_arm_mf.png").write_bytes(b"better")


def spoil_raw(folder: Path) -> None:
    (folder / "data/raw/robot_arm/source.json").write_text('{"kind": "public"}')


ALTERED = (
    (edit, f"{RUN}/scores.json", {"score"}),
    (redraw, "paper_figures/fig08_robot_arm_mf.png", {"fig08_robot_arm_mf"}),
    (truncate, f"{RUN}/metric_grid.npz", {"grid"}),
    (remove, f"{RUN}/shown_pair.npz", {"shown_pair"}),
    (spoil_raw, "data/raw/robot_arm/source.json", {"fetch"}),
)


@pytest.mark.parametrize(
    ("change", "name", "again"), ALTERED if FULL else ALTERED[:3], ids=lambda value: getattr(value, "__name__", "")
)
def test_what_was_altered_is_named_and_made_anew(
    project: Project, change: Callable[[Path], None], name: str, again: set[str]
) -> None:
    a, before = project.artifacts(), project.records()
    change(project.folder)
    verified = project.run(sys.executable, "-m", "replication.workflow.verify", check=False)
    assert verified.returncode == 1
    assert name in verified.stdout
    ended = project.snakemake()
    assert name in ended.stdout + ended.stderr
    assert project.artifacts() == a
    assert project.ran_since(before) <= again
    assert list(check_records(project.folder)) == []


def test_artifacts_exchanged_between_seeds_are_named_and_made_anew(project: Project) -> None:
    project.configure("config/paper.yaml", {"seeds": [0, 1]})
    project.snakemake()
    made, before = project.artifacts(), project.records()
    for name in ("metric_grid.npz", "grid.run.json"):  # the record too: each vouches for the other seed's file
        one, other = (project.folder / f"results/paper/robot_arm/seed{seed}/{name}" for seed in (0, 1))
        ours = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(ours)
    exchanged = {problem.file for problem in check_records(project.folder)}
    assert {f"results/paper/robot_arm/seed{seed}/grid.run.json" for seed in (0, 1)} <= exchanged
    project.snakemake()
    assert project.artifacts() == made
    assert project.ran_since(before) == {"grid"}
    by_dvc(project)  # takes over what is new
    assert "dvc.lock agrees\n" in project.run(sys.executable, "-m", "replication.workflow.verify").stdout


SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "2")
DVC = (sys.executable, "-m", "dvc", "repro")
TWO = ((SNAKEMAKE, DVC), (SNAKEMAKE, SNAKEMAKE), (DVC, DVC))


@pytest.mark.parametrize(("first", "second"), TWO if FULL else TWO[:1], ids=lambda command: command[2])
def test_two_runs_at_once(project: Project, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    project.configure(*STEPS)  # trains anew: the first goes on while the second starts
    running = project.start(*first)
    try:
        locks = project.folder / ".snakemake" / "locks"
        while not (locks.is_dir() and any(locks.iterdir())):
            assert running.poll() is None
            time.sleep(0.05)
        refused = project.run(*second, check=False)
        assert refused.returncode != 0
        assert re.search(
            "still running in this folder: snakemake|[Uu]nable to acquire lock|busy", refused.stdout + refused.stderr
        )
    finally:
        printed, _ = running.communicate()
    assert running.returncode == 0, printed
    by_dvc(project)
    assert project.is_up_to_date()
    assert list(check_records(project.folder)) == []


def entries(record: Mapping[str, Any]) -> list[str]:
    """The modules that a stage's rule begins at: its own, and those that the stage loads by name."""
    stage, settings = record["stage"], record["settings"]
    modules = [f"replication.stages.{stage}"]
    if stage in ("fetch", "preprocess", "geodesics", "shown_pair", "options", "starts", "domains", "explorer"):
        modules += ["replication.datasets.robot_arm"]
    if stage == "explorer" or (declared()[stage].per == "model" and stage not in ("train", "score", "radii")):
        modules += [f"replication.metrics.{name}" for name in metrics.names()]
    if stage in ("figure", "animation", "table"):
        modules += [f"replication.{stage}s.{settings['name']}"]
    if stage == "index":
        modules += [f"replication.figures.{name}" for name in figures.available(settings["datasets"])]
        modules += [f"replication.animations.{name}" for name in animations.available(settings["datasets"])]
        modules += [f"replication.tables.{name}" for name in tables.available(settings["datasets"])]
    return modules


def sources(project: Project) -> dict[str, set[str]]:
    """record -> the sources that it names."""
    return {name: set(json.loads(text)["sources"]) for name, text in project.records().items()}


def test_every_rule_takes_the_modules_that_its_stage_imports(made: Project) -> None:
    """Python itself is asked, in a fresh interpreter."""
    records = {name: json.loads(text) for name, text in made.records().items()}
    loaded = really_imported(map(entries, records.values()))
    taken = {
        name: {file for file in files if file.endswith(".py") and not file.endswith("__init__.py")}
        for name, files in sources(made).items()
    }
    assert taken == dict(zip(records, loaded, strict=True))
    # what is no Python: the explorer's page is written of its own files
    others = {name: {file for file in files if not file.endswith(".py")} for name, files in sources(made).items()}
    page = ROOT / "src" / "latentgeo" / "explorer" / "page"
    files = {str(file.relative_to(ROOT)) for file in page.rglob("*") if file.is_file()}
    assert {name: found for name, found in others.items() if found} == {EXPLORER: files}


EXPLORER = "results/paper/records/explorer.run.json"
EDITED = (
    "src/latentgeo/geometry/metrics/smoothing.py",  # of the metrics, by way of others
    "src/latentgeo/generative/networks.py",  # of models, and of all that loads one
    "src/latentgeo/geometry/distances/pairwise.py",  # of no stage
    "src/replication/datasets/robot_arm.py",  # loaded by name
    "src/replication/figures/fig09_robot_arm_cartesian.py",
    "src/replication/stages/__init__.py",  # of all
)
ALL = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.py"))


@pytest.mark.parametrize("module", ALL if FULL else EDITED)
def test_an_edited_module_makes_stale_what_imports_it_and_nothing_else(made: Project, module: str) -> None:
    path = made.folder / module
    text = path.read_text()
    try:
        path.write_text(f"{text}\n_EDITED = 1\n")
        planned = made.snakemake("--dry-run")
    finally:
        path.write_text(text)
    said = re.findall(r"^(\S+) is stale: other sources: (\S+)$", planned.stdout + planned.stderr, flags=re.MULTILINE)
    assert {name for _, name in said} <= {module}
    stale = {
        name
        for name, record in made.records().items()
        if {file for file, _ in said} & {*json.loads(record)["artifacts"]}
    }
    assert stale == {name for name, files in sources(made).items() if module in files}
    assert ("Nothing to be done" in planned.stdout + planned.stderr) == (not stale)


def test_edited_prose_makes_nothing_stale(project: Project) -> None:
    """A docstring, a comment and a line break in every module."""
    for module in ALL:
        path = project.folder / module
        path.write_text('"""Other words."""\n# why\n\n' + path.read_text().replace('"""', '"""In short: ', 1))
    planned = project.snakemake("--dry-run")
    assert "Nothing to be done" in planned.stdout + planned.stderr
    assert " is stale" not in planned.stdout + planned.stderr
