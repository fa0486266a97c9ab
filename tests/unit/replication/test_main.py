"""The command line: one stage, one line for every error, a record of every run."""

import itertools
import json
import logging
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from replication import stages
from replication.__main__ import main
from replication.arguments import checked, missing
from replication.files import artifacts
from replication.plan import Plan
from replication.workflow.progress import Progress


def run_fetch(tmp_path: Path, loader: str, settings: dict[str, object]) -> int:
    return main(
        [
            "fetch",
            "--dataset",
            loader,
            "--settings",
            json.dumps(settings),
            "--output",
            f"source={tmp_path / 'raw' / 'source.json'}",
            "--run",
            str(tmp_path / "raw" / "fetch.run.json"),
            "--log",
            str(tmp_path / "fetch.log"),
        ]
    )


def test_a_run_leaves_its_record(tmp_path: Path) -> None:
    assert run_fetch(tmp_path, "pendulum", {"data": {}, "standin": "auto"}) == 0
    record = artifacts.read_json(tmp_path / "raw" / "fetch.run.json")
    source = tmp_path / "raw" / "source.json"
    assert record["artifacts"] == {str(source): artifacts.sha256(source)}
    assert record["stage"] == "fetch"
    assert record["data_source"] == "simulated"
    assert {"commit", "config_sha256", "device", "versions", "time", "inputs"} <= record.keys()


def test_an_error_is_one_line_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_fetch(tmp_path, "pendulm", {"data": {}, "standin": "auto"}) == 1
    printed = capsys.readouterr().err.strip()
    assert (
        printed
        == "fetch pendulm: no dataset 'pendulm'; did you mean pendulum? found: mnist, motion, pendulum, robot_arm"
    )
    assert not (tmp_path / "raw" / "source.json").exists()
    assert "Traceback" in (tmp_path / "fetch.log").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "no stage or command 'trian'; did you mean train? found: data, doctor, open, animation, "),
        (["train", "--setings", "{}"], "no option '--setings'; did you mean --settings? found: "),
        (["train", "--settings", "{"], "expected JSON"),
        (["train", "--settings", "[]"], "expected a JSON object; got list"),
        (["train", "--input", "data"], "expected NAME=PATH; got 'data'"),
        (["train", "--seed", "one"], "invalid int value: 'one'"),
        (["--seed", "1"], "required: stage"),
    ],
)
def test_bad_words_are_explained_in_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    printed = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in printed
    assert printed.startswith("replication: ")
    assert printed.count("\n") == 1


def test_no_words_give_help_with_every_stage_and_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert all(re.search(rf"^  {name} +\w", printed, re.MULTILINE) for name in stages.names())


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"replication {metadata.version('latentgeo')}\n"


def test_all_that_a_stage_lacks_is_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--seed", "0", "--output", "model=m.safetensors"]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(
        "train seed 0: needs --dataset, --input data=PATH, --input meta=PATH, --output architecture=PATH, "
        "--output history=PATH, --settings JSON with model, train; "
    )
    assert "snakemake --dry-run --printshellcmds --forcerun train" in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize("profile", ["paper", "study"])
def test_no_stage_lacks_what_the_workflow_gives_it(profile: str) -> None:
    plan = Plan.of({"profile": profile})
    ran = set()
    for stage in plan.stages.values():
        for wildcards in itertools.islice(plan.runs(stage), 1):
            asked = plan.asked(stage, wildcards)
            inputs = {name: Path(file) for name, file in plan.reads(stage, wildcards).items()}
            outputs = {name: Path(file) for name, file in plan.makes(stage).items()}
            job = stages.Job(asked.dataset, asked.seed, settings=asked.settings, inputs=inputs, outputs=outputs)
            assert missing(stage.name, job) == []
            ran.add(stage.name)
    assert ran >= {"train", "geodesics", "figure", "table", "selection" if profile == "study" else "index"}


def test_what_a_stage_can_do_without_is_not_asked_for() -> None:
    lacking = missing("table", stages.Job(inputs={"reported": Path("config/reported.yaml")}))
    assert lacking == ["--output csv=PATH", "--output md=PATH"]


def test_a_missing_key_within_the_settings_is_named_by_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_fetch(tmp_path, "mnist", {"data": {}, "standin": "auto"}) == 1
    assert capsys.readouterr().err == "fetch mnist: needs --settings JSON with data.sources\n"


def test_a_missing_option_that_only_the_work_shows_is_named() -> None:
    given = {"reported": Path(__file__)}
    job = checked("verdict", stages.Job(inputs=given, outputs={"verdict": Path("verdict.csv")}))
    with pytest.raises(ValueError, match=r"^needs --settings JSON with results$"):
        job.settings["results"]
    with pytest.raises(ValueError, match=r"^needs --input data=PATH$"):
        job.inputs["data"]


@pytest.mark.parametrize(("name", "advice"), [("pendulm.npz", "did you mean "), ("x", "to make it: snakemake ")])
def test_an_input_that_does_not_exist_is_named_with_advice(
    name: str, advice: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pendulum.npz").touch()
    words = ["train", "--dataset", "pendulum", "--seed", "0", "--settings", '{"train": {}, "model": {}}']
    for output in ("model", "architecture", "history"):
        words += ["--output", f"{output}={tmp_path / output}"]
    assert main([*words, "--input", f"meta={__file__}", "--input", f"data={tmp_path / name}"]) == 1
    printed = capsys.readouterr().err
    assert f"train pendulum seed 0: input data: no file {tmp_path / name}; {advice}{tmp_path}" in printed
    assert printed.count("\n") == 1


def test_an_output_whose_folder_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw").touch()
    assert run_fetch(tmp_path, "pendulum", {"data": {}, "standin": "auto"}) == 1
    printed = capsys.readouterr().err
    assert str(tmp_path / "raw") in printed
    assert printed.count("\n") == 1


def test_help_and_errors_wait_for_no_heavy_import() -> None:
    code = (
        "import sys; from replication.__main__ import main; main([]); main(['train']); "
        "sys.exit(bool({'torch', 'numpy', 'pandas', 'latentgeo'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


def test_a_stage_that_is_told_to_be_quiet_writes_to_its_log_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPLICATION_QUIET", "1")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    assert run_fetch(tmp_path, "pendulm", {"data": {}, "standin": "auto"}) == 1
    logging.captureWarnings(False)
    assert capsys.readouterr().err == ""
    assert "ERROR root: fetch pendulm: no dataset 'pendulm'" in (tmp_path / "fetch.log").read_text()


def test_progress_has_the_value_and_the_time_left(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    progress = Progress("train mnist seed 0", seconds=0.0)
    progress(0, 100, "bound -200.00 nats")
    progress(50, 100, "bound -140.00 nats")
    lines = caplog.messages
    assert "train mnist seed 0" in lines[-1]
    assert "50%" in lines[-1]
    assert "bound -140.00 nats" in lines[-1]
    assert "<00:0" in lines[-1]
