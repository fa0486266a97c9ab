"""Expected metrics of decoders that are random: with a noise that depends on the latent point, or several of them.

The metric of a random decoder is itself random. Its mean E[G] = E[J^T J] is a metric too, and the energy of a curve
under it is the mean energy of the curve's random images (Tosi et al. 2014, "Metrics for probabilistic geometries";
Arvanitidis et al. 2018, "Latent space oddity"). By Jensen's inequality its lengths are upper bounds of mean lengths.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.decoder import Decoder, own_device
from latentgeo.geometry.metrics.jet import Jet
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.pullback import PullbackMetric
from latentgeo.geometry.periods import Periods
from latentgeo.geometry.routes.layers import StackedLayers, plain_layers
from latentgeo.geometry.transforms import gradients

__all__ = ["EnsembleMetric", "ExpectedMetric"]

# numbers in the widest layer, of all points, up to which members are stacked: with more, each alone is as fast or
# faster, on a CPU
_FEW_NUMBERS = 1 << 13


class _WeightedPullbacks(Metric):
    """A sum of pullback metrics, whose weights depend on how many outputs each decoder has.

    These are counted when the metric is made, or at its first use where a decoder's latent size cannot be told before.
    """

    def __init__(
        self,
        decoders: Sequence[Decoder],
        probe: Tensor | None,
        periods: Sequence[float | None] | None,
        weight_gradients: bool,
    ) -> None:
        given: dict[str, Any] = {"probe": probe, "periods": periods, "weight_gradients": weight_gradients}
        self._weight_gradients = weight_gradients
        self.parts = tuple(PullbackMetric(decoder, **given) for decoder in decoders)
        known = [part.outputs for part in self.parts]
        self._weights = None if None in known else self._weigh([count for count in known if count is not None])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.parts))})"

    @property
    def dtype(self) -> torch.dtype | None:
        """The coarsest of the decoders'."""
        known = [part.dtype for part in self.parts]
        return torch.float32 if torch.float32 in known else known[0]

    @property
    def periods(self) -> Periods | None:
        return self.parts[0].periods

    @abstractmethod
    def _weigh(self, outputs: list[int]) -> list[float]:
        """The weight of each part, given how many outputs each decoder has."""

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        pairs = zip(self._known_weights(z), self.parts, strict=True)
        return torch.stack([weight * part(z) for weight, part in pairs]).sum(0)

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """One forward-mode pass for each decoder; no Jacobian is formed."""
        pairs = zip(self._known_weights(z), self.parts, strict=True)
        return torch.stack([weight * part.squared_speed(z, v) for weight, part in pairs]).sum(0)

    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """The weighted sum of the decoders' own."""
        jets = [part.jet(z) for part in self.parts]
        weights = self._known_weights(z)

        def summed(parts: Iterable[Tensor]) -> Tensor:
            return torch.stack([weight * part for weight, part in zip(weights, parts, strict=True)]).sum(0)

        x, y = (summed(jet.first[k] for jet in jets) for k in range(2))
        xx, xy, yy = (summed(jet.second[k] for jet in jets) for k in range(3))
        return Jet(summed(jet.value for jet in jets), (x, y), (xx, xy, yy))

    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        """The weighted sum of the decoders' own."""
        pairs = zip(self._known_weights(lattice.nodes()), self.parts, strict=True)
        return torch.stack([weight * part.on_lattice(lattice) for weight, part in pairs]).sum(0)

    @torch.no_grad()
    def _known_weights(self, z: Tensor) -> list[float]:
        if self._weights is None:
            self._weights = self._weigh([part.observe(z[:1].detach()).shape[1] for part in self.parts])
        return self._weights


class ExpectedMetric(_WeightedPullbacks):
    """The expected metric of a stochastic decoder x = mean(z) + sigma(z) eps, eps ~ N(0, I) in observation space.

    E[G] = J_mean^T J_mean + J_sigma^T J_sigma, both summed over all observation dimensions (Arvanitidis et al. 2018;
    after Tosi et al. 2014). eps is drawn once for a whole curve: what counts is how sigma changes, not how large it
    is. A sigma of one output is the deviation of every observation dimension: its term counts as often as there are
    dimensions; without that factor, geodesics are not kept on the data.

    Args:
        mean: Decoder to the mean of the observation, (batch, latent) -> (batch, *obs).
        sigma: Decoder to its standard deviation, not its logarithm nor its square: as many outputs as `mean`, or one,
            (batch, 1).
        probe: As `PullbackMetric` has it, for both.
        periods: As `PullbackMetric` has them, of both.
        weight_gradients: As `PullbackMetric` has it, for both.

    Warning:
        A network's sigma extrapolates as freely as its mean, and is often small away from the data; one that is made
        to grow there, such as `RBFPrecision.deviation`, is what keeps geodesics on the data.

    Raises:
        DecoderError: See `latentgeo.decoder.check_decoder`; of either decoder.
        ValueError: sigma has another number of outputs.
    """

    def __init__(
        self,
        mean: Decoder,
        sigma: Decoder,
        *,
        probe: Tensor | None = None,
        periods: Sequence[float | None] | None = None,
        weight_gradients: bool = False,
    ) -> None:
        super().__init__([mean, sigma], probe, periods, weight_gradients)

    def _weigh(self, outputs: list[int]) -> list[float]:
        mean, sigma = outputs
        if sigma not in (1, mean):
            raise ValueError(f"sigma must have as many outputs as mean, {mean}, or one; got {sigma}")
        return [1.0, mean / sigma]


