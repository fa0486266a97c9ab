"""Conjugate points: where geodesics that leave a point side by side meet again, and cease to be locally shortest.

The Jacobi fields that vanish at the start are columns of A(t), with rates A'(t), in an orthonormal frame. A conjugate
point is where A is singular, on a sphere in all directions at once, so that det A need not change sign. Instead the
Lagrangian plane of (A', sA) is followed (Arnold 1967): U = (A' + isA) (A' - isA)^-1 is unitary, and its eigenvalues
exp(2i theta) pass 1 where A is singular, always in the same direction, d theta/dt = s. Which turn an angle is in is
known from their sum, arg det (A' + isA), which is integrated along with the fields.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.calculus.along import Along, Reached
from latentgeo.geometry.calculus.exponential import raise_unless_arrived
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.progress import shows_progress

__all__ = ["ConjugateSolution", "conjugate_points"]

# pieces of a geodesic at whose ends the angles are looked at, and points at which curvature is, to scale them
_PIECES, _SAMPLES = 8, 17
# to a conjugate point, halvings of its bracket included
_STEPS = 40
# of the length, in tolerances: what is conjugate this close to the end is so at the end
_AT_THE_END = 10


@dataclass(frozen=True, repr=False)
class ConjugateSolution(Described):
    """Points conjugate to the starts of geodesics.

    Attributes:
        first: (pairs,), the first time of each, inf where there is none: the geodesic is locally shortest up to there.
        times: (pairs, most), all times in increasing order, each as often as there are directions in which geodesics
            meet there; NaN beyond the last one, and no columns where no geodesic has any.
        count: (pairs,), how many: the geodesic's Morse index, those at its very end included.
        outcome: One a pair; where it is not `reached`, points were looked for up to `time` only.
        time: (pairs,), that time; 1 where the end was reached.
    """

    first: Tensor
    times: Tensor
    count: Tensor
    outcome: list[Arrival]
    time: Tensor

    @property
    def locally_shortest(self) -> Tensor:
        """(pairs,), whether the geodesic has no conjugate point before its end; False where that was not reached."""
        reached = [outcome is Arrival.REACHED for outcome in self.outcome]
        return torch.tensor(reached, dtype=torch.bool, device=self.first.device) & (self.first >= 1)


@shows_progress("conjugate points")
@in_double
@torch.no_grad()
def conjugate_points(
    metric: Metric,
    curve: Curve,
    tolerance: float = 1e-6,
    *,
    max_steps: int = 1000,
    throw: bool = False,
    progress: bool = True,
) -> ConjugateSolution:
    """The times in (0, 1] at which a geodesic's points are conjugate to its start.

    Beyond the first one it is no longer the shortest among the curves near it; before it, it is, though another one,
    far from it, may be shorter: `conjugate_points(metric, solution.curve).locally_shortest` says so of each pair of a
    solution. Where curvature is nowhere positive there are none. On a sphere of radius r and
    dimension n they are at multiples of the distance pi r, n - 1 times each. No gradient is kept.

    Args:
        metric: Twice differentiable in z.
        curve: One geodesic a pair, e.g. the `curve` of what `geodesic` found. Times are shares of its length, which a
            geodesic's own time is.
        tolerance: Greatest error of an integration step, relative to the fields, see `jacobi_field`. Times are as
            good, roughly; points within ten tolerances of the end count as being there.
        max_steps: Steps of each eighth of a curve, beyond one for each of its smooth pieces.
        throw: Raise unless every geodesic was followed to its end.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        Times are no better than the geodesic, see `jacobi_field`.

    Raises:
        ValueError: The tolerance is not positive.
        DecoderError: The decoder is piecewise linear.
        GeodesicError: With `throw`, a geodesic was not followed to its end.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive; got {tolerance}")
    like = curve(curve.breaks.new_zeros(1))[:, 0].detach()
    pairs = len(like)
    outcome, time = [Arrival.REACHED] * pairs, like.new_ones(pairs)
    who, when = torch.zeros(0, dtype=torch.long, device=like.device), like.new_zeros(0)
    if pairs:
        along = Along(metric, curve, tolerance, max_steps)
        near = _AT_THE_END * along.tolerance
        who, when = _followed(along, outcome, time, near)
        when = torch.where(when > 1 - near, 1.0, when)
    if throw:
        raise_unless_arrived(outcome)
    count = torch.bincount(who, minlength=pairs)
    most = int(count.max()) if len(count) else 0
    times = like.new_full((pairs, most), float("nan"))
    for pair in who.unique().tolist():
        times[pair, : int(count[pair])] = when[who == pair].sort().values
    first = times[:, 0].nan_to_num(nan=math.inf) if most else like.new_full((pairs,), math.inf)
    return ConjugateSolution(first, times, count, outcome, time)


