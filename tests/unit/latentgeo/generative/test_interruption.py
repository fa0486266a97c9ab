"""Signals are held while a block runs, delivered after it, and obeyed at once when sent twice."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from latentgeo.generative.interruption import held_signals


@pytest.fixture
def delivered() -> Iterator[list[int]]:
    """What reaches the program's own SIGTERM handler."""
    numbers: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGTERM, before)


def send(reached: list[int], *numbers: signal.Signals) -> None:
    """Send signals to this program inside a block that holds them, noting each that let the block go on."""
    with held_signals():
        for number in numbers:
            os.kill(os.getpid(), number)
            reached.append(number)


def test_a_signal_is_delivered_after_the_block(delivered: list[int]) -> None:
    with held_signals() as received:
        os.kill(os.getpid(), signal.SIGTERM)
        assert received == [signal.SIGTERM]
        assert delivered == []
    assert delivered == [signal.SIGTERM]


def test_control_c_is_a_keyboard_interrupt_after_the_block() -> None:
    reached: list[int] = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background has it ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            send(reached, signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert reached == [signal.SIGINT]


def test_a_second_signal_ends_the_block_at_once(delivered: list[int]) -> None:
    reached: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        send(reached, signal.SIGTERM, signal.SIGTERM)
    assert reached == [signal.SIGTERM]
    assert delivered == []


def test_handlers_are_restored_also_after_an_error(delivered: list[int]) -> None:
    with pytest.raises(ValueError, match="of the block"), held_signals():
        raise ValueError("of the block")
    os.kill(os.getpid(), signal.SIGTERM)
    assert delivered == [signal.SIGTERM]


def test_nothing_is_held_outside_the_main_thread() -> None:
    lists: list[list[int]] = []

    def hold() -> None:
        with held_signals() as received:
            lists.append(received)

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert lists == [[]]
