"""What a configuration asks for: which stages run for what, on which files and under which settings.

The rules, DVC's targets and the planning of a cluster take it from here, and this from what the stages declare.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

from replication import animations, figures, metrics, tables
from replication.files import needs
from replication.workflow import config
from replication.workflow.declared import FILES, ITEMS, Stage, declared, maker
from replication.workflow.dependencies import PAGE, closure, page_files
from replication.workflow.provenance import Asked

__all__ = ["Plan"]

FOLDERS: Mapping[str, ModuleType] = dict(zip(ITEMS, (figures, animations, tables), strict=True))
Wildcards = Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """The workflow of one configuration.

    Attributes:
        settings: The merged configuration, as `config.load` gives it.
        overrides: What it was loaded with.
        stages: All stages, each after those that make what it reads.
    """

    settings: Mapping[str, Any]
    overrides: Mapping[str, Any]
    stages: Mapping[str, Stage]

    @classmethod
    def of(cls, overrides: Mapping[str, Any]) -> "Plan":
        """The plan of the configuration with these overrides.

        Raises:
            ConfigError: See `config.load`.
        """
        return cls(config.load(overrides), overrides, declared())

    @property
    def profile(self) -> str:
        return self.settings["profile"]

    @property
    def results(self) -> str:
        """The folder of the profile's results."""
        return f"results/{self.profile}"

    @property
    def report(self) -> str:
        """The folder of its figures and tables."""
        return "paper_figures" if self.profile == "paper" else f"{self.results}/paper_figures"

    @property
    def datasets(self) -> list[str]:
        return list(self.settings["datasets"])

    @property
    def loaders(self) -> list[str]:
        """Modules of the data sets, each once."""
        return sorted({one["loader"] for one in self.settings["datasets"].values()})

    @property
    def of_variants(self) -> bool:
        """Whether its data sets are variants, among which is chosen; then it shows what is about these alone."""
        return "selection" in self.settings

    @cached_property
    def items(self) -> Mapping[str, list[str]]:
        """Figures, animations and tables that the data sets allow."""
        return {
            kind: [
                name
                for name in folder.available(self.datasets)
                if not self.of_variants or needs.named(folder.load(name).NEEDS)
            ]
            for kind, folder in FOLDERS.items()
        }

    @cached_property
    def values(self) -> Mapping[str, list[str]]:
        """All that each wildcard can be."""
        seeds = [str(seed) for seed in self.settings["seeds"]]
        return {"dataset": self.datasets, "loader": self.loaders, "seed": seeds, **self.items}

    def runs(self, stage: Stage) -> Iterator[dict[str, str]]:
        """Wildcards of every run of a stage that the configuration asks for."""
        names = stage.place.wildcards
        if stage.per == "candidates" and not self.of_variants:
            return
        for chosen in product(*(self.values[name] for name in names)):
            wildcards = dict(zip(names, chosen, strict=True))
            if stage.per != "model" or stage.runs(self._experiment(wildcards)["geometry"]):
                yield wildcards

    def makes(self, stage: Stage) -> dict[str, str]:
        """Templates of a stage's artifacts by name, and of its record: `run`."""
        made = {name: file if "/" in file else f"{stage.place.folder}/{file}" for name, file in stage.makes.items()}
        return {name: self._filled(file, stage) for name, file in {**made, "run": stage.place.record}.items()}

    def reads(self, stage: Stage, wildcards: Wildcards) -> dict[str, str]:
        """The files that the command line names to a run of a stage."""
        known = {**wildcards, "loader": self._loader(wildcards)}
        made = {name: FILES.get(name) or self.makes(maker(name, self.stages))[name] for name in stage.artifacts}
        return {name: file.format(**known) for name, file in made.items()}

    def waits_for(self, stage: Stage, wildcards: Wildcards) -> list[str]:
        """The files of the groups that a run of a stage reads."""
        files: list[str] = []
        for group in stage.groups:
            match group:
                case "models":
                    files += self.files("preprocess", "train")
                case "geometry":
                    files += self.geometry()
                case "candidates":
                    files += self.training_of(self.candidates(wildcards["loader"]))
                case "needs":
                    wanted = needs.with_sources(FOLDERS[stage.per].load(wildcards[stage.per]).NEEDS)
                    found = needs.paths(wanted, Path(self.results), self.datasets, self.settings["seeds"])
                    files += map(str, found)
                case "items":
                    files += self.files(*ITEMS)
        return files

    def files(self, *stages: str) -> list[str]:
        """All that every run of these stages makes, their records too."""
        return [
            file.format(**wildcards)
            for stage in (self.stages[name] for name in stages)
            for wildcards in self.runs(stage)
            for file in self.makes(stage).values()
        ]

    def geometry(self) -> list[str]:
        """All that is made of the models."""
        return self.files(*(stage.name for stage in self.stages.values() if stage.measures))

    def candidates(self, loader: str) -> dict[str, bool]:
        """The models of a data set that stand in its selection, and whether they may be chosen."""
        return {
            name: one["candidate"]
            for name, one in self.settings["datasets"].items()
            if one["loader"] == loader and one.get("candidate") is not None
        }

    def training_of(self, models: Any) -> list[str]:
        """What the training of these models recorded, of every seed."""
        made = self.makes(self.stages["train"])
        return [
            made[name].format(dataset=model, seed=seed)
            for model in models
            for seed in self.settings["seeds"]
            for name in ("architecture", "history")
        ]

    def asked(self, stage: Stage, wildcards: Wildcards, threads: int = 1) -> Asked:
        """All that determines what a run of a stage makes, but the content of the files that it reads."""
        seed = self.settings["data_seed"] if stage.per == "data" else wildcards.get("seed")
        return Asked(
            stage=stage.name,
            dataset=wildcards.get("dataset") or (wildcards["loader"] if stage.per == "raw data" else None),
            seed=None if seed is None else int(seed),
            settings=self.settings_of(stage, wildcards),
            device=self.settings["device"] if stage.per == "model" else "cpu",
            threads=threads,
            sources=[Path(file) for file in self.sources(stage, wildcards)],
        )

    def settings_of(self, stage: Stage, wildcards: Wildcards) -> dict[str, Any]:
        """The part of the configuration that a run of a stage depends on."""
        found = {key: self._value(key, stage, wildcards) for key in stage.settings}
        if stage.per in ("candidates", "profile", *ITEMS):
            found |= {"results": self.results, "datasets": self.datasets, "seeds": self.settings["seeds"]}
        if stage.per in ITEMS:
            found["name"] = wildcards[stage.per]
        if stage.per == "candidates":
            found["candidates"] = self.candidates(wildcards["loader"])
            del found["datasets"]
        return found

    def sources(self, stage: Stage, wildcards: Wildcards) -> list[str]:
        """Files of the modules that a run of a stage imports, directly or not, or loads by name."""
        own = f"replication.stages.{stage.name}"
        imported = closure(own)
        loaded: list[str] = []
        if "src/replication/metrics/__init__.py" in imported:
            loaded += [f"replication.metrics.{name}" for name in metrics.names()]
        if "src/replication/datasets/__init__.py" in imported:
            loader = self._loader(wildcards)
            loaded += [f"replication.datasets.{name}" for name in ([loader] if loader else self.loaders)]
        if stage.per in ITEMS:
            loaded += [f"replication.{stage.per}s.{wildcards[stage.per]}"]
        if "items" in stage.groups:
            loaded += [f"replication.{kind}s.{name}" for kind, names in self.items.items() for name in names]
        sources = closure(own, *loaded)
        return sources + page_files() if PAGE in sources else sources

    @cached_property
    def _fetched(self) -> Mapping[str, Any]:
        """The data sets whose raw files are fetched, as they themselves list them and not a variant of them."""
        # a profile that has variants alone lists no data set itself
        ours = {key: value for key, value in self.overrides.items() if key != "profile" or not self.of_variants}
        return config.load({**ours, "datasets": self.loaders})["datasets"]

    def _experiment(self, wildcards: Wildcards) -> Mapping[str, Any]:
        """The configuration of a run's data set."""
        if "dataset" in wildcards:
            return self.settings["datasets"][wildcards["dataset"]]
        return self._fetched[wildcards["loader"]]

    def _loader(self, wildcards: Wildcards) -> str | None:
        if "dataset" in wildcards:
            return self.settings["datasets"][wildcards["dataset"]]["loader"]
        return wildcards.get("loader")

    def _value(self, key: str, stage: Stage, wildcards: Wildcards) -> Any:
        """A key of the configuration: of the data set, of its geometry, or of what all share."""
        sections: list[Mapping[str, Any]] = [self.settings]
        if stage.per in ("raw data", "data", "model"):
            experiment = self._experiment(wildcards)
            sections = [experiment, experiment["geometry"], self.settings]
        for section in sections:
            if key in section:
                return section[key]
        if stage.per == "profile" and key in self.settings["geometry"]:
            return {name: one["geometry"][key] for name, one in self.settings["datasets"].items()}
        raise ValueError(f"stage {stage.name}: SETTINGS: the configuration has no key {key!r}")

    def _filled(self, template: str, stage: Stage) -> str:
        """A template with all but its wildcards."""
        for name, value in {"profile": self.profile, "report": self.report, "stage": stage.name}.items():
            template = template.replace(f"{{{name}}}", value)
        return template
