from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import Tensor

import latentgeo as lg


def images(z: Tensor) -> Tensor:
    """Of 3 by 4 pixels."""
    grid = torch.arange(12, dtype=z.dtype)
    return (z[:, :1] * grid.cos() + z[:, 1:].square() * grid.sin()).unflatten(1, (1, 3, 4))


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


@pytest.fixture(scope="module")
def solution() -> lg.GeodesicSolution:
    z = torch.tensor([[-1.0, 0.2], [0.0, 0.3], [1.0, 0.4], [1.0, 0.7]], dtype=torch.float64)
    return lg.geodesic(lg.PullbackMetric(images), z[:2], z[2:])


def test_the_frames_are_what_the_decoder_makes_of_both_paths(solution: lg.GeodesicSolution) -> None:
    axes = lg.plot.along(solution, images, pair=1, frames=5)
    shown = [np.asarray(frame.images[0].get_array()) for frame in axes.child_axes[:-1]]
    curve = solution.curve([0, 0.25, 0.5, 0.75, 1])[1]
    line = torch.lerp(curve[:1], curve[-1:], torch.linspace(0, 1, 5).double()[:, None])
    assert np.allclose(shown, torch.cat([images(line), images(curve)])[:, 0])


def test_the_velocities_below_are_those_of_both_paths(solution: lg.GeodesicSolution) -> None:
    speeds = lg.plot.along(solution, images, pair=1).child_axes[-1]
    line, geodesic = speeds.lines
    assert np.allclose(geodesic.get_ydata(), solution.velocity(geodesic.get_xdata())[1])
    # the length is the integral of the velocity
    assert np.trapezoid(line.get_ydata(), line.get_xdata()) >= float(solution.length[1])
    assert f"{float(solution.length[1]):.4g}" in speeds.get_legend().get_texts()[1].get_text()


def test_the_line_is_left_out_on_request(solution: lg.GeodesicSolution) -> None:
    axes = lg.plot.along(solution, images, frames=4, lines=False)
    assert len(axes.child_axes) == 5
    assert len(axes.child_axes[-1].lines) == 1


def test_vectors_are_curves_and_a_shape_makes_images_of_them(solution: lg.GeodesicSolution) -> None:
    def vectors(z: Tensor) -> Tensor:
        return images(z).flatten(1)

    assert lg.plot.along(solution, vectors).child_axes[0].lines
    assert lg.plot.along(solution, vectors, shape=(3, 4)).child_axes[0].images


def test_a_spike_of_velocity_does_not_flatten_the_rest() -> None:
    def step(z: Tensor) -> Tensor:
        return torch.stack([z[:, 0], (200 * z[:, 0]).tanh()], 1)

    ends = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    line = lg.euclidean(lg.PullbackMetric(step), ends[:1], ends[1:])
    assert lg.plot.along(line, step).child_axes[-1].get_yscale() == "log"


def test_a_decoder_in_float32_is_asked_in_float32(solution: lg.GeodesicSolution) -> None:
    decoder = torch.nn.Linear(2, 12)
    assert len(lg.plot.along(solution, decoder).child_axes) == 17


@pytest.mark.parametrize(
    ("given", "words"),
    [({"pair": 2}, "pair must be one of 2"), ({"frames": 1}, "at least 2"), ({"shape": (5, 5)}, "12 numbers")],
)
def test_what_cannot_be_drawn_is_refused_by_name(
    solution: lg.GeodesicSolution, given: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        lg.plot.along(solution, images, **given)  # pyright: ignore[reportArgumentType]


def test_a_metric_stands_for_its_decoder_and_one_without_is_refused(solution: lg.GeodesicSolution) -> None:
    metric = lg.PullbackMetric(images)
    frames, same = (
        [np.asarray(frame.images[0].get_array()) for frame in lg.plot.along(solution, given).child_axes[:-1]]
        for given in (images, metric)
    )
    assert np.array_equal(frames, same)
    with pytest.raises(ValueError, match="a SmoothedMetric has none to show"):
        lg.plot.along(solution, lg.SmoothedMetric(metric, 1.0))
