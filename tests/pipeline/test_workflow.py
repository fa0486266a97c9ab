"""The workflow's wiring: it plans for both profiles, every rule is complete, and what is generated is up to date."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from replication import animations, figures, tables
from replication.files.artifacts import read_csv, read_json
from replication.plan import Plan
from replication.workflow import config
from replication.workflow.declared import declared
from tiny_project import Project
from workflow_fixtures import Run

ROOT = Path(__file__).parents[2]
RULES = sorted(ROOT.glob("rules/*.smk"))


@pytest.mark.parametrize("profile", ["paper", "smoke"])
def test_the_plan_holds_every_figure_animation_and_table(profile: str, workflow: tuple[Path, Run]) -> None:
    _, snakemake = workflow
    plan = snakemake("-n", "--quiet", "rules", "--config", f"profile={profile}")
    assert plan.returncode == 0, plan.stderr
    jobs = dict(re.findall(r"^(\w+)\s+(\d+)$", plan.stdout + plan.stderr, flags=re.MULTILINE))
    loaded = config.load({"profile": profile})
    for job, shown in (("figure", figures), ("animation", animations), ("table", tables)):
        assert int(jobs[job]) == len(shown.available(loaded["datasets"]))
    assert int(jobs["train"]) == len(loaded["seeds"]) * len(loaded["datasets"])


@pytest.mark.slow
def test_the_study_is_a_target_of_its_own(workflow: tuple[Path, Run]) -> None:
    """Its models, what is chosen among them, and what is shown of them; nothing of the other profiles."""
    _, snakemake = workflow
    plan = snakemake("study", "-n", "--quiet", "rules")
    assert plan.returncode == 0, plan.stderr
    jobs = dict(re.findall(r"^(\w+)\s+(\d+)$", plan.stdout + plan.stderr, flags=re.MULTILINE))
    study = config.load({"profile": "study"})
    assert int(jobs["train"]) == len(study["seeds"]) * len(study["datasets"])
    assert int(jobs["selection"]) == len({one["loader"] for one in study["datasets"].values()})
    paper = config.load()["datasets"]
    for job, shown in (("figure", figures), ("table", tables)):
        assert int(jobs[job]) == len(set(shown.names()) - set(shown.available(paper)))
    assert not {"verdict", "index", "shown_pair"} & set(jobs)


def test_a_stand_in_gives_way_when_a_mirror_is_named(workflow: tuple[Path, Run], tmp_path: Path) -> None:
    folder, snakemake = workflow
    config, target = ("--config", "profile=smoke", "datasets=[motion]"), "data/raw/motion/source.json"
    made = snakemake("--cores", "1", target, *config, "standin=always")
    assert made.returncode == 0, made.stderr
    record = folder / "data/raw/motion/fetch.run.json"
    facts = read_json(record)
    assert facts["data_source"] == "standin"
    for mirror, standin, again in (
        ("", "auto", False),
        (str(tmp_path), "auto", True),
        (str(tmp_path), "always", False),
    ):
        facts["settings"]["standin"] = standin  # auto: as if nothing could be had
        record.write_text(json.dumps(facts))
        words = ("-n", "--rerun-triggers", "mtime", "--", target)
        planned = snakemake(*config, f"standin={standin}", *words, REPLICATION_MIRROR=mirror)
        said = planned.stdout + planned.stderr
        assert planned.returncode == 0, said
        assert (f"a stand-in serves, and the mirror {mirror} may have the data" in said) == again
        assert ("Nothing to be done" in said) != again


def test_seeds_and_data_sets_are_chosen_on_the_command_line(workflow: tuple[Path, Run]) -> None:
    """As the README has it; Snakemake hands numbers in a list over as text."""
    _, snakemake = workflow
    plan = snakemake("-n", "--quiet", "rules", "--config", "seeds=[0,7]", "datasets=[pendulum]")
    assert plan.returncode == 0, plan.stderr
    jobs = dict(re.findall(r"^(\w+)\s+(\d+)$", plan.stdout + plan.stderr, flags=re.MULTILINE))
    assert (jobs["train"], jobs["preprocess"]) == ("2", "1")


def test_a_mistake_in_the_configuration_is_one_line(workflow: tuple[Path, Run]) -> None:
    _, snakemake = workflow
    plan = snakemake("-n", "--config", "profile=smoke", "standin=sometimes")
    assert plan.returncode != 0
    words = plan.stdout + plan.stderr
    assert "standin: expected one of: auto, never, always; got 'sometimes'" in words
    assert "Traceback" not in words


@pytest.mark.slow
def test_a_home_that_cannot_be_written_is_one_line_that_says_what_to_set(
    workflow: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, snakemake = workflow
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    (folder / "file").touch()
    homes = [{"HOME": f"{folder}/file/home"}, {"HOME": "/dev/null"}, {"XDG_CACHE_HOME": f"{folder}/file"}]
    commands = [("-n",), ("--cores", "1", "data"), ("--unlock",)]
    for home, command in itertools.product(homes, commands):
        ended = snakemake(*command, "--config", "profile=smoke", **home)
        assert ended.returncode == 1
        assert ended.stdout == ""
        *before, said = ended.stderr.splitlines()
        assert before == [
            "Using workflow specific profile profiles/default for setting default command line arguments."
        ]
        assert said.startswith("Snakemake cannot write its cache below ")
        assert "(Not a directory): set XDG_CACHE_HOME to a folder that can be written" in said
    plan = snakemake("-n", "--quiet", "--config", "profile=smoke", HOME="/dev/null", XDG_CACHE_HOME=f"{folder}/cache")
    assert plan.returncode == 0, plan.stderr


def test_every_stage_has_its_rule() -> None:
    """And each rule the few lines that all have."""
    rules = {}
    for file in RULES:
        for text in re.split(r"\n(?=# .*\nuse rule)", file.read_text(encoding="utf-8"))[1:]:
            rules[re.findall(r"use rule stage as (\w+) with:", text)[0]] = text
    assert rules.keys() == declared().keys()
    for name, text in rules.items():
        for directive in ("input", "output", "log", "benchmark", "params"):
            assert f"    {directive}:\n" in text, f"{name}: {directive}"
        assert text.startswith("# ")


def test_dvc_keeps_all_that_the_paper_makes() -> None:
    """Each artifact lies in an out of dvc.yaml, or is kept by git and named there: scores, verdict, figures, tables."""
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    outs = [next(iter(out)) for stage in pipeline["stages"].values() for out in stage["outs"]]
    plan = Plan.of({})
    made = plan.files(*(name for name in plan.stages if name != "selection"))
    assert [file for file in made if not any(file == out or file.startswith(f"{out}/") for out in outs)] == []
    assert [out for out in outs if not any(file == out or file.startswith(f"{out}/") for file in made)] == []
    assert sorted(pipeline["metrics"]) == sorted(file for file in made if file.endswith("/scores.json"))
    assert all(persisted["persist"] for stage in pipeline["stages"].values() for out in stage["outs"]
               for persisted in out.values())  # fmt: skip


STAGE = '''"""Last bound: what a training ended with."""

from typing import Any

from replication.files.artifacts import read_csv, write_json
from replication.stages import Job

PER = "model"
READS = ("history",)
MAKES = {"last_bound": "last_bound.json"}
SETTINGS = ("follow_radius",)


def run(job: Job) -> dict[str, Any]:
    bound = float(read_csv(job.inputs["history"])["bound_valid"].iloc[-1])
    write_json(job.outputs["last_bound"], {"bound": bound, "radius": job.settings["follow_radius"]})
    return {}
'''
RULE = """

