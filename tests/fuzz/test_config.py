"""Damaged configurations: YAML files and overrides."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fuzz.effort import parser_inputs
from fuzz.endings import answer
from fuzz.mutations import damaged
from replication.workflow import config

DATASETS = b"datasets: [pendulum, short]\n"
SHORT = b"""\
extends: pendulum
loader: pendulum
data: {noise: 0.1}
train: {steps: 10, samples: [[0, 5]]}
geometry: &small
  pairs: 10
  sweep: [0, 1.0e-3]
"""
WORDS = [
    *b"extends: data: train: short ../short *small &small [ ] { } | > ' @ ` = ~ <<: --- %YAML !!set".split(),
    *b".nan .inf 2001-13-45 2001-01-01 0b_ 0x_ 1:70 !!python/object:os.system".split(),
    *(b"- ", b"? ", b'"\\ud800"', b"!!binary x", b"!!float x", b"!!int x"),
]
LAUGHS = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 9)) for name in b"bcdefghi"
)

plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["pendulum", "short", "smoke", "auto", "x" * 300, "../paper", "\0"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers(), st.none(), st.booleans()), inner, max_size=3),
    ),
    max_leaves=6,
)
keys = st.sampled_from(
    ["profile", "datasets", "seeds", "device", "geometry", "score", "data_seed", "mirror", "standin", "odd"]
)
experiments = st.dictionaries(
    st.sampled_from(["pendulum", "short", "none"]),
    st.one_of(
        plain, st.dictionaries(st.sampled_from(["loader", "data", "model", "train", "geometry", "extends"]), plain)
    ),
)
overrides = st.one_of(
    st.dictionaries(keys, plain, max_size=3),
    st.fixed_dictionaries({"datasets": st.one_of(plain, experiments)}),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed configuration with two experiments, one of which extends the other."""
    home = Path(shutil.copytree(config.FOLDER, tmp_path_factory.mktemp("whole") / "config"))
    for path in home.joinpath("datasets").iterdir():
        if path.stem != "pendulum":
            path.unlink()
    listed, count = re.subn(
        rb"^datasets:\n(?:  .*\n)+", DATASETS, (home / "paper.yaml").read_bytes(), flags=re.MULTILINE
    )
    assert count == 1
    (home / "paper.yaml").write_bytes(listed)
    (home / "datasets" / "short.yaml").write_bytes(SHORT)
    (home / "smoke.yaml").write_bytes(b"profile: smoke\nseeds: [0]\ndatasets: {short: {train: {steps: 5}}}\n")
    assert answer(lambda: config.load(folder=home), "") is not None
    return home


@parser_inputs(150, 4_000)
@given(damaged(SHORT, WORDS))
@example(b"extends: short\n")
@example(b"extends: " + b"x" * 300)
@example(b"[" * 5000)
@example(b"data: " + b"[" * 200 + b"]" * 200)
@example(SHORT.replace(b"[0, 1.0e-3]", b"&again [*again]"))
@example(SHORT.replace(b"[0, 1.0e-3]", b"*i") + LAUGHS)
@example(LAUGHS)
@example(b"1: 2\na: 3\n")
@example(SHORT.replace(b"0.1", b".nan"))
def test_a_damaged_experiment_is_read_or_refused(home: Path, content: bytes) -> None:
    path = home / "datasets" / "short.yaml"
    path.write_bytes(content)
    check(answer(lambda: config.load(folder=home), "short.yaml|no data set"))
    path.write_bytes(SHORT)


@parser_inputs(80, 3_000)
@given(st.data())
def test_a_damaged_shared_file_is_read_or_refused(home: Path, data: st.DataObject) -> None:
    path = home / "paper.yaml"
    whole = path.read_bytes()
    path.write_bytes(data.draw(damaged(whole, [*WORDS, b"pendulum"])))
    try:
        check(answer(lambda: config.load(folder=home), "paper.yaml|datasets|no profile"))
    finally:
        path.write_bytes(whole)


@parser_inputs(80, 3_000)
@given(overrides)
@example({"datasets": 5})
@example({"datasets": None})
@example({"datasets": [[]]})
@example({"profile": "x" * 300})
@example({"profile": "\0"})
def test_odd_overrides_are_merged_or_refused(home: Path, odd: dict[str, Any]) -> None:
    check(answer(lambda: config.load(odd, folder=home), "command line|no profile|smoke.yaml"))


def check(found: dict[str, Any] | None) -> None:
    """Complete, and nothing but plain finite values, so that it can be hashed and written down."""
    if found is None:
        return
    json.dumps(found, allow_nan=False)
    assert found["datasets"]
    for name in ("profile", "seeds", "data_seed", "mirror", "standin", "device", "score", "geometry"):
        assert name in found
    for experiment in found["datasets"].values():
        assert set(experiment) == {"loader", "data", "model", "train", "geometry"}
        assert experiment["train"]["steps"] >= 1
        assert experiment["train"]["learning_rate"] > 0
