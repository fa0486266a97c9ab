"""The log-likelihood that a perfect model would reach, for data that one angle and Gaussian noise make."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.special import logsumexp

__all__ = ["true_log_likelihood"]

_ROWS_AT_ONCE = 500
_PER_STD = 4.0


def true_log_likelihood(
    x: Float[ndarray, "n obs"], ring: Float[ndarray, "m obs"], noise: float, finer: int = 1
) -> Float[ndarray, " n"]:
    """log p(x) = log (1 / 2 pi) int N(x; f(a), noise^2 I) da in nats, f(a) being the noise-free observation.

    By the trapezoidal rule, which for periodic functions converges faster than any power: at so many even angles that
    no two neighbouring observations are further apart than a quarter of the noise, f between the given angles by its
    trigonometric interpolant.

    Args:
        x: Observations.
        ring: f at m even angles over the whole turn; m has to resolve f, not the noise.
        noise: Standard deviation in every dimension.
        finer: Factor on the number of angles; more than 1 to see what the rule's step does.

    Raises:
        ValueError: The noise is not positive.
    """
    from scipy.signal import resample  # which loads all of scipy.stats

    if not noise > 0:
        raise ValueError(f"expected a positive standard deviation of the noise; got {noise}")
    closed = np.vstack([ring, ring[:1]]).astype(float)
    step = np.linalg.norm(np.diff(closed, axis=0), axis=1).max()
    angles = finer * len(ring) * max(1, int(np.ceil(step * _PER_STD / noise)))
    fine = np.asarray(resample(ring.astype(float), angles, axis=0))
    squares, constant = (fine**2).sum(1), x.shape[1] * np.log(noise * np.sqrt(2 * np.pi))
    found = []
    for rows in np.array_split(x.astype(float), max(1, -(-len(x) // _ROWS_AT_ONCE))):
        distance = (rows**2).sum(1)[:, None] - 2 * rows @ fine.T + squares
        found.append(logsumexp(-distance / (2 * noise**2), axis=1) - np.log(angles) - constant)
    return np.concatenate(found)
