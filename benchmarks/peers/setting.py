"""What a library's file has to say: `SETTINGS`, its solvers by name, each as `prepare(case) -> solve(z0, z1)`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from benchmarks.peers.cases import Case

__all__ = ["Setting", "Solve", "Solved"]


@dataclass(frozen=True)
class Solved:
    """Curves as a library gave them.

    Attributes:
        curve: Times (time,) in [0, 1], float64, to points (pairs, time, 2).
        converged: For each pair what the library says of its own convergence, or None where it does not tell.
    """

    curve: Callable[[Tensor], Tensor]
    converged: list[bool] | list[None]


Solve = Callable[[Tensor, Tensor], Solved]


@dataclass(frozen=True)
class Setting:
    """One way to call a library.

    Attributes:
        prepare: Makes the solver of a case: the library's own manifold or metric object. Not timed.
        pairs: How many of a case's pairs are solved at most, by group; a group that is not named is left out.
        at_once: Pairs in one call: all of them where a library has a batch, 1 where it has none.
        call: How it was called, for the record.
        role: "compared" is on the figure; "reference" only helps to find the shortest known curves.
    """

    prepare: Callable[[Case], Solve]
    pairs: Mapping[str, int]
    call: str
    at_once: int | None = None
    role: str = "compared"

    def pairs_of(self, case: Case) -> int:
        """How many pairs of a case are solved; 0 where it is left out."""
        group = "decoder" if case.group == "trained decoder" else case.group
        return min(self.pairs.get(group, 0), len(case.z0))
