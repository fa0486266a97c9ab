"""Progress of a long loop, as lines that stay readable when several stages share a terminal or a log."""

import logging
import time

from tqdm import tqdm

__all__ = ["Progress"]

log = logging.getLogger(__name__)

# of a terminal with 80 columns, less an indent
_WIDTH = 77
_BAR = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"


class Progress:
    """Logs a bar with a value and the time left, at most once every few seconds.

    Args:
        label: What is under way, e.g. `train mnist seed 0`.
        seconds: Least time between two lines.
    """

    def __init__(self, label: str, seconds: float = 10.0) -> None:
        self.label = label
        self.seconds = seconds
        self._start = time.monotonic()
        self._last = self._start
        self._first: int | None = None

    def __call__(self, step: float, total: float | None, value: str = "") -> None:
        """Note that `step` of `total` steps are done (None: unknown), and what the loop's value is now."""
        now = time.monotonic()
        if self._first is None:
            self._first = int(step)
        if now - self._last < self.seconds:
            return
        self._last = now
        elapsed = now - self._start
        if total is None:
            line = f"{self.label}: step {int(step)} after {tqdm.format_interval(elapsed)}, {value}"
        else:
            line = tqdm.format_meter(
                n=int(step),
                total=int(total),
                elapsed=elapsed,
                initial=self._first,
                prefix=self.label,
                ncols=_WIDTH,
                bar_format=_BAR,
                postfix=value,
            )
        log.info("%s", line)
