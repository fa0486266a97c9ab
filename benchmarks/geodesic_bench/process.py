"""The other end of a solver's process: asks it, and ends and replaces it where it does not answer."""

import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.geodesic_bench.files import HERE

__all__ = ["LOST", "Process"]

_ROOT = HERE.parents[1]
# seconds beyond a case's limit: to start, warm up, check the case and measure curves
GRACE = 120.0
# why no answer came, and the outcome that its pairs have
LOST = {"no answer": "timed out", "died": "process died"}


class Process:
    """A solver in a process of its own, started when it is first asked.

    Args:
        python: The interpreter of its environment.
        folder: Where its file is.
        name: Of the solver.
        grace: Seconds beyond a limit after which the process is ended.
    """

    def __init__(self, python: Path, folder: Path, name: str, grace: float = GRACE) -> None:
        self._command = [str(python), "-m", "benchmarks.geodesic_bench.worker", str(folder.resolve()), name]
        self._grace = grace
        self._running: subprocess.Popen[str] | None = None

    def ask(self, limit: float, **request: Any) -> dict[str, Any]:
        """Its answer; an `error` of "no answer" or "died" where none came.

        Args:
            limit: Seconds that the request should take.
            request: What `worker` is asked; with `case`, the limit is a part of it.
        """
        running = self._running = self._running or self._started()
        assert running.stdin is not None
        assert running.stdout is not None
        told = request | {"limit": limit} if "case" in request else request
        try:
            running.stdin.write(json.dumps(told) + "\n")
            running.stdin.flush()
        except BrokenPipeError:
            return self._lost("died")
        if not select.select([running.stdout], [], [], limit + self._grace)[0]:
            return self._lost("no answer")
        line = running.stdout.readline()
        return json.loads(line) if line else self._lost("died")

    def close(self) -> None:
        """End it; asked again, it starts anew."""
        if self._running is not None:
            self._running.kill()
            self._running.communicate()
            self._running = None

    def _lost(self, why: str) -> dict[str, Any]:
        self.close()
        return {"error": why}

    def _started(self) -> "subprocess.Popen[str]":
        paths = [str(_ROOT), str(_ROOT / "src"), os.environ.get("PYTHONPATH", "")]
        # threads that wait for each other sleep: on a busy machine spinning ones cost a library ten times its time
        environment = {"OMP_WAIT_POLICY": "PASSIVE"} | os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        return subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=_ROOT
        )
