"""Curves cut where they cross a seam, and drawn."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import Tensor

import latentgeo as lg
from periodic_surfaces import TAU, ring_torus

PERIODS = (TAU, TAU)


def winding(turns: float = 3.3, count: int = 40) -> Tensor:
    t = torch.linspace(0, 1, count, dtype=torch.float64)
    return torch.stack([TAU * turns * t, 1 - TAU * t], 1)


def pieces(points: Tensor) -> list[np.ndarray]:
    """Between the rows of NaN."""
    rows = points.numpy()
    gaps = np.flatnonzero(np.isnan(rows).any(1))
    return [piece[~np.isnan(piece).any(1)] for piece in np.split(rows, gaps)]


def test_every_piece_is_within_one_period() -> None:
    found = pieces(lg.cut_at_seams(winding(), PERIODS))
    # three seams of the first angle and one of the second
    assert len(found) == 5
    for piece in found:
        assert piece.min() >= -1e-12
        assert piece.max() <= TAU + 1e-12
        assert np.abs(np.diff(piece, axis=0)).max() < 1
    for before, after in pairwise(found):
        # the pen is lifted at one side of a seam and put down at the other
        jump = np.abs(after[0] - before[-1])
        assert sorted(jump.round(9).tolist()) == [0.0, round(TAU, 9)]


def test_the_length_is_kept() -> None:
    points = winding()
    cut = sum(
        np.linalg.norm(np.diff(piece, axis=0), axis=1).sum() for piece in pieces(lg.cut_at_seams(points, PERIODS))
    )
    assert cut == pytest.approx(float(points.diff(dim=0).norm(dim=1).sum()))


def test_a_period_may_begin_anywhere() -> None:
    points = winding(0.4)
    assert len(pieces(lg.cut_at_seams(points, (TAU, None)))) == 1
    assert len(pieces(lg.cut_at_seams(points, (TAU, None), (1.0, 0.0)))) == 2
    assert lg.cut_at_seams(points, None) is points
    with pytest.raises(ValueError, match="periods must be one for each of 2 latent coordinates"):
        lg.cut_at_seams(points, (TAU,))


def test_a_long_step_crosses_several_seams() -> None:
    found = pieces(lg.cut_at_seams(torch.tensor([[0.5, 0.0], [3.5, 0.3]], dtype=torch.float64), (1.0, None)))
    assert [len(piece) for piece in found] == [2, 2, 2, 2]
    assert found[0].tolist() == [pytest.approx([0.5, 0]), pytest.approx([1, 0.05])]
    assert found[-1].tolist() == [pytest.approx([0, 0.25]), pytest.approx([0.5, 0.3])]


def test_a_curve_that_touches_a_seam_is_not_cut() -> None:
    touching = torch.tensor([[0.5, 0.0], [1.0, 0.1], [0.5, 0.2]], dtype=torch.float64)
    torch.testing.assert_close(lg.cut_at_seams(touching, (1.0, None)), touching)


def test_a_plot_draws_no_line_across_the_chart() -> None:
    surface = ring_torus()
    solution = lg.geodesic(surface.metric, *surface.ends(4))
    figure, axes = plt.subplots()
    for points in solution.curve(torch.linspace(0, 1, 60, dtype=torch.float64)):
        axes.plot(*lg.cut_at_seams(points, surface.metric.periods).T)
    crossed = 0
    for line in axes.get_lines():
        segments = np.diff(np.asarray(line.get_xydata()), axis=0)
        drawn = segments[~np.isnan(segments).any(1)]
        assert np.abs(drawn).max() < 0.2
        crossed += len(segments) > len(drawn)
    assert crossed == 4
    figure.canvas.draw()
    plt.close(figure)
