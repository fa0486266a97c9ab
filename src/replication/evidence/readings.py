"""Readings of what the paper's MNIST lengths are lengths of: of which output, coded how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from replication.evidence import quantities
from replication.evidence.bootstrap import Estimate
from replication.files.needs import Need, Needs

__all__ = ["NEEDS", "READINGS", "Reading", "length", "ratio"]


@dataclass(frozen=True)
class Reading:
    """One way to read a length.

    Attributes:
        name: In figures and tables.
        where: Which rows of study.csv.
        factor: By which lengths grow: 2 where black and white are -1 and 1.
    """

    name: str
    where: Mapping[str, str] = field(default_factory=lambda: {"variant": "raw"})
    factor: float = 1.0


READINGS = (
    Reading("means in [0, 1]"),
    Reading("means in [-1, 1]", factor=2.0),
    Reading("Fisher-Rao", where={"variant": "fisher"}),
    Reading("logits", where={"variant": "logits"}),
    Reading("smoothed", where={"variant": "smoothed"}),
)
NEEDS = [Need("mnist", "study.csv")]


def length(needs: Needs, reading: Reading, path: str, quantity: str = "mean") -> Estimate:
    """Mean length of a path over the pairs of all seeds, or of the `shown_pair`.

    Raises:
        MissingEvidence: The artifacts do not have it.
    """
    found = _estimate(needs, reading, {"name": quantity, "path": path})
    factor = reading.factor
    return Estimate(factor * found.value, factor * found.low, factor * found.high, found.n, found.note)


def ratio(needs: Needs, reading: Reading) -> Estimate:
    """Mean length of the straight line over that of the geodesic."""
    return _estimate(needs, reading, {"name": "path_ratio", "over": "euclidean", "under": "geodesic"})


def _estimate(needs: Needs, reading: Reading, spec: Mapping[str, Any]) -> Estimate:
    return quantities.estimate({**spec, **reading.where}, needs.artifacts["mnist"])
