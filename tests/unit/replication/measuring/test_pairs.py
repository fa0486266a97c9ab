"""Which pair is shown and which are far apart, on distances made by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from replication.measuring.pairs import apart, distances_between, draw_pairs, far, shown_first
from replication.workflow import seeds


def on_a_circle(degrees: list[float], labelled: bool = False) -> Any:
    """Encodings at these angles on circles that grow from one to the next; the data are a circle of radius 1."""
    angle = np.radians(degrees)
    ring_angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    ring = np.stack([np.cos(ring_angle), np.sin(ring_angle)], axis=-1)
    radius = 1 + np.arange(len(angle))
    encodings = torch.as_tensor(radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1))
    return SimpleNamespace(
        encodings=encodings,
        parameter={"label": np.zeros(len(angle))} if labelled else {"angle": angle},
        data={"ring": ring, "ring_angle": ring_angle},
    )


@pytest.mark.parametrize(
    ("distance", "measured", "order"),
    [
        ([1.0, 9.0, 6.1, 3.0, 5.0], 0, [2, 0, 1, 3, 4]),
        # of the first three the largest is 3, and two thirds of it 2
        ([1.0, 3.0, 2.2, 60.0, 90.0], 3, [2, 0, 1, 3, 4]),
        ([1.0, 3.0, 2.2, 60.0, 90.0], 1, [0, 1, 2, 3, 4]),
        # the first of two that are as near
        ([3.0, 1.0, 1.0, 3.0], 0, [0, 1, 2, 3]),
        ([5.0, 7.0, 9.0], 9, [0, 1, 2]),
    ],
)
def test_the_shown_pair_is_nearest_to_two_thirds_of_what_both_solvers_measure(
    distance: list[float], measured: int, order: list[int]
) -> None:
    assert shown_first(np.array(distance), measured).tolist() == order


def test_distances_are_true_ones_where_there_are_and_latent_ones_elsewhere() -> None:
    pairs = torch.tensor([[0, 1], [0, 2], [1, 2]])
    degrees = [0.0, 30.0, 270.0]
    arcs = np.radians([30, 90, 120])
    np.testing.assert_allclose(apart(on_a_circle(degrees), pairs), arcs, rtol=1e-3)
    labelled = on_a_circle(degrees, labelled=True)
    assert np.isnan(distances_between(labelled, pairs)).all()
    latent = (labelled.encodings[pairs[:, 0]] - labelled.encodings[pairs[:, 1]]).norm(dim=1)
    np.testing.assert_allclose(apart(labelled, pairs), latent)


def test_far_pairs_are_over_half_as_far_as_the_farthest() -> None:
    space = on_a_circle([0.0, 59.0, 61.0, 120.0])
    pairs = torch.tensor([[0, 1], [0, 2], [0, 3]])
    assert far(space, pairs).tolist() == [0, 1, 1]
    assert far(space, pairs[:2]).tolist() == [1, 1]


def test_the_order_keeps_who_is_measured_by_both() -> None:
    space = on_a_circle(list(np.linspace(0, 350, 36)))
    plain = [sorted(map(tuple, draw_pairs(space, 20, seeds.derive(0, "a")).tolist()))]
    pairs = draw_pairs(space, 20, seeds.derive(0, "a"), measured=5)
    assert sorted(map(tuple, pairs.tolist())) == plain[0]
    distance = apart(space, pairs)[:5]
    assert abs(distance[0] - 2 / 3 * distance.max()) == min(abs(distance - 2 / 3 * distance.max()))
    again = draw_pairs(space, 20, seeds.derive(0, "a"), measured=1)
    assert {tuple(pair) for pair in pairs[:5].tolist()} == {tuple(pair) for pair in again[:5].tolist()}