@dataclass(frozen=True)
class _Crossing:
    """Angles that reach a level, each within a piece of a curve.

    Attributes:
        pairs: (rows,), the curves.
        state: The fields at the pieces' starts.
        end: (rows,), times of the pieces' ends.
        angle: (rows,), which angle, counted from the least.
        level: (rows,), a multiple of pi.
        guess: (rows,), times, as if the angle grew evenly.
    """

    pairs: Tensor
    state: Reached
    end: Tensor
    angle: Tensor
    level: Tensor
    guess: Tensor


def _followed(along: Along, outcome: list[Arrival], time: Tensor, near: float) -> tuple[Tensor, Tensor]:
    """Pairs and shares of the length of all conjugate points; changes `outcome` and `time` of those that got lost."""
    pairs, latent, device = along.pairs, along.latent, time.device
    now, scale = torch.arange(pairs, device=device), _scales(along)
    one = torch.eye(latent, dtype=time.dtype, device=device).expand(pairs, -1, -1)
    P = torch.linalg.solve_triangular(along.place(now, torch.zeros_like(time)).at.root, one, upper=True)
    # no inverse, no frame: the integration says so at its first step
    state = Reached(torch.zeros_like(P), P.nan_to_num(), torch.zeros_like(time), torch.zeros_like(time), list(outcome))
    angles = time.new_zeros(pairs, latent)
    found = []
    for k in range(_PIECES):
        end = time.new_full((len(now),), (k + 1) / _PIECES)
        reached = along.follow(now, state.field, state.rate, state.time, end, scale[now], state.phase)
        after = _angles(along, now, reached, scale[now])
        slack = near * scale[now, None] if k == _PIECES - 1 else 0.0
        found.append(_crossings(now, state, reached.time, angles, after + slack))
        arrived = now.new_tensor([arrival is Arrival.REACHED for arrival in reached.arrival], dtype=torch.bool)
        for row in (~arrived).nonzero().squeeze(1).tolist():
            outcome[int(now[row])] = reached.arrival[row]
        time[now] = reached.time
        now, angles = now[arrived], after[arrived]
        if not len(now):
            break
        state = _renewed(along, now, _rows(reached, arrived.nonzero().squeeze(1)), scale[now])
    who, when = (torch.cat(parts) for parts in zip(*(_meetings(along, one, scale) for one in found), strict=True))
    time.copy_(along.shares.at(time[:, None])[:, 0])
    share = along.shares.at(when.expand(pairs, -1)).gather(0, who[None])[0]
    return who, share


def _crossings(pairs: Tensor, state: Reached, end: Tensor, before: Tensor, after: Tensor) -> _Crossing:
    """Those of one piece, from its start, where the angles are `before`, to its end, where they are `after`."""
    low, high = ((angle / math.pi).floor().clamp(min=0) for angle in (before, after))
    # an angle never turns back through a multiple of pi
    turns = (high - low).clamp(min=0)
    numbers = torch.arange(int(turns.amax()), device=turns.device)
    row, angle, number = (numbers < turns.unsqueeze(2)).nonzero(as_tuple=True)
    level = (low[row, angle] + number + 1) * math.pi
    share = (level - before[row, angle]) / (after[row, angle] - before[row, angle])
    chosen = _rows(state, row)
    return _Crossing(pairs[row], chosen, end[row], angle, level, chosen.time + share * (end[row] - chosen.time))


