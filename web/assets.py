"""Scripts, styles and fonts by the name of their source: where the built file is, how it is sent and how long kept."""

import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for

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
    """Give templates `asset(name)`; send built files small and let browsers keep them."""
    assets = Assets(folder)
    send_as_it_is = app.view_functions["static"]

    def asset(name: str) -> str:
        return url_for("static", filename=f"dist/{assets.built_name(name)}")

    def send(filename: str) -> Response:
        answer: Response
        if not filename.startswith("dist/"):
            return send_as_it_is(filename=filename)  # type: ignore[return-value]  # Flask's own view
        name = filename.removeprefix("dist/")
        packed = f"{name}.gz"
        if request.accept_encodings.best_match(["gzip"]) and (folder / packed).is_file() and Path(name).name == name:
            answer = send_from_directory(folder, packed, mimetype=mimetypes.guess_type(name)[0])
            answer.headers["Content-Encoding"] = "gzip"
        else:
            answer = send_from_directory(folder, name)
        answer.headers["Cache-Control"] = FOR_GOOD
        answer.vary.add("Accept-Encoding")
        return answer

    app.jinja_env.globals["asset"] = asset
    app.view_functions["static"] = send
