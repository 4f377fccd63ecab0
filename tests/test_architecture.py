"""Rules that the whole tree keeps, beyond what the linters can say."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import scheduler
from scheduler import errors
from scheduler.errors import BroadcastError
from scheduler.wording import WORDING

ROOT = Path(scheduler.__file__).parents[1]
SOURCES = [
    path
    for folder in ("scheduler", "audio", "web")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {"versions", "node_modules"} & set(path.parts)
] + [ROOT / "wsgi.py"]


def codes() -> Iterator[str]:
    waiting: list[type[BroadcastError]] = [BroadcastError]
    while waiting:
        kind = waiting.pop()
        yield kind.code
        waiting.extend(kind.__subclasses__())


def test_every_error_code_has_a_sentence_in_vietnamese_and_english() -> None:
    for package in ("scheduler", "audio", "web"):
        module = importlib.import_module(package)
        for found in pkgutil.walk_packages(module.__path__, package + "."):
            if "migrations" not in found.name and "__main__" not in found.name:
                importlib.import_module(found.name)
    lacking = {code for code in codes() if not {"vi", "en"} <= WORDING.get(code, {}).keys()}
    assert lacking == set()


def test_every_error_has_a_code_of_its_own() -> None:
    found = list(codes())
    assert len(found) == len(set(found))


def test_every_error_comes_from_the_package_of_errors_and_its_sentence_is_in_the_module_of_the_same_topic() -> None:
    waiting = [BroadcastError]
    while waiting:
        kind = waiting.pop()
        assert getattr(errors, kind.__name__) is kind
        topic = kind.__module__.removeprefix("scheduler.errors.")
        assert kind.code in importlib.import_module(f"scheduler.wording.{topic}").SENTENCES, f"{kind.code} is {topic}"
        waiting.extend(kind.__subclasses__())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_says_in_a_sentence_what_lives_there_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no module docstring"
    assert text.count("\n") <= 400, "split it by topic"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_commits_the_caller_owns_the_transaction(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}
    assert "commit" not in names


def test_services_and_domain_never_ask_the_clock() -> None:
    for path in (*(ROOT / "scheduler" / "domain").glob("*.py"), *(ROOT / "scheduler" / "services").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert "import time\n" not in text, path
        assert "SystemClock" not in text, path
        assert "clock.now(" not in text, path


def test_only_the_timer_imports_apscheduler_and_only_assembly_imports_pydub() -> None:
    for path in SOURCES:
        imported = {
            name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )
        }  # fmt: skip
        assert "apscheduler" not in imported or path.name == "timer.py"
        assert "pydub" not in imported or path.name == "assemble.py"


def test_pages_ask_services_and_hold_no_query() -> None:
    pages = [path for path in SOURCES if path.is_relative_to(ROOT / "web")]
    query = re.compile(r"\bselect\(|\bsession\.(execute|scalars?|query|get|get_one|add|delete)\(")
    assert pages
    assert [path.name for path in pages if query.search(path.read_text())] == []


def test_no_template_holds_a_style_or_a_script_of_its_own() -> None:
    templates = sorted((ROOT / "web" / "templates").rglob("*.html"))
    own = re.compile(r"\sstyle=|<style|<script>")
    assert templates
    assert [path.name for path in templates if own.search(path.read_text())] == []
