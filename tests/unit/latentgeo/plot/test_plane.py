import pytest
import torch

import latentgeo as lg
from latentgeo.plot.plane import Section, plane_of


def test_a_section_of_a_linear_decoder_is_its_gram_matrix_within_the_plane() -> None:
    generator = torch.Generator().manual_seed(0)
    A = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    points = torch.randn(50, 4, generator=generator, dtype=torch.float64)
    plane = plane_of(points)
    section = Section(lg.PullbackMetric(lambda z: z @ A.T, probe=points[:3]), plane)
    expected = plane.basis @ A.T @ A @ plane.basis.T
    torch.testing.assert_close(section(torch.randn(3, 2, generator=generator, dtype=torch.float64))[0], expected)


def test_points_of_the_plane_are_projected_onto_themselves() -> None:
    points = torch.randn(30, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    plane = plane_of(points)
    uv = torch.tensor([[0.3, -2.0]], dtype=torch.float64)
    torch.testing.assert_close(plane.project(plane.points(uv)), uv)


def test_the_principal_plane_is_that_of_the_largest_variance() -> None:
    scale = torch.tensor([0.1, 5.0, 0.2, 2.0], dtype=torch.float64)
    points = scale * torch.randn(500, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    plane = plane_of(points)
    assert plane.basis[:, [1, 3]].abs().diagonal().min() > 0.99
    assert "principal axis 1" in plane.names[0]


def test_two_dimensions_are_shown_as_they_are() -> None:
    plane = plane_of(torch.tensor([[3.0, 4.0], [5.0, 6.0]], dtype=torch.float64))
    assert plane.whole
    assert plane.points(torch.tensor([[1.0, 2.0]], dtype=torch.float64)).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("dims", [(0, 0), (0, 9), (1,), "umap"])
def test_a_plane_that_there_is_not_is_refused(dims: object) -> None:
    with pytest.raises(ValueError, match="dims must be"):
        plane_of(torch.zeros(3, 4, dtype=torch.float64), dims)  # pyright: ignore[reportArgumentType]


def test_one_latent_dimension_has_no_map() -> None:
    with pytest.raises(ValueError, match="at least two latent dimensions"):
        plane_of(torch.zeros(3, 1, dtype=torch.float64))
