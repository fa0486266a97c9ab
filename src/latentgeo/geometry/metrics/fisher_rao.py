"""The metric that a decoder to distributions pulls back from them: how well nearby latent points can be told apart."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.decoder import Decoder, decode
from latentgeo.geometry.described import name_of
from latentgeo.geometry.likelihoods.chart import Lowered
from latentgeo.geometry.likelihoods.coordinates import Coordinates, Information, in_coordinates
from latentgeo.geometry.metrics.chords import Chords
from latentgeo.geometry.metrics.jet import Jet, carry, entries
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.pullback import PullbackMetric
from latentgeo.geometry.routes.tower import Tower
from latentgeo.outputs import Family, Output

__all__ = ["FisherRaoMetric"]


class FisherRaoMetric(PullbackMetric):
    """The Fisher information of an observation about its latent point: G = J^T I J, I that of the decoded parameters.

    Arvanitidis et al. 2022, "Pulling back information geometry". Half its squared length is, to second order, the
    Kullback-Leibler divergence of the distributions at both ends of a short step; it is summed over independent
    outputs. It has no units and does not depend on how a family's parameters are chosen.

    The decoder is composed with coordinates of its distributions. Where lengths are Euclidean in these, the metric is
    their `PullbackMetric` and as fast: `Bernoulli` and `Binomial` (angles), `Categorical`, `OneHotCategorical` and
    `Multinomial` (roots, on a sphere), `Poisson` (roots); and, where that parameter is one number or one weight for all
    points, `Normal` and `LogNormal` (the scale), `NegativeBinomial` (the total count), `VonMises` and `VonMisesFisher`
    (the concentration). Otherwise these, and `Beta`, `Dirichlet`, `ContinuousBernoulli` and
    `ZeroInflatedNegativeBinomial` always, have their Fisher information in closed form. Any other has the second
    derivative of its Kullback-Leibler divergence, if torch knows one. Only where lengths are Euclidean do solvers have
    `chords`.

    Args:
        decoder: Latent points (batch, latent) to a `torch.distributions` object for each, or to what `family` makes one
            of.
        family: What makes a distribution of what the decoder returns: a class of torch or of one's own, or a function.
            It is given a tensor, the parts of a tuple one by one, or those of a mapping by their names.
        information: The Fisher information, where it is not known here: a function from parameters
            (batch, *outputs, parameters) to (batch, *outputs, parameters, parameters). The decoder then returns these
            parameters, or a distribution whose they are, in the order of its `arg_constraints`.
        dtype: As `PullbackMetric` has it.
        probe: As there.
        output: Which of several outputs holds the distribution or its parameters.
        periods: As there.
        weight_gradients: As there.

    Warning:
        `observe` and `jacobian` are of the coordinates, and `explore` has to be given the decoder that it shows. Give
        logits where there are any: of a probability near one little is left but its rounding. Of a negative binomial
        whose total count is decoded, each number takes a hundred in memory, and as long.

    Raises:
        DecoderError: As `PullbackMetric` has it. No distribution is returned or made; or it is one whose information
            is not known, named in the message.
    """

    def __init__(
        self,
        decoder: Decoder,
        family: Family | None = None,
        *,
        information: Information | None = None,
        dtype: torch.dtype | None = None,
        probe: Tensor | None = None,
        output: Output = None,
        periods: Sequence[float | None] | None = None,
        weight_gradients: bool = False,
    ) -> None:
        self._coordinates = Coordinates(family, output, information)
        super().__init__(
            in_coordinates(decoder, self._coordinates),
            dtype=dtype,
            probe=probe,
            periods=periods,
            weight_gradients=weight_gradients,
        )

    def __repr__(self) -> str:
        return f"FisherRaoMetric({name_of(self.decoder)}, {self.route or 'not probed yet'})"

    @property
    def route(self) -> str | None:
        """As `PullbackMetric` has it, and the family."""
        chart, route = self._coordinates.chart, super().route
        return route if chart is None or route is None else f"{route}, {chart.name}"

    @property
    def piecewise_linear(self) -> bool:
        """Whether the coordinates are, and lengths Euclidean in them."""
        return self._lowered is None and super().piecewise_linear

    def chords(self) -> Chords | None:
        """Those of the coordinates; None where lengths are not Euclidean in them, or that is not known yet."""
        flat = self._coordinates.chart is not None and self._lowered is None
        return super().chords() if flat else None

    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """As `PullbackMetric` has it; of other metrics than that by the chain rule."""
        jet = super().jet(z)
        lowered, way = self._lowered, self._way
        if lowered is None or not isinstance(way, Tower):
            return jet
        (points,) = self._prepared(z)
        return _jet_by_tower(lowered, way, points, z)

    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        """As `PullbackMetric` has it where lengths are Euclidean in the coordinates."""
        self._prepared(lattice.nodes()[:2])
        return super().on_lattice(lattice) if self._lowered is None else Metric.on_lattice(self, lattice)

    @property
    def _lowered(self) -> Lowered | None:
        return None if self._coordinates.chart is None else self._coordinates.chart.lowered

    def _squared(self, z: Tensor, v: Tensor) -> Tensor:
        lowered = self._lowered
        if lowered is None:
            return super()._squared(z, v)
        moved = self._way.along(z, v)
        return (moved * lowered(decode(self.decoder, z), moved)).sum(1)

    def _tensor(self, z: Tensor) -> Tensor:
        lowered = self._lowered
        return (
            super()._tensor(z)
            if lowered is None
            else _weighted(lowered, decode(self.decoder, z), self._way.jacobian(z))
        )

    @torch.no_grad()
    def _probe(self, z: Tensor, spreads: Sequence[Tensor] | None) -> None:
        chart = self._coordinates.settle(lambda: decode(self.decoder, z))
        super()._probe(z, spreads)
        self._width = max(self._width, chart.cost * (self.outputs or 1))


def _weighted(
    lowered: Lowered, y: Tensor, J: Float[Tensor, "latent batch obs"]
) -> Float[Tensor, "batch latent latent"]:
    """J^T I J, symmetric to the last digit."""
    G = torch.einsum("ibo,jbo->bij", J, torch.stack([lowered(y, along) for along in J]))
    return (G + G.mT) / 2


def _jet_by_tower(lowered: Lowered, way: Tower, points: Tensor, z: Tensor) -> Jet:
    """Of coordinates beside their Jacobian, whose derivatives the source knows, to the metric."""
    axes = [axis.expand_as(points).contiguous() for axis in torch.eye(2, dtype=points.dtype, device=points.device)]

    def rows(*which: int) -> Tensor:
        """Coordinates and Jacobian, differentiated along these axes."""
        along = [axes[k] for k in which]
        return torch.cat([way.source(points, *along), *(way.source(points, *along, axis) for axis in axes)], 1)

    def weighted(row: Tensor) -> Tensor:
        y, *J = row.chunk(3, 1)
        return entries(_weighted(lowered, y, torch.stack(J)))

    found = carry(weighted, Jet(rows(), (rows(0), rows(1)), (rows(0, 0), rows(0, 1), rows(1, 1))))
    (x, y), (xx, xy, yy) = found.first, found.second
    return Jet(found.value.to(z), (x.to(z), y.to(z)), (xx.to(z), xy.to(z), yy.to(z)))
