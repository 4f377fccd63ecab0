"""Makes the fonts of printed documents out of npm's packages: Tinos whole again, and Noto Sans Tai Viet.

Web fonts come cut up by script; a document wants one file a style, else marks and kerning break where two pieces meet.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "scheduler" / "documents" / "fonts"
MANIFEST, LICENSES = "manifest.json", "licenses.txt"
PIECES = ("latin", "latin-ext", "vietnamese")
STYLES: Mapping[str, str] = {
    "Tinos-Regular": "400-normal",
    "Tinos-Italic": "400-italic",
    "Tinos-Bold": "700-normal",
    "Tinos-BoldItalic": "700-italic",
}
TAI_VIET = ("NotoSansTaiViet-Regular", "noto-sans-tai-viet-tai-viet-400-normal")
PACKAGES = ("tinos", "noto-sans-tai-viet")
_HINTS = ("fpgm", "prep", "cvt ", "hdmx", "VDMX", "LTSH", "gasp", "DSIG")
"""Instructions for coarse screens: of no use on paper, and they cannot be joined."""


def stamp_of(folder: Path = HERE) -> str:
    """A hash over what decides how the fonts come out: the packages and this program."""
    return hashlib.sha256((folder / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()


def is_current(out: Path, stamp: str) -> bool:
    """Tell whether `out` holds all fonts of a build with this stamp."""
    try:
        built = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return built.get("stamp") == stamp and all((out / name).is_file() for name in built["all"])


def make_fonts(folder: Path, out: Path, stamp: str) -> None:
    """Write the fonts and their licences; the manifest last, so that half a build is never taken for a whole one."""
    packages = folder / "node_modules" / "@fontsource"
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out, prefix=".new-") as scratch:
        for name, style in STYLES.items():
            pieces = [packages / "tinos" / "files" / f"tinos-{piece}-{style}.woff" for piece in PIECES]
            _join(pieces, Path(scratch), Path(scratch) / f"{name}.ttf")
        name, piece = TAI_VIET
        _unpack(packages / "noto-sans-tai-viet" / "files" / f"{piece}.woff", Path(scratch) / f"{name}.ttf")
        texts = [f"{name}\n\n{(packages / name / 'LICENSE').read_text(encoding='utf-8')}" for name in PACKAGES]
        (Path(scratch) / LICENSES).write_text("\n\n".join(texts), encoding="utf-8")
        names = [*(f"{name}.ttf" for name in (*STYLES, TAI_VIET[0])), LICENSES]
        for name in names:
            (Path(scratch) / name).replace(out / name)
        told = Path(scratch) / MANIFEST
        told.write_text(json.dumps({"stamp": stamp, "all": names}, indent=1) + "\n", encoding="utf-8")
        told.replace(out / MANIFEST)


def _join(pieces: list[Path], scratch: Path, kept: Path) -> None:
    from fontTools.merge import Merger

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of every letter that two pieces have
    unpacked = []
    for piece in pieces:
        path = scratch / f"piece-{piece.stem}.ttf"
        _unpack(piece, path)
        unpacked.append(str(path))
    Merger().merge(unpacked).save(kept)
    for name in unpacked:
        Path(name).unlink()


def _unpack(piece: Path, kept: Path) -> None:
    from fontTools.ttLib import TTFont

    font = TTFont(piece)
    font.flavor = None
    for table in _HINTS:
        if table in font:
            del font[table]
    for glyph in font["glyf"].glyphs.values():
        glyph.expand(font["glyf"])
        glyph.removeHinting()
    font.save(kept)
