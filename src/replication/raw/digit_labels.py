"""Labels for binarised test digits that come without any: those of the grey images that they were drawn from.

Larochelle's test rows are MNIST's grey test images sorted by class, each class in its own order; so are the stand-in's.
"""

import numpy as np
from jaxtyping import Int, UInt8
from numpy import ndarray

__all__ = ["recover_labels"]


def recover_labels(
    rows: UInt8[ndarray, "n pixels"], images: UInt8[ndarray, "n pixels"], labels: UInt8[ndarray, " n"]
) -> Int[ndarray, " n"]:
    """Label of each binarised row.

    The order is held against the images: in the fixed binarisation a pixel is 1 with the probability of its grey
    value, so that one of grey 0 can not be 1 and one of grey 255 can not be 0.

    Args:
        rows: Binarised digits, 0 or 1.
        images: Grey digits 0..255, in MNIST's order.
        labels: Class of each grey digit.

    Raises:
        ValueError: The rows are not the images sorted by class.
    """
    if rows.shape != images.shape or len(labels) != len(images):
        raise ValueError(
            f"{rows.shape} rows, {images.shape} images and {labels.shape} labels; expected as many of each"
        )
    by_class = np.argsort(labels, kind="stable")
    grey = images[by_class]
    (wrong,) = np.nonzero(((rows == 1) & (grey == 0) | (rows == 0) & (grey == 255)).any(axis=1))
    if wrong.size:
        raise ValueError(
            f"expected the grey images sorted by class; {wrong.size} of {len(rows)} binarised rows have a pixel that "
            f"theirs cannot have given, the first is row {wrong[0] + 1}: take both files from the places that "
            "config/datasets/mnist.yaml names"
        )
    return labels[by_class].astype(np.int64)
