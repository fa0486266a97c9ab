"""Whoever names a variant of the study by its words names one that the settings of profile paper make."""

import json
from typing import Any

import pytest

from replication.evidence import readings, reported
from replication.evidence.metric_options import NAMES
from replication.figures import fig13_who_stays, fig20_robot_arm_ratio
from replication.stages.options import variants
from replication.workflow import config


def made(dataset: str) -> dict[str, list[str]]:
    """How the pairs are drawn -> the variants, as the workflow hands the settings over."""
    study: dict[str, Any] = config.load()["datasets"][dataset]["geometry"]["study"]
    study = json.loads(json.dumps(study, sort_keys=True))
    words = [
        ", ".join([name, *(f"{k}={v:g}" for k, v in options.items())])
        for name, options, _ in variants(study["variants"])
    ]
    return dict.fromkeys(study["drawn"], words)


@pytest.mark.parametrize("dataset", fig13_who_stays.DATASETS)
def test_those_that_figures_compare(dataset: str) -> None:
    assert set(NAMES) <= set(made(dataset)[fig13_who_stays.DATASETS[dataset]])


def test_those_of_the_robot_arm() -> None:
    assert {*fig20_robot_arm_ratio.EVIDENCE, *fig20_robot_arm_ratio.A_DIAL} <= set(made("robot_arm")["uniform"])


def test_those_of_the_readings_and_of_the_items() -> None:
    named = [
        ("mnist", "uniform", reading.where["variant"]) for reading in readings.READINGS if "variant" in reading.where
    ]
    content = reported.load()
    for item in [*content["items"], *content["targets"]]:
        specs = [item["quantity"], *item.get("beside", [])]
        named += [
            (item["dataset"], spec.get("drawn", "uniform"), spec["variant"]) for spec in specs if "variant" in spec
        ]
    assert len(named) > 5
    assert [name for name in named if name[2] not in made(name[0]).get(name[1], [])] == []
