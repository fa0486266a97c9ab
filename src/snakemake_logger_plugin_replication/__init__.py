"""Snakemake finds a logger by its package's name: this is `--logger replication`, which profiles/default asks for."""

from replication.terminal.handler import LogHandler, LogHandlerSettings

__all__ = ["LogHandler", "LogHandlerSettings"]
