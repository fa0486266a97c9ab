"""The metric that a decoder pulls back from observation space."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.decoder import Decoder, check_dtype, decode, own_device, own_dtype, usable
from latentgeo.errors import DecoderError
from latentgeo.geometry.arguments import check_finite, check_points, check_vectors
from latentgeo.geometry.chunks import MOST_POINTS, Widest, in_parts, rows_at_once
from latentgeo.geometry.described import name_of
from latentgeo.geometry.face import as_tensor, outside_inference_mode, takes_arrays
from latentgeo.geometry.metrics.chords import Chords
from latentgeo.geometry.metrics.jet import Jet, pulled_back
from latentgeo.geometry.metrics.lattice import Lattice, from_values
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import Periods, check_periodic, checked_periods
from latentgeo.geometry.routes.choice import Probed, check_decoder
from latentgeo.geometry.routes.guess import probe_points, takes
from latentgeo.geometry.routes.layers import hooks_everywhere
from latentgeo.geometry.routes.route import Route
from latentgeo.geometry.routes.tower import Tower
from latentgeo.geometry.routes.trusted import around
from latentgeo.geometry.transforms import gradients, untransformed
from latentgeo.outputs import Output
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["PullbackMetric"]

# numbers in the widest layer, of all points and of one tangent; a GPU needs many to be busy
_NUMBERS_AT_ONCE = 1 << 20
_NUMBERS_ON_DEVICE = 1 << 26
_REPEATS = ". If G repeats itself though the output does not: FunctionMetric(PullbackMetric(decoder), periods=...)"


class PullbackMetric(Metric):
    """The metric that a decoder pulls back from observation space: G = J^T J, J = df/dz.

    Chen et al. 2018, section 2. The decoder is probed when the metric is made (at the first use, if its latent size
    cannot be told): its derivatives are held against differences of its values, and `route` says how they are taken.
    See `latentgeo.geometry.routes.choice.check_decoder` for the errors and the warnings.

    Args:
        decoder: Any torch callable (batch, latent) -> (batch, *obs), each point on its own. One that returns a
            distribution is known by its mean.
        dtype: What the decoder is evaluated in, by default its own: that of its weights, or float64 where it takes
            that. A module's weights are cast at each call where theirs is another; any other callable has to take it.
            With float32 all else stays as the latent points are, for about half the time; lengths then are good to some
            six digits.
        probe: Latent points (points, latent) to check the decoder at; standard normal ones by default.
        output: Which tensor is the observation, by key, attribute or place, where the decoder returns several; a tuple
            of them where they are nested.
        periods: The period of each latent coordinate, None for one without, e.g. (2 * math.pi, None): the decoder is
            the same one period on, and geodesics go either way round. No coordinate has one by default.
        weight_gradients: Whether results keep a gradient to the weights too, not only to points that ask for one.

    Both verbs push a bounded number of points through the decoder at a time, unless a gradient is to be kept: any batch
    takes the same memory, a quarter of what is free at most. Points of either dtype are taken, and results have theirs.

    Warning:
        The decoder is probed again when its layers, hooks or mode have changed, but not when its weights have, nor
        where a function hides its modules (a module's method does not). Geometry is meant for a float64 decoder: in
        float32, lengths are good to some six digits. 16-bit floats are refused. With a gradient to weights or points
        the graph is kept, and memory grows with the batch. By the routes "reverse mode" and "differences" none reaches
        the weights.

    Raises:
        DecoderError: See `check_decoder`; when used, latent points of 16-bit floats or of another size. The decoder is
            not the same one period on.
        ValueError: Periods that are no positive numbers, or not one for each latent coordinate.
    """

    def __init__(
        self,
        decoder: Decoder,
        *,
        dtype: torch.dtype | None = None,
        probe: Tensor | None = None,
        output: Output = None,
        periods: Sequence[float | None] | None = None,
        weight_gradients: bool = False,
    ) -> None:
        if dtype not in (None, torch.float32, torch.float64):
            raise DecoderError(f"the decoder's dtype must be torch.float32 or torch.float64; got {dtype}")
        self._asked = dtype
        self._periods = checked_periods(periods)
        self._weight_gradients = weight_gradients
        self.output: Output = output
        self._probed: Probed | None = None
        self._latent: int | None = None
        # what the decoder was probed as, and for how many orders of derivatives
        self._state: tuple[Any, ...] | None = None
        self._orders = 2
        # unknown, and so supposed to be wide, until the decoder was asked
        self._width = 1024
        self._numbers = _NUMBERS_AT_ONCE
        with outside_inference_mode():
            self.decoder = usable(decoder, dtype)
            self._dtype = dtype or own_dtype(self.decoder)
            if probe is not None:
                self._probe_around(_checked_probe(as_tensor(probe)))
            elif (guessed := probe_points(self.decoder, output)) is not None:
                self._probe(guessed.to(self._dtype), None)

    def __repr__(self) -> str:
        return f"PullbackMetric({name_of(self.decoder)}, {self.route or 'not probed yet'})"

    @property
    def route(self) -> str | None:
        """How the decoder's derivatives are taken, and of what; None before the first use of one not yet probed.

        "layers": pushed through its layers by hand; "forward mode" and "reverse mode": by torch; "differences": of its
        values, where torch has them wrong; "float32, to 3e-04" is how good these are where a decoder cannot be had in
        float64. "mean of Normal" and the like: what is taken for the observation.
        """
        if self._probed is None:
            return None
        good = "" if self._probed.error is None else f"float32, to {self._probed.error:.0e}"
        return ", ".join(filter(None, (self._probed.route.name, good, self._probed.observation)))

    @property
    def periods(self) -> Periods | None:
        return self._periods

    @property
    def dtype(self) -> torch.dtype | None:
        """What the decoder is evaluated in; None before it is known."""
        return self._dtype

    @property
    def latent(self) -> int | None:
        """How many latent dimensions there are; None before the first use of a decoder not yet probed."""
        return self._latent

    @property
    def outputs(self) -> int | None:
        """How many numbers an observation has; None before the first use of a decoder not yet probed."""
        return None if self._probed is None else self._probed.width

    @property
    def piecewise_linear(self) -> bool:
        return self._probed is not None and self._probed.piecewise_linear

    @property
    def points_at_once(self) -> int:
        return max(64, min(MOST_POINTS, self._numbers // self._width))

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        (points,) = self._prepared(z)
        if not len(z):
            return z.new_zeros(0, z.shape[1], z.shape[1])
        with gradients(self._weight_gradients, points):
            return in_parts(self._tensor, self._at_once(z.shape[1], points), points).to(z)

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """|J v|^2 by one pass with a tangent; no Jacobian is formed."""
        points, steps = self._prepared(z, v)
        if not len(z):
            return z.new_zeros(0)
        with gradients(self._weight_gradients, points, steps):
            return in_parts(self._squared, self._at_once(1, points, steps), points, steps).to(z)

    @takes_arrays
    def observe(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch obs"]:
        """The decoder's output, flattened; all points at once."""
        (points,) = self._prepared(z)
        with gradients(self._weight_gradients, points):
            return decode(self.decoder, points, self.output).to(z)

    @takes_arrays
    def displacement(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch obs"]:
        """J v, the velocity in observation space, flattened."""
        points, steps = self._prepared(z, v)
        with gradients(self._weight_gradients, points, steps):
            return in_parts(self._way.along, self._at_once(1, points, steps), points, steps).to(z)

    @takes_arrays
    def jacobian(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "latent batch obs"]:
        """J, the latent axis first; differentiable, all points at once."""
        (points,) = self._prepared(z)
        with gradients(self._weight_gradients, points):
            return self._way.jacobian(points).to(z)

    def chords(self) -> Chords | None:
        return Chords(self.observe, self.jacobian, self.displacement)

    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """G with its first and second derivatives, by a route that was held against a decoder's first three."""
        check_points("z", z, 2)
        (points,) = self._prepared(z)
        if self._orders < 3 and len(z):
            self._orders = 3
            try:
                self._probe_around(points)
            except DecoderError:
                # so that it is refused again, and what asks for less is not
                self._orders = 2
                raise
        if not isinstance(self._way, Tower):
            return super().jet(z)
        jet = pulled_back(self._way.source, points)
        (x, y), (xx, xy, yy) = jet.first, jet.second
        return Jet(jet.value.to(z), (x.to(z), y.to(z)), (xx.to(z), xy.to(z), yy.to(z)))

    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        """From the decoder's values at the nodes alone, see `latentgeo.geometry.metrics.lattice`."""
        z = lattice.nodes()[:1]
        outputs = self.observe(z).shape[1]
        at_once = rows_at_once(self._width, math.prod(lattice.count), self._prepared(z)[0])
        return from_values(self._observed, lattice, outputs, at_once)

    def _observed(self, z: Tensor) -> Tensor:
        return decode(self.decoder, self._prepared(z)[0], self.output)

    @property
    def _way(self) -> Route:
        if self._probed is None:
            # no points, no probe: any route is right
            return Tower(lambda z, *_: decode(self.decoder, z, self.output), "none")
        return self._probed.route

    def _squared(self, z: Tensor, v: Tensor) -> Tensor:
        return self._way.along(z, v).square().sum(1)

    def _tensor(self, z: Tensor) -> Tensor:
        J = self._way.jacobian(z)
        latent = z.shape[1]
        if latent > 4:
            J = J.transpose(0, 1)
            return J @ J.transpose(1, 2)
        rows = [[(J[i] * J[j]).sum(1) if j >= i else None for j in range(latent)] for i in range(latent)]
        full = [rows[min(i, j)][max(i, j)] for i in range(latent) for j in range(latent)]
        return torch.stack([entry for entry in full if entry is not None], dim=1).view(-1, latent, latent)

    def _at_once(self, tangents: int, *points: Tensor) -> int:
        """Points to push through the decoder together; all of them where their gradient is kept."""
        count = len(points[0])
        if torch.is_grad_enabled() and (self._weights_require_grad() or any(p.requires_grad for p in points)):
            return count
        return max(1, rows_at_once(self._width, count * (1 + tangents), points[0]) // (1 + tangents))

    def _weights_require_grad(self) -> bool:
        return isinstance(self.decoder, nn.Module) and any(p.requires_grad for p in self.decoder.parameters())

    def _prepared(self, z: Tensor, *vectors: Tensor) -> list[Tensor]:
        """Latent points where the decoder is, in its dtype; it is probed at the first use and when it has changed."""
        check_dtype(z)
        check_points("z", z)
        for v in vectors:
            check_vectors("z", z, "v", v)
        if self._latent not in (None, z.shape[1]):
            raise DecoderError(
                f"the decoder takes {self._latent} latent dimensions, points (batch, {self._latent}); got points of "
                f"{z.shape[1]}"
            )
        if len(z) and self._state != _state(self.decoder):
            with ONE_AT_A_TIME:
                # another thread may have probed it meanwhile
                if self._state != _state(self.decoder):
                    self._dtype = self._asked or own_dtype(self.decoder)
                    self._probe_around(z)
        device = own_device(self.decoder) or z.device
        return [rows.to(device, self._dtype or rows.dtype) for rows in (z, *vectors)]

    def _probe_around(self, z: Tensor) -> None:
        """Probe the decoder at a few of the caller's points, in its own dtype or in the one that it takes."""
        with untransformed(z) as plain:
            points, spreads = around(plain.to(own_device(self.decoder) or plain.device))
            if self._dtype is not None:
                self._probe(points.to(self._dtype), spreads)
                return
            try:
                self._probe(points.double(), spreads)
            except DecoderError as error:
                # what is refused for another reason might pass in float32, which is coarser
                if takes(self.decoder, points.double(), self.output):
                    raise
                try:
                    self._probe(points.float(), spreads)
                except DecoderError as other:
                    raise (other if takes(self.decoder, points.float(), self.output) else error) from None

    @torch.no_grad()
    def _probe(self, z: Tensor, spreads: Sequence[Tensor] | None) -> None:
        probed = check_decoder(
            self.decoder, z, output=self.output, spreads=spreads, orders=self._orders, quiet=self._probed is not None
        )
        with Widest(len(z)) as widest:
            decode(self.decoder, z, self.output)

        def function(rows: Tensor) -> Tensor:
            return decode(self.decoder, rows, self.output)

        check_periodic("the decoder", function, z, self._periods, DecoderError, _REPEATS)
        self._width = max(probed.width, widest.width)
        self._numbers = _NUMBERS_AT_ONCE if z.device.type == "cpu" else _NUMBERS_ON_DEVICE
        self._dtype, self._latent = z.dtype, z.shape[1]
        self._probed, self._state = probed, _state(self.decoder)


def _checked_probe(probe: Tensor) -> Tensor:
    if probe.ndim != 2 or not len(probe):
        raise DecoderError(f"the decoder's probe must be (points, latent), at least one; got {tuple(probe.shape)}")
    check_dtype(probe)
    check_finite("the decoder's probe", probe, "point")
    return probe


def _state(decoder: Decoder) -> tuple[Any, ...]:
    """What of a decoder decides the route to its derivatives, beside its weights: what its modules run, and their mode.

    The objects themselves, which are compared by identity, so that none is taken for another made in its place.
    """
    if not isinstance(decoder, nn.Module):
        return ()
    return own_dtype(decoder), hooks_everywhere(), *map(_runs, decoder.modules())


def _runs(module: nn.Module) -> tuple[Any, ...]:
    hooks = (*module._forward_hooks.values(), *module._forward_pre_hooks.values())
    # a frozen script has no mode
    return module, type(module), getattr(module, "training", None), vars(module).get("forward"), hooks
