"""The paper's solver: a curve network for each pair, trained by Adam to be short.

Chen et al. 2018: two hidden layers of 150 tanh units, the length summed over 500 even times, started from the best of
several random Bezier curves, all pairs' networks trained at once. OPEN in the paper and chosen here: how the network
is fitted to a Bezier curve (hidden layers drawn at random, the last one by ridge least squares: exact and immediate),
Adam's step length, the number of steps and of candidates.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.cache import bounds_of
from latentgeo.geometry.curve import Curve
from latentgeo.geometry.functionals import safe_sqrt, velocity
from latentgeo.geometry.metric import Metric
from latentgeo.geometry.solution import Candidate, OnStep, Outcome, Problem

__all__ = ["NetworkCurve", "NeuralCurve"]

_POINTS_AT_ONCE = 4096
_PREFIT_TIMES = 100
# the paper's rescaling multiplies the network by the inverse of its own span: beyond this, rounding rules
_SMALLEST_SPAN = 1e-4


class NetworkCurve(Curve):
    """The output of one tanh network a pair, made to meet the end points.

    Args:
        weights: (W1, b1, W2, b2, W3, b3) with shapes (pairs, 1, units), (pairs, 1, units), (pairs, units, units),
            (pairs, 1, units), (pairs, units, latent), (pairs, 1, latent).
        z0: Start points.
        z1: End points.
        boundary: "safe" for z0 + (z1 - z0) t + t (1 - t) net(t); "paper" for A net(t) - B, elementwise, with
            A = (z0 - z1) / (net(0) - net(1)) and B such that the ends are met.

    Warning:
        With "paper" a coordinate that is equal in z0 and z1 cannot move.
    """

    def __init__(
        self,
        weights: tuple[Tensor, ...],
        z0: Float[Tensor, "pairs latent"],
        z1: Float[Tensor, "pairs latent"],
        boundary: str,
    ) -> None:
        self.weights, self.z0, self.z1, self.boundary = weights, z0, z1, boundary

    @property
    def breaks(self) -> Tensor:
        return self.z0.new_tensor([0.0, 1.0])

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        points = self.both(t)[0]
        at = t.unsqueeze(-1)
        points = torch.where(at == 0, self.z0[:, None], points)
        return torch.where(at == 1, self.z1[:, None], points)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self.both(t)[1]

    def select(self, index: Tensor) -> "NetworkCurve":
        return NetworkCurve(tuple(w[index] for w in self.weights), self.z0[index], self.z1[index], self.boundary)

    def both(self, t: Float[Tensor, "*pairs time"]) -> tuple[Tensor, Tensor]:
        """Points and velocities at times t, in one pass."""
        t = t.expand(len(self.z0), t.shape[-1]).unsqueeze(2)
        raw, slope = _network(self.weights, t)
        if self.boundary == "paper":
            factor, _ = _rescaling(self)
            start = _network(self.weights, t.new_zeros(len(self.z0), 1, 1))[0]
            return self.z0[:, None] + factor[:, None] * (raw - start), factor[:, None] * slope
        span = (self.z1 - self.z0)[:, None]
        bump = t * (1 - t)
        return self.z0[:, None] + span * t + bump * raw, span + (1 - 2 * t) * raw + bump * slope


@dataclass(frozen=True)
class NeuralCurve:
    """Curve networks, as the paper has them.

    Attributes:
        units: Of each of the two hidden layers.
        points: Even times that the length is summed over.
        steps: Of Adam, full batch, at most.
        learning_rate: Of Adam.
        candidates: Random Bezier curves that the network is fitted to; the one with the lowest maximal velocity plus
            length is kept.
        spread: Standard deviation of their inner control points, in units of the distance between the end points.
        boundary: "safe" or "paper"; see `NetworkCurve`. Differs from the paper: "safe" by default, because the paper's
            rescaling freezes a coordinate that both ends share and divides by a span that can vanish.
        tolerance: A pair has converged when its length fell by less than this share over the last 100 steps.
        generator: Draws the networks and the Bezier curves; one with seed 0 is made if there is none.

    Warning:
        A curve can be short at its 500 times and longer between: `geodesic` re-measures it densely.
    """

    units: int = 150
    points: int = 500
    steps: int = 1000
    learning_rate: float = 3e-3
    candidates: int = 8
    spread: float = 0.5
    boundary: str = "safe"
    tolerance: float = 1e-4
    generator: torch.Generator | None = None

    def __post_init__(self) -> None:
        if self.boundary not in ("safe", "paper"):
            raise ValueError(f"no boundary {self.boundary!r}; found: paper, safe")

    def solve(self, problem: Problem) -> Candidate:
        """Train one network a pair; pairs whose rescaling becomes singular keep their best curve before that."""
        problem.refuse_start("NeuralCurve")
        generator = self.generator or torch.Generator().manual_seed(0)
        at_once = max(1, _POINTS_AT_ONCE // self.points)
        parts = []
        for z0, z1 in zip(problem.z0.split(at_once), problem.z1.split(at_once), strict=True):
            start = self._best_bezier(problem.metric, z0, z1, generator)
            parts.append(self._train(problem.metric, start, problem.on_step))
        weights = tuple(torch.cat([part[0].weights[i] for part in parts]) for i in range(6))
        return Candidate(
            NetworkCurve(weights, problem.z0, problem.z1, self.boundary),
            [outcome for part in parts for outcome in part[1]],
            torch.cat([part[2] for part in parts]),
            torch.cat([part[3] for part in parts]),
            f"NeuralCurve({self.boundary} boundary, {self.steps} steps)",
            bounds_of(problem.metric),
        )

    @torch.no_grad()
    def _best_bezier(self, metric: Metric, z0: Tensor, z1: Tensor, generator: torch.Generator) -> NetworkCurve:
        pairs, latent = z0.shape

        def draw(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator, dtype=torch.float64).to(z0)

        # hidden units that turn at times spread over [0, 1]
        turn = torch.rand(pairs, 1, self.units, generator=generator, dtype=torch.float64).to(z0)
        W1 = 3 * draw(pairs, 1, self.units)
        hidden = (W1, -W1 * turn, draw(pairs, self.units, self.units) / self.units**0.5, z0.new_zeros(1, 1, self.units))
        hidden = (*hidden[:3], hidden[3].expand(pairs, -1, -1).clone())
        t = torch.linspace(0, 1, _PREFIT_TIMES, dtype=z0.dtype, device=z0.device)
        bezier = self._bezier(z0, z1, t, draw(self.candidates, 2, pairs, latent))
        outputs = self._fit(hidden, z0, z1, t, bezier)
        score, chosen = z0.new_full((pairs,), float("inf")), outputs[0]
        times = torch.linspace(0, 1, max(2, self.points // 4), dtype=z0.dtype, device=z0.device)
        for output in outputs:
            curve = NetworkCurve((*hidden, *output), z0, z1, self.boundary)
            phi = velocity(metric, curve, times)
            value = torch.nan_to_num(phi.amax(1) + phi.mean(1), nan=float("inf"))
            better = (value < score)[:, None, None]
            chosen = (torch.where(better, output[0], chosen[0]), torch.where(better, output[1], chosen[1]))
            score = torch.minimum(score, value)
        return NetworkCurve((*hidden, *chosen), z0, z1, self.boundary)

    def _bezier(self, z0: Tensor, z1: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """Cubic Bezier curves (candidates, pairs, time, latent), inner control points around the line's thirds."""
        span = torch.linalg.vector_norm(z1 - z0, dim=1, keepdim=True)
        p1 = z0 + (z1 - z0) / 3 + self.spread * span * noise[:, 0]
        p2 = z0 + 2 * (z1 - z0) / 3 + self.spread * span * noise[:, 1]
        t = t[:, None]
        ends = (1 - t) ** 3 * z0[:, None] + t**3 * z1[:, None]
        return ends + 3 * (1 - t) ** 2 * t * p1[:, :, None] + 3 * (1 - t) * t**2 * p2[:, :, None]

    def _fit(
        self, hidden: tuple[Tensor, ...], z0: Tensor, z1: Tensor, t: Tensor, target: Tensor
    ) -> list[tuple[Tensor, Tensor]]:
        """The last layer (weight, bias) for each candidate, by ridge least squares on the random hidden layers."""
        features = _features(hidden, t.expand(len(z0), -1).unsqueeze(2))[0]
        features = torch.cat([features, torch.ones_like(features[..., :1])], 2)
        if self.boundary == "safe":
            times = t[:, None]
            target = target - (z0[:, None] + times * (z1 - z0)[:, None])
            features = times * (1 - times) * features
        # in float32 the ridge would be lost
        features = features.double()
        gram = features @ features.transpose(1, 2)
        ridge = 1e-8 * gram.diagonal(dim1=1, dim2=2).mean(1)
        gram = gram + torch.diag_embed(ridge[:, None].expand(-1, gram.shape[1]))
        factor = torch.linalg.cholesky(gram)
        solved = [(features.transpose(1, 2) @ torch.cholesky_solve(one.double(), factor)).to(z0) for one in target]
        return [(w[:, :-1], w[:, -1:]) for w in solved]

    @torch.enable_grad()
    def _train(
        self, metric: Metric, start: NetworkCurve, on_step: OnStep | None
    ) -> tuple[NetworkCurve, list[Outcome], Tensor, Tensor]:
        z0, z1 = start.z0, start.z1
        weights = [w.detach().clone().requires_grad_() for w in start.weights]
        best = [w.detach().clone() for w in weights]
        shortest = z0.new_full((len(z0),), float("inf"))
        singular = torch.zeros(len(z0), dtype=torch.bool, device=z0.device)
        broken = singular.clone()
        history: list[Tensor] = []
        optimiser = torch.optim.Adam(weights, lr=self.learning_rate)
        t = torch.linspace(0, 1, self.points, dtype=z0.dtype, device=z0.device)
        fall = z0.new_full((len(z0),), float("inf"))
        step = 0
        for step in range(self.steps + 1):
            curve = NetworkCurve(tuple(weights), z0, z1, self.boundary)
            if self.boundary == "paper":
                singular |= _rescaling(curve)[1]
            z, v = curve.both(t)
            squared = metric.squared_speed(z.flatten(0, 1), v.flatten(0, 1)).view(len(z0), -1)
            length = safe_sqrt(squared).mean(1)
            value = length.detach()
            broken |= ~torch.isfinite(value) & ~singular
            better = (value < shortest) & ~singular & ~broken
            shortest = torch.where(better, value, shortest)
            best = [torch.where(better[:, None, None], w.detach(), b) for w, b in zip(weights, best, strict=True)]
            history.append(shortest)
            if len(history) > 100:
                fall = 1 - shortest / history[-101].clamp(min=torch.finfo(z0.dtype).tiny)
            if on_step is not None:
                on_step(step, float(shortest.mean()))
            if step == self.steps or bool(((fall < self.tolerance) | singular | broken).all()):
                break
            optimiser.zero_grad()
            usable = ~singular & ~broken
            gradients = torch.autograd.grad(torch.where(usable, length, 0.0).sum(), weights, allow_unused=True)
            for w, gradient in zip(weights, gradients, strict=True):
                # a singular pair's own gradient may be NaN; it trains no further
                w.grad = torch.zeros_like(w) if gradient is None else torch.where(usable[:, None, None], gradient, 0.0)
            optimiser.step()
        outcome = [
            Outcome.SINGULAR_BOUNDARY
            if singular[i]
            else Outcome.DIVERGED
            if broken[i]
            else Outcome.CONVERGED
            if fall[i] < self.tolerance
            else Outcome.MAX_ITERATIONS
            for i in range(len(z0))
        ]
        steps = torch.full((len(z0),), step, dtype=torch.long)
        return NetworkCurve(tuple(best), z0, z1, self.boundary), outcome, fall, steps


