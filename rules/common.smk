"""The plan, and what all rules share. Which files a stage reads and makes, and under which settings, its own file says."""

import json
import os
import re
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from replication.workflow import leftovers
from replication.workflow.config import ConfigError
from replication.plan import Plan


def typed(value):
    """Numbers as numbers: within a list or mapping of --config Snakemake leaves them text, seeds=[0,1] as ["0", "1"]."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    is_number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d*)?", value)
    return yaml.safe_load(value) if is_number else value


OVERRIDES = typed(config)
# `snakemake study` is a run of profile study; the variable tells so to the jobs that it starts elsewhere
if "study" in sys.argv[1:]:
    os.environ.update(REPLICATION_PROFILE="study")
if named := os.environ.get("REPLICATION_PROFILE"):
    OVERRIDES = {"profile": named, **OVERRIDES}
try:
    PLAN = Plan.of(OVERRIDES)
except ConfigError as error:
    raise WorkflowError(str(error)) from None
# where raw files come from, for the jobs that fetch; it decides nothing else
if PLAN.settings["mirror"]:
    os.environ.update(REPLICATION_MIRROR=PLAN.settings["mirror"])

# what a job that computes with a model asks for
GPUS = int(str(PLAN.settings["device"]).startswith("cuda"))

if workflow.is_main_process:
    logger.info(
        f"profile {PLAN.profile}, in {PLAN.results}", extra={"results": PLAN.results}
    )
    # Snakemake's own lock tells a killed run from one that goes on no more than a killed one's stages: that is for us
    locked = any(Path(".snakemake/locks").glob("*.lock"))
    only_looks = {"-n", "--dry-run", "--dryrun", "--lint", "--dag", "--rulegraph"}
    in_the_way = leftovers.orphans(Path())
    # one that has nothing in common with the first, or nothing to do, would take the first's lock away at its end
    if "--unlock" in sys.argv or (locked and not only_looks & {*sys.argv}):
        in_the_way += leftovers.workflows(Path())
    if in_the_way:
        raise WorkflowError(leftovers.still_running(in_the_way))
    if not locked:
        leftovers.remove_parts([Path("data"), Path("results"), Path(PLAN.report)])


onstart:
    # With a limit on how many jobs may start in a time span, every job's end starts a timer that looks at the queue again
    # each time span, for ever: of 277 jobs the scheduler came to take a fifth of a core (snakemake 9.27, 1000 in 5 s). No
    # option takes the limit away.
    workflow.scheduler.job_rate_limiter = None
    # a stage leaves alone what is current, unless it is told that this very thing is to be made anew
    asked = workflow.dag_settings
    forced = [*asked.forcerun, *(asked.targets if asked.forcetargets else ())]
    if asked.forceall or forced:
        os.environ.update(
            REPLICATION_FORCED=os.pathsep.join(
                ["*"] if asked.forceall else map(str, forced)
            )
        )


wildcard_constraints:
    dataset="|".join(PLAN.datasets),
    loader="|".join(PLAN.loaders),
    seed=r"\d+",
    figure=r"fig\d+_\w+",
    animation=r"anim\d+_\w+",
    table=r"tab\d+_\w+",


def by_plan(question, stage):
    """A function of a rule's wildcards: what the plan answers of that run of the stage."""
    return lambda wildcards: question(stage, dict(wildcards.items()))


def reads(name):
    """The inputs of a stage: the files that its command line names, those that it finds itself, and its sources."""
    stage = PLAN.stages[name]

    def one(artifact):
        return by_plan(lambda *run: PLAN.reads(*run).get(artifact, []), stage)

    return {
        **{artifact: one(artifact) for artifact in stage.artifacts},
        "others": by_plan(PLAN.waits_for, stage),
        "code": by_plan(PLAN.sources, stage),
    }


def makes(name):
    """The outputs of a stage: its artifacts and its record, which are kept until they are made anew."""
    made = PLAN.makes(PLAN.stages[name])
    return {artifact: update(file) for artifact, file in made.items()}


def beside(kind, name, suffix):
    """The log or the benchmark of each run of a stage; raw data are of no profile."""
    stage = PLAN.stages[name]
    folder = "results" if stage.per == "raw data" else PLAN.results
    run = "_".join(f"{{{wildcard}}}" for wildcard in stage.place.wildcards)
    run = run.replace("{seed}", "seed{seed}")
    return (
        f"{folder}/{kind}/{name}/{run}{suffix}"
        if run
        else f"{folder}/{kind}/{name}{suffix}"
    )


def told(name):
    """The parameters of a stage: its settings as JSON, and what else the command line says of the run."""
    stage = PLAN.stages[name]
    asked = by_plan(PLAN.asked, stage)

    def run(wildcards, input, output):
        run = asked(wildcards)
        words = [name, f"--device {run.device}"]
        words += [f"--dataset {run.dataset}"] if run.dataset else []
        words += [] if run.seed is None else [f"--seed {run.seed}"]
        words += [
            f"--input {artifact}={input[artifact]}"
            for artifact in stage.artifacts
            if input[artifact]
        ]
        words += [f"--output {artifact}={output[artifact]}" for artifact in stage.makes]
        return " ".join([*words, f"--run {output.run}", f"--source {input.code}"])

    def settings(wildcards):
        return json.dumps(asked(wildcards).settings, sort_keys=True)

    return {"run": run, "settings": settings}
