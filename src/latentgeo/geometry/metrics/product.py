"""The metric tensor times vectors, without the tensor: for latent dimensions in which it is large."""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_vectors
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["metric_product"]


@takes_arrays
@torch.no_grad()
def metric_product(
    metric: Metric, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
) -> Float[Tensor, "batch latent"]:
    """G(z) v at each point, without forming G: half the gradient of `squared_speed` along v.

    Of a decoder, J^T (J v) by one pass with a tangent and one backwards, whatever the latent dimension
    (Schraudolph 2002). No gradient is kept.

    Args:
        metric: Any metric. One that is a function of its tensor (`SmoothedMetric`, a `FunctionMetric`) forms it, and
            so does a decoder whose derivatives are had by the routes "reverse mode" and "differences".
        z: Latent points.
        v: A latent vector at each.

    Returns:
        In squared observation units per latent unit.

    Raises:
        ValueError: Shapes or dtypes that do not fit each other.
    """
    check_vectors("z", z, "v", v)
    v = v.detach().to(z.device)
    if not len(z):
        return torch.zeros_like(v)
    return in_parts(lambda *part: _product(metric, *part), metric.points_at_once, z.detach(), v)


def _product(metric: Metric, z: Tensor, v: Tensor) -> Tensor:
    with torch.enable_grad():
        along = v.clone().requires_grad_()
        # each row's own squares, so that none overflows beside another's
        found = torch.autograd.grad(metric.squared_speed(z, along).sum(), along)[0]
    return found.detach() / 2
