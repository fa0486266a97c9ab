"""MNIST in Larochelle's fixed binarisation (paper, section 4.2)."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from numpy import ndarray

from replication.datasets import Processed
from replication.raw.amat import read_amat
from replication.raw.digit_labels import recover_labels
from replication.raw.fetch import SourceOptions, obtain, raw_files, read_record, record_of, standin_record
from replication.raw.idx import read_idx
from replication.raw.splits import ROLES, subsample

__all__ = ["fetch", "preprocess", "view"]

log = logging.getLogger(__name__)

SIDE = 28


def fetch(
    settings: dict[str, Any], folder: Path, source: SourceOptions, on_step: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Put the binarised digits and the grey test images with their labels into `folder`.

    Returns:
        Provenance; the stand-in's if a file cannot be had.
    """
    found = None
    if source.standin != "always":
        found = obtain(raw_files(settings["sources"]), folder, source, on_step, all_needed=True)
        if not found.missing:
            return record_of(found)
    if source.standin == "never":
        return standin_record("mnist", found, source, [])
    from replication.raw.digits import write_standin  # scikit-learn takes a second to import

    return standin_record("mnist", found, source, write_standin(folder / "standin"))


def preprocess(settings: dict[str, Any], folder: Path, generator: torch.Generator) -> Processed:
    """Read the digits and recover the labels of the test rows.

    Returns:
        Arrays train, valid, test (n, 784) of 0 and 1 (uint8), and label_test (n,) int64. `limit_train`, `limit_valid`
        and `limit_test` in the settings keep a random part of each.
    """
    record = read_record(folder)
    raw = folder / "standin" if record["kind"] == "standin" else folder
    arrays: dict[str, ndarray] = {role: read_amat(raw / f"binarized_mnist_{role}.amat", SIDE * SIDE) for role in ROLES}
    images = read_idx(raw / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(raw / "t10k-labels-idx1-ubyte.gz")
    arrays["label_test"] = recover_labels(arrays["test"], images.reshape(len(images), -1), labels)
    log.info("labels of %d test rows recovered, no impossible pixel", len(labels))
    for role in ROLES:
        rows = subsample(len(arrays[role]), settings.get(f"limit_{role}"), generator)
        arrays[role] = arrays[role][rows]
        if role == "test":
            arrays["label_test"] = arrays["label_test"][rows]
    meta = {
        "noise": 0.0,
        "obs_shape": [SIDE, SIDE],
        "data_source": record["kind"],
        "data_source_reason": record["reason"],
        "missing": record["missing"],
    }
    return Processed(arrays, meta)


def view(decoded: Float[ndarray, "time obs"], meta: dict[str, Any]) -> dict[str, ndarray]:
    """Decoded pixel probabilities as images (time, 28, 28)."""
    return {"images": decoded.reshape(len(decoded), *meta["obs_shape"])}
