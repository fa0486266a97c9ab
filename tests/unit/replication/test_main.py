"""The command line: one stage, one line for every error, a record of every run."""

import json
from pathlib import Path

import pytest

from replication.__main__ import main
from replication.files import artifacts
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
    assert printed == "fetch pendulm: no dataset 'pendulm'; found: mnist, motion, pendulum, robot_arm"
    assert not (tmp_path / "raw" / "source.json").exists()
    assert "Traceback" in (tmp_path / "fetch.log").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "invalid choice: 'trian'"),
        (["train", "--settings", "{"], "expected JSON"),
        (["train", "--settings", "[]"], "expected a JSON object; got list"),
        (["train", "--input", "data"], "expected NAME=PATH; got 'data'"),
    ],
)
def test_bad_words_are_explained(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert message in capsys.readouterr().err


def test_progress_has_the_value_and_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("train mnist seed 0", seconds=0.0)
    progress(0, 100, "bound -200.00 nats")
    progress(50, 100, "bound -140.00 nats")
    lines = capsys.readouterr().err.strip().splitlines()
    assert "train mnist seed 0" in lines[-1]
    assert "50%" in lines[-1]
    assert "bound -140.00 nats" in lines[-1]
    assert "<00:0" in lines[-1]
