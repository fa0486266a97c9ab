"""A metric given as a function of the latent point, e.g. a closed form."""

from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.described import name_of
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import Periods, check_periodic, checked_periods
from latentgeo.geometry.routes.trusted import Trusted

__all__ = ["FunctionMetric"]


class FunctionMetric(Metric):
    """A metric from a function z (batch, latent) -> G (batch, latent, latent), e.g. a closed form.

    Args:
        function: Differentiable in z if a gradient solver is to be used.
        periods: The period of each latent coordinate, None for one without: G is the same one period on, which is
            checked at the first points. No coordinate has one by default.

    Raises:
        ValueError: Periods that are no positive numbers. When used: not one for each latent coordinate, G is not the
            same one period on, or of another shape or dtype than said above.
    """

    def __init__(self, function: Callable[[Tensor], Tensor], *, periods: Sequence[float | None] | None = None) -> None:
        self.function = function
        self._trusted = Trusted(function, "the metric function")
        self._periods = checked_periods(periods)
        self._unchecked = self._periods is not None

    def __repr__(self) -> str:
        return f"FunctionMetric({name_of(self.function)})"

    @property
    def periods(self) -> Periods | None:
        return self._periods

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        check_points("z", z)
        if self._unchecked and len(z):
            check_periodic("the metric function", self._tensor, z, self._periods)
            self._unchecked = False
        return self._tensor(z)

    def _tensor(self, z: Tensor) -> Tensor:
        G = self._trusted(z)
        if not isinstance(G, Tensor) or G.dtype != z.dtype:
            found = G.dtype if isinstance(G, Tensor) else type(G).__name__
            raise ValueError(f"the metric function must return a tensor of the points' dtype, {z.dtype}; got {found}")
        if G.shape != (*z.shape, z.shape[1]):
            raise ValueError(
                f"the metric function must map (batch, latent) to (batch, latent, latent); "
                f"got {tuple(G.shape)} from {tuple(z.shape)}"
            )
        return G
