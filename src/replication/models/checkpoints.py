"""Models and training states on disk: safetensors for numbers, JSON for the rest, nothing that runs code.

Files appear whole or not at all and are checked before use; a bad one is refused with one line that names it.
"""

import inspect
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as bytes_from_tensors
from torch import Tensor

from latentgeo.generative import IWAE, TrainingState
from replication.files.artifacts import read_json, write_bytes, write_json

__all__ = ["CheckpointError", "load", "load_state", "save", "save_state"]

_RECORD_KEYS = {
    "architecture",
    "best_bound",
    "best_step",
    "bound_steps",
    "bound_sum",
    "history",
    "order_seed",
    "seconds",
    "settings",
    "step",
    "valid_seed",
}


class CheckpointError(ValueError):
    """A file of weights that cannot be used, and why."""


def save(path: Path | str, model: IWAE, extra: dict[str, Any]) -> None:
    """Write a model's weights and, beside them, a .json with the architecture and what else belongs to the model.

    Args:
        path: The weights' file, ending in .safetensors.
        model: The autoencoder.
        extra: JSON-able; the config and the seed. May not hold the key `architecture`.
    """
    path = _weights_path(path)
    if "architecture" in extra:
        raise ValueError("extra may not hold the key 'architecture'; the model gives it")
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    write_bytes(path, bytes_from_tensors(tensors))
    write_json(path.with_suffix(".json"), {"architecture": model.architecture, **extra})


def load(path: Path | str) -> IWAE:
    """Rebuild a model from its weights and the .json beside them, on the CPU.

    Raises:
        CheckpointError: A file is missing or damaged, or weights and architecture do not fit each other.
    """
    path = _weights_path(path)
    beside = path.with_suffix(".json")
    architecture = _read_architecture(beside)
    tensors = _read_tensors(path)
    _check_size(architecture, tensors, beside)
    try:
        model = IWAE(**architecture)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{beside}: {error}") from error
    _check_weights(tensors, model.state_dict(), path)
    model.load_state_dict(tensors)
    return model


def save_state(path: Path | str, state: TrainingState) -> None:
    """Write a training state as one safetensors file, its record as JSON in the file's metadata."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
    write_bytes(path, bytes_from_tensors(tensors, {"record": json.dumps(state.record, allow_nan=False)}))


def load_state(path: Path | str) -> TrainingState:
    """Read a training state; `fit` checks that it belongs to the run.

    Raises:
        CheckpointError: The file is missing or damaged, or is not a training state.
    """
    path = Path(path)
    tensors = _read_tensors(path)
    with safe_open(path, framework="pt") as stream:
        text = (stream.metadata() or {}).get("record")
    if text is None or "generator" not in tensors:
        raise CheckpointError(f"{path}: expected a training state; got a file without its record or generator state")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: the training record is not JSON ({error})") from error
    if not isinstance(record, dict):
        raise CheckpointError(f"{path}: expected a training record of keys and values; got {type(record).__name__}")
    missing = _RECORD_KEYS - set(record)
    if missing:
        raise CheckpointError(f"{path}: the training record lacks {', '.join(sorted(missing))}")
    return TrainingState(tensors, record)


def _read_architecture(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file; it holds the architecture of the weights beside it")
    try:
        architecture = read_json(path)["architecture"]
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: not JSON ({error})") from error
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{path}: expected the key 'architecture'") from error
    known = inspect.signature(IWAE).parameters
    expected = [name for name in known if name != "generator"]
    if not isinstance(architecture, dict):
        raise CheckpointError(f"{path}: expected an architecture with the keys {', '.join(expected)}")
    unknown = sorted(set(architecture) - set(expected))
    missing = [name for name in expected if known[name].default is inspect.Parameter.empty and name not in architecture]
    if unknown or missing:
        what = f"unknown architecture key {unknown[0]!r}" if unknown else f"architecture key {missing[0]!r} is missing"
        raise CheckpointError(f"{path}: {what}; expected: {', '.join(expected)}")
    return {name: known[name].default for name in expected} | architecture


def _check_size(architecture: dict[str, Any], tensors: dict[str, Tensor], path: Path) -> None:
    """Refuse networks that are larger than their weights before memory is taken for them."""
    hidden = architecture["hidden"]
    widths = [architecture["latent"], *(hidden if isinstance(hidden, list | tuple) else []), architecture["obs"]]
    sizes = [width for width in widths if isinstance(width, int)]
    wanted, held = sum(a * b for a, b in pairwise(sizes)), sum(tensor.numel() for tensor in tensors.values())
    if wanted > held:
        raise CheckpointError(f"{path}: the architecture has {wanted} weights or more; the file beside it holds {held}")


def _read_tensors(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    content = path.read_bytes()
    try:
        return tensors_from_bytes(content)
    except (SafetensorError, KeyError) as error:
        # a KeyError is of a type of numbers that torch has not
        raise CheckpointError(
            f"{path}: damaged or not safetensors ({len(content)} bytes; {error}); delete it to train again"
        ) from error


def _check_weights(found: dict[str, Tensor], expected: dict[str, Tensor], path: Path) -> None:
    for name in sorted(set(found) ^ set(expected)):
        what = "is missing" if name in expected else "has no place in the architecture"
        raise CheckpointError(f"{path}: weight {name!r} {what}")
    for name, tensor in expected.items():
        if found[name].shape != tensor.shape or found[name].dtype != tensor.dtype:
            raise CheckpointError(
                f"{path}: weight {name!r} must be {tensor.dtype} of shape {tuple(tensor.shape)}, as the architecture "
                f"says; got {found[name].dtype} of shape {tuple(found[name].shape)}"
            )
        if not bool(torch.isfinite(found[name]).all()):
            raise CheckpointError(f"{path}: weight {name!r} holds a NaN or an infinity")


def _weights_path(path: Path | str) -> Path:
    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"a model's path must end in .safetensors; got {path}")
    return path
