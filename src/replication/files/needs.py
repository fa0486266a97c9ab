"""What a figure, a table or the verdict reads: named artifacts of data sets and seeds, loaded once.

A figure states its needs as data (`NEEDS`), so that the workflow can list them as inputs and `draw` never opens a file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from replication.files.artifacts import read_csv, read_json, read_npz

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EVERY",
    "Need",
    "Needs",
    "collect",
    "evidence",
    "expand",
    "named",
    "paths",
    "present",
    "read",
    "suffice",
    "with_sources",
]

EVERY = "*"  # in place of a data set's name: every configured data set
OF_DATA = {"data.npz": ".npz", "data.json": ".json"}
"""What is of a data set and of no seed: its arrays and what is known of them, in data/processed/{profile}."""

OF_PROFILE = frozenset({"verdict.csv"})
"""What is of all data sets and seeds together, in results/{profile}."""

_READERS = {".npz": read_npz, ".csv": read_csv, ".json": read_json}


class Need(NamedTuple):
    """One artifact of one data set, for the first seed (what is shown) or for all (what is averaged).

    Those of `OF_DATA` are of the data set itself, the same for every seed, those of `OF_PROFILE` the same for all.
    """

    dataset: str
    artifact: str
    seeds: Literal["first", "all"] = "all"
    optional: bool = False


@dataclass(frozen=True)
class Needs:
    """The loaded artifacts, and beside them what the paper reported and the verdict when they exist.

    Attributes:
        artifacts: data set -> seed -> file name -> content (dict of arrays, frame or JSON value).
        reported: The content of config/reported.yaml.
        verdict: The rows of verdict.csv, where it is needed.
    """

    artifacts: Mapping[str, Mapping[int, Mapping[str, Any]]]
    reported: Mapping[str, Any] = field(default_factory=dict)
    verdict: "pd.DataFrame | None" = None

    def first(self, dataset: str, artifact: str) -> Any:
        """The artifact of the lowest seed, which is the one that figures of a single pair show."""
        seeds = self.artifacts[dataset]
        return seeds[min(seeds)][artifact]

    def paper(self, name: str) -> float | None:
        """The number that the paper reports for an item; None if it reports none."""
        found = {item["item"]: item["paper"] for item in self.reported.get("items", [])}.get(name)
        return None if found is None else float(found)

    def all(self, dataset: str, artifact: str) -> dict[int, Any]:
        """The artifact of every seed that has it."""
        return {seed: files[artifact] for seed, files in self.artifacts[dataset].items() if artifact in files}


def suffice(datasets: Sequence[str], needs: Iterable[Need]) -> bool:
    """Whether the needs are of these data sets only."""
    return {need.dataset for need in needs} <= {EVERY, *datasets}


def named(needs: Iterable[Need]) -> bool:
    """Whether the needs name their data sets, every one of them, and there are any."""
    datasets = {need.dataset for need in needs}
    return bool(datasets) and EVERY not in datasets


def expand(needs: Iterable[Need], datasets: Sequence[str]) -> list[Need]:
    """Replace `EVERY` by the configured data sets."""
    return [
        need._replace(dataset=dataset)
        for need in needs
        for dataset in (datasets if need.dataset == EVERY else [need.dataset])
    ]


def with_sources(needs: Iterable[Need]) -> list[Need]:
    """The needs, and what tells where their data came from: a figure that is to name a stand-in waits for it."""
    wanted = list(needs)
    return [*wanted, *(Need(dataset, "scores.json") for dataset in sorted({need.dataset for need in wanted}))]


def paths(needs: Iterable[Need], results: Path, datasets: Sequence[str], seeds: Sequence[int]) -> list[Path]:
    """The files behind the needs, in a fixed order and without repeats: the inputs of a rule.

    Optional needs are left out: the workflow cannot promise them.
    """
    found = [path for need, _, path in _located(needs, results, datasets, seeds) if not need.optional]
    return list(dict.fromkeys(found))


def present(needs: Iterable[Need], settings: Mapping[str, Any]) -> list[Path]:
    """Those files behind the needs that exist, optional ones too: what a stage of the report is about to read.

    Args:
        needs: What the stage needs.
        settings: The stage's: results (folder), datasets, seeds.
    """
    located = _located(needs, Path(settings["results"]), settings["datasets"], settings["seeds"])
    return sorted({path for _, _, path in located if path.is_file()})


def collect(
    needs: Iterable[Need],
    results: Path,
    datasets: Sequence[str],
    seeds: Sequence[int],
    reported: Mapping[str, Any] | None = None,
) -> Needs:
    """Load what is needed.

    Args:
        needs: The `NEEDS` of a figure or table.
        results: Folder results/{profile}.
        datasets: The configured data sets.
        seeds: The configured seeds.
        reported: Content of reported.yaml, passed through.

    Raises:
        FileNotFoundError: A needed artifact does not exist; the message names all that are missing.
    """
    located = _located(needs, results, datasets, seeds)
    missing = [str(path) for need, _, path in located if not need.optional and not path.is_file()]
    if missing:
        raise FileNotFoundError(f"missing artifacts: {', '.join(missing)}; run the stages that make these first")
    artifacts: dict[str, dict[int, dict[str, Any]]] = {}
    verdict = None
    for need, seed, path in located:
        if path.is_file():
            content = artifacts.setdefault(need.dataset, {}).setdefault(seed, {})[need.artifact] = read(path)
            verdict = content if need.artifact == "verdict.csv" else verdict
    return Needs(artifacts, reported or {}, verdict)


def evidence(
    results: Path, datasets: Sequence[str], seeds: Sequence[int], artifacts: Iterable[str]
) -> dict[str, dict[int, dict[str, Any]]]:
    """Load those of the artifacts that exist, as the verdict does: what is missing is judged, not an error."""
    needs = [Need(EVERY, artifact, "all", optional=True) for artifact in artifacts]
    loaded = collect(needs, results, datasets, seeds).artifacts
    return {dataset: {seed: dict(files) for seed, files in by_seed.items()} for dataset, by_seed in loaded.items()}


def read(path: Path) -> Any:
    """Read an artifact by its suffix: npz, csv or json.

    Raises:
        ValueError: The suffix is none of these.
    """
    if path.suffix not in _READERS:
        raise ValueError(f"{path}: expected one of {', '.join(sorted(_READERS))}")
    return _READERS[path.suffix](path)


def _located(
    needs: Iterable[Need], results: Path, datasets: Sequence[str], seeds: Sequence[int]
) -> list[tuple[Need, int, Path]]:
    return [
        (need, seed, _file(Path(results), need, seed))
        for need in expand(needs, datasets)
        for seed in (sorted(seeds)[:1] if need.seeds == "first" else sorted(seeds))
    ]


def _file(results: Path, need: Need, seed: int) -> Path:
    if need.artifact in OF_PROFILE:
        return results / need.artifact
    if need.artifact in OF_DATA:
        return results.parents[1] / "data" / "processed" / results.name / f"{need.dataset}{OF_DATA[need.artifact]}"
    return results / need.dataset / f"seed{seed}" / need.artifact
