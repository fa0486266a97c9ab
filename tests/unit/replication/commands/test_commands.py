"""doctor, data and open: what people ask before and after a run."""

import os
import webbrowser
from pathlib import Path

import pytest

from replication import commands, datasets
from replication.__main__ import main
from replication.commands import data, doctor
from replication.files.artifacts import write_bytes, write_json
from replication.workflow import config
from workflow_fixtures import ROOT

README = (ROOT / "data" / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone to look at: what the commands read of it, and nothing that was made."""
    for part in ("Snakefile", "config", "envs"):
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "README.md").symlink_to(ROOT / "data" / "README.md")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPLICATION_MIRROR", raising=False)
    return tmp_path


def test_every_command_is_in_the_help_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert [name for name in commands.names() if f"\n  {name:13}" not in printed] == []


def test_the_doctor_says_what_a_run_would_use(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPLICATION_MIRROR", str(clone))
    monkeypatch.setattr(doctor, "_LEAST_FREE", 0)
    assert main(["doctor", "--profile", "smoke"]) == 0
    printed = capsys.readouterr().out
    for name in ("Python", "torch", "packages", "device", "cores", "disk", "mirror", "data", "time"):
        assert f"\nok   {name}" in f"\n{printed}" or f"\nnote {name}" in f"\n{printed}", name
    assert "profile smoke from nothing: " in printed
    assert "not recorded yet" in printed or "as where the committed results were made" in printed
    assert "mnist: 5 of 5 files are to be fetched" in printed
    assert printed.endswith("a run of profile smoke can start here\n")


def test_what_stands_in_the_way_is_named(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPLICATION_MIRROR", str(clone / "gone"))
    monkeypatch.setattr(doctor, "_LEAST_FREE", 1e18)
    assert main(["doctor", "--profile", "smoke"]) == 1
    printed = capsys.readouterr().out
    assert f"bad  mirror    {clone / 'gone'} cannot be reached" in printed
    assert printed.endswith("in the way of a run: disk, mirror\n")


def test_a_mistake_in_a_commands_words_is_one_line(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--profile", "smok"]) == 1
    assert capsys.readouterr().err.startswith("replication doctor: no profile 'smok'; did you mean 'smoke'?")


def test_packages_are_held_against_the_lock_where_they_are_wanted() -> None:
    lines = ["torch==2.13.0", "numpy==2.4.6", "gone==1.0", "elsewhere==1.0 ; sys_platform == 'none'"]
    other, missing = doctor.other_versions(lines, {"torch": "2.13.0+cpu", "numpy": "2.3.5"})
    assert other == ["numpy 2.3.5 (locked 2.4.6)"]
    assert missing == ["gone"]


def test_every_data_set_has_its_licence_and_every_pinned_file_its_size() -> None:
    licences, sizes = data.documented(README)
    assert set(datasets.names()) <= licences.keys()
    for one in config.load()["datasets"].values():
        for place in one["data"].get("sources", []):
            pinned = [f"{place['folder']}/{name}" for name, sha256 in place["files"].items() if sha256]
            assert [path for path in pinned if path not in sizes] == []


def test_data_says_what_is_fetched_from_where_and_what_is_here(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist (3 files, 110 MB)" in printed
    assert "http://mocap.cs.cmu.edu/subjects/35 (17 files, 3.94 MB, 3 of unknown size)" in printed
    assert "0 of 5 files; `snakemake --cores 1 data` fetches them" in printed
    assert "CC BY-SA 3.0" in printed
    assert "pendulum from simulated: src/replication/datasets/pendulum.py; nothing is fetched" in printed


def test_what_could_not_be_had_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "walks"
    write_bytes(folder / "a.amc", b"12345")
    write_json(folder / "source.json", {"kind": "mirror", "missing": ["b.amc"]})
    place = {"folder": "cmu", "url": "http://walks.org", "files": {"a.amc": None, "b.amc": None}}
    lines = data.of_dataset("walks", {"sources": [place]}, {"cmu/a.amc": 5}, folder)
    assert [" ".join(line.split()) for line in lines] == [
        "from http://walks.org (2 files, 0.005 kB, 1 of unknown size)",
        "here 1 of 2 files, 0.005 kB in data/raw/walks, from a mirror; not to be had: b.amc",
    ]


@pytest.mark.parametrize("display", ["", ":0"])
def test_open_prints_the_newest_report_and_shows_it_where_there_is_a_screen(
    display: str, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for at, profile in enumerate(("smoke", "paper", "study")):
        page = clone / "results" / profile / "report.html"
        write_bytes(page, b"<html>")
        os.utime(page, (at, at))
    assert main(["open", "report"]) == 0
    assert main(["open", "report", "--profile", "paper"]) == 0
    assert capsys.readouterr().out == "results/study/report.html\nresults/paper/report.html\n"
    assert len(opened) == (2 if display else 0)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["report"], "snakemake --cores all"),
        (["explorer", "--profile", "smoke"], "snakemake --cores all --config profile=smoke"),
    ],
)
def test_a_page_that_was_not_made_names_the_command_that_makes_it(
    words: list[str], command: str, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open", *words]) == 1
    assert capsys.readouterr().err.endswith(f"{words[0]}.html; to make it: {command}\n")
