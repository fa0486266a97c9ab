"""The workflow's wiring: it plans for both profiles, every rule is complete, and what is generated is up to date."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from replication import animations, figures, tables
from replication.workflow import config, dvc_pipeline
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
    assert not {"verdict", "index", "shown"} & set(jobs)


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


@pytest.mark.parametrize(
    "rule",
    [rule for file in RULES for rule in re.split(r"\nrule ", file.read_text())[1:]],
    ids=lambda r: r.split(":")[0],
)
def test_every_rule_is_complete(rule: str) -> None:
    for directive in ("input", "output", "params", "log", "benchmark", "threads", "resources", "shell"):
        assert f"    {directive}:" in rule, directive
    assert "code=" in rule
    assert rule.split("\n")[1].strip().startswith('"""')


def test_dvc_yaml_is_made_from_the_configuration() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == dvc_pipeline.pipeline(), "run `make dvc.yaml`"


def test_the_import_arrow_holds() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_every_reported_item_has_a_figure_or_table() -> None:
    shown = {*figures.names(), *tables.names()}
    reported = yaml.safe_load((ROOT / "config" / "reported.yaml").read_text(encoding="utf-8"))
    assert {item["figure"] for item in [*reported["items"], *reported["targets"]]} <= shown
