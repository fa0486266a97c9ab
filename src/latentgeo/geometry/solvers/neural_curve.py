"""The paper's solver: a curve network for each pair, trained by Adam to be short.

Chen et al. 2018: two hidden layers of 150 tanh units, the length summed over 500 even times, started from the best of
several random Bezier curves, all pairs' networks trained at once. OPEN in the paper and chosen here: how the network
is fitted to a Bezier curve (hidden layers drawn at random, the last one by ridge least squares: exact and immediate),
Adam's step length, the number of steps and of candidates.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.metrics.caching import bounds_of
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, OnStep, Outcome, Problem
from latentgeo.geometry.solvers.bezier_start import best_bezier, even
from latentgeo.geometry.solvers.network_curve import NetworkCurve, gradient, meet, network, rescaling
from latentgeo.progress import tell

__all__ = ["NeuralCurve"]

# that any metric's gradient is taken at together: few enough for the memory
_POINTS_AT_ONCE = 4096
# steps over which a length must fall by less than the tolerance
_LOOK_BACK = 100
_NETWORKS = torch.float32


@dataclass(frozen=True)
class NeuralCurve:
    """Curve networks, as the paper has them.

    Networks are trained in float32, twice as fast and no less short; the metric is float64 throughout, and so are the
    curves that they become. A pair is drawn, trained and stopped on its own, whatever others are solved beside it.

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
        generator: Draws a seed for each pair, in their order, that draws its network and Bezier curves; one with seed 0
            is made if there is none.

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
            start = best_bezier(
                problem.metric,
                z0,
                z1,
                generator,
                units=self.units,
                candidates=self.candidates,
                spread=self.spread,
                times=max(2, self.points // 4),
                boundary=self.boundary,
            )
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

    @torch.enable_grad()
    def _train(
        self, metric: Metric, start: NetworkCurve, on_step: OnStep | None
    ) -> tuple[NetworkCurve, list[Outcome], Tensor, Tensor]:
        """The shortest curves met, how each ended, its last fall and its steps."""
        z0, z1, pairs = start.z0, start.z1, len(start.z0)
        weights = [w.to(_NETWORKS, copy=True) for w in start.weights]
        best = [w.clone() for w in weights]
        shortest = z0.new_full((pairs,), float("inf"))
        fall = shortest.clone()
        singular, broken = torch.zeros(2, pairs, dtype=torch.bool, device=z0.device)
        taken = torch.zeros(pairs, dtype=torch.long, device=z0.device)
        history: list[Tensor] = []
        optimiser = torch.optim.Adam(weights, lr=self.learning_rate)
        t, times = even(self.points, weights[0]), even(self.points, z0)
        training = torch.arange(pairs, device=z0.device)
        for step in range(self.steps + 1):
            # a network at a time: what is worked on stays in a CPU's caches
            networks = [tuple(w[pair] for w in weights) for pair in training.tolist()]
            passes = [network(one, t) for one in networks]
            raw = torch.stack([found[0] for found in passes]).to(z0).requires_grad_()
            slope = torch.stack([found[1] for found in passes]).to(z0).requires_grad_()
            ends = raw[:, [0, -1]]
            z, v = meet(self.boundary, z0[training], z1[training], times, raw, slope, ends)
            squared = metric.squared_speed(z.flatten(0, 1), v.flatten(0, 1))
            length = safe_sqrt(squared).view(len(training), -1).mean(1)

            value = length.detach()
            if self.boundary == "paper":
                singular[training] = rescaling(z0[training], z1[training], ends)[1]
            broken[training] = ~torch.isfinite(value) & ~singular[training]
            usable = ~(singular | broken)[training]
            better = usable & (value < shortest[training])
            improved = training[better]
            shortest[improved] = value[better]
            for known, w in zip(best, weights, strict=True):
                known[improved] = w[improved]
            history.append(shortest.clone())
            if len(history) > _LOOK_BACK:
                before = history[-1 - _LOOK_BACK][training].clamp(min=torch.finfo(z0.dtype).tiny)
                fall[training] = 1 - shortest[training] / before
            taken[training] = step
            tell(f"step {step} of up to {self.steps}, mean length {float(shortest.mean()):.4g}")
            if on_step is not None:
                on_step(step, float(shortest.mean()))
            going = usable & ~(fall[training] < self.tolerance)
            if step == self.steps or not bool(going.any()):
                break

            bars = torch.autograd.grad(length[going].sum(), (raw, slope), materialize_grads=True)
            raw_bar, slope_bar = (bar.to(_NETWORKS) for bar in bars)
            of_all = [torch.zeros_like(w) for w in weights]
            for k in going.nonzero().squeeze(1).tolist():
                found = gradient(networks[k], t, passes[k][2], raw_bar[k], slope_bar[k])
                for every, one in zip(of_all, found, strict=True):
                    every[training[k]] = one
            for w, every in zip(weights, of_all, strict=True):
                w.grad = every
            optimiser.step()
            training = training[going]
        outcome = [
            Outcome.SINGULAR_BOUNDARY
            if singular[pair]
            else Outcome.DIVERGED
            if broken[pair]
            else Outcome.CONVERGED
            if fall[pair] < self.tolerance
            else Outcome.MAX_ITERATIONS
            for pair in range(pairs)
        ]
        return NetworkCurve(tuple(w.to(z0) for w in best), z0, z1, self.boundary), outcome, fall, taken
