"""What a stage wrote into its log: how far it is, what it warned of, and the error that it ended with."""

import re
from pathlib import Path

from replication.workflow import progress

__all__ = ["error_of", "progress_of", "warnings_of"]

# as `__main__` writes it: date, time, level, logger
_LINE = re.compile(r"^\d{4}-\S+ \S+ (?P<level>[A-Z]+) (?P<logger>\S+): (?P<words>.*)$", re.MULTILINE)
_OURS = ("replication", "latentgeo", "root")
# of its end, in bytes: some dozen lines
_END = 8192


def progress_of(log: Path) -> str | None:
    """The last line of progress."""
    told = [line["words"] for line in _lines(log) if line["logger"] == progress.__name__]
    return told[-1] if told else None


def warnings_of(log: Path) -> list[str]:
    """What our own code warned of; other packages' warnings stay in the log."""
    return [line["words"] for line in _lines(log, whole=True) if line["level"] == "WARNING" and _is_ours(line)]


def error_of(log: Path) -> str | None:
    """The last error."""
    errors = [line["words"] for line in _lines(log) if line["level"] in ("ERROR", "CRITICAL")]
    return errors[-1] if errors else None


def _is_ours(line: re.Match[str]) -> bool:
    return line["logger"].partition(".")[0] in _OURS


def _lines(log: Path, whole: bool = False) -> list[re.Match[str]]:
    try:
        with log.open("rb") as stream:
            if not whole:
                stream.seek(max(log.stat().st_size - _END, 0))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return list(_LINE.finditer(text))
