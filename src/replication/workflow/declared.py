"""What each stage says of itself in its own file, read without importing it: the workflow's one statement.

A stage's module (replication/stages/<name>.py) has these constants, literals all of them:

- `PER`: what there is one run for, a key of `PLACES`;
- `MAKES`: its artifacts, name -> file in the folder of that place; no two stages make one of the same name;
- `READS`: what it is made from: names of artifacts that other stages make, of `FILES`, or words of `GROUPS`;
- `SETTINGS`: the keys of the configuration that it depends on; where there is one run for a profile, a key of the data
  sets' geometry is that of all of them, by name;
- `LATENT_SPACE`: True where it opens a model's latent space, which takes what `OF_LATENT_SPACE` lists;
- `ASKED_BY`: the key of a data set's geometry section without which it does not run;
- `ALWAYS`: True where it runs whenever it is called, since it knows itself what to keep.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = [
    "FILES",
    "GROUPS",
    "ITEMS",
    "OF_LATENT_SPACE",
    "PLACES",
    "Place",
    "Stage",
    "declared",
    "maker",
    "read",
    "waits",
]

STAGES = Path(__file__).parents[1] / "stages"
ITEMS = ("figure", "animation", "table")
"""Of the report: what there is one run for, and the stage's name."""


class Place(NamedTuple):
    """Where a run's artifacts and its record lie: templates of Snakemake's, with the wildcards that they have."""

    wildcards: tuple[str, ...]
    folder: str
    record: str


PLACES: Mapping[str, Place] = {
    "raw data": Place(("loader",), "data/raw/{loader}", "data/raw/{loader}/{stage}.run.json"),
    "data": Place(("dataset",), "data/processed/{profile}", "data/processed/{profile}/{dataset}.run.json"),
    "model": Place(
        ("dataset", "seed"),
        "results/{profile}/{dataset}/seed{seed}",
        "results/{profile}/{dataset}/seed{seed}/{stage}.run.json",
    ),
    "candidates": Place(("loader",), "results/{profile}/{stage}", "results/{profile}/{stage}/{loader}.run.json"),
    "profile": Place((), "results/{profile}", "results/{profile}/records/{stage}.run.json"),
    **{item: Place((item,), "{report}", f"results/{{profile}}/records/{{{item}}}.run.json") for item in ITEMS},
}
"""What there is one run for. {profile}, {report} (the folder of figures) and {stage} are filled in."""
GROUPS: Mapping[str, str] = {
    "models": "every model, and the data that it was trained on",
    "geometry": "what is made of every model, but the models",
    "candidates": "the records of the training of every candidate",
    "needs": "what the figure, animation or table says that it needs",
    "items": "every figure, animation and table",
}
"""Words of READS that stand for many artifacts; the stage itself says by `reads(job)` which of them it reads."""
FILES: Mapping[str, str] = {"reported": "config/reported.yaml"}
"""Files that no stage makes."""
KINDS: Mapping[str, type] = {
    "PER": str,
    "MAKES": dict,
    "READS": tuple,
    "SETTINGS": tuple,
    "LATENT_SPACE": bool,
    "ASKED_BY": str,
    "ALWAYS": bool,
}
OF_LATENT_SPACE: Mapping[str, tuple[str, ...]] = {
    "reads": ("model", "architecture", "data", "meta"),
    "settings": ("encodings", "grid", "lambda_multiplier", "rank", "precision"),
}
"""What `models.latent_space.open_latent_space` reads, and the settings that it depends on."""


@dataclass(frozen=True)
class Stage:
    """A stage as its file declares it; see this module."""

    name: str
    per: str
    makes: Mapping[str, str]
    reads: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    asked_by: str | None = None
    always: bool = False

    @property
    def place(self) -> Place:
        """Where its artifacts lie."""
        return PLACES[self.per]

    @property
    def artifacts(self) -> tuple[str, ...]:
        """Those of READS that are one file each: the command line names them."""
        return tuple(name for name in self.reads if name not in GROUPS)

    @property
    def groups(self) -> tuple[str, ...]:
        """Those of READS that stand for many."""
        return tuple(name for name in self.reads if name in GROUPS)

    @property
    def measures(self) -> bool:
        """Whether it measures a trained model: what the rules call geometry."""
        return self.per == "model" and self.name != "train"

    def runs(self, geometry: Mapping[str, Any]) -> bool:
        """Whether a data set's geometry section asks for it."""
        return self.asked_by is None or bool(geometry.get(self.asked_by))


