"""What a section of a YAML file may hold is a pydantic model; what it must not hold is one line in our words.

`Section` is what such models are made of, `check` holds a value against one. Values are only looked at: what is used is
the mapping as it was read.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from replication.workflow.config_files import ConfigError, shown

__all__ = [
    "Count",
    "Positive",
    "PositiveNumber",
    "Section",
    "Share",
    "Strength",
    "Unique",
    "check",
    "none_such",
    "one_of",
]

Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
PositiveNumber = Annotated[float, Field(gt=0)]
Strength = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "int_type": "an integer",
    "list_type": "a list",
    "model_type": "a mapping",
    "sequence_str": "a list",
    "string_type": "text",
}
_LIMITS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "string_pattern_mismatch": "text like {pattern}",
    "too_long": "{max_length} or fewer values",
    "too_short": "{min_length} or more values",
}


class Section(BaseModel):
    """A mapping of which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, value: Any) -> Any:
        if cls.model_config.get("extra") == "forbid" and isinstance(value, Mapping):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for key in value:
                if key not in known:
                    raise ValueError(none_such("key", key, known))
        return value


def check(model: type[Section], value: Any, source: str, partial: bool = False) -> None:
    """Hold a value against a model.

    Args:
        model: What is expected.
        value: What came.
        source: Where it stands, in words.
        partial: Keys may be missing: the value lies above one that has them.

    Raises:
        ConfigError: One thing is wrong, of all that are the one that lies deepest; one line names it.
    """
    try:
        model.model_validate(value)
    except ValidationError as error:
        wrong = [one for one in error.errors(include_url=False) if not (partial and one["type"] == "missing")]
        if wrong:
            raise ConfigError(f"{source}: {_explain(wrong, value)}") from None


def one_of(*known: str) -> BeforeValidator:
    """Annotates text that is one of these words."""

    def choose(value: Any) -> Any:
        if value not in known:
            meant = _nearest(value, known)
            raise ValueError(f"expected one of: {', '.join(known)}; got {shown(value)}{f'; {meant}' if meant else ''}")
        return value

    return BeforeValidator(choose)


def none_such(kind: str, name: Any, known: Collection[str]) -> str:
    """That there is no such key, data set, profile ..., the nearest one that there is, and all of them."""
    what = f"unknown key {shown(name)}" if kind == "key" else f"no {kind} {shown(name)}"
    meant = _nearest(name, known)
    listed = f"{'expected one of' if kind == 'key' else 'found'}: {', '.join(sorted(known)) or 'none'}"
    return f"{what}; {f'{meant} ' if meant else ''}{listed}"


def _nearest(name: Any, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name[:100], known, n=1) if isinstance(name, str) else []
    return f"did you mean {found[0]!r}?" if found else ""


def _each_once(values: list[Any]) -> list[Any]:
    twice = next((value for place, value in enumerate(values) if value in values[:place]), None)
    if twice is not None:
        raise ValueError(f"expected each value once; got {shown(twice)} twice")
    return values


Unique = AfterValidator(_each_once)
"""Annotates a list that holds nothing twice."""


def _explain(wrong: list[ErrorDetails], value: Any) -> str:
    """The mistake that lies deepest; where the value may be one of several types, all of them."""
    places = [_place(one["loc"], value) for one in wrong]
    deepest = max(places, key=len)
    found = [one for one, place in zip(wrong, places, strict=True) if place == deepest]
    at = f"{'.'.join(deepest)}: " if deepest else ""
    kind = found[0]["type"]
    if kind == "missing":
        return f"{at}missing key {str(found[0]['loc'][-1])!r}"
    if kind == "value_error":
        return f"{at}{found[0].get('ctx', {})['error']}"
    words = dict.fromkeys(_words(one) for one in found)
    if "a number" in words:
        words.pop("an integer", None)
    return f"{at}expected {' or '.join(words)}; got {shown(found[0]['input'])}"


def _words(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind in _LIMITS:
        return _LIMITS[kind].format(**error.get("ctx", {}))
    return _EXPECTED.get(kind) or error["msg"].removeprefix("Input should be ")


def _place(loc: tuple[Any, ...], value: Any) -> tuple[str, ...]:
    """The steps that lead to the value: pydantic's also name the type that was tried, and a key that is missing."""
    steps = []
    for step in loc:
        in_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if in_list or (isinstance(value, Mapping) and step in value):
            value = value[step]
            steps.append(" ".join(str(step).split())[:100])
    return tuple(steps)
