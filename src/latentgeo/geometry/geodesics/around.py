"""Which way round: curves to the other images of an end point, where coordinates are periodic.

A graph leads to the image that is nearest under the metric, up to its own error of a per cent or so. Where there is no
graph, or where another image is as near, curves to further images are solved too, and the shortest of all is kept.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Line, Patched
from latentgeo.geometry.functionals import Measurement, measure, merged
from latentgeo.geometry.periods import Periods, images
from latentgeo.geometry.solution import Candidate, Problem

__all__ = ["end_of", "other_ways"]

# of the length found: another image is tried if the straight line there is no longer, without a graph and with one
_TRIED, _TRIED_AFTER_GRAPH = 4.0, 1.25


def other_ways(
    solved: Callable[[Problem], tuple[Candidate, Measurement]],
    problem: Problem,
    periods: Periods,
    found: Candidate,
    measured: Measurement,
) -> tuple[Candidate, Measurement]:
    """What was found, with the curves exchanged that are shorter to another image of z1.

    Args:
        solved: Curves of a problem, and their measurement.
        problem: Whose z1 are the images nearest to z0.
        periods: Of the latent coordinates.
        found: Its curves.
        measured: Their lengths.
    """
    ends = found.curve(problem.z0.new_ones(1))[:, -1]
    share = _TRIED_AFTER_GRAPH if found.searched else _TRIED
    pairs, others = [], []
    for image in images(problem.z0, problem.z1, periods):
        line = measure(problem.metric, Line(problem.z0, image), pieces=16).length
        # also where a length is NaN
        near = ~(line > share * measured.length) & ~torch.isclose(image, ends).all(1)
        pairs.append(near.nonzero().squeeze(1))
        others.append(image[near])
    index, z1 = torch.cat(pairs), torch.cat(others)
    if not len(index):
        return found, measured
    z0 = problem.z0[index]
    start = Line(z0, z1) if found.searched else None
    tried, lengths = solved(replace(problem, z0=z0, z1=z1, start=start))
    number = _shortest(index, lengths.length, measured.length)
    won = (number >= 0).nonzero().squeeze(1)
    rows = number[won]
    outcome = list(found.outcome)
    for pair, row in zip(won.tolist(), rows.tolist(), strict=True):
        outcome[pair] = tried.outcome[row]
    iterations = found.iterations.to(index).index_add(0, index, tried.iterations.to(index))
    better = replace(
        found,
        curve=Patched(found.curve, tried.curve, number),
        outcome=outcome,
        residual=found.residual.index_copy(0, won, tried.residual[rows]),
        iterations=iterations,
    )
    part = Measurement(lengths.length[rows], lengths.error[rows], lengths.max_velocity[rows])
    return better, merged(measured, part, won)


def end_of(start: Curve | Tensor, z1: Float[Tensor, "pairs latent"]) -> Float[Tensor, "pairs latent"]:
    """Where given curves, or points along them, end; z1 itself where they do not fit it."""
    points = start if isinstance(start, Tensor) else start(z1.new_ones(1))
    end = points[:, -1].detach()
    return end if end.shape == z1.shape else z1


def _shortest(index: Tensor, tried: Tensor, best: Tensor) -> Tensor:
    """For each pair the number of the shortest curve that was tried for it, -1 where none is shorter than the best."""
    number, least = torch.full(best.shape, -1, device=best.device), best.nan_to_num(float("inf")).tolist()
    for row, (pair, length) in enumerate(zip(index.tolist(), tried.tolist(), strict=True)):
        if length < least[pair]:
            least[pair], number[pair] = length, row
    return number
