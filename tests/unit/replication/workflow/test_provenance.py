"""Whether an artifact is the one that is asked for is decided by content."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replication.files import artifacts
from replication.workflow.provenance import Asked, Clock, record, why_stale

SETTINGS = {"train": {"steps": 10}, "model": {"hidden": 4}}


class Run:
    """One run's files, and what would be asked for now."""

    def __init__(self, folder: Path) -> None:
        self.source, self.data, self.model, self.record = (
            folder / name for name in ("train.py", "data.npz", "model.json", "model.run.json")
        )
        for path in (self.source, self.data, self.model):
            path.write_text(path.name)
        self.asked = Asked(
            stage="train",
            dataset="arm",
            seed=0,
            settings=SETTINGS,
            device="cpu",
            threads=1,
            sources=[self.source],
            inputs=[self.data],
        )
        record(self.record, self.asked, outputs=[self.model], clock=Clock(), facts={})

    def why_stale(self, **other: Any) -> str | None:
        return why_stale(self.record, replace(self.asked, **other), [self.model])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_what_was_just_made_is_current(run: Run) -> None:
    assert run.why_stale() is None
    assert run.why_stale(inputs=None) is None


def test_times_do_not_matter(run: Run) -> None:
    for path in (run.data, run.source):
        path.touch()
    assert run.why_stale() is None


@pytest.mark.parametrize(
    "prose", ['"""What it does."""\n\ntrain.py', "train.py  # it trains", "\n(\n    train.py\n)\n"]
)
def test_an_edit_of_prose_or_layout_makes_nothing_stale(run: Run, prose: str) -> None:
    run.source.write_text(prose)
    assert run.why_stale() is None


def test_data_are_compared_by_their_bytes_also_where_they_are_code(run: Run) -> None:
    asked = replace(run.asked, sources=[], inputs=[run.source])
    record(run.record, asked, outputs=[run.model], clock=Clock(), facts={})
    run.source.write_text("train.py  # it trains")
    assert "other inputs: " in str(run.why_stale(sources=[], inputs=[run.source]))


def edit(name: str) -> Callable[[Run], None]:
    return lambda run: getattr(run, name).write_text("other")


def unlink(run: Run) -> None:
    run.model.unlink()


def before_sources_were_recorded(run: Run) -> None:
    old = artifacts.read_json(run.record)
    old["sources"] = {}
    artifacts.write_json(run.record, old)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (edit("source"), "other sources: "),
        (edit("data"), "other inputs: "),
        (edit("model"), "model.json was changed since it was made"),
        (unlink, "model.json is missing"),
        (edit("record"), "is no record of a run"),
        (before_sources_were_recorded, "other sources: "),
        (lambda run: run.record.unlink(), "there is no record of a run"),
    ],
)
def test_what_changed_is_named(run: Run, change: Callable[[Run], None], words: str) -> None:
    change(run)
    assert words in str(run.why_stale())


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"settings": {**SETTINGS, "train": {"steps": 20}}}, "another settings: train"),
        ({"seed": 1}, "another seed: 0, not 1"),
        ({"dataset": "motion"}, "another dataset: arm, not motion"),
        ({"device": "cuda:0"}, "another device: cpu, not cuda"),
        ({"threads": 2}, "another threads: 1, not 2"),
        ({"stage": "grid"}, "another stage: train, not grid"),
    ],
)
def test_what_is_asked_for_otherwise_is_named(run: Run, other: dict[str, Any], words: str) -> None:
    assert words in str(run.why_stale(**other))


def test_another_input_is_noticed(run: Run, tmp_path: Path) -> None:
    more = tmp_path / "more.npz"
    more.write_text("more")
    assert "more.npz" in str(run.why_stale(inputs=[run.data, more]))


def test_another_artifact_that_the_record_names_is_looked_at_too(run: Run) -> None:
    asked = replace(run.asked, inputs=[run.source])
    record(run.record, asked, outputs=[run.model, run.data], clock=Clock(), facts={})
    run.data.write_text("other")
    assert "data.npz was changed" in str(run.why_stale(inputs=[run.source]))
