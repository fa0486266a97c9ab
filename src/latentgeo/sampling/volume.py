"""Points that are spread evenly by the metric's volume, not by the latent coordinates."""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.metrics.bounds import Bounds, checked_bounds
from latentgeo.geometry.metrics.metric import Metric, magnification_factor
from latentgeo.progress import shows_progress

__all__ = ["sample_volume"]


@shows_progress("points by volume")
@torch.no_grad()
def sample_volume(
    metric: Metric,
    count: int,
    bounds: Bounds,
    *,
    size: int = 257,
    generator: torch.Generator,
    progress: bool = True,
) -> Float[Tensor, "count 2"]:
    """Independent points in a box whose density is the magnification factor sqrt(det G): uniform by volume.

    Drawn from the factor's bilinear interpolant between the nodes of a grid, exactly: a cell by its share of the
    volume, and a place in it by rejection (von Neumann 1951). In more than two latent dimensions `riemannian_hmc` draws
    from a density.

    Args:
        metric: A metric with two latent dimensions.
        count: Points to draw.
        bounds: The box, ((x low, x high), (y low, y high)).
        size: Nodes of the grid along each axis; the density's error falls with its square.
        generator: What draws; on the CPU.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Returns:
        Latent points, float64, in no order.

    Raises:
        ValueError: A count below 0, a grid of fewer than 2 nodes, no box, or one without volume.
        NotFiniteError: The factor is NaN or infinite somewhere in the box.
    """
    if count < 0:
        raise ValueError(f"count must be 0 or more; got {count}")
    if size < 2:
        raise ValueError(f"size must be at least 2; got {size}")
    (x0, x1), (y0, y1) = checked_bounds(bounds)
    x, y = (torch.linspace(low, high, size, dtype=torch.float64) for low, high in ((x0, x1), (y0, y1)))
    z = torch.cartesian_prod(x, y)
    # not `on_lattice`, whose rounding would be a volume where the metric is singular
    factor = in_parts(lambda part: magnification_factor(metric(part)), metric.points_at_once, z).double().cpu()
    bad = (~torch.isfinite(factor)).nonzero()
    if len(bad):
        raise NotFiniteError(f"the magnification factor is {factor[bad[0]].item()} at {z[bad[0, 0]].tolist()}")
    corners = factor.view(size, size).unfold(0, 2, 1).unfold(1, 2, 1).flatten(2).flatten(0, 1)
    volume = corners.mean(1)
    if not bool(volume.sum() > 0):
        raise ValueError(f"the box {bounds} has no volume: the metric is singular all over it")
    ends = volume.cumsum(0)
    drawn = torch.rand(count, generator=generator, dtype=torch.float64) * ends[-1]
    cell = torch.searchsorted(ends, drawn, right=True).clamp(max=len(volume) - 1)
    place = _within(corners[cell], generator)
    step = torch.stack([x[1] - x[0], y[1] - y[0]])
    index = torch.stack([cell // (size - 1), cell % (size - 1)], 1)
    return torch.stack([x[0], y[0]]) + (index + place) * step


def _within(corners: Float[Tensor, "points 4"], generator: torch.Generator) -> Float[Tensor, "points 2"]:
    """A place in the unit square for each point, by the bilinear density with these values at its corners."""
    place = torch.empty(len(corners), 2, dtype=corners.dtype)
    left, highest = torch.arange(len(corners)), corners.amax(1)
    while len(left):
        u, v, level = torch.rand(3, len(left), generator=generator, dtype=corners.dtype)
        a, b, c, d = corners[left].unbind(1)
        density = (1 - u) * ((1 - v) * a + v * b) + u * ((1 - v) * c + v * d)
        taken = level * highest[left] <= density
        place[left[taken]] = torch.stack([u, v], 1)[taken]
        left = left[~taken]
    return place