# What a training ended with.
use rule stage as last_bound with:
    input:
        **reads("last_bound"),
    output:
        **makes("last_bound"),
    log:
        beside("logs", "last_bound", ".log"),
    benchmark:
        beside("benchmarks", "last_bound", ".tsv")
    params:
        **told("last_bound"),
"""


@pytest.mark.slow
def test_a_stage_is_added_by_its_file_and_its_rule(made: Project, tmp_path: Path) -> None:
    project = made.copy(tmp_path / "copy")
    (project.folder / "src/replication/stages/last_bound.py").write_text(STAGE)
    with (project.folder / "rules/train.smk").open("a") as rules:
        rules.write(RULE)
    project.snakemake("geometry")
    folder = project.folder / "results/paper/robot_arm/seed0"
    history = read_csv(folder / "training.csv")
    assert read_json(folder / "last_bound.json") == {"bound": history["bound_valid"].iloc[-1], "radius": 0.35}
    record = read_json(folder / "last_bound.run.json")
    assert record["inputs"].keys() == {"results/paper/robot_arm/seed0/training.csv"}
    assert "src/replication/stages/last_bound.py" in record["sources"]
    planned = project.snakemake("-n", "geometry")
    assert "Nothing to be done" in planned.stdout + planned.stderr
    # it belongs to the models' geometry, so that the verdict waits for it; DVC keeps its folder already
    project.configure("config/paper.yaml", {"geometry": {"follow_radius": 0.5}})
    project.snakemake(str(folder.relative_to(project.folder) / "last_bound.json"))
    assert read_json(folder / "last_bound.json")["radius"] == 0.5


def test_the_import_arrow_holds() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_every_reported_item_has_a_figure_or_table() -> None:
    shown = {*figures.names(), *tables.names()}
    reported = yaml.safe_load((ROOT / "config" / "reported.yaml").read_text(encoding="utf-8"))
    assert {item["figure"] for item in [*reported["items"], *reported["targets"]]} <= shown
