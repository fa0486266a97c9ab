"""List scheduling, on jobs few enough to be put on their slots by hand."""

import pytest

from tools.cluster.schedule import Job, critical_path, makespan

# two models: a is trained in 5 s and measured in 3 s, b in 2 s and 1 s; a report of 1 s waits for both
WORK = [
    Job("train a", 5),
    Job("measure a", 3, (0,)),
    Job("train b", 2),
    Job("measure b", 1, (2,)),
    Job("report", 1, (1, 3)),
]


def test_the_critical_path_is_the_longest_chain() -> None:
    assert [WORK[place].name for place in critical_path(WORK)] == ["train a", "measure a", "report"]


@pytest.mark.parametrize(("slots", "seconds"), [(1, 12), (2, 9), (100, 9)])
def test_makespan(slots: int, seconds: float) -> None:
    assert makespan(WORK, slots) == seconds


def test_three_equal_jobs_on_two_slots_take_two_rounds() -> None:
    assert makespan([Job("x", 4)] * 3, 2) == 8


def test_the_longest_chain_goes_first() -> None:
    # in the order given it would be 1, 2, then 6: 1 + 2 | 6 on two slots; the long one first leaves 1 + 2 beside it
    assert makespan([Job("x", 1), Job("y", 2), Job("z", 6)], 2) == 6


def test_latency_delays_what_waits_and_leaves_the_slot_free() -> None:
    # train a to 5, measure a 7-10, report 12-13; on one slot train b and measure b fit: 0-5, 5-7, 7-10, 10-11, 12-13
    assert makespan(WORK, 2, latency=2) == 13
    assert makespan(WORK, 1, latency=2) == 14


def test_no_slot_is_an_error() -> None:
    with pytest.raises(ValueError, match="slots must be at least 1; got 0"):
        makespan(WORK, 0)
