"""What a cluster is told of the workflow agrees with the rules. The run on a real one is tools/cluster/prove.sh."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from replication.plan import Plan
from replication.workflow import config
from replication.workflow.declared import declared
from tools.cluster import scaling
from workflow_fixtures import Run

ROOT = Path(__file__).parents[2]
# the smoke profile and what only profile study asks for
EVERYTHING: dict[str, Any] = {
    "profile": "smoke",
    "standin": "always",
    "geometry": {
        "starts": {"candidates": [2], "pairs": 1, "restarts": 1, "far": 1},
        "domains": {"prior": [0.9], "pairs": 1},
        "retrainings": {"pairs": 1, "metrics": ["raw"], "points": 8},
    },
}
WORDS = ("--config", *(f"{key}={json.dumps(value)}" for key, value in EVERYTHING.items()))
STAGES = declared()


def test_the_planned_rules_wait_as_the_workflow_does(workflow: tuple[Path, Run]) -> None:
    _, snakemake = workflow
    graph = snakemake("--rulegraph", *WORDS)
    assert graph.returncode == 0, graph.stderr
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', graph.stdout))
    waits: dict[str, set[str]] = {name: set() for name in names.values()}
    for before, after in re.findall(r"(\d+) -> (\d+)", graph.stdout):
        waits[names[after]].add(names[before])
    del waits["all"]
    plan = Plan.of(EVERYTHING)
    measured = [
        {"rule": s.name, "of": next(iter(run.values()), "")} for s in plan.stages.values() for run in plan.runs(s)
    ]
    jobs = scaling.jobs(plan, pd.DataFrame(measured).assign(seconds=1.0, waited=0.0, points=0.0))
    planned: dict[str, set[str]] = {}
    for job in jobs:
        planned.setdefault(job.name.split()[0], set()).update(jobs[place].name.split()[0] for place in job.after)
    assert waits == planned


@pytest.mark.slow
@pytest.mark.parametrize(
    ("device", "expected"),
    [("cpu", set()), ("cuda", {stage.name for stage in STAGES.values() if stage.per == "model"})],
)
def test_gpus_are_asked_for_where_the_device_is_one(
    device: str, expected: set[str], workflow: tuple[Path, Run]
) -> None:
    _, snakemake = workflow
    plan = snakemake("-n", *WORDS, f"device={device}")
    assert plan.returncode == 0, plan.stderr
    jobs = re.findall(r"^rule (\w+):\n((?:    .*\n)+)", plan.stdout + plan.stderr, flags=re.MULTILINE)
    assert {name for name, _ in jobs} >= STAGES.keys() - {"selection"}
    assert {name for name, told in jobs if re.search(r"resources:.*\bgpu=1\b", told)} == expected


def test_the_profile_asks_for_rules_that_exist() -> None:
    profile = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8"))
    asked = profile["set-resources"]
    assert asked.keys() == STAGES.keys() - {"fetch", "selection"}
    assert all(of_rule.keys() == {"mem_mb", "runtime"} for of_rule in asked.values())


def test_the_profile_for_scaling_is_what_docs_say() -> None:
    chosen = ["pendulum", "mnist", "robot_arm", "motion"]
    settings = config.load({"profile": "scaling", "datasets": chosen})
    assert len(settings["seeds"]) == 100
    assert [len(settings["datasets"][name]["geometry"]["sweep"]) for name in chosen] == [20] * 4
    paper = config.load()["datasets"]["pendulum"]["geometry"]["sweep"]
    assert set(paper) <= set(settings["datasets"]["pendulum"]["geometry"]["sweep"])
