"""Carries templates and static files inside the wheel.

An editable install finds them beside the package, so it must not leave a copy that grows stale.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SiteInsideTheWheel(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            for folder in ("templates", "static"):
                build_data["force_include"][folder] = f"incubator/_site/{folder}"