def _features(weights: tuple[Tensor, ...], t: Tensor) -> tuple[Tensor, Tensor]:
    """The second hidden layer and its time derivative, (pairs, time, units), at times (pairs, time, 1)."""
    W1, b1, W2, b2 = weights[:4]
    h = torch.tanh(t * W1 + b1)
    dh = (1 - h * h) * W1
    h, dh = torch.tanh(torch.baddbmm(b2, h, W2)), torch.bmm(dh, W2)
    return h, (1 - h * h) * dh


def _network(weights: tuple[Tensor, ...], t: Tensor) -> tuple[Tensor, Tensor]:
    h, dh = _features(weights, t)
    return torch.baddbmm(weights[5], h, weights[4]), torch.bmm(dh, weights[4])


def _rescaling(curve: NetworkCurve) -> tuple[Tensor, Tensor]:
    """The paper's factor A (pairs, latent), and which pairs it is singular for (a shared coordinate included)."""
    ends = curve.z0.new_tensor([0.0, 1.0]).expand(len(curve.z0), 2).unsqueeze(2)
    raw = _network(curve.weights, ends)[0]
    span = raw[:, 0] - raw[:, 1]
    wanted = curve.z0 - curve.z1
    tiny = span.detach().abs() <= _SMALLEST_SPAN * wanted.abs()
    factor = torch.where(tiny, 0.0, wanted / torch.where(tiny, 1.0, span))
    return factor, tiny.any(1) | (wanted == 0).any(1)
