"""Labels for binarised digits that come without any: each row is matched to the grey image that it was drawn from.

In the fixed binarisation a pixel is 1 with the probability of its grey value, so that a pixel of grey 0 can not be 1
and one of grey 255 can not be 0. That makes nearly every pair of row and image impossible.
"""

import logging

import numpy as np
from jaxtyping import Int, UInt8
from numpy import ndarray
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching

__all__ = ["impossible_pixels", "recover_labels"]

log = logging.getLogger(__name__)


def recover_labels(
    rows: UInt8[ndarray, "n pixels"], images: UInt8[ndarray, "n pixels"], labels: UInt8[ndarray, " n"]
) -> Int[ndarray, " n"]:
    """Label of each binarised row.

    Larochelle's test rows are the grey images sorted by class, each class in its own order. If that order leaves no
    impossible pixel it is the match; if it does, the match is solved for, and refused unless it settles every label.

    Args:
        rows: Binarised digits, 0 or 1.
        images: Grey digits 0..255, the same ones in another order.
        labels: Class of each grey digit.

    Raises:
        ValueError: There is no one-to-one match without impossible pixels, or it leaves a label open.
    """
    if rows.shape != images.shape or len(labels) != len(images):
        raise ValueError(
            f"{rows.shape} rows, {images.shape} images and {labels.shape} labels; expected as many of each"
        )
    by_class = np.argsort(labels, kind="stable")
    if not impossible_pixels(rows, images[by_class]).any():
        return labels[by_class].astype(np.int64)
    log.info("the rows are not in the order of the classes; the match is solved for")
    return labels[_solve(rows, images, labels)].astype(np.int64)


def impossible_pixels(rows: UInt8[ndarray, "n pixels"], images: UInt8[ndarray, "n pixels"]) -> Int[ndarray, " n"]:
    """How many pixels of each row its image can not have given."""
    return (((rows == 1) & (images == 0)) | ((rows == 0) & (images == 255))).sum(axis=1)


def _solve(rows: ndarray, images: ndarray, labels: ndarray) -> ndarray:
    """Index of each row's image in a one-to-one match of possible pairs."""
    possible = _possible_pairs(rows, images)
    match = maximum_bipartite_matching(possible, perm_type="column")
    unmatched = np.flatnonzero(match < 0)
    if unmatched.size:
        raise ValueError(
            f"{unmatched.size} of {len(rows)} binarised rows fit no grey image one to one, the first is row "
            f"{unmatched[0] + 1}: these are not the same digits"
        )
    # An edge row -> row': the row could have the image of row'. Matches can be exchanged along closed loops only, so
    # a label is settled unless such a loop leads to another label.
    other = possible.tocoo()
    owner = np.empty_like(match)
    owner[match] = np.arange(len(match))
    exchange = csr_array((other.data, (other.row, owner[other.col])), shape=possible.shape)
    _, loop = connected_components(exchange, connection="strong")
    same_loop = loop[other.row] == loop[owner[other.col]]
    open_rows = np.unique(other.row[same_loop & (labels[other.col] != labels[match[other.row]])])
    if open_rows.size:
        raise ValueError(
            f"the labels of {open_rows.size} of {len(rows)} binarised rows stay open, the first is row "
            f"{open_rows[0] + 1}: grey images of several classes allow it"
        )
    return match


def _possible_pairs(rows: ndarray, images: ndarray, block: int = 1000) -> csr_array:
    """Sparse (row, image) table of the pairs without an impossible pixel."""
    black, white = (images == 0).astype(np.float32), (images == 255).astype(np.float32)
    weights, base = np.ascontiguousarray((black - white).T), white.sum(axis=1)
    blocks = [
        csr_array(rows[start : start + block].astype(np.float32) @ weights + base < 0.5)
        for start in range(0, len(rows), block)
    ]
    return csr_array(vstack(blocks))
