"""What a long call is doing: a line on the terminal, once two seconds have passed, gone when the call is done.

None is shown where standard error is no terminal and no notebook, or where the caller says `progress=False`.
"""

import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from tqdm import tqdm

__all__ = ["shows_progress", "tell"]

_SECONDS = 2.0
_line: ContextVar["tqdm[Any] | None"] = ContextVar("progress", default=None)

Function = TypeVar("Function", bound=Callable[..., Any])


def shows_progress(what: str) -> Callable[[Function], Function]:
    """A function with a keyword `progress` whose calls are shown under this name; one within another is the other's."""

    def decorated(function: Function) -> Function:
        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if _line.get() is not None or not (kwargs.get("progress", True) and _is_seen()):
                return function(*args, **kwargs)
            with tqdm(desc=what, delay=_SECONDS, miniters=1, leave=False, bar_format="{desc} [{elapsed}]") as line:
                token = _line.set(line)
                try:
                    return function(*args, **kwargs)
                finally:
                    _line.reset(token)

        return called  # pyright: ignore[reportReturnType]

    return decorated


def tell(words: str) -> None:
    """Note what the call under way has come to, in a few words."""
    line = _line.get()
    if line is not None:
        name = line.desc.split(":")[0]
        line.set_description_str(f"{name}: {words}", refresh=False)
        line.update()


def _is_seen() -> bool:
    return sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