class EnsembleMetric(_WeightedPullbacks):
    """The expected metric of an ensemble: E[G] of a member drawn at random, the mean of all members' J^T J.

    The metric of Syrota et al. 2024 ("Decoder ensembling for learned latent geometries"). It is the metric of the
    members' mean decoder plus the summed covariance of the members' Jacobians, hence never smaller than the former. A
    curve's energy is the mean of the energies that the members give it, each for the whole curve.

    Differs from that paper's discretised energy, which takes neighbouring points of a curve from different members:
    that adds the members' disagreement in value, times the number of points, and so belongs to no metric.

    Members that are plain layers of one architecture are worked out together where points are few: six members
    2-48-48-64 in a third of the time at 8 points, in two fifths at 32, in four fifths at 128 (one core). Results are
    the same to rounding.

    Args:
        decoders: The members, one or more, (batch, latent) -> (batch, *obs), trained for the same latent space.
        probe: As `PullbackMetric` has it, for every member.
        periods: As `PullbackMetric` has them, of every member.
        weight_gradients: As `PullbackMetric` has it, for every member.

    Warning:
        Members that disagree by a constant have the same metric; only how they change counts. Measured on images of a
        pendulum, the disagreement of six members was too small against the noise to keep geodesics on the data.

    Raises:
        DecoderError: See `latentgeo.decoder.check_decoder`; of any member.
        ValueError: No members, or members whose numbers of outputs differ.
    """

    def __init__(
        self,
        decoders: Sequence[Decoder],
        *,
        probe: Tensor | None = None,
        periods: Sequence[float | None] | None = None,
        weight_gradients: bool = False,
    ) -> None:
        if not decoders:
            raise ValueError("decoders: expected at least one, got none")
        super().__init__(decoders, probe, periods, weight_gradients)

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        stacked = self._stacked(z)
        if stacked is None:
            return super().__call__(z)
        with gradients(self._weight_gradients, z):
            J = stacked.jacobian(z).permute(2, 1, 0, 3).flatten(2)
            return J @ J.mT / len(self.parts)

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """One forward-mode pass for each decoder, or for all together; no Jacobian is formed."""
        stacked = self._stacked(z, v)
        if stacked is None:
            return super().squared_speed(z, v)
        with gradients(self._weight_gradients, z, v):
            return stacked.along(z, v).square().sum((0, 2)) / len(self.parts)

    def _stacked(self, z: Tensor, v: Tensor | None = None) -> StackedLayers | None:
        """All members at once, where these are of one architecture, in the points' dtype, and the points are few.

        Who is not probed yet, or no longer plain layers, or not given what fits, is left to the parts.
        """
        fits = v is None or (v.shape == z.shape and v.dtype == z.dtype)
        if len(self.parts) < 2 or z.ndim != 2 or not 0 < len(z) <= _FEW_NUMBERS or not fits:
            return None
        if not all(_takes(part, z) for part in self.parts):
            return None
        layers = [plain_layers(part.decoder) for part in self.parts]
        known = [own for own in layers if own]
        if len(known) < len(layers) or not StackedLayers.alike(known):
            return None
        stacked = StackedLayers(known)
        return stacked if len(z) * stacked.width <= _FEW_NUMBERS else None

    def _weigh(self, outputs: list[int]) -> list[float]:
        if len(set(outputs)) > 1:
            raise ValueError(f"decoders must have the same number of outputs; got {outputs}")
        return [1 / len(outputs)] * len(outputs)


def _takes(part: PullbackMetric, z: Tensor) -> bool:
    """Whether a decoder's layers, found right by hand, take the points as they are."""
    own = (part.route, part.dtype, part.latent, own_device(part.decoder))
    return own == ("layers", z.dtype, z.shape[1], z.device)
