"""The normal law of given second moments on nodes of a quadrature: which precision it has.

With the density exp(-v^T P v / 2) / C the second moments are sufficient: the most likely precision P is that whose
moments are the data's. -log likelihood = tr(P S) / 2 + log C(P) is convex in P.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["Fitted", "fitted", "second_moments", "spread_out"]

_STEPS, _HALVINGS = 50, 30
# of the moments: where Newton's method ends, and up to where they count as the data's
_EXACT, _CLOSE = 1e-10, 1e-5


@dataclass(frozen=True)
class Fitted:
    """What was found.

    Attributes:
        precision: P, (latent, latent).
        log_normaliser: log C.
        loss: tr(P S) / 2 + log C.
        settled: Whether the moments are those that were asked for; where not, no precision has them.
    """

    precision: Tensor
    log_normaliser: float
    loss: float
    settled: bool


def fitted(
    vectors: Float[Tensor, "nodes latent"], volume: Float[Tensor, "nodes"], moments: Float[Tensor, "latent latent"]
) -> Fitted:
    """Newton's method from the precision of flat space; its loss is infinite where there is no volume.

    Args:
        vectors: v, in units in which the moments are about one.
        volume: Of each node, not negative.
        moments: S, positive definite.
    """
    latent = vectors.shape[1]
    if not bool((volume.sum() > 0) & torch.isfinite(moments).all() & (torch.linalg.cholesky_ex(moments).info == 0)):
        return Fitted(torch.eye(latent, dtype=vectors.dtype), math.inf, math.inf, False)
    first, second = torch.triu_indices(latent, latent)
    # of entries off the diagonal there are two
    twice = torch.where(first == second, 0.5, 1.0).to(vectors)
    statistics = twice * vectors[:, first] * vectors[:, second]
    wanted = twice * moments[first, second]
    logs = volume.log()

    def at(given: Tensor) -> tuple[Tensor, Tensor]:
        exponent = logs - statistics @ given
        normaliser = torch.logsumexp(exponent, 0)
        return given @ wanted + normaliser, normaliser

    now = torch.linalg.inv(moments)[first, second]
    loss, normaliser = at(now)
    for _ in range(_STEPS):
        share = (logs - statistics @ now - normaliser).exp()
        mean = share @ statistics
        off = mean - wanted
        if bool(off.abs().amax() <= _EXACT * wanted.abs().amax()):
            break
        centred = statistics - mean
        step = torch.linalg.pinv((share[:, None] * centred).T @ centred, hermitian=True) @ off
        for halving in range(_HALVINGS):
            tried = now + step / 2**halving
            value, log_c = at(tried)
            if bool(value < loss) and _is_precision(_symmetric(tried, latent)):
                break
        else:
            # to rounding, nothing is better
            break
        now, loss, normaliser = tried, value, log_c
    off = (logs - statistics @ now - normaliser).exp() @ statistics - wanted
    settled = bool(off.abs().amax() <= _CLOSE * wanted.abs().amax())
    return Fitted(_symmetric(now, latent), float(normaliser), float(loss), settled)


def second_moments(
    vectors: Float[Tensor, "points latent"], weights: Float[Tensor, "points"]
) -> Float[Tensor, "latent latent"]:
    """The weighted mean of v v^T."""
    return torch.einsum("n,ni,nj->ij", weights, vectors, vectors)


def spread_out(z: Float[Tensor, "points latent"], weights: Float[Tensor, "points"]) -> bool:
    """Whether there are points of positive weight that are not in one hyperplane."""
    values = torch.linalg.eigvalsh(second_moments(z - weights @ z, weights))
    return bool(values[0] > 1e-12 * values[-1])


def _symmetric(upper: Tensor, latent: int) -> Tensor:
    first, second = torch.triu_indices(latent, latent)
    found = upper.new_zeros(latent, latent)
    found[first, second] = upper
    found[second, first] = upper
    return found


def _is_precision(P: Tensor) -> bool:
    return int(torch.linalg.cholesky_ex(P).info) == 0