def read(file: Path) -> Stage:
    """What a stage's file declares.

    Raises:
        ValueError: A constant is missing, is no literal, or names what there is not; the message says which.
    """
    found = _literals(file)
    for name, value in found.items():
        if not isinstance(value, KINDS[name]):
            raise ValueError(f"{file}: {name}: expected a {KINDS[name].__name__}; got {value!r}")
    if found.get("PER") not in PLACES:
        raise ValueError(f"{file}: PER: expected one of {', '.join(PLACES)}; got {found.get('PER')!r}")
    if not found.get("MAKES"):
        raise ValueError(f"{file}: MAKES: expected the artifacts that it makes, name to file; got none")
    reads, settings, asked_by = found.get("READS", ()), found.get("SETTINGS", ()), found.get("ASKED_BY")
    if found.get("LATENT_SPACE"):
        reads, settings = (*OF_LATENT_SPACE["reads"], *reads), (*OF_LATENT_SPACE["settings"], *settings)
    if asked_by is not None:
        settings = (*settings, asked_by)
    return Stage(file.stem, found["PER"], found["MAKES"], reads, settings, asked_by, found.get("ALWAYS", False))


@cache
def declared(folder: Path = STAGES) -> Mapping[str, Stage]:
    """All stages by name, each after those that make what it reads.

    Raises:
        ValueError: Two make an artifact of the same name, one reads what none makes, or they wait for one another.
    """
    found = {file.stem: read(file) for file in sorted(folder.glob("[!_]*.py"))}
    makers: dict[str, str] = {}
    for stage in found.values():
        for name in stage.makes:
            if name in makers:
                raise ValueError(f"stages {makers[name]} and {stage.name} both make {name!r}; rename one of them")
            makers[name] = stage.name
    for stage in found.values():
        if unknown := sorted(set(stage.artifacts) - makers.keys() - FILES.keys()):
            known = ", ".join(sorted({*makers, *FILES, *GROUPS}))
            raise ValueError(f"stage {stage.name}: READS: no stage makes {unknown[0]!r}; there are {known}")
    ordered: dict[str, Stage] = {}
    while len(ordered) < len(found):
        ready = {name: stage for name, stage in found.items() if waits(stage, found) <= ordered.keys() - {name}}
        if not ready.keys() - ordered.keys():
            raise ValueError(f"stages wait for one another: {', '.join(sorted(found.keys() - ordered.keys()))}")
        ordered |= {name: stage for name, stage in ready.items() if name not in ordered}
    return ordered


def maker(artifact: str, stages: Mapping[str, Stage]) -> Stage:
    """The stage that makes an artifact of this name."""
    return next(stage for stage in stages.values() if artifact in stage.makes)


def waits(stage: Stage, stages: Mapping[str, Stage]) -> set[str]:
    """Names of the stages that make what a stage reads."""
    of_group = {
        "models": lambda other: other.name in ("preprocess", "train"),
        "geometry": lambda other: other.measures,
        "needs": lambda other: other.per == "model" or "verdict" in other.makes,
        "candidates": lambda other: other.name == "train",
        "items": lambda other: other.per in ITEMS,
    }
    made = {maker(name, stages).name for name in stage.artifacts if name not in FILES}
    return made | {other.name for other in stages.values() for group in stage.groups if of_group[group](other)}


def _literals(file: Path) -> dict[str, Any]:
    found = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in KINDS:
            name = node.targets[0].id
            try:
                found[name] = ast.literal_eval(node.value)
            except ValueError:
                what = ast.unparse(node.value)[:100]
                raise ValueError(
                    f"{file}: {name}: expected a literal, as it is read without importing; got {what}"
                ) from None
    return found
