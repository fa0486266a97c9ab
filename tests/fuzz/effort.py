"""How many inputs each fuzz test tries: a few hundred by default, all of them with FUZZ=full (`make fuzz`)."""

import os

from hypothesis import HealthCheck, Phase, settings

__all__ = ["calls", "decoders", "examples", "parser_inputs"]

FULL = os.environ.get("FUZZ") == "full"


def parser_inputs(quick: int, full: int) -> settings:
    """Inputs of a reader."""
    return _settings(quick, full)


def calls(quick: int, full: int = 5000) -> settings:
    """Calls of a geometry function."""
    return _settings(quick, full)


def examples(quick: int, full: int) -> int:
    """Examples of a property."""
    return full if FULL else quick


def decoders(quick: int, full: int) -> range:
    """Numbers of generated decoders: the same every time, so that a failure's number is enough to repeat it."""
    return range(full if FULL else quick)


def _settings(quick: int, full: int) -> settings:
    # the default run is the same every time; a full one looks elsewhere each time
    return settings(
        max_examples=full if FULL else quick,
        derandomize=not FULL,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
