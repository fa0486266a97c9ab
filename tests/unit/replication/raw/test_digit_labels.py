"""Labels of binarised digits from the grey ones, on small made-up digits."""

import numpy as np
import pytest

from replication.raw.digit_labels import recover_labels

PIXELS = 60


@pytest.fixture
def digits():
    """Grey images, labels and one binarised row of each, sorted by class."""
    rng = np.random.default_rng(3)
    images = rng.choice([0, 128, 255], size=(50, PIXELS)).astype(np.uint8)
    labels = rng.integers(0, 10, 50).astype(np.uint8)
    rows = (rng.random(images.shape) * 255 < images).astype(np.uint8)
    return images, labels, rows[np.argsort(labels, kind="stable")]


def test_rows_sorted_by_class_get_their_labels(digits):
    images, labels, rows = digits
    got = recover_labels(rows, images, labels)
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, np.sort(labels))


def test_rows_in_another_order_are_an_error(digits):
    images, labels, rows = digits
    with pytest.raises(ValueError, match=r"sorted by class; \d+ of 50 binarised rows have .*, the first is row 1:"):
        recover_labels(rows[::-1], images, labels)


@pytest.mark.parametrize("grey", [0, 255])
def test_one_impossible_pixel_is_an_error(digits, grey: int):
    images, labels, rows = digits
    pixel = tuple(np.argwhere(images[np.argsort(labels, kind="stable")] == grey)[9])
    rows[pixel] = 1 - rows[pixel]
    with pytest.raises(ValueError, match=rf"; 1 of 50 .*, the first is row {pixel[0] + 1}:"):
        recover_labels(rows, images, labels)


def test_another_number_of_images_is_an_error(digits):
    images, labels, rows = digits
    with pytest.raises(ValueError, match="expected as many of each"):
        recover_labels(rows[:-1], images, labels)
