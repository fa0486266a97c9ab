"""GEORCE: chains of nodes of least energy as a problem of optimal control.

Rygaard and Hauberg 2025, "GEORCE: A Fast New Control Algorithm for Computing Geodesics". A chain from a to b is steered
by its steps, x_s+1 = x_s + u_s, and pays u_s^T G(x_s) u_s for each of the T steps. With nu_s the derivative of the
price of step s by x_s, Pontryagin's conditions for the cheapest chain are

    2 G_s u_s + mu_s = 0,   mu_s-1 = mu_s + nu_s,   sum_s u_s = b - a.

With G and nu held where they are, these are linear in u and mu, and solved in closed form:

    mu_T-1 = (sum_s G_s^-1)^-1 (2 (a - b) - sum_s G_s^-1 R_s),   u_s = -G_s^-1 (mu_T-1 + R_s) / 2,   R_s = sum_j>s nu_j.

A line search goes as far towards these steps as the energy falls. It is a quasi-Newton method whose Hessian is that of
the energy with G held fixed: it asks for no second derivative, no matrix is larger than G, and where G is not constant
it converges linearly.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, OnStep, Problem
from latentgeo.geometry.solvers.batch import join
from latentgeo.geometry.solvers.chain import curve_through
from latentgeo.geometry.solvers.descent import Descent, Proposal, descend
from latentgeo.geometry.solvers.graph_path import GraphPath
from latentgeo.geometry.solvers.line_search import backtracked
from latentgeo.geometry.solvers.settling import Settling, check_nodes, outcomes, settled
from latentgeo.geometry.solvers.start import check_start, start_from, within

__all__ = ["Georce"]

# by how much the length of a spline falls, at least, in units of the excess that is left: 15 in the limit, or 3
_FALL, _FALL_ONE_SIDED = 4.0, 2.0
# of the tolerance: what is aimed at with each number of nodes
_SHARE = 0.03
# of the rounding of the metric, to this power, and its mean diagonal: where it is singular, far below what matters
_RIDGE_POWER = 0.75
# of the rate at which the promised gain falls: beyond it nothing is known
_SLOWEST = 0.9999


@dataclass(frozen=True)
class Georce:
    """Chains of nodes of least energy by optimal control, and cubic splines through them.

    Differs from the paper: the price of a step is that of the mean of G at its two ends, u_s^T (G(x_s) + G(x_s+1)) u_s
    / 2, because with G(x_s) alone nodes are O(1/T) off the geodesic and the curves O(1/T^2) too long, where now it is
    O(1/T^4): of a paraboloid's geodesics with 32 steps the longest is 3e-4 or 4e-6 too long. `symmetric=False` is the
    paper's. And nodes are doubled until the measured length settles, so that the tolerance is one of the length.

    Attributes:
        nodes: Of each curve at least, its ends included: a multiple of four and one more.
        start: "graph" for a shortest path (needs two latent dimensions or data), "line" for the straight line, "auto"
            for a graph where there is a cache or data. Other than `SplineCurve`, "auto" makes no cache without data.
        tolerance: A pair has converged when its estimated relative excess length is below.
        max_iterations: Steps at most with each number of nodes.
        doublings: How often the nodes of a pair are doubled that has not converged.
        symmetric: Whether steps are priced by the metric at both ends, or at the first one only.
        graph: The start's settings, and the size of the cache where one is made for it.

    Warning:
        As for `GaussNewton`, a straight start can end in a curve that is only locally shortest, and few nodes leap over
        narrow walls. Steps are cheap but many where the metric changes fast, at a wall too: `GaussNewton`, which knows
        the second derivatives, and `SplineCurve`, which learns them, take ten times fewer. Where the energy hardly
        changes along a family of curves, as next to conjugate points, the residual can be too small: 1e-3 of its
        distance off an antipode, curves on a sphere are said to have converged that are up to 6e-5 too long. Of a
        piecewise linear decoder the metric's derivative says nothing: `GaussNewton` does without it.
    """

    nodes: int = 33
    start: str = "auto"
    tolerance: float = 1e-6
    max_iterations: int = 200
    doublings: int = 2
    symmetric: bool = True
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        check_start(self.start)
        check_nodes(self.nodes)

    def solve(self, problem: Problem) -> Candidate:
        """One curve a pair; a pair whose energy is not finite keeps its start and has diverged."""
        start = start_from(problem, self.start, self.graph, self.nodes)
        metric, bounds = within(problem, start.fast)

        def minimise(nodes: Tensor, on_step: OnStep | None) -> Descent:
            share = _SHARE * self.tolerance
            return georce(metric, nodes, share, self.max_iterations, on_step, symmetric=self.symmetric)

        fall = _FALL if self.symmetric else _FALL_ONE_SIDED
        limits = Settling(self.nodes, self.doublings, self.tolerance, fall, straight=False)
        found = settled(minimise, metric, start.first, limits, problem.on_step)
        return Candidate(
            curve_through(found.control, straight=False),
            outcomes(found),
            found.residual,
            found.iterations,
            f"Georce({start.name} start, {self.nodes} nodes or more)",
            bounds,
            start.searched,
        )


@dataclass(frozen=True)
class Prices:
    """What the steps of chains cost.

    Attributes:
        value: The energy: T times the sum of all prices, (pairs,).
        by_step: The derivative of each price by its step, 2 G_s u_s, (pairs, steps, latent).
        by_node: The derivative of all prices by the node where a step begins, nu_s, (pairs, steps, latent).
    """

    value: Tensor
    by_step: Tensor
    by_node: Tensor

    @property
    def force(self) -> Float[Tensor, "pairs steps latent"]:
        """How the sum of all prices changes with a step that moves all later nodes along: 2 G_s u_s + R_s."""
        return self.by_step + self.by_node.flip(1).cumsum(1).flip(1) - self.by_node


@dataclass(frozen=True)
class _State:
    """Where each pair is.

    Attributes:
        control: Nodes, (pairs, nodes, latent).
        prices: There.
        gain: That the step before promised, (pairs,).
        stuck: (pairs,), whether no step made it shorter.
    """

    control: Tensor
    prices: Prices
    gain: Tensor
    stuck: Tensor

    @property
    def value(self) -> Tensor:
        return self.prices.value


@torch.no_grad()
def georce(
    metric: Metric,
    nodes: Float[Tensor, "pairs nodes latent"],
    tolerance: float,
    max_iterations: int,
    on_step: OnStep | None = None,
    *,
    symmetric: bool = True,
) -> Descent:
    """Minimise the energy over the inner nodes.

    Args:
        metric: Any.
        nodes: Where to start; not modified.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Steps at most.
        on_step: Told the step and the mean root energy over the pairs that are left.
        symmetric: See `Georce`.
    """

    def propose(state: _State) -> tuple[_State, Proposal]:
        G = step_metric(metric, state.control, symmetric)
        turn = steered(G, state.prices.force)
        gain = turn.shape[1] * ((G @ turn.unsqueeze(3)).squeeze(3) * turn).sum((1, 2))
        # a gain that falls by the square of q promises 1 + q + q^2 + ... as much in all
        q = (gain / state.gain).clamp(min=0).sqrt().clamp(max=_SLOWEST)
        step = turn.cumsum(1)[:, :-1].flatten(1)
        return replace(state, gain=gain), Proposal(step, gain, gain / (1 - q))

    def take(state: _State, proposed: Proposal) -> _State:
        control, prices = backtracked(
            state.control, state.prices, proposed, lambda trial, _: priced(metric, trial, symmetric)
        )
        stuck = ~(control != state.control).flatten(1).any(1)
        return _State(control, prices, state.gain, stuck)

    nodes = nodes.detach()
    unknown = nodes.new_full((len(nodes),), float("inf"))
    start = _State(nodes, priced(metric, nodes, symmetric), unknown, torch.zeros_like(unknown, dtype=torch.bool))
    return descend(start, propose, take, tolerance, max_iterations, on_step)


def priced(metric: Metric, nodes: Float[Tensor, "pairs nodes latent"], symmetric: bool = True) -> Prices:
    """The energy of chains and its derivatives, by automatic differentiation; pairs in pieces of bounded memory.

    Args:
        metric: Any; only `squared_speed` and its gradient are asked for.
        nodes: Of the chains.
        symmetric: See `Georce`.
    """
    ends = 2 if symmetric else 1
    at_once = max(1, metric.points_at_once // (ends * nodes.shape[1]))
    return join([_priced(metric, part, ends) for part in nodes.detach().split(at_once)])


def _priced(metric: Metric, nodes: Tensor, ends: int) -> Prices:
    pairs, count, latent = nodes.shape
    steps = count - 1
    z = torch.stack([nodes[:, end : end + steps] for end in range(ends)]).flatten(0, 2)
    v = nodes.diff(dim=1).expand(ends, -1, -1, -1).flatten(0, 2)
    with torch.enable_grad():
        z.requires_grad_()
        v.requires_grad_()
        f = metric.squared_speed(z, v) / ends
        fz, fv = torch.autograd.grad(f.sum(), (z, v), materialize_grads=True)
    shape = (ends, pairs, steps, latent)
    by_node = nodes.new_zeros(pairs, count, latent)
    for end, slope in enumerate(fz.view(shape)):
        by_node[:, end : end + steps] += slope
    value = steps * f.detach().view(shape[:3]).sum((0, 2))
    return Prices(value, fv.view(shape).sum(0), by_node[:, :-1])


def step_metric(
    metric: Metric, nodes: Float[Tensor, "pairs nodes latent"], symmetric: bool = True
) -> Float[Tensor, "pairs steps latent latent"]:
    """What each step is priced by, made definite where it is singular.

    The ridge changes the way to the cheapest chain, not the chain: it is in no price.
    """
    latent = nodes.shape[2]
    z = nodes if symmetric else nodes[:, :-1]
    G = in_parts(metric, metric.points_at_once, z.flatten(0, 1)).view(*z.shape, latent)
    G = (G[:, 1:] + G[:, :-1]) / 2 if symmetric else G
    mean = G.diagonal(dim1=2, dim2=3).mean(2)
    size = torch.finfo(metric.dtype or G.dtype).eps ** _RIDGE_POWER * (mean + mean.mean(1, keepdim=True))
    return G + torch.diag_embed(size.unsqueeze(2).expand(-1, -1, latent))


def steered(
    G: Float[Tensor, "pairs steps latent latent"], force: Float[Tensor, "pairs steps latent"]
) -> Float[Tensor, "pairs steps latent"]:
    """By how much steps are to change: u_new - u of the closed form above, NaN where G is not positive definite.

    With 2 G_s u_s + R_s in the place of R_s and a = b the form gives the change itself: its sum is zero.

    Args:
        G: Of each step.
        force: 2 G_s u_s + R_s.
    """
    factor, failed = torch.linalg.cholesky_ex(G)
    one = torch.eye(G.shape[2], dtype=G.dtype, device=G.device).expand_as(G)
    inverse, free = torch.cholesky_solve(torch.cat([one, force.unsqueeze(3)], 3), factor).split([G.shape[2], 1], 3)
    mu = -torch.linalg.solve_ex(inverse.sum(1), free.sum(1))[0]
    turn = -(free + inverse @ mu.unsqueeze(1)).squeeze(3) / 2
    return torch.where((failed == 0).all(1)[:, None, None], turn, torch.nan)
