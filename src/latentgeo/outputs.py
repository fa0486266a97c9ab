"""Which tensor a decoder's output stands for: decoders return tensors, tuples, records and distributions."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor
from torch.distributions import Categorical, Distribution

from latentgeo.errors import DecoderError

__all__ = ["Output", "described", "observation"]

Output = str | int | None
"""The key, attribute or place of the observation among what a decoder returns; None for the only tensor."""


def observation(returned: object, output: Output = None) -> Tensor:
    """The observation among what a decoder returned: a tensor itself, the mean of a distribution.

    Args:
        returned: A tensor, a distribution, or a mapping, a dataclass or a sequence that holds one of them.
        output: Which of several, by its key, attribute or place.

    Raises:
        DecoderError: There is none, there are several and none is named, or a distribution without a mean.
    """
    if output is not None:
        returned = _picked(returned, output)
    if isinstance(returned, Tensor):
        return returned
    if isinstance(returned, Distribution):
        return _mean(returned)
    found = {name: part for name, part in _parts(returned).items() if isinstance(part, Tensor | Distribution)}
    if len(found) == 1:
        return observation(next(iter(found.values())))
    if not found:
        raise DecoderError(
            f"the decoder must return a tensor (batch, *obs), or a distribution, or one of these in a tuple, dict or "
            f"dataclass; got {type(returned).__name__}"
        )
    raise DecoderError(
        f"the decoder must return one tensor (batch, *obs); got {type(returned).__name__} of {len(found)}; name the "
        f"observation, e.g. PullbackMetric(decoder, output={next(iter(found))!r}); found: {', '.join(map(repr, found))}"
    )


def described(returned: object, output: Output = None) -> str:
    """What the observation is among what a decoder returned, in words; empty for a tensor by itself."""
    picked = returned if output is None else _picked(returned, output)
    name = "" if output is None else f"output {output!r}"
    if isinstance(picked, Distribution):
        return f"mean of {type(picked).__name__}" + (f", {name}" if name else "")
    if isinstance(picked, Tensor):
        return name
    only = next((part for part in _parts(picked).items() if isinstance(part[1], Tensor | Distribution)), None)
    return name if only is None else described(returned, only[0])


def _picked(returned: object, output: str | int) -> object:
    parts = _parts(returned)
    if output not in parts:
        found = ", ".join(map(repr, parts)) or type(returned).__name__
        raise DecoderError(f"the decoder returned no output {output!r}; found: {found}")
    return parts[output]


def _parts(returned: object) -> dict[Any, object]:
    """What a record holds, by key, attribute or place."""
    if isinstance(returned, Mapping):
        return dict(returned)
    if is_dataclass(returned):
        return {field.name: getattr(returned, field.name) for field in fields(returned)}
    if isinstance(returned, tuple) and hasattr(returned, "_fields"):
        return dict(zip(returned._fields, returned, strict=True))  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(returned, tuple | list):
        return dict(enumerate(returned))
    return {}


def _mean(distribution: Distribution) -> Tensor:
    name = type(distribution).__name__
    try:
        mean = distribution.mean
    except NotImplementedError as error:
        raise DecoderError(
            f"the decoder returned a {name}, whose mean torch does not know; return a tensor in its place"
        ) from error
    if isinstance(distribution, Categorical):
        raise DecoderError("the decoder returned a Categorical, which has no mean; return its probs or its logits")
    return mean
