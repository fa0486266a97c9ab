"""The configuration: YAML files merged into one mapping and held against config/schema.yaml.

config/paper.yaml holds what all experiments share, config/datasets/<name>.yaml one experiment each, config/smoke.yaml
the cheap overlay, and the caller's overrides (Snakemake's --config and --configfile) come last. An experiment may
extend another one: `extends: motion` starts from that one's sections. A profile may bring experiments of its own, which
then take the place of all others: `variants`, each of which extends one of them (config/study.yaml).
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

__all__ = ["FOLDER", "ConfigError", "load", "variants"]

FOLDER = Path(__file__).parents[3] / "config"
# in one source; more come of aliases that multiply, or of one that holds itself
_MOST_VALUES = 10_000
# of what a message repeats
_LONGEST = 300


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the file, the key and what was expected."""


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
    _check_plain(overrides, "command line")
    schema = _read(folder / "schema.yaml")
    shared = _read(folder / "paper.yaml")
    _check(shared, schema, "shared", folder / "paper.yaml")
    profile = overrides.get("profile", shared["profile"])
    overlay, overlay_path = {}, folder / f"{profile}.yaml"
    if profile != "paper":
        if overlay_path not in folder.glob("*.yaml"):
            raise ConfigError(f"no profile {profile!r}; expected paper, smoke or study")
        overlay = _read(overlay_path)
        _check(overlay, schema, "overlay", overlay_path)
    # the geometry that all data sets share, whoever says it, lies below what their own files say
    for source, above in ((str(overlay_path), overlay), ("command line", overrides)):
        if isinstance(above.get("geometry", {}), Mapping):
            shared = _merge(shared, {"geometry": above.get("geometry", {})}, source)
            _check(shared, schema, "shared", source)
    experiments = {name: _experiment(name, folder, schema, shared["geometry"]) for name in shared["datasets"]}
    merged: dict[str, Any] = {**shared, "datasets": experiments}

    variants = overlay.pop("variants", None)
    if variants is not None:
        merged["datasets"] = _variants(variants, experiments, schema, str(overlay_path))
    merged = _merge(merged, overlay, str(overlay_path))
    merged = _merge(merged, overrides, "command line")
    source = "command line" if overrides else str(folder)
    _check({key: value for key, value in merged.items() if key != "datasets"}, schema, "merged", source)
    for name, sections in merged["datasets"].items():
        _check_experiment(sections, schema, f"{source}: datasets.{name}")
    return merged


def variants(profile: str, folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """A profile's own experiments as its file lists them, name -> sections and what they extend; not merged with that.

    Raises:
        ConfigError: The file is missing or no YAML.
    """
    return _read(folder / f"{profile}.yaml").get("variants", {})


def _experiment(
    name: str, folder: Path, schema: Mapping[str, Any], geometry: Mapping[str, Any], above: tuple[str, ...] = ()
) -> dict[str, Any]:
    """An experiment's sections on top of those it extends; the shared geometry lies below all."""
    path = folder / "datasets" / f"{name}.yaml"
    source = f"{folder / 'datasets' / above[-1]}.yaml: extends" if above else f"{folder / 'paper.yaml'}: datasets"
    found = sorted((folder / "datasets").glob("*.yaml"))
    if path not in found:
        raise ConfigError(f"{source}: no data set {name!r}; found: {', '.join(file.stem for file in found)}")
    if name in above:
        raise ConfigError(f"{source}: {' extends '.join((*above, name))}, without end")
    sections = _read(path)
    parent = sections.pop("extends", None)
    if parent is None:
        below = {"loader": name, "geometry": geometry}
    else:
        below = _experiment(parent, folder, schema, geometry, (*above, name))
    sections = _merge(below, sections, str(path))
    _check_experiment(sections, schema, str(path))
    return sections


def _variants(
    variants: Mapping[str, Any], experiments: Mapping[str, Any], schema: Mapping[str, Any], source: str
) -> dict[str, Any]:
    """A profile's own experiments, each on top of the one that it extends."""
    found = {}
    for name, sections in variants.items():
        own = dict(sections)
        parent = own.pop("extends")
        if parent not in experiments:
            raise ConfigError(
                f"{source}: variants.{name}: extends: no data set {parent!r}; found: {', '.join(sorted(experiments))}"
            )
        found[name] = _merge(experiments[parent], own, source)
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8: {error.reason} at byte {error.start}") from None
    except (yaml.YAMLError, ValueError) as error:
        # a ValueError is of a number or a date that only looks like one
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())[:_LONGEST]}") from None
    except RecursionError:
        raise ConfigError(f"{path}: brackets are nested too deeply") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected a mapping of keys to values; got {type(content).__name__}")
    _check_plain(content, str(path))
    return content


