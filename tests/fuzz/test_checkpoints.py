"""Damaged models and training states: the safetensors, the architecture beside, and the record within."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from fuzz.effort import parser_inputs
from fuzz.endings import answer
from fuzz.mutations import damaged
from latentgeo.generative import IWAE, TrainingSettings, TrainingState, fit
from replication.models.checkpoints import load, load_state, save, save_state

MODEL = IWAE(3, latent=1, hidden=(2,), likelihood="gaussian", sigma=0.5)
ARCHITECTURE = json.dumps({"architecture": MODEL.architecture}).encode()
SETTINGS = TrainingSettings(
    steps=2,
    batch=2,
    learning_rate=0.01,
    samples=((0, 1),),
    validations=1,
    validation_samples=1,
    checkpoint_seconds=1e-9,
)
DATA = torch.rand(4, 3, generator=torch.Generator().manual_seed(0))
WORDS = [
    *b'"F64" "BF16" "F8_E8M0" "F4" "U16" "shape" "hidden" "a" "" [ ] [] { } {} null NaN 1e999'.split(),
    *b"0.5 2 -1 1000000000 1000000000000".split(),
]
# structure-aware: any JSON value in the place of any other
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 10**13),
        st.floats(),
        st.sampled_from(["", "tanh", "relu", "gaussian", "bernoulli", 10**400, -1, 0]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
architectures = st.one_of(
    damaged(ARCHITECTURE, WORDS, b", "),
    st.builds(
        lambda key, value: json.dumps({"architecture": MODEL.architecture | {key: value}}).encode(),
        st.sampled_from(sorted(MODEL.architecture)),
        values,
    ),
)


def state_of(folder: Path) -> TrainingState:
    """The state of a run after its first step."""
    states: list[TrainingState] = []
    model = IWAE(3, latent=1, hidden=(2,), likelihood="gaussian", sigma=0.5)
    fit(model, DATA, DATA, SETTINGS, torch.Generator().manual_seed(0), on_checkpoint=states.append)
    return states[0]


@pytest.fixture(scope="module")
def model_file(folder: Path) -> Path:
    save(folder / "model.safetensors", MODEL, {})
    return folder / "model.safetensors"


@pytest.fixture(scope="module")
def weights(model_file: Path) -> bytes:
    return model_file.read_bytes()


@pytest.fixture(scope="module")
def state(folder: Path) -> TrainingState:
    return state_of(folder)


@parser_inputs(150, 2_500)
@given(st.data())
def test_damaged_weights_are_read_or_refused(model_file: Path, weights: bytes, data: st.DataObject) -> None:
    content = data.draw(st.one_of(damaged(weights, WORDS, b","), st.builds(with_header, st.just(weights), headers)))
    model_file.write_bytes(content)
    model_file.with_suffix(".json").write_bytes(ARCHITECTURE)
    check(answer(lambda: load(model_file), "model.safetensors"), model_file)


@parser_inputs(150, 2_500)
@given(content=architectures)
@example(b"[" * 100_000)
@example(b'{"architecture": ' + b"9" * 5000 + b"}")
@example(b'{"architecture": {"obs": 1000000000000}}')
@example(b'{"architecture": {"obs": 3, "hidden": [1000000]}}')
def test_a_damaged_architecture_is_read_or_refused(model_file: Path, weights: bytes, content: bytes) -> None:
    model_file.write_bytes(weights)
    model_file.with_suffix(".json").write_bytes(content)
    check(answer(lambda: load(model_file), "model.json|model.safetensors"), model_file)


def check(found: IWAE | None, path: Path) -> None:
    if found is None:
        return
    stored = load_file(path)
    assert found.state_dict().keys() == stored.keys()
    for name, tensor in found.state_dict().items():
        assert torch.equal(tensor, stored[name])
        assert bool(torch.isfinite(tensor).all())
    rebuilt = IWAE(**json.loads(path.with_suffix(".json").read_bytes())["architecture"])
    assert rebuilt.architecture == found.architecture


@parser_inputs(150, 2_500)
@given(st.data())
def test_a_damaged_state_is_resumed_or_refused(folder: Path, state: TrainingState, data: st.DataObject) -> None:
    path = folder / "state.safetensors"
    save_state(path, state)
    path.write_bytes(data.draw(damaged(path.read_bytes(), WORDS, b",")))
    check_resumed(path)


@parser_inputs(200, 2_500)
@given(data=st.data())
def test_an_odd_state_is_resumed_or_refused(folder: Path, state: TrainingState, data: st.DataObject) -> None:
    """A whole file with another record, or other tensors."""
    record, tensors = dict(state.record), dict(state.tensors)
    for _ in range(data.draw(st.integers(0, 2))):
        record[data.draw(st.sampled_from(sorted(record)))] = data.draw(values)
    for _ in range(data.draw(st.integers(0, 2))):
        name = data.draw(st.sampled_from([*sorted(tensors), "model.odd", "adam.x.y", "adam.0.odd", "odd"]))
        tensors[name] = data.draw(odd_tensors)
    text = data.draw(
        st.sampled_from([json.dumps(record), json.dumps(record), "[" * 100_000, "3", '"' + "9" * 5000, "9" * 5000])
    )
    path = folder / "state.safetensors"
    save_file({name: tensor.clone() for name, tensor in tensors.items()}, path, {"record": text})
    check_resumed(path)


def check_resumed(path: Path) -> None:
    """It is read and goes on to the end, or is refused with its name, or as a state that does not fit the run."""
    found = answer(lambda: load_state(path), path.name)
    if found is None:
        return
    model = IWAE(3, latent=1, hidden=(2,), likelihood="gaussian", sigma=0.5)

    def resume() -> Any:
        return fit(model, DATA, DATA, SETTINGS, torch.Generator().manual_seed(0), resume=found)

    result = answer(resume, "the state to resume from|the bound is|the validation bound is")
    if result is not None:
        assert 1 <= result.best_step <= SETTINGS.steps
        assert all(bool(torch.isfinite(tensor).all()) for tensor in model.state_dict().values())


odd_tensors = st.builds(
    lambda shape, dtype, value: torch.full(shape, value, dtype=torch.float64).to(dtype),
    st.sampled_from([(), (0,), (1,), (2,), (3,), (2, 1), (2, 3), (3, 2), (5056,)]),
    st.sampled_from([torch.float32, torch.float64, torch.float16, torch.uint8, torch.int64, torch.bool]),
    st.sampled_from([0.0, 1.0, -1.0, 255.0]),
) | st.just(torch.tensor([float("nan"), 1.0]))
headers = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"[" * 50_000, b"{}", b"{\xff}", b'{"a": 1}', b'{"a":{"dtype":"F8_E8M0","shape":[0],"data_offsets":[0,0]}}']
    ),
    st.builds(
        lambda name, dtype, shape, end: json.dumps(
            {name: {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}}
        ).encode(),
        st.sampled_from(["a", "log_sigma", "encoder.0.weight", "__metadata__"]),
        st.sampled_from(
            ["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "U16", "U64", "C64", "BOOL", "I8", "X"]
        ),
        st.lists(st.sampled_from([0, 1, 2, 3, 1 << 32, 1 << 63]), max_size=3),
        st.integers(0, 32),
    ),
)


def with_header(content: bytes, header: bytes) -> bytes:
    """The file with another header, of the right length as written."""
    start = 8 + struct.unpack("<Q", content[:8])[0]
    return struct.pack("<Q", len(header)) + header + content[start : start + 32]
