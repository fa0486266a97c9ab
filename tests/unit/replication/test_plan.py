"""What a configuration asks for: files, settings and sources of each run, from what the stages declare."""

import pytest

from replication.plan import Plan
from replication.workflow.declared import declared

PAPER = Plan.of({})
ARM = {"dataset": "robot_arm", "seed": "5"}
RUN = "results/paper/robot_arm/seed5"


def test_a_run_reads_what_others_make_of_the_same_model() -> None:
    assert PAPER.reads(declared()["score"], ARM) == {
        "model": f"{RUN}/model.safetensors",
        "architecture": f"{RUN}/model.json",
        "data": "data/processed/paper/robot_arm.npz",
        "meta": "data/processed/paper/robot_arm.json",
        "history": f"{RUN}/training.csv",
        "pairs": f"{RUN}/pairs.csv",
    }


def test_a_variant_is_made_of_the_raw_data_of_what_it_extends() -> None:
    of = PAPER.reads(declared()["preprocess"], {"dataset": "motion_clean"})
    assert of == {"source": "data/raw/motion/source.json"}


@pytest.mark.parametrize("profile", ["paper", "smoke", "study"])
def test_no_file_is_made_twice_and_every_file_that_is_read_is_made(profile: str) -> None:
    plan = Plan.of({"profile": profile})
    made = plan.files(*plan.stages)
    assert len(made) == len(set(made))
    shown = [
        stage
        for stage in plan.stages.values()
        if not (plan.of_variants and stage.name in ("verdict", "index", "explorer"))
    ]
    for stage in shown:
        for run in plan.runs(stage):
            asked = {*plan.reads(stage, run).values(), *plan.waits_for(stage, run)}
            assert asked - {"config/reported.yaml"} <= {*made}, stage.name


def test_a_stage_that_is_not_asked_for_has_no_run() -> None:
    asked = [run["dataset"] for run in PAPER.runs(declared()["sweep"])]
    assert set(asked) == {name for name, one in PAPER.settings["datasets"].items() if one["geometry"]["sweep"]}
    assert list(PAPER.runs(declared()["starts"])) == []
    assert list(PAPER.runs(declared()["selection"])) == []


def test_settings_are_those_that_the_stage_declares_and_no_others() -> None:
    geometry = PAPER.settings["datasets"]["robot_arm"]["geometry"]
    of = PAPER.settings_of(declared()["shown_pair"], ARM)
    assert of == {key: geometry[key] for key in declared()["shown_pair"].settings}
    assert PAPER.settings_of(declared()["score"], ARM) == {"score": PAPER.settings["score"]}


def test_every_key_of_the_geometry_is_some_stages() -> None:
    stages = [stage for stage in declared().values() if stage.per == "model"]
    declared_keys = {key for stage in stages for key in stage.settings} - {"model", "train", "score"}
    assert declared_keys == PAPER.settings["geometry"].keys()


def test_a_run_depends_on_the_modules_that_it_loads_by_name() -> None:
    sources = PAPER.sources(declared()["geodesics"], ARM)
    assert {"src/replication/datasets/robot_arm.py", "src/replication/metrics/conformal.py"} <= {*sources}
    assert "src/replication/datasets/mnist.py" not in sources
    figure = PAPER.sources(declared()["figure"], {"figure": "fig08_robot_arm_mf"})
    assert "src/replication/figures/fig08_robot_arm_mf.py" in figure
    assert "src/replication/figures/fig01_pendulum_mf.py" not in figure


def test_of_the_geometry_a_profiles_stage_is_told_every_data_sets() -> None:
    found = PAPER.settings_of(declared()["explorer"], {})
    assert found["grid"].keys() == PAPER.settings["datasets"].keys()
    assert found["grid"]["mnist"] == PAPER.settings["datasets"]["mnist"]["geometry"]["grid"]


def test_the_explorers_page_counts_among_its_sources_and_nobody_elses() -> None:
    page = "src/latentgeo/explorer/page/main.js"
    assert page in PAPER.sources(declared()["explorer"], {})
    assert "src/replication/datasets/motion.py" in PAPER.sources(declared()["explorer"], {})
    assert page not in PAPER.sources(declared()["geodesics"], ARM)


def test_the_data_have_a_seed_of_their_own() -> None:
    assert PAPER.asked(declared()["preprocess"], {"dataset": "mnist"}).seed == PAPER.settings["data_seed"]
    assert PAPER.asked(declared()["train"], ARM).seed == 5
    assert PAPER.asked(declared()["verdict"], {}).seed is None
