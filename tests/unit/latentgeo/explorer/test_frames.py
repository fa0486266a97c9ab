"""How decoded values are shown: guessed from their shape, and refused where they do not fit."""

import pytest

from latentgeo.explorer.frames import Frames, frames_for


@pytest.mark.parametrize(
    ("output", "kind", "shape"),
    [
        ((784,), "curve", (784,)),
        ((28, 28), "image", (1, 28, 28)),
        ((1, 28, 28), "image", (1, 28, 28)),
        ((3, 8, 9), "image", (3, 8, 9)),
        ((29, 3), "skeleton", (29, 3)),
        ((4, 5, 6), "curve", (120,)),
    ],
)
def test_the_kind_is_guessed_from_the_shape(output: tuple[int, ...], kind: str, shape: tuple[int, ...]) -> None:
    found = frames_for(None, output)
    assert (found.kind, found.shape) == (kind, shape)


def test_a_row_of_a_square_number_is_a_square_image_where_that_is_asked_for() -> None:
    assert frames_for("image", (784,)).shape == (1, 28, 28)
    assert frames_for(Frames("image", shape=(14, 56)), (784,)).shape == (1, 14, 56)


def test_points_are_joined_in_a_row_where_no_edges_are_given() -> None:
    assert frames_for("arm", (3, 3)).edges == [(0, 1), (1, 2)]
    assert frames_for(Frames("skeleton", shape=(3, 2), edges=[(0, 2)]), (6,)).edges == [(0, 2)]


@pytest.mark.parametrize(
    ("asked", "output", "message"),
    [
        ("film", (5,), "no frames of kind 'film'; found: image, curve, skeleton, arm"),
        ("image", (10,), "10 numbers are no square image"),
        (Frames("image", shape=(3, 3)), (10,), "hold 9 numbers; the decoder gives 10"),
        (Frames("image", shape=(2, 5, 1)), (10,), r"an image is \(height, width\)"),
        ("arm", (10,), r"need points \(n, 2\) or \(n, 3\); the decoder gives \(10,\)"),
        (Frames("skeleton", edges=[(0, 3)]), (3, 3), "edges must be numbers of points, from 0 to 2"),
    ],
)
def test_frames_that_do_not_fit_are_refused(asked: Frames | str, output: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        frames_for(asked, output)


def test_an_axis_that_there_is_not_cannot_point_up() -> None:
    with pytest.raises(ValueError, match="up must be x, y or z; got 'w'"):
        Frames("arm", up="w")
