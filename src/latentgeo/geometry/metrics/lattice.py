"""The pulled-back metric on a regular lattice of a 2-D latent space, from the decoder's values alone.

At every node the decoder's derivatives along both axes are differences, of order eight, of the observations at nine
nodes of the lattice: no tangent is pushed through the decoder, so that the metric costs one forward pass a node, and
any decoder has one, also one whose derivatives torch does not know. What a step of the lattice does not resolve, such
as the kinks of a piecewise linear decoder, is smoothed. Observations are kept for some rows at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.progress import tell

__all__ = ["Lattice", "from_values"]

# nodes to each side that a difference is made of
_REACH = 4
# rows that are differentiated together, and columns: so few that their observations stay in the caches
_ROWS, _COLUMNS = 16, 32
# bytes of observations that are kept, roughly: a lattice is cut into broad stripes where they would be more
_KEPT = 96 << 20


@dataclass(frozen=True)
class Lattice:
    """Points origin + i a + j b for i below the first count and j below the second.

    Attributes:
        origin: (2,), a latent point.
        steps: (2, 2), its rows are a and b.
        count: How many along each.
        around: Whether the last node along each is the first one again, one period on.
    """

    origin: Tensor
    steps: Tensor
    count: tuple[int, int]
    around: tuple[bool, bool] = (False, False)

    def points(self, rows: slice, columns: slice) -> Float[Tensor, "nodes 2"]:
        """Those of some rows and columns, which may lie beyond the first and the last; the columns faster."""
        i, j = (torch.arange(s.start, s.stop).to(self.steps) for s in (rows, columns))
        return (self.origin + i[:, None, None] * self.steps[0] + j[:, None] * self.steps[1]).view(-1, 2)

    def nodes(self) -> Float[Tensor, "nodes 2"]:
        """All of them."""
        return self.points(*(slice(0, n) for n in self.count))

    def mapped(self, matrix: Float[Tensor, "2 2"]) -> "Lattice":
        """That of the points A z."""
        A = matrix.to(self.steps)
        return replace(self, origin=A @ self.origin, steps=self.steps @ A.T)


@torch.no_grad()
def from_values(
    observe: Callable[[Tensor], Tensor], lattice: Lattice, outputs: int, at_once: int
) -> Float[Tensor, "nodes 3"]:
    """G_xx, G_xy and G_yy of the observations' J^T J at all nodes, in latent units.

    Args:
        observe: Points (batch, 2) to observations (batch, obs), each on its own.
        lattice: The nodes; at least five along each axis. Along an axis that goes around, points up to four steps
            beyond both ends are observed.
        outputs: How many numbers an observation has.
        at_once: Points to observe together.
    """
    columns = lattice.count[1]
    bytes_of_column = (_ROWS + 2 * _REACH) * outputs * lattice.steps.element_size()
    broad = max(_COLUMNS, _KEPT // bytes_of_column)
    stripes = [
        _stripe(observe, lattice, slice(low, min(low + broad, columns)), at_once) for low in range(0, columns, broad)
    ]
    inverse = torch.linalg.inv(lattice.steps)
    return _turned(torch.cat(stripes, 1).flatten(0, 1).to(inverse), inverse)


def _stripe(
    observe: Callable[[Tensor], Tensor], lattice: Lattice, columns: slice, at_once: int
) -> Float[Tensor, "rows columns 3"]:
    """Products of the differences along both axes, for all rows of some columns."""
    rows = lattice.count[0]
    seen = [_window(slice(0, rows), rows, lattice.around[0]), _window(columns, lattice.count[1], lattice.around[1])]
    wide = seen[1].stop - seen[1].start
    kept, first = None, seen[0].start
    found = []
    for low in range(0, rows, _ROWS):
        tell(f"cache, row {low} of {rows}")
        part = slice(low, min(low + _ROWS, rows))
        need = _window(part, rows, lattice.around[0])
        old = 0 if kept is None else len(kept)
        points = lattice.points(slice(first + old, need.stop), seen[1])
        new = in_parts(observe, at_once, points).unflatten(0, (-1, wide))
        kept = new if kept is None else torch.cat([kept[need.start - first :], new])
        first = need.start
        across = _differences(rows, lattice.around[0], part).to(kept)
        products = []
        for left in range(columns.start, columns.stop, _COLUMNS):
            some = slice(left, min(left + _COLUMNS, columns.stop))
            near = _window(some, lattice.count[1], lattice.around[1])
            middle = kept[:, some.start - seen[1].start : some.stop - seen[1].start]
            fx = (across @ middle.flatten(1)).view(len(across), -1, kept.shape[2])
            along = _differences(lattice.count[1], lattice.around[1], some).to(kept)
            inner = kept[part.start - first : part.stop - first, near.start - seen[1].start : near.stop - seen[1].start]
            fy = along @ inner
            products.append(torch.stack([(fx * fx).sum(2), (fx * fy).sum(2), (fy * fy).sum(2)], 2))
        found.append(torch.cat(products, 1))
    return torch.cat(found)


def _window(part: slice, count: int, around: bool) -> slice:
    """The nodes that differences at these are made of."""
    if around:
        return slice(part.start - _REACH, part.stop + _REACH)
    # the first two nodes, and the last two, look at five to one side
    return slice(max(min(part.start - _REACH, count - 5), 0), min(max(part.stop + _REACH, 5), count))


@cache
def _weights(offsets: tuple[int, ...]) -> np.ndarray:
    """Of values at so many steps from a node for the derivative there, exact for polynomials as far as can be."""
    powers = np.vander(np.array(offsets, dtype=float), increasing=True).T
    right = np.zeros(len(offsets))
    right[1] = 1
    return np.linalg.solve(powers, right)


def _differences(count: int, around: bool, part: slice) -> Float[Tensor, "part window"]:
    """A matrix from the values in a window to the derivatives at some nodes, per step."""
    window = _window(part, count, around)
    matrix = np.zeros((part.stop - part.start, window.stop - window.start))
    for row, node in enumerate(range(part.start, part.stop)):
        reach = _REACH if around else min(_REACH, node, count - 1 - node)
        low = node - reach if reach > 1 else 0 if node < count / 2 else count - 5
        high = node + reach if reach > 1 else low + 4
        matrix[row, low - window.start : high - window.start + 1] = _weights(tuple(range(low - node, high - node + 1)))
    return torch.from_numpy(matrix)


def _turned(three: Tensor, inverse: Tensor) -> Tensor:
    """S^-1 M S^-T of the symmetric matrices M with these three entries."""
    M = three[:, [0, 1, 1, 2]].view(-1, 2, 2)
    G = inverse @ M @ inverse.T
    return torch.stack([G[:, 0, 0], (G[:, 0, 1] + G[:, 1, 0]) / 2, G[:, 1, 1]], 1)
