"""The two good ends of a call: an answer, or an error of ours that names the thing."""

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hypothesis import currently_in_test_context, event

from benchmarks.geodesic_bench.alarm import alarm
from latentgeo import GeodesicError

__all__ = ["answer"]

Answer = TypeVar("Answer")
SOURCE = Path(__file__).parents[2] / "src"
# far above what any input here takes on a busy machine
_SECONDS = 60
_LONGEST = 2000


def answer(call: Callable[[], Answer], names: str, plain: bool = False) -> Answer | None:
    """The call's answer, or None if it was refused by an error of ours.

    Ours is a ValueError, OSError, FloatingPointError or GeodesicError that our own code raised (an OSError may be the
    system's, if it has the file's name), in one line that names the thing.

    Args:
        call: What to do.
        names: Any of these words, parted by |, must be in the error's message.
        plain: The message must be printable ASCII, whatever bytes it shows.
    """
    try:
        with alarm(_SECONDS, AssertionError(f"no end after {_SECONDS} s")):
            found = call()
        _count("answered")
        return found
    except (ValueError, OSError, FloatingPointError, GeodesicError) as error:
        message = str(error)
        foreign = isinstance(error, (UnicodeError, json.JSONDecodeError))
        raised_in = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
        ours = SOURCE in raised_in.parents or (isinstance(error, OSError) and error.filename is not None)
        if foreign or not ours:
            raise AssertionError(f"not an error of ours, but of {raised_in.name}: {error!r}") from error
        if not any(name in message for name in names.split("|")):
            raise AssertionError(f"the message names none of {names}: {message}") from error
        if "\n" in message or len(message) > _LONGEST:
            raise AssertionError(f"the message is longer than a line: {message[:500]}") from error
        if plain and not (message.isascii() and message.isprintable()):
            raise AssertionError(f"the message is not printable: {message!a}") from error
        _count("refused")
        return None


def _count(ending: str) -> None:
    """For `--hypothesis-show-statistics`: how many inputs ended in either way."""
    if currently_in_test_context():
        event(ending)
