"""The paper's smoothing of a metric: its singular values s become s^3 / (s^2 + lambda_s), the top r of them are kept.

Chen et al. 2018: Ghat = U_r diag(s_i^3 / (s_i^2 + lambda_s)) V_r^T. G is symmetric, so that this is
Ghat = G^3 (G^2 + lambda_s I)^-1, which needs no decomposition and has a gradient where singular values are equal.
For s^2 much smaller than lambda_s it is G^3 / lambda_s: cheap directions become cheaper, lengths shrink.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.jet import Jet, carry, entries, matrix
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.taylor import expanded, gathered

__all__ = ["SmoothedMetric", "smooth", "smoothing_scale"]


class SmoothedMetric(Metric):
    """A metric whose tensor is smoothed at every point; see `smooth`.

    Args:
        metric: The raw metric, or a `GridMetric` of it to smooth for many lambda_s at little cost.
        lambda_s: Strength, in units of G squared; 0 with full rank is the raw metric.
        rank: How many of the largest singular values to keep; all by default.

    Raises:
        ValueError: lambda_s is negative or not finite, or the rank is below 1.
    """

    def __init__(self, metric: Metric, lambda_s: float, rank: int | None = None) -> None:
        _check(lambda_s, rank)
        self.metric = metric
        self.lambda_s = float(lambda_s)
        self.rank = rank

    @classmethod
    @takes_arrays
    @torch.no_grad()
    def from_data(
        cls, metric: Metric, z: Float[Tensor, "points latent"], strength: float | int = 1.0, rank: int | None = None
    ) -> "SmoothedMetric":
        """Smoothed on the scale that the metric has at the data: lambda_s = strength times its scale there.

        The scale is that of `smoothing_scale`. At strength 1 a typical largest eigenvalue is halved; much larger ones
        are kept, and much smaller ones fall with their cube: what is cheap becomes cheaper.

        Args:
            metric: The metric to smooth.
            z: Encodings of data, or any points where the metric matters; some hundred will do.
            strength: Multiple of the scale, not negative; 0 smooths nothing.
            rank: As above.

        Raises:
            ValueError: No points, points that are not finite, or a strength that is negative or not finite.
            NotFiniteError: The metric is NaN or infinite at a point.
        """
        if not 0 <= strength < float("inf"):
            raise ValueError(f"strength must be finite and not negative; got {strength}")
        return cls(metric, strength * smoothing_scale(metric, z), rank)

    def __repr__(self) -> str:
        rank = "" if self.rank is None else f", rank={self.rank}"
        return f"SmoothedMetric({self.metric!r}, lambda_s={self.lambda_s:.4g}{rank})"

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        return smooth(self.metric(z), self.lambda_s, self.rank)

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        if self.lambda_s == 0 and (self.rank is None or self.rank >= z.shape[1]):
            return self.metric.squared_speed(z, v)
        return super().squared_speed(z, v)

    def over(self, base: Metric) -> "SmoothedMetric":
        return SmoothedMetric(base, self.lambda_s, self.rank)

    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        inner = self.metric.jet(z)
        if self.rank is not None and self.rank < 2:
            return carry(lambda G: entries(smooth(matrix(G), self.lambda_s, self.rank)), inner)
        return _smoothed(inner, self.lambda_s) if self.lambda_s else inner

    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        return entries(smooth(matrix(self.metric.on_lattice(lattice)), self.lambda_s, self.rank))

    @property
    def base(self) -> Metric:
        return self.metric


@torch.no_grad()
def smoothing_scale(metric: Metric, z: Float[Tensor, "points latent"]) -> float:
    """What lambda_s is measured in: the squared median of the metric's largest eigenvalue at points, in units of G^2.

    Raises:
        ValueError: No points, or points that are not finite.
        NotFiniteError: The metric is NaN or infinite at a point.
    """
    check_points("z", z)
    check_finite("z", z, "point")
    if not len(z):
        raise ValueError("z: expected at least one point to see the metric's scale at; got 0 points")
    G = metric(z)
    finite = torch.isfinite(G).flatten(1).all(1)
    if not bool(finite.all()):
        raise NotFiniteError(f"the metric is not finite at {z[~finite][0].tolist()}, a point of the data")
    return float(torch.linalg.eigvalsh(G)[:, -1].median()) ** 2


def smooth(
    G: Float[Tensor, "*batch latent latent"], lambda_s: float, rank: int | None = None
) -> Float[Tensor, "*batch latent latent"]:
    """Smooth a metric tensor: eigenvalues s to s^3 / (s^2 + lambda_s), the largest `rank` of them kept.

    A closed form for two latent dimensions, a complex inverse for any other number, an eigendecomposition where the
    rank is cut.

    Args:
        G: Symmetric positive semi-definite.
        lambda_s: Not negative, in units of G squared.
        rank: 1 or more; None or at least the latent dimension keeps all.

    Warning:
        With a cut rank the gradient is undefined where the last kept eigenvalue equals the first dropped one.
    """
    _check(lambda_s, rank)
    if lambda_s > torch.finfo(G.dtype).max:
        raise ValueError(f"lambda_s is too large for a metric of {G.dtype}; got {lambda_s}")
    latent = G.shape[-1]
    if rank is not None and rank < latent:
        return _cut(G, lambda_s, rank)
    if lambda_s == 0:
        return G
    # the formula is homogeneous: computing it near one keeps powers of G from overflowing
    trace = G.detach().diagonal(dim1=-2, dim2=-1).sum(-1)
    scale = trace.clamp(min=lambda_s**0.5)[..., None, None]
    A = G / scale
    strength = lambda_s / scale**2
    if latent == 2:
        square = _product(A, A)
        det2 = (A[..., 0, 0] * A[..., 1, 1] - A[..., 0, 1] * A[..., 1, 0]).square()[..., None, None]
        cube = _product(square, A)
        trace2 = (square[..., 0, 0] + square[..., 1, 1])[..., None, None]
        return scale * (det2 * A + strength * cube) / (det2 + strength * trace2 + strength**2)
    result = _full(A, strength)
    return scale * (result + result.transpose(-1, -2)) / 2


def _smoothed(jet: Jet, lambda_s: float) -> Jet:
    """`smooth` of two latent dimensions with its derivatives."""
    scale = jet.value[:, [0, 2]].sum(1).clamp(min=lambda_s**0.5)
    strength = lambda_s / scale**2
    a, b, c = (entry.times(1 / scale) for entry in expanded(jet))
    bb = b * b
    square = (a * a + bb, a * b + b * c, bb + c * c)
    cube = (square[0] * a + square[1] * b, square[0] * b + square[1] * c, square[1] * b + square[2] * c)
    det = a * c - bb
    det2 = det * det
    below = (det2 + (square[0] + square[2]).times(strength)).plus(strength**2)
    above = (det2 * entry + third.times(strength) for entry, third in zip((a, b, c), cube, strict=True))
    return gathered([(entry / below).times(scale) for entry in above])


def _full(A: Tensor, strength: Tensor) -> Tensor:
    """A^3 (A^2 + lambda I)^-1 for eigenvalues up to 1, by R = Re (A + i sqrt(lambda) I)^-1 = A (A^2 + lambda I)^-1.

    Its condition is the root of that of A^2 + lambda I: no lambda is too small, nor for a singular A. Weak smoothing is
    A - lambda R, strong smoothing, of which little is left, A R A: neither loses digits there.
    """
    identity = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device)
    # a weaker one changes A by less than its rounding
    root = strength.sqrt().clamp(min=torch.finfo(A.dtype).eps)
    R = torch.linalg.inv(torch.complex(A, root * identity)).real
    return torch.where(root < 0.3, A - root**2 * R, A @ R @ A)


def _cut(G: Tensor, lambda_s: float, rank: int) -> Tensor:
    if G.shape[-1] == 2:
        return _cut_two(G, lambda_s)
    # NaN stays NaN, but is no matrix to decompose
    finite = torch.isfinite(G).all(-1, keepdim=True).all(-2, keepdim=True)
    s, U = torch.linalg.eigh(torch.where(finite, G, 0.0))
    s, U = s[..., -rank:].clamp(min=0), U[..., -rank:]
    kept = s if lambda_s == 0 else s**3 / (s**2 + lambda_s)
    return torch.where(finite, (U * kept.unsqueeze(-2)) @ U.transpose(-1, -2), float("nan"))


def _cut_two(G: Tensor, lambda_s: float) -> Tensor:
    """The larger eigenvalue and the projector on its direction, in closed form."""
    a, b, c = G[..., 0, 0], (G[..., 0, 1] + G[..., 1, 0]) / 2, G[..., 1, 1]
    half = (a - c) / 2
    square = half * half + b * b
    distinct = square > 0
    gap = torch.where(distinct, torch.where(distinct, square, 1.0).sqrt(), 0.0)
    top = (a + c) / 2 + gap
    kept = top if lambda_s == 0 else top**3 / (top**2 + lambda_s)
    # equal eigenvalues: any direction is right, the first is taken
    cos = torch.where(distinct, half / torch.where(distinct, gap, 1.0), 1.0)
    sin = torch.where(distinct, b / torch.where(distinct, gap, 1.0), 0.0)
    first, off, last = kept * (1 + cos) / 2, kept * sin / 2, kept * (1 - cos) / 2
    return torch.stack([torch.stack([first, off], -1), torch.stack([off, last], -1)], -2)


def _product(A: Tensor, B: Tensor) -> Tensor:
    """Product of commuting symmetric 2 x 2 matrices, entry by entry: torch's bmm is slow at this size."""
    a, b, c = A[..., 0, 0], A[..., 0, 1], A[..., 1, 1]
    d, e, f = B[..., 0, 0], B[..., 0, 1], B[..., 1, 1]
    off = a * e + b * f
    return torch.stack([torch.stack([a * d + b * e, off], -1), torch.stack([off, b * e + c * f], -1)], -2)


def _check(lambda_s: float, rank: int | None) -> None:
    if not 0 <= lambda_s < float("inf"):
        raise ValueError(f"lambda_s must be finite and not negative; got {lambda_s}")
    if rank is not None and rank < 1:
        raise ValueError(f"rank must be at least 1, or None for full rank; got {rank}")
