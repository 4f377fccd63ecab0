"""The words of the report: one template, ours or the station's own, filled with values and checked."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from scheduler.documents.blocks import Block, BlockKind, Table
from scheduler.documents.markup import BadMarkup, parse, quote
from scheduler.domain.counting import tell_day, tell_number, tell_share
from scheduler.errors import BadTemplate

NAME = "bao-cao.j2"
OURS = Path(__file__).parent / NAME
MOST_BYTES = 200_000
_MUST_HAVE = (BlockKind.KIND, BlockKind.SUBJECT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A template as it is kept; `is_own` when the station wrote it."""

    text: str
    is_own: bool


def own_path(home: Path) -> Path:
    """Where a station puts its own template."""
    return home / "templates" / NAME


def find_template(home: Path) -> Template:
    """The station's own template, else ours. Raises `BadTemplate` when its own cannot be read."""
    path = own_path(home)
    if not path.exists():
        return Template(text=OURS.read_text(encoding="utf-8"), is_own=False)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadTemplate(name=NAME, line=0, problem=f"tệp lớn hơn {MOST_BYTES // 1000} kB")
        return Template(text=path.read_text(encoding="utf-8-sig"), is_own=True)
    except (OSError, UnicodeDecodeError) as error:
        raise BadTemplate(name=NAME, line=0, problem="không đọc được tệp (phải là văn bản UTF-8)") from error


def fill(template: Template, values: Mapping[str, Any]) -> list[Block | Table]:
    """The document's blocks. Raises `BadTemplate` with the line where something is wrong."""
    environment = _environment()
    try:
        blocks = parse(environment.from_string(template.text).render(values))
    except TemplateSyntaxError as error:
        raise BadTemplate(name=NAME, line=error.lineno, problem=error.message or "sai cú pháp") from error
    except BadMarkup as error:
        raise BadTemplate(name=NAME, line=0, problem=str(error)) from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        # what a wrong expression in a template can raise while it runs
        raise BadTemplate(name=NAME, line=_line_of(error), problem=str(error)) from error
    kinds = {block.kind for block in blocks if isinstance(block, Block)}
    for kind, sign in zip(_MUST_HAVE, ("! BÁO CÁO", "!! trích yếu"), strict=True):
        if kind not in kinds:
            raise BadTemplate(name=NAME, line=0, problem=f"thiếu dòng “{sign}”")
    return blocks


def _environment() -> ImmutableSandboxedEnvironment:
    """Values are text and nothing else: what a person typed can neither run nor become a heading or a cell."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,  # so that what macros make is told apart from values
        finalize=_as_text,
    )
    environment.filters.update(number=tell_number, day=tell_day, share=tell_share_of)
    return environment


def tell_share_of(part: float, whole: float) -> str:
    """`part|share(whole)`: 97,4%; an en dash where there is nothing to take a share of."""
    return tell_share(part, whole) if whole else "–"


def _as_text(value: object) -> object:
    if isinstance(value, Markup | StrictUndefined):
        return value
    return Markup(quote(str(value)))  # noqa: S704 -- quoted just now; it is no HTML


def _line_of(error: BaseException) -> int:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return (lines or [None])[-1] or 0