def _meetings(along: Along, crossing: _Crossing, scale: Tensor) -> tuple[Tensor, Tensor]:
    """The pairs, and the times at which their angles reach the levels: Newton's method, kept to a shrinking bracket.

    It converges with the third order: at a level an angle's rate is the scale, whatever the curvature, to second order.
    """
    pairs, state = crossing.pairs, crossing.state
    if not len(pairs):
        return pairs, crossing.guess
    scale = scale[pairs]
    low, high, time = state.time, crossing.end, crossing.guess
    for _ in range(_STEPS):
        reached = along.follow(pairs, state.field, state.rate, state.time, time, scale, state.phase)
        missing = crossing.level - _angles(along, pairs, reached, scale).gather(1, crossing.angle[:, None])[:, 0]
        low, high = torch.where(missing > 0, time, low), torch.where(missing > 0, high, time)
        # what is conjugate beyond the end by less than is known is so at the end
        new = torch.minimum(time + missing / (scale * along.place(pairs, time).pace), crossing.end)
        new = torch.where((new >= low) & (new <= high), new, (low + high) / 2)
        near = (scale * (new - time)).abs() ** 3 <= along.tolerance
        time = new
        if bool((near | (high - low <= along.tolerance)).all()):
            break
    return pairs, time


def _angles(along: Along, pairs: Tensor, reached: Reached, scale: Tensor) -> Float[Tensor, "rows latent"]:
    """theta of each row in increasing order, whole half turns included."""
    if not len(pairs):
        return scale.new_zeros(0, along.latent)
    latent = along.latent
    stacked, _ = _stacked(along, pairs, reached, scale)
    finite = torch.isfinite(stacked).flatten(1).all(1)
    plane = torch.linalg.qr(torch.where(finite[:, None, None], stacked, torch.eye(2 * latent, latent).to(stacked)))[0]
    unitary = torch.complex(plane[:, :latent], plane[:, latent:])
    within = (torch.linalg.eigvals(unitary @ unitary.mT).angle() / 2).remainder(math.pi).sort(1).values
    turns = ((reached.phase - within.sum(1)) / math.pi).round()
    whole, rest = (turns / latent).floor()[:, None], turns.remainder(latent)[:, None]
    more = torch.arange(latent, device=turns.device) < rest
    found = (within + math.pi * (whole + more)).sort(1).values
    return torch.where(finite[:, None], found, 0.0)


def _renewed(along: Along, pairs: Tensor, reached: Reached, scale: Tensor) -> Reached:
    """Other fields of the same plane, far from parallel: what grows apart by orders of magnitude would be."""
    if not len(pairs):
        return reached
    _, root = _stacked(along, pairs, reached, scale)
    # with a positive determinant, so that the phase stays
    root = root * torch.sign(root.diagonal(dim1=1, dim2=2))[:, :, None]

    def turned(columns: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(root, columns, upper=True, left=False)

    return Reached(turned(reached.field), turned(reached.rate), reached.phase, reached.time, reached.arrival)


def _stacked(along: Along, pairs: Tensor, reached: Reached, scale: Tensor) -> tuple[Tensor, Tensor]:
    """(A', sA), one above the other, and its triangular factor."""
    root = along.place(pairs, reached.time).at.root
    stacked = torch.cat([root @ reached.rate, scale[:, None, None] * (root @ reached.field)], 1)
    return stacked, torch.linalg.qr(stacked, mode="r")[1]


def _scales(along: Along) -> Float[Tensor, "pairs"]:
    """The root of the largest curvature along each geodesic, times its squared length: angles then turn evenly."""
    at = torch.linspace(0, 1, _SAMPLES, dtype=along.shares.length.dtype, device=along.shares.length.device)
    pairs = torch.arange(along.pairs, device=at.device)
    pull = along.pull(pairs.repeat_interleave(_SAMPLES), at.repeat(along.pairs))
    size = torch.linalg.matrix_norm(pull.nan_to_num(posinf=0, neginf=0)).view(along.pairs, _SAMPLES)
    return size.amax(1).clamp(min=1).sqrt()


def _rows(state: Reached, rows: Tensor) -> Reached:
    arrival = [state.arrival[row] for row in rows.tolist()]
    return Reached(state.field[rows], state.rate[rows], state.phase[rows], state.time[rows], arrival)
