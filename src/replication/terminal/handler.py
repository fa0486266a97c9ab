"""Snakemake's logger of the workflow: it owns the terminal, and Snakemake's own log has all that is not shown.

Stages write to their logs alone (REPLICATION_QUIET); what is to be seen of them, progress, warnings and errors, is read
there. A dry run, and whoever asks Snakemake itself for more or less, gets what Snakemake says.
"""

import logging
import os
import sys
import time
from dataclasses import dataclass
from types import TracebackType

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from replication.terminal.endings import stopped
from replication.terminal.events import Events

__all__ = ["LogHandler", "LogHandlerSettings"]


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """There are none."""


class LogHandler(LogHandlerBase):
    """A line a job."""

    def __post_init__(self) -> None:
        asked = self.common_settings
        as_it_is = asked.dryrun or asked.verbose or asked.printshellcmds or asked.debug_dag or asked.quiet
        self._plain = self._snakemakes_own() if as_it_is else None
        self._events = None if as_it_is else Events(sys.stderr, time.monotonic)
        if self._events is not None:
            os.environ["REPLICATION_QUIET"] = "1"
            sys.excepthook = _end

    def emit(self, record: logging.LogRecord) -> None:
        """Show what is to be seen of this."""
        if self._plain is not None:
            self._plain.handle(record)
        elif self._events is not None:
            try:
                self._events.note(record)
            except Exception:
                self.handleError(record)

    def close(self) -> None:
        """Say how the run ended; `logging` closes a second time, at the interpreter's end."""
        events, self._events = self._events, None
        if events is not None:
            events.close()
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """It does."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake does that beside it."""
        return False

    @property
    def has_filter(self) -> bool:
        """It chooses itself."""
        return True

    @property
    def has_formatter(self) -> bool:
        """It has its own words."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """It does not."""
        return False

    def _snakemakes_own(self) -> logging.Handler:
        from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter

        asked = self.common_settings
        words = DefaultFormatter(asked.quiet, asked.show_failed_logs)
        handler = ColorizingTextHandler(asked.nocolor, sys.stdout if asked.stdout else sys.stderr, words)
        chosen = DefaultFilter(asked.quiet, asked.debug_dag, asked.verbose, asked.dryrun, asked.printshellcmds)
        handler.addFilter(chosen.filter)
        return handler


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C while the workflow is still being read, of which Snakemake takes no notice, is no fault of the program."""
    if issubclass(kind, KeyboardInterrupt):
        # a terminal has echoed ^C
        sys.stderr.write("\n" * sys.stderr.isatty() + "".join(f"{line}\n" for line in stopped(0, 0)))
    else:
        sys.__excepthook__(kind, error, trace)
