"""The hook that lets every build of the package (wheel, install, editable install) make web/static/dist first."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore]  # hatchling is only there in a build
    """Builds the front end; costs nothing when its sources did not change."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's signature
        """Run web/frontend/build.py of the tree that is built."""
        path = Path(self.root) / "web" / "frontend" / "build.py"
        spec = importlib.util.spec_from_file_location("loaban_frontend_build", path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build()
