"""What the files of cases/ and solvers/ have to say: each has a `CASE` or a `SOLVER`, and its name is the file's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

__all__ = ["GROUPS", "Case", "Decoder", "Problem", "Solve", "Solved", "Solver"]

Decoder = Callable[[Tensor], Tensor]
GROUPS = (
    "closed forms",
    "trained decoder",
    "convolutional decoder",
    "many dimensions",
    "many dimensions, trained",
)


@dataclass(frozen=True)
class Problem:
    """What a solver is given: a decoder and the pairs, no reference.

    Attributes:
        group: The case's, one of `GROUPS`.
        decoder: Latent points (batch, latent) to observations (batch, *obs), float64; an `nn.Module` where trained.
        obs: How many numbers an observation has.
        z0: Start points, (pairs, latent), float64.
        z1: End points.
    """

    group: str
    decoder: Decoder
    obs: int
    z0: Tensor
    z1: Tensor

    @property
    def latent(self) -> int:
        return self.z0.shape[1]


@dataclass(frozen=True)
class Case:
    """One surface or decoder with its pairs; their reference lengths are in references/, under the case's name.

    Attributes:
        group: One of `GROUPS`: cases that are judged together.
        latent: How many latent dimensions.
        about: What it is, for the page.
        seconds: For all its pairs; a solver that is not done by then has timed out.
        certified: What the two lengths of each reference are from: the first, and the one that checks it.
        problem: Makes the decoder and the pairs, the same in every environment.
        distance: True distances between points (pairs, latent) where they are known.
        name: The file's; set when it is loaded.
    """

    group: str
    latent: int
    about: str
    seconds: float
    certified: tuple[str, str]
    problem: Callable[[], Problem]
    distance: Callable[[Tensor, Tensor], Tensor] | None = None
    name: str = ""


@dataclass(frozen=True)
class Solved:
    """Curves as a library gave them.

    Attributes:
        curve: Times (time,) in [0, 1], float64, to points (pairs, time, latent).
        converged: For each pair what the library says of its own convergence, or None where it does not tell.
    """

    curve: Callable[[Tensor], Tensor]
    converged: list[bool] | list[None]


Solve = Callable[[Tensor, Tensor], Solved]


@dataclass(frozen=True)
class Solver:
    """One way to call one library.

    Attributes:
        prepare: Makes the solver of a problem: the library's own manifold or metric object. Not timed. The library is
            imported here, so that the file loads where the library is not installed.
        library: The name that it is installed by, the same for all of its files.
        setting: What this file is among the library's.
        call: How the library is called, for the record.
        requirements: Lines of a pip requirements file, for an environment of its own; none, and it runs where the
            benchmark does.
        pairs: How many of a case's pairs it solves at most, by group; a group that is not named is left out. None for
            all of them everywhere.
        at_once: Pairs in one call: all of them where the library has a batch, 1 where it has none.
        role: "compared" is on the figure; "reference" only helps to find the shortest known curves.
        name: The file's; set when it is loaded.
    """

    prepare: Callable[[Problem], Solve]
    library: str
    setting: str = "default"
    call: str = ""
    requirements: tuple[str, ...] = ()
    pairs: Mapping[str, int] | None = None
    at_once: int | None = None
    role: str = "compared"
    name: str = ""

    def pairs_of(self, problem: Problem) -> int:
        """How many pairs of a problem are solved; 0 where it is left out."""
        most = len(problem.z0) if self.pairs is None else self.pairs.get(problem.group, 0)
        return min(most, len(problem.z0))
