"""The stand-in for MNIST: scikit-learn's handwritten digits, enlarged and binarised with a fixed seed.

The files have MNIST's formats and names, so that a run without network goes through the same code.
"""

from pathlib import Path
from typing import cast

import numpy as np
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.utils import Bunch

from replication.raw.amat import write_amat
from replication.raw.idx import write_idx

__all__ = ["write_standin"]

SEED = 20180413
VALID, TEST = 250, 250
#: Binarised draws of each training digit; there are only 1,297 of them.
COPIES = 4


def write_standin(folder: Path) -> list[Path]:
    """Write the five files that the mnist data set reads, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    digits = cast(Bunch, load_digits())
    order = rng.permutation(len(digits.target))
    images, labels = enlarge(digits.images[order]), digits.target[order].astype(np.uint8)
    parts = np.split(np.arange(len(labels)), [len(labels) - VALID - TEST, len(labels) - TEST])
    by_class = parts[2][np.argsort(labels[parts[2]], kind="stable")]
    rows = {"train": np.repeat(parts[0], COPIES), "valid": parts[1], "test": by_class}
    paths = []
    for role, chosen in rows.items():
        paths.append(folder / f"binarized_mnist_{role}.amat")
        grey = images[chosen].reshape(len(chosen), -1)
        write_amat(paths[-1], (rng.random(grey.shape) * 255 < grey).astype(np.uint8))
    paths.append(folder / "t10k-images-idx3-ubyte.gz")
    write_idx(paths[-1], images[parts[2]])
    paths.append(folder / "t10k-labels-idx1-ubyte.gz")
    write_idx(paths[-1], labels[parts[2]])
    return paths


def enlarge(images: np.ndarray) -> np.ndarray:
    """Images of 8 x 8 with values 0..16 as 28 x 28 bytes: 20 x 20 in a margin of 4, as MNIST's.

    The contrast is raised, as most of MNIST's pixels are black or white and strokes of grey would dissolve in noise.
    """
    larger = np.asarray(zoom(images, (1, 2.5, 2.5), order=3, mode="nearest", grid_mode=True)) / 16
    bytes_ = np.clip(np.rint(255 * (larger - 0.35) / 0.3), 0, 255).astype(np.uint8)
    return np.pad(bytes_, ((0, 0), (4, 4), (4, 4)))
