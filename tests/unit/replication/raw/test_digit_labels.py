"""Recovering labels of binarised digits from grey ones, on small made-up digits."""

import numpy as np
import pytest

from replication.raw.digit_labels import impossible_pixels, recover_labels

PIXELS = 60


@pytest.fixture
def digits():
    """Grey images, labels and one binarised row of each, in the images' order."""
    rng = np.random.default_rng(3)
    images = rng.choice([0, 128, 255], size=(50, PIXELS)).astype(np.uint8)
    labels = rng.integers(0, 10, 50).astype(np.uint8)
    return images, labels, (rng.random(images.shape) * 255 < images).astype(np.uint8)


def test_rows_sorted_by_class_get_their_labels(digits):
    images, labels, rows = digits
    order = np.argsort(labels, kind="stable")
    np.testing.assert_array_equal(recover_labels(rows[order], images, labels), labels[order])


def test_rows_in_any_order_get_their_labels(digits):
    images, labels, rows = digits
    order = np.random.default_rng(0).permutation(len(labels))
    got = recover_labels(rows[order], images, labels)
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, labels[order])


def test_exchangeable_images_of_one_class_are_no_obstacle():
    images = np.array([[128, 128, 0], [128, 128, 0], [0, 0, 255]], dtype=np.uint8)
    rows = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], dtype=np.uint8)
    np.testing.assert_array_equal(recover_labels(rows, images, np.array([7, 7, 8], dtype=np.uint8)), [8, 7, 7])


def test_a_match_that_the_others_force_is_found():
    # Row 0 fits both images of its own, row 1 only the first one, so that the bijection settles row 0.
    images = np.array([[128, 0], [128, 128]], dtype=np.uint8)
    rows = np.array([[1, 1], [1, 0]], dtype=np.uint8)
    np.testing.assert_array_equal(recover_labels(rows, images, np.array([1, 2], dtype=np.uint8)), [2, 1])


def test_a_row_that_no_image_allows_is_an_error(digits):
    images, labels, rows = digits
    rows = rows.copy()
    rows[4] = 1 - rows[4]
    with pytest.raises(ValueError, match=r"1 of 50 binarised rows fit no grey image one to one, the first is row \d+"):
        recover_labels(rows, images, labels)


def test_an_open_label_is_an_error():
    images = np.array([[128, 128, 128], [128, 128, 128], [255, 255, 255]], dtype=np.uint8)
    rows = np.array([[1, 1, 1], [0, 0, 0], [1, 1, 0]], dtype=np.uint8)
    with pytest.raises(ValueError, match="stay open"):
        recover_labels(rows, images, np.array([1, 2, 3], dtype=np.uint8))


def test_another_number_of_images_is_an_error(digits):
    images, labels, rows = digits
    with pytest.raises(ValueError, match="expected as many of each"):
        recover_labels(rows[:-1], images, labels)


def test_impossible_pixels_are_counted():
    rows = np.array([[1, 1, 0, 0]], dtype=np.uint8)
    images = np.array([[0, 3, 255, 254]], dtype=np.uint8)
    assert impossible_pixels(rows, images).tolist() == [2]
