"""The command `replication` for the clone alone: an editable install has it, a wheel has not."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CloneOnly(BuildHookInterface):
    """Adds the script where hatchling makes an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            build_data["shared_scripts"]["tools/replication"] = "replication"
