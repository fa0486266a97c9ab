"""Values at the nodes of a mesh, interpolated at points between them by cubics."""

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import csr_array
from torch import Tensor

from latentgeo.geometry.distances.eikonal import Mesh

__all__ = ["cubic"]


def cubic(nodes: Mesh, z: Float[Tensor, "points 2"], stride: int = 1) -> csr_array:
    """Weights (points, nodes) by which the values at every so manieth node are interpolated at points: cubics in x, y.

    Squared distances are quadratic in flat space, even next to the source: cubics are exact there.
    """
    shape = nodes.nodes[::stride, ::stride].shape[:2]
    free = (z - nodes.nodes[0, 0]) / (stride * nodes.step)
    count = torch.tensor(shape)
    turns = torch.tensor([period is not None for period in nodes.periods or (None, None)])
    free = torch.where(turns, free.remainder(count.to(free)), free)
    base = free.floor().long() - 1
    base = torch.where(turns, base, torch.minimum(base.clamp(min=0), count - 4))
    s = free - base
    w = torch.stack(
        [
            -(s - 1) * (s - 2) * (s - 3) / 6,
            s * (s - 2) * (s - 3) / 2,
            -s * (s - 1) * (s - 3) / 2,
            s * (s - 1) * (s - 2) / 6,
        ],
        -1,
    ).float()
    # beyond a seam the first nodes come again
    place = (base[:, :, None] + torch.arange(4)) % count[:, None]
    column = place[:, 0, :, None] * shape[1] + place[:, 1, None, :]
    weight = w[:, 0, :, None] * w[:, 1, None, :]
    start = np.arange(0, 16 * len(z) + 1, 16)
    return csr_array(
        (weight.numpy().reshape(-1), column.numpy().reshape(-1), start), shape=(len(z), shape[0] * shape[1])
    )
