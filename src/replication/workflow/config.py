"""The configuration: YAML files merged into one mapping and held against replication.workflow.schema.

config/paper.yaml holds what all experiments share, config/datasets/<name>.yaml one experiment each, config/smoke.yaml
the cheap overlay, and the caller's overrides (Snakemake's --config and --configfile) come last. An experiment may
extend another one: `extends: motion` starts from that one's sections. A profile may bring experiments of its own, which
then take the place of all others: `variants`, each of which extends one of them (config/study.yaml).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replication.workflow.config_files import FOLDER, ConfigError, check_plain, read, shown
from replication.workflow.schema import Experiment, Merged, Overlay, Shared
from replication.workflow.sections import check, none_such

__all__ = ["FOLDER", "ConfigError", "load"]


def load(overrides: Mapping[str, Any] | None = None, folder: Path = FOLDER) -> dict[str, Any]:
    """Merge and check the configuration.

    Args:
        overrides: Keys to change, nested as in the merged mapping; `profile` chooses the overlay.
        folder: Where the YAML files lie.

    Returns:
        The shared keys, and `datasets`: name -> loader (the module in replication.datasets) and the sections data,
        model, train, geometry.

    Raises:
        ConfigError: A file is missing or no YAML, or a key is unknown, missing or of the wrong type.
    """
    overrides = dict(overrides or {})
    check_plain(overrides, "command line")
    shared = read(folder / "paper.yaml")
    check(Shared, shared, str(folder / "paper.yaml"))
    profile = overrides.get("profile", shared["profile"])
    overlay, overlay_path = {}, folder / f"{profile}.yaml"
    if profile != "paper":
        profiles = [file.stem for file in folder.glob("*.yaml") if file.stem != "reported"]
        if profile not in profiles:
            raise ConfigError(none_such("profile", profile, profiles))
        overlay = read(overlay_path)
        check(Overlay, overlay, str(overlay_path), partial=True)
    # the geometry that all data sets share, whoever says it, lies below what their own files say
    for source, above in ((str(overlay_path), overlay), ("command line", overrides)):
        if isinstance(above.get("geometry", {}), Mapping):
            shared = _merge(shared, {"geometry": above.get("geometry", {})}, source)
            check(Shared, shared, source)
    experiments = {name: _experiment(name, folder, shared["geometry"]) for name in shared["datasets"]}
    merged: dict[str, Any] = {**shared, "datasets": experiments}

    variants = overlay.pop("variants", None)
    if variants is not None:
        merged["datasets"] = _variants(variants, experiments, str(overlay_path))
    merged = _merge(merged, overlay, str(overlay_path))
    merged = _merge(merged, overrides, "command line")
    source = "command line" if overrides else str(folder)
    check(Merged, {key: value for key, value in merged.items() if key != "datasets"}, source)
    for name, sections in merged["datasets"].items():
        check(Experiment, sections, f"{source}: datasets.{name}")
    return merged


def _experiment(name: str, folder: Path, geometry: Mapping[str, Any], above: tuple[str, ...] = ()) -> dict[str, Any]:
    """An experiment's sections on top of those it extends; the shared geometry lies below all."""
    path = folder / "datasets" / f"{name}.yaml"
    source = f"{folder / 'datasets' / above[-1]}.yaml: extends" if above else f"{folder / 'paper.yaml'}: datasets"
    found = [file.stem for file in (folder / "datasets").glob("*.yaml")]
    if name not in found:
        raise ConfigError(f"{source}: {none_such('data set', name, found)}")
    if name in above:
        raise ConfigError(f"{source}: {' extends '.join((*above, name))}, without end")
    sections = read(path)
    parent = sections.pop("extends", None)
    if parent is None:
        below = {"loader": name, "geometry": geometry}
    else:
        below = _experiment(parent, folder, geometry, (*above, name))
    sections = _merge(below, sections, str(path))
    check(Experiment, sections, str(path))
    return sections


def _variants(variants: Mapping[str, Any], experiments: Mapping[str, Any], source: str) -> dict[str, Any]:
    """A profile's own experiments, each on top of the one that it extends."""
    found = {}
    for name, sections in variants.items():
        own = dict(sections)
        parent = own.pop("extends", None)
        if parent not in experiments:
            raise ConfigError(f"{source}: variants.{name}: extends: {none_such('data set', parent, experiments)}")
        found[name] = _merge(experiments[parent], own, source)
    return found


def _merge(base: Mapping[str, Any], overlay: Mapping[str, Any], source: str, where: str = "") -> dict[str, Any]:
    """Overlay on base, mapping by mapping; a list of data sets chooses among them."""
    merged = dict(base)
    for key, value in overlay.items():
        if where == "datasets" and key not in base:
            raise ConfigError(f"{source}: datasets: {none_such('data set', key, base)}")
        old = base.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(old, value, source, key)
        elif key == "datasets" and where == "" and isinstance(old, Mapping):
            merged[key] = _subset(old, value, source)
        else:
            merged[key] = value
    return merged


def _subset(experiments: Mapping[str, Any], chosen: Any, source: str) -> dict[str, Any]:
    """Only the named experiments: `--config datasets=[pendulum]`."""
    names = [chosen] if isinstance(chosen, str) else chosen
    if not isinstance(names, list | tuple) or not names:
        raise ConfigError(f"{source}: datasets: expected names of data sets, or a mapping; got {shown(chosen)}")
    for name in names:
        if not isinstance(name, str) or name not in experiments:
            raise ConfigError(f"{source}: datasets: {none_such('data set', name, experiments)}")
    return {name: experiments[name] for name in names}
