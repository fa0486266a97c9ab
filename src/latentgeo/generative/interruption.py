"""Holding back the signals that end a program until a safe moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["held_signals"]


@contextmanager
def held_signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM in a list instead of acting on them; on leaving, deliver the first one.

    Whoever holds them looks at the list at every safe moment and leaves when it is not empty. A second signal of
    either kind raises KeyboardInterrupt at once. Outside the main thread, where Python allows no handlers, nothing
    is held and the list stays empty.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def hold(number: int, _frame: object) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    previous = {number: signal.signal(number, hold) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    if received:
        signal.raise_signal(received[0])
