"""Lines that stay, and below them, on a terminal, lines that are drawn again and again until their job has ended."""

import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO

__all__ = ["Screen"]

Live = Callable[[], Sequence[str]]


class Screen:
    """Writes to a stream; only one thread's lines at a time.

    Args:
        stream: Where to.
        live: The lines below, asked for whenever they are drawn; never, where the stream is no terminal.
        seconds: Between two drawings.
    """

    def __init__(self, stream: TextIO, live: Live, seconds: float = 1.0) -> None:
        self._stream, self._live = stream, live
        self._drawn = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        if stream.isatty():
            threading.Thread(target=self._tick, args=(seconds,), daemon=True).start()

    def say(self, *lines: str) -> None:
        """Write lines that stay."""
        with self._lock, suppress(BrokenPipeError):
            self._clear()
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._draw()
            self._stream.flush()

    def close(self) -> None:
        """Take the lower lines away; nothing is drawn any more."""
        self._closed.set()
        with self._lock, suppress(BrokenPipeError):
            self._clear()
            self._stream.flush()

    def _tick(self, seconds: float) -> None:
        while not self._closed.wait(seconds):
            self.say()

    def _clear(self) -> None:
        if self._stream.isatty():
            # from the line that the cursor is in, where a terminal may have echoed ^C
            up = f"\x1b[{self._drawn}F" if self._drawn else "\r"
            self._stream.write(f"{up}\x1b[J")
        self._drawn = 0

    def _draw(self) -> None:
        if not self._stream.isatty() or self._closed.is_set():
            return
        width, height = shutil.get_terminal_size()
        lines = [line[: width - 1] for line in self._live()][: max(height - 2, 0)]
        self._stream.write("".join(f"{line}\n" for line in lines))
        self._drawn = len(lines)