def _check_plain(content: Mapping[str, Any], source: str) -> None:
    """Refuse what YAML can express, but neither the schema nor JSON: odd keys, NaN, dates, aliases without end."""
    waiting: list[Any] = [content]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, Mapping):
            odd = next((key for key in value if not isinstance(key, str)), None)
            if odd is not None or None in value:
                raise ConfigError(f"{source}: expected words as keys; got {odd!r}")
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{source}: expected finite numbers; got {value}")
        elif not isinstance(value, str | int | float | None):
            raise ConfigError(f"{source}: expected words, numbers, lists and mappings; got {value!r}")
        if len(waiting) > _MOST_VALUES:
            break
    raise ConfigError(f"{source}: expected at most {_MOST_VALUES} values; got more, or an alias that holds itself")


def _merge(base: Mapping[str, Any], overlay: Mapping[str, Any], source: str, where: str = "") -> dict[str, Any]:
    """Overlay on base, mapping by mapping; a list of data sets chooses among them."""
    merged = dict(base)
    for key, value in overlay.items():
        if where == "datasets" and key not in base:
            raise ConfigError(f"{source}: datasets: no data set {key!r}; found: {', '.join(sorted(base))}")
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
        raise ConfigError(f"{source}: datasets: expected names of data sets, or a mapping; got {chosen!r}")
    for name in names:
        if not isinstance(name, str) or name not in experiments:
            raise ConfigError(
                f"{source}: datasets: no data set {str(name)[:_LONGEST]!r}; found: {', '.join(sorted(experiments))}"
            )
    return {name: experiments[name] for name in names}


def _check_experiment(sections: Mapping[str, Any], schema: Mapping[str, Any], source: str) -> None:
    _check(sections, schema, "experiment", source)
    loader = sections["loader"]
    if f"data_{loader}" in schema["$defs"]:
        _check(sections["data"], schema, f"data_{loader}", source, prefix="data.")


def _check(value: Any, schema: Mapping[str, Any], part: str, source: Any, prefix: str = "") -> None:
    validator = Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})
    errors = sorted(validator.iter_errors(value), key=lambda error: (-len(error.absolute_path), error.message))
    if errors:
        raise ConfigError(f"{source}: {prefix}{_explain(errors[0])}")


def _explain(error: ValidationError) -> str:
    where = ".".join(str(step) for step in error.absolute_path)
    at = f"{where}: " if where else ""
    rule: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    found = repr(instance)[:_LONGEST]
    match error.validator:
        case "additionalProperties":
            known = schema["properties"]
            unknown = sorted(key for key in instance if key not in known)
            return f"{at}unknown key {unknown[0]!r}; expected one of: {', '.join(sorted(known))}"
        case "type":
            return f"{at}expected {rule if isinstance(rule, str) else ' or '.join(rule)}; got {found}"
        case "enum":
            return f"{at}expected one of: {', '.join(map(str, rule))}; got {found}"
        case "required":
            missing = [key for key in rule if key not in instance]
            return f"{at}missing key {missing[0]!r}"
        case _:
            return f"{at}{error.message[:_LONGEST]}"
