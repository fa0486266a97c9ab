"""The real files, where REPLICATION_MIRROR says where they are; without it there is nothing to test."""

import gzip
import os
from pathlib import Path

import numpy as np
import torch

from replication import datasets
from replication.files.artifacts import write_json
from replication.raw.fetch import SourceOptions

MIRROR = os.environ.get("REPLICATION_MIRROR")

if MIRROR:

    def test_mnist(settings, tmp_path: Path):
        module, data = datasets.load("mnist"), settings("mnist")
        record = module.fetch(data, tmp_path, SourceOptions(MIRROR, "never"))
        write_json(tmp_path / "source.json", record)
        result = module.preprocess(data, tmp_path, torch.Generator().manual_seed(0))
        sizes = [len(result.arrays[role]) for role in ("train", "valid", "test")]
        assert sizes == [50_000, 10_000, 10_000]
        assert result.meta["data_source"] == "mirror"
        content = gzip.decompress((tmp_path / "t10k-labels-idx1-ubyte.gz").read_bytes())
        labels = np.frombuffer(content, np.uint8, offset=8)
        np.testing.assert_array_equal(result.arrays["label_test"], np.sort(labels))

    def test_motion(settings, tmp_path: Path):
        module, data = datasets.load("motion"), settings("motion") | {"noise_copies": 0}
        record = module.fetch(data, tmp_path, SourceOptions(MIRROR, "never"))
        write_json(tmp_path / "source.json", record)
        result = module.preprocess(data, tmp_path, torch.Generator().manual_seed(0))
        frames = sum(len(result.arrays[role]) for role in ("train", "valid", "test"))
        assert frames == result.meta["frames"] >= 5095
        assert sorted(name.split(".")[0] for name in result.meta["fixed_channels"]) == [
            "lclavicle",
            "lclavicle",
            "lfingers",
            "rclavicle",
            "rclavicle",
            "rfingers",
        ]
        figures = module.view(result.arrays["test"], result.meta)["segments"]
        heights = np.ptp(figures[..., 1], axis=(1, 2))
        assert 1.5 < heights.min() < heights.max() < 1.75
