"""The machine that a stage runs on, as its record names it."""

import os
import platform
from pathlib import Path

__all__ = ["cores", "machine", "model"]


def machine() -> dict[str, str | int]:
    """Processor, number of cores that this process may use, system and Python."""
    return {
        "processor": platform.machine(),
        "model": model(),
        "cores": cores(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name, as Linux or the standard library knows it."""
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
