"""What is said of a name that there is none of: what was meant, and what there is."""

import difflib
from collections.abc import Iterable

__all__ = ["meant", "no_such"]


def no_such(kind: str, name: str, names: Iterable[str]) -> str:
    """`no stage 'trian'; did you mean train? found: fetch, train`."""
    known = list(names)
    guess = meant(name, known)
    return f"no {kind} {name!r}; {f'did you mean {guess}? ' if guess else ''}found: {', '.join(known) or 'none'}"


def meant(name: str, names: Iterable[str]) -> str | None:
    """The name that comes closest, if one is close."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1)), None)
