"""How many inputs each fuzz test tries: a few hundred by default, all of them with FUZZ=full (`make fuzz`)."""

import os

from hypothesis import HealthCheck, Phase, settings

__all__ = ["calls", "parser_inputs"]

FULL = os.environ.get("FUZZ") == "full"


def parser_inputs(quick: int, full: int) -> settings:
    """Inputs of a reader."""
    return _settings(quick, full)


def calls(quick: int, full: int = 5000) -> settings:
    """Calls of a geometry function."""
    return _settings(quick, full)


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
