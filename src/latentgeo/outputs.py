"""Which tensor a decoder's output stands for: decoders return tensors, tuples, records and distributions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor
from torch.distributions import Categorical, Distribution

from latentgeo.errors import DecoderError

__all__ = ["Family", "Output", "described", "likelihood", "observation"]

Name = str | int
Output = Name | tuple[Name, ...] | None
"""The key, attribute or place of the observation among what a decoder returns, one for each level where tuples and
records are nested; None for the only tensor."""

Family = Callable[..., Distribution]
"""What makes a distribution of what a decoder returns: a torch class, or a function."""

# names that a message lists
_LISTED = 12


def observation(returned: object, output: Output = None) -> Tensor:
    """The observation among what a decoder returned: a tensor itself, the mean of a distribution.

    Args:
        returned: A tensor, a distribution, or a mapping, a sequence, a dataclass or another record that holds one of
            them, nested or not.
        output: Which of several, by its key, attribute or place.

    Raises:
        DecoderError: There is none, there are several and none is named, or a distribution without a mean.
    """
    _, found = _found(returned, output)
    return _mean(found) if isinstance(found, Distribution) else found


def likelihood(returned: object, output: Output = None, family: Family | None = None) -> Tensor | Distribution:
    """The distribution of the observation among what a decoder returned, or the tensor in its place.

    Args:
        returned: See `observation`.
        output: See `observation`.
        family: What makes a distribution of a tensor, of all parts of a tuple, or of those of a mapping by their names.

    Raises:
        DecoderError: See `observation`; the family makes no distribution.
    """
    if family is None:
        return _found(returned, output)[1]
    picked = returned
    for name in output if isinstance(output, tuple) else () if output is None else (output,):
        picked = _picked(picked, name)
    if isinstance(picked, Mapping):
        made = family(**picked)
    elif isinstance(picked, Sequence):
        made = family(*picked)
    else:
        made = family(picked)
    if not isinstance(made, Distribution):
        raise DecoderError(
            f"family must make a torch.distributions.Distribution of what the decoder returns; got "
            f"{type(made).__name__}"
        )
    return made


def described(returned: object, output: Output = None) -> str:
    """What the observation is among what a decoder returned, in words; empty for a tensor by itself."""
    path, found = _found(returned, output)
    mean = f"mean of {type(found).__name__}" if isinstance(found, Distribution) else ""
    return ", ".join(filter(None, (mean, f"output {_spelt(path)}" if path else "")))


def _found(returned: object, output: Output) -> tuple[tuple[Name, ...], Tensor | Distribution]:
    """The observation, and the names that lead to it."""
    path = output if isinstance(output, tuple) else () if output is None else (output,)
    picked = returned
    for name in path:
        picked = _picked(picked, name)
    found = dict(_leaves(picked, path))
    if len(found) == 1:
        return next(iter(found.items()))
    name = type(picked).__name__
    if not found:
        raise DecoderError(
            f"the decoder must return a tensor (batch, *obs), or a distribution, or one of these in a tuple, dict or "
            f"record; got {name}"
        )
    raise DecoderError(
        f"the decoder must return one tensor (batch, *obs); got {name} of {len(found)}; name the observation, e.g. "
        f"PullbackMetric(decoder, output={_spelt(next(iter(found)))}); found: {_listed(map(_spelt, found))}"
    )


def _leaves(returned: object, path: tuple[Name, ...]) -> Iterator[tuple[tuple[Name, ...], Tensor | Distribution]]:
    """All tensors and distributions, each with the names that lead to it."""
    if isinstance(returned, Tensor | Distribution):
        yield path, returned
        return
    for name, part in _parts(returned).items():
        yield from _leaves(part, (*path, name))


def _picked(returned: object, name: Name) -> object:
    parts = _parts(returned)
    if name in parts:
        return parts[name]
    if isinstance(name, int) and -len(parts) <= name < len(parts):
        return list(parts.values())[name]
    if isinstance(name, str) and hasattr(returned, name) and not isinstance(returned, Tensor):
        return getattr(returned, name)
    found = _listed(map(repr, parts)) or type(returned).__name__
    raise DecoderError(f"the decoder returned no output {name!r}; found: {found}")


def _parts(returned: object) -> dict[Any, object]:
    """What a record holds, by key, attribute or place."""
    if isinstance(returned, Mapping):
        return dict(returned)
    if isinstance(returned, type | Tensor | Distribution):
        return {}
    if is_dataclass(returned):
        return {field.name: getattr(returned, field.name) for field in fields(returned)}
    if isinstance(returned, tuple) and hasattr(returned, "_fields"):
        return dict(zip(returned._fields, returned, strict=True))  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(returned, tuple | list):
        return dict(enumerate(returned))
    return {name: part for name, part in getattr(returned, "__dict__", {}).items() if not name.startswith("_")}


def _spelt(path: tuple[Name, ...]) -> str:
    return repr(path[0] if len(path) == 1 else path)


def _listed(names: Iterator[str]) -> str:
    first = list(names)
    return ", ".join(first[:_LISTED]) + (", ..." if len(first) > _LISTED else "")


def _mean(distribution: Distribution) -> Tensor:
    name = type(distribution).__name__
    try:
        mean = distribution.mean
    except NotImplementedError as error:
        raise DecoderError(
            f"the decoder returned a {name}, whose mean torch does not know; return a tensor in its place"
        ) from error
    if isinstance(distribution, Categorical):
        raise DecoderError(
            "the decoder returned a Categorical, which has no mean; return its probs or its logits, or take "
            "FisherRaoMetric(decoder)"
        )
    return mean
