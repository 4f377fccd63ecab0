"""Scripts, styles and fonts by the name of their source: where the built file is, and how long browsers keep it."""

import json
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, request, url_for

DIST = Path(__file__).parent / "static" / "dist"
FOR_GOOD = "public, max-age=31536000, immutable"
"""A built file's name holds a hash of what is in it: another content has another name."""


class NotBuilt(RuntimeError):
    """The front end was not built, or has no such source; the message says what to run."""


class Assets:
    """What the front end's build left behind, read again when there was another build."""

    def __init__(self, folder: Path) -> None:
        self._manifest = folder / "manifest.json"
        self._read_at: int | None = None
        self._entries: Mapping[str, str] = {}

    def built_name(self, name: str) -> str:
        """The file made from a source such as `app.js`. Raises `NotBuilt`."""
        try:
            changed_at = self._manifest.stat().st_mtime_ns
        except FileNotFoundError:
            raise NotBuilt("The front end is not built: run `make frontend`, or python web/frontend/build.py") from None
        if changed_at != self._read_at:
            self._entries = json.loads(self._manifest.read_text(encoding="utf-8"))["entries"]
            self._read_at = changed_at
        if name not in self._entries:
            raise NotBuilt(f"web/frontend/src has no {name}, or it was added since: run `make frontend`")
        return self._entries[name]


def register(app: Flask, *, folder: Path = DIST) -> None:
    """Give templates `asset(name)`, and let browsers keep what they got by it."""
    assets = Assets(folder)

    def asset(name: str) -> str:
        return url_for("static", filename=f"dist/{assets.built_name(name)}")

    app.jinja_env.globals["asset"] = asset
    app.after_request(_keep)


def _keep(answer: Response) -> Response:
    view = request.view_args or {}
    if request.endpoint == "static" and str(view.get("filename", "")).startswith("dist/") and answer.status_code < 400:
        answer.headers["Cache-Control"] = FOR_GOOD
    return answer
