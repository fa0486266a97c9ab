"""Riemannian Hamiltonian Monte Carlo: samples of a density by motion that knows the metric.

Girolami and Calderhead 2011. The metric is the mass: where a small step changes much, momenta are large, steps short.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.progress import shows_progress, tell
from latentgeo.sampling.effective import effective_size

__all__ = ["HMCSamples", "riemannian_hmc"]

# of the implicit half steps: by how much they may still move, relative to where they are, in how many turns; and how
# near a step back has to come
_SETTLED, _TURNS, _BACK = 1e-9, 40, 1e-6

LogDensity = Callable[[Tensor], Tensor]


@dataclass(frozen=True, repr=False)
class HMCSamples(Described):
    """What the chains drew.

    Attributes:
        z: (chains, draws, latent).
        acceptance: (chains,), the share of proposals that were accepted.
        divergent: (chains,), the share whose implicit steps did not settle or came to no finite energy: rejected, and a
            sign that `step_size` is too large.
        effective: (latent,), how many independent draws each coordinate's mean is as good as, over all chains.
    """

    z: Tensor
    acceptance: Tensor
    divergent: Tensor
    effective: Tensor


@shows_progress("Hamiltonian Monte Carlo")
@in_double
def riemannian_hmc(
    metric: Metric,
    log_density: LogDensity | None,
    z: Float[Tensor, "chains latent"],
    draws: int,
    *,
    step_size: float,
    leaps: int = 10,
    warmup: int = 0,
    by_volume: bool = False,
    generator: torch.Generator,
    progress: bool = True,
) -> HMCSamples:
    """Draw from a density on the latent space with the metric as the mass matrix.

    The Hamiltonian is H = -log p(z) + 1/2 log det G + 1/2 m^T G^-1 m; the generalised leapfrog rule, whose implicit
    steps are solved by fixed-point iteration, keeps it nearly, is reversible and keeps volumes, so that accepting with
    probability exp(-change of H) makes the samples exact. A proposal whose implicit steps do not settle, forward or
    back to where they came from, is rejected and counted (Girolami and Calderhead 2011).

    Along a periodic coordinate chains go on beyond the period (`wrap` brings them back), and the effective size is that
    of the coordinate as it goes on: of an angle take its sine and cosine.

    Args:
        metric: Any metric that is differentiable in z and nowhere singular.
        log_density: Log density at latent points, (batch, latent) to (batch,), up to a constant, differentiable; None
            for a constant.
        z: Where the chains start, (chains, latent).
        draws: Kept, of each chain.
        step_size: Of the leapfrog rule, in the units of time in which a momentum G v moves with velocity v.
        leaps: Steps a proposal.
        warmup: Proposals before the first draw that is kept.
        by_volume: Whether the density is per unit of the metric's volume, and not of the latent coordinates. With no
            density the points are then uniform by volume, which only a space of finite volume has.
        generator: What draws; on the CPU.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: Points, counts or a step size that are none, or a density of another shape.
        NotFiniteError: The density is zero or not finite, or the metric singular, where a chain starts.
    """
    check_points("z", z)
    check_finite("z", z, "chain")
    if draws < 1 or leaps < 1 or warmup < 0:
        raise ValueError(f"draws and leaps must be 1 or more, warmup 0 or more; got {draws}, {leaps} and {warmup}")
    if not 0 < step_size < float("inf"):
        raise ValueError(f"step_size must be positive and finite; got {step_size}")
    system = _System(metric, log_density, by_volume)
    here = z.detach()
    lost = (~torch.isfinite(system.energy(here, torch.zeros_like(here)))).nonzero()
    if len(lost):
        chain = int(lost[0])
        raise NotFiniteError(
            f"chain {chain} starts at {here[chain].tolist()}, where the density is zero or not finite or the metric is "
            "singular"
        )
    kept, accepted, divergent = [], here.new_zeros(len(here)), here.new_zeros(len(here))
    for turn in range(warmup + draws):
        noise = torch.randn(here.shape, generator=generator, dtype=torch.float64).to(here)
        level = torch.rand(len(here), generator=generator, dtype=torch.float64).to(here)
        momentum = system.momentum(here, noise)
        there, end, settled = _proposal(system, here, momentum, step_size, leaps)
        change = system.energy(there, end) - system.energy(here, momentum)
        usable = settled & torch.isfinite(change)
        taken = usable & (level.log() < -change)
        here = torch.where(taken[:, None], there, here)
        if turn >= warmup:
            kept.append(here)
            accepted += taken
            divergent += ~usable
        tell(f"{turn + 1} of {warmup + draws} proposals")
    path = torch.stack(kept, 1)
    return HMCSamples(path, accepted / draws, divergent / draws, effective_size(path))


@dataclass(frozen=True)
class _System:
    """The energy and its slopes."""

    metric: Metric
    log_density: LogDensity | None
    by_volume: bool

    def momentum(self, z: Tensor, noise: Tensor) -> Tensor:
        """Of covariance G."""
        with torch.no_grad():
            return (torch.linalg.cholesky_ex(self.metric(z))[0] @ noise.unsqueeze(2)).squeeze(2)

    def energy(self, z: Tensor, m: Tensor) -> Float[Tensor, "chains"]:
        with torch.no_grad():
            return self._energy(z, m)

    def force(self, z: Tensor, m: Tensor) -> Tensor:
        """-dH/dz."""
        with torch.enable_grad():
            at = z.detach().requires_grad_()
            total = self._energy(at, m).sum()
            if not total.requires_grad:
                return torch.zeros_like(z)
            return -torch.autograd.grad(total, at)[0]

    def velocity(self, z: Tensor, m: Tensor) -> Tensor:
        """dH/dm = G^-1 m."""
        with torch.no_grad():
            return torch.linalg.solve_ex(self.metric(z), m.unsqueeze(2))[0].squeeze(2)

    def _energy(self, z: Tensor, m: Tensor) -> Tensor:
        L, info = torch.linalg.cholesky_ex(self.metric(z))
        root = torch.linalg.solve_triangular(L, m.unsqueeze(2), upper=False).squeeze(2)
        value = root.square().sum(1) / 2
        if not self.by_volume:
            value = value + L.diagonal(dim1=1, dim2=2).log().sum(1)
        if self.log_density is not None:
            density = self.log_density(z)
            if density.shape != z.shape[:1]:
                raise ValueError(f"log_density must give ({len(z)},), one number a point; got {tuple(density.shape)}")
            value = value - density
        return torch.where(info == 0, value, float("inf"))


def _proposal(
    system: _System, z: Tensor, m: Tensor, step: float, leaps: int
) -> tuple[Tensor, Tensor, Bool[Tensor, "chains"]]:
    """Where a chain comes to, with which momentum, and whether all implicit steps settled and lead back."""
    settled = torch.ones(len(z), dtype=torch.bool, device=z.device)
    for _ in range(leaps):
        there, end, fine = _leap(system, z, m, step)
        back, _, again = _leap(system, there, -end, step)
        near = torch.linalg.vector_norm(back - z, dim=1) <= _BACK * (1 + torch.linalg.vector_norm(z, dim=1))
        settled &= fine & again & near
        # those that are lost stay where they are, and nothing is asked of them there but numbers
        z, m = (torch.where(settled[:, None], new, old) for new, old in ((there, z), (end, m)))
    return z, m, settled


def _leap(system: _System, z: Tensor, m: Tensor, step: float) -> tuple[Tensor, Tensor, Tensor]:
    """One step of the generalised leapfrog rule; whether both implicit parts settled."""
    half, fine = _settled(lambda guess: m + step / 2 * system.force(z, guess), m)
    slope = system.velocity(z, half)
    there, good = _settled(lambda guess: z + step / 2 * (slope + system.velocity(guess, half)), z + step * slope)
    return there, half + step / 2 * system.force(there, half), fine & good


def _settled(step: Callable[[Tensor], Tensor], guess: Tensor) -> tuple[Tensor, Tensor]:
    """A fixed point, and for which chains it was found; the others end at a number, whichever."""
    lost = torch.zeros(len(guess), dtype=torch.bool, device=guess.device)
    fine = lost
    for _ in range(_TURNS):
        found = step(guess)
        lost = lost | ~torch.isfinite(found).all(1)
        found = torch.where(lost[:, None], guess, found)
        moved = torch.linalg.vector_norm(found - guess, dim=1)
        fine = ~lost & (moved <= _SETTLED * (1 + torch.linalg.vector_norm(found, dim=1)))
        guess = found
        if bool((fine | lost).all()):
            break
    return guess, fine
