"""How long jobs take that wait for one another, on so many slots: the critical path, and list scheduling."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Job", "critical_path", "makespan"]


class Job(NamedTuple):
    """One job: its name, its seconds, and the positions of the jobs that it waits for, all before its own."""

    name: str
    seconds: float
    after: tuple[int, ...] = ()


def critical_path(jobs: Sequence[Job], latency: float = 0.0) -> list[int]:
    """Positions of the longest chain of jobs: no number of slots ends sooner.

    Args:
        jobs: In an order in which every job comes after those it waits for.
        latency: Seconds between the end of a job and the start of one that waits for it.
    """
    ahead = _ahead(jobs, latency)
    followers = _followers(jobs)
    chain = [max((n for n, job in enumerate(jobs) if not job.after), key=ahead.__getitem__)]
    while followers[chain[-1]]:
        chain.append(max(followers[chain[-1]], key=ahead.__getitem__))
    return chain


def makespan(jobs: Sequence[Job], slots: int, latency: float = 0.0) -> float:
    """Seconds until all jobs are done, where a free slot takes the ready job with the longest chain ahead of it.

    Args:
        jobs: In an order in which every job comes after those it waits for.
        slots: Jobs that run at the same time.
        latency: Seconds between the end of a job and the start of one that waits for it.

    Raises:
        ValueError: There is no slot.
    """
    if slots < 1:
        raise ValueError(f"slots must be at least 1; got {slots}")
    ahead, followers = _ahead(jobs, latency), _followers(jobs)
    waiting = [len(job.after) for job in jobs]
    later = [(0.0, n) for n, count in enumerate(waiting) if count == 0]  # when they may begin
    ready: list[tuple[float, int]] = []  # the longest chain first
    running: list[tuple[float, int]] = []
    now = 0.0
    while later or ready or running:
        while later and later[0][0] <= now:
            _, n = heapq.heappop(later)
            heapq.heappush(ready, (-ahead[n], n))
        while ready and len(running) < slots:
            _, n = heapq.heappop(ready)
            heapq.heappush(running, (now + jobs[n].seconds, n))
        now = min(queue[0][0] for queue in (running, later) if queue)
        while running and running[0][0] <= now:
            _, n = heapq.heappop(running)
            for follower in followers[n]:
                waiting[follower] -= 1
                if waiting[follower] == 0:
                    heapq.heappush(later, (now + latency, follower))
    return now


def _followers(jobs: Sequence[Job]) -> list[list[int]]:
    followers: list[list[int]] = [[] for _ in jobs]
    for n, job in enumerate(jobs):
        for before in job.after:
            followers[before].append(n)
    return followers


def _ahead(jobs: Sequence[Job], latency: float) -> list[float]:
    """Seconds from each job's start to the end of the last one that waits for it."""
    ahead = [job.seconds for job in jobs]
    for n in reversed(range(len(jobs))):
        for before in jobs[n].after:
            ahead[before] = max(ahead[before], jobs[before].seconds + latency + ahead[n])
    return ahead
