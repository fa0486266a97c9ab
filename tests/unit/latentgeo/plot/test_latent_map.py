import sys
from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.patches import Ellipse
from torch import Tensor

import latentgeo as lg

BOX = ((-1.0, 2.0), (-1.0, 1.0))
A = torch.tensor([[3.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)


def linear(z: Tensor) -> Tensor:
    return z @ A.T.to(z)


def bent(z: Tensor) -> Tensor:
    return torch.stack([z[:, 0], z[:, 1], z[:, 0] ** 2 + z[:, 1] ** 2], 1)


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


def drawn(axes: plt.Axes, colour: str) -> list[np.ndarray]:
    return [np.column_stack(line.get_data()) for line in axes.lines if line.get_color() == colour]


def points(count: int, latent: int = 2) -> Tensor:
    return torch.randn(count, latent, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_map_is_the_volume_change_of_the_decoder() -> None:
    axes = lg.plot.latent_map(linear, bounds=BOX, size=9)
    shown = np.asarray(axes.collections[0].get_array())
    assert np.allclose(shown, float(torch.linalg.det(A.T @ A)) ** 0.5)
    assert axes.get_xlim() == BOX[0]
    assert axes.get_ylim() == BOX[1]


def test_a_map_of_varying_volume_has_rows_along_the_second_coordinate() -> None:
    axes = lg.plot.latent_map(lambda z: torch.stack([z[:, 0], z[:, 1].exp()], 1), bounds=BOX, size=33)
    shown = np.asarray(axes.collections[0].get_array()).reshape(33, 33)
    inner = slice(3, -3)
    expected = np.exp(np.linspace(*BOX[1], 33))[:, None] * np.ones(33)
    assert np.allclose(shown[inner, inner], expected[inner, inner], rtol=1e-4)


def test_the_curve_on_the_map_is_the_solutions() -> None:
    z = points(2)
    solution = lg.geodesic(lg.PullbackMetric(bent), z[:1], z[1:])
    axes = lg.plot.latent_map(bent, solution=solution)
    (curve,) = drawn(axes, "#0072B2")
    assert np.allclose(curve, solution.curve(len(curve))[0])
    (line,) = drawn(axes, "#D55E00")
    assert np.allclose(line[[0, -1]], z)


def test_straight_lines_are_left_out_on_request() -> None:
    z = points(2)
    solution = lg.geodesic(lg.PullbackMetric(bent), z[:1], z[1:])
    assert not drawn(lg.plot.latent_map(bent, solution=solution, lines=False), "#D55E00")


def test_a_curve_that_did_not_converge_is_named() -> None:
    z = points(8)
    metric = lg.PullbackMetric(bent)
    solution = lg.geodesic(metric, z[:4], z[4:], lg.SplineCurve(certify=False))
    assert set(solution.outcome) == {lg.Outcome.UNCERTIFIED}
    axes = lg.plot.latent_map(bent, solution=solution)
    words = [text.get_text() for text in axes.get_figure().legends[0].get_texts()]
    assert "not known to be a geodesic" in words
    assert "geodesic" not in words


def test_points_of_a_unit_ball_are_as_far_from_its_centre() -> None:
    axes = lg.plot.latent_map(linear, bounds=BOX, indicatrices=3)
    balls = [patch for patch in axes.patches if isinstance(patch, Ellipse)]
    assert len(balls) == 9
    ball = balls[4]
    along = np.linspace(0, 2 * np.pi, 50)
    x, y = ball.width / 2 * np.cos(along), ball.height / 2 * np.sin(along)
    turn = np.deg2rad(ball.angle)
    rim = np.column_stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y])
    far = np.linalg.norm(rim @ A.numpy().T, axis=1)
    assert np.allclose(far, far.mean())
    assert f"radius {far.mean():.3g}" in axes.get_figure().legends[0].get_texts()[0].get_text()


def test_lines_of_equal_distance_around_a_point_of_a_plane_are_circles() -> None:
    source = torch.tensor([0.2, 0.1], dtype=torch.float64)
    axes = lg.plot.latent_map(
        lambda z: torch.cat([z, 0 * z], 1), bounds=((-1.0, 1.0), (-1.0, 1.0)), source=source, levels=4
    )
    contours = next(found for found in axes.collections if hasattr(found, "levels"))
    inner = contours.get_paths()[0].vertices
    radius = np.linalg.norm(inner - source.numpy(), axis=1)
    assert np.allclose(radius, contours.levels[0], rtol=0.02)


def test_classes_are_named_at_their_medians() -> None:
    z = points(60)
    labels = np.array(["left", "right"])[(z[:, 0] > 0).long().numpy()]
    axes = lg.plot.latent_map(linear, data=z, labels=labels)
    named = {text.get_text(): text.xy for text in axes.texts}
    assert set(named) == {"left", "right"}
    assert named["left"][0] < 0 < named["right"][0]


def test_many_numbers_are_a_scale() -> None:
    z = points(60)
    axes = lg.plot.latent_map(linear, data=z.numpy(), labels=z[:, 0])
    assert [other.get_ylabel() for other in axes.get_figure().axes].count("labels") == 1


def test_more_dimensions_are_seen_in_a_plane_of_two_of_them() -> None:
    z = points(40, latent=4)
    axes = lg.plot.latent_map(lambda z: z, data=z, dims=(1, 3), size=5)
    dots = axes.collections[1].get_offsets()
    assert np.allclose(dots, (z - z.mean(0))[:, [1, 3]])
    assert axes.get_xlabel() == "latent $z_{2}$"


def test_it_draws_where_it_is_told() -> None:
    axes = plt.subplots()[1]
    assert lg.plot.latent_map(linear, bounds=BOX, axes=axes) is axes


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "nowhere to look"),
        ({"data": points(5), "labels": [1, 2]}, "labels must be one for each of 5 points"),
        ({"data": points(5, latent=3), "source": points(1, latent=3)}, "two latent dimensions"),
        ({"data": points(5), "source": points(2)}, "source must be one latent point"),
        ({"data": torch.full((2, 2), float("nan"), dtype=torch.float64)}, "data must be finite"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        lg.plot.latent_map(lambda z: z, **given)  # pyright: ignore[reportArgumentType]


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("latentgeo.plot", "matplotlib"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'latentgeo\[plot\]'"):
        import latentgeo.plot  # noqa: F401


def test_the_legend_says_where_curves_leave_the_plane_that_the_data_are_in() -> None:
    data = points(50, 3) * torch.tensor([1.0, 1.0, 0.01])
    metric = lg.PullbackMetric(lambda z: z.sin())
    for height, told in ((0.02, False), (3.0, True)):
        bump = torch.tensor([[[-1.0, 0.0, 0.0], [0.0, 0.0, height], [1.0, 0.0, 0.0]]], dtype=torch.float64)
        axes = lg.plot.latent_map(metric, data=data, solution=lg.path(metric, bump[0]), size=9)
        words = [text.get_text() for text in axes.figure.legends[0].get_texts()]
        assert any("off this plane curves run 3 far" in word for word in words) is told
