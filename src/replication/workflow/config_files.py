"""The files of config/ as they stand: YAML read into plain values, each mistake one line that names the file."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

__all__ = ["FOLDER", "ConfigError", "check_plain", "read", "shown", "variants"]

FOLDER = Path(__file__).parents[3] / "config"
# in one source; more come of aliases that multiply, or of one that holds itself
_MOST_VALUES = 10_000
# of what a message repeats
_LONGEST = 300


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the file, the key and what was expected."""


def read(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Raises:
        ConfigError: The file is missing, no YAML or no mapping, or holds what `check_plain` refuses.
    """
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
    check_plain(content, str(path))
    return content


def variants(profile: str, folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """A profile's own experiments as its file lists them, name -> sections and what they extend; not merged with that.

    Raises:
        ConfigError: The file is missing or no YAML.
    """
    return read(folder / f"{profile}.yaml").get("variants", {})


def check_plain(content: Mapping[str, Any], source: str) -> None:
    """Refuse what YAML can express, but JSON cannot: odd keys, NaN, dates, aliases without end."""
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


def shown(value: Any) -> str:
    """A value as a message repeats it."""
    return repr(value)[:_LONGEST]
