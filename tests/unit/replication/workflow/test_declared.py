"""What stages declare is read without importing them, is whole, and is refused by name where it is not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from replication import stages
from replication.workflow.declared import FILES, GROUPS, OF_LATENT_SPACE, declared, read, waits

GOOD = 'PER = "model"\nMAKES = {"b": "b.csv"}\nREADS = ("a",)\n'


def stage(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(text)
    return file


def test_the_declarations_are_those_of_the_stages() -> None:
    assert sorted(declared()) == stages.names()
    for name, one in declared().items():
        module = stages.load(name)
        assert (one.per, one.makes) == (module.PER, module.MAKES)
        assert hasattr(module, "reads") == bool(one.groups), name


def test_they_are_read_without_torch() -> None:
    code = "import sys; from replication.workflow.declared import declared; declared(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_each_comes_after_those_it_waits_for() -> None:
    order = list(declared())
    for name, one in declared().items():
        assert all(order.index(before) < order.index(name) for before in waits(one, declared()))
    assert waits(declared()["score"], declared()) == {"preprocess", "train", "geodesics"}


def test_every_file_is_read_by_somebody_or_is_an_end() -> None:
    made = {name for one in declared().values() for name in one.makes}
    read_by_name = {name for one in declared().values() for name in one.artifacts}
    assert read_by_name - FILES.keys() <= made
    assert {group for one in declared().values() for group in one.groups} == GROUPS.keys()


def test_a_latent_space_brings_what_it_takes(tmp_path: Path) -> None:
    text = 'PER = "model"\nLATENT_SPACE = True\nMAKES = {"b": "b.csv"}\nSETTINGS = ("pairs",)\nASKED_BY = "b"\n'
    found = read(stage(tmp_path, "b", text))
    assert found.reads == OF_LATENT_SPACE["reads"]
    assert found.settings == (*OF_LATENT_SPACE["settings"], "pairs", "b")
    assert [found.runs({"b": value}) for value in (None, [], [1], {"x": 1}, 2)] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "PER: expected one of raw data, data, model, "),
        ('PER = "modle"\nMAKES = {"b": "b.csv"}', "got 'modle'"),
        ('PER = "model"', "MAKES: expected the artifacts that it makes, name to file; got none"),
        (
            'PER = "model"\nMAKES = {"b": name()}',
            "MAKES: expected a literal, as it is read without importing; got {'b'",
        ),
        (GOOD.replace('("a",)', '"a"'), "READS: expected a tuple; got 'a'"),
    ],
)
def test_what_is_no_declaration_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        read(stage(tmp_path, "b", text))
    assert str(raised.value).startswith(f"{tmp_path}/b.py: ")


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({}, "stage b: READS: no stage makes 'a'; there are b, candidates, geometry"),
        ({"c": GOOD}, "stages b and c both make 'b'; rename one of them"),
        ({"a": 'PER = "model"\nMAKES = {"a": "a.csv"}\nREADS = ("b",)\n'}, "stages wait for one another: a, b"),
    ],
)
def test_stages_that_do_not_fit_together_are_refused(tmp_path: Path, others: dict[str, str], said: str) -> None:
    for name, text in {"b": GOOD, **others}.items():
        stage(tmp_path, name, text)
    with pytest.raises(ValueError, match=re.escape(said)):
        declared(tmp_path)
