"""A period's evidence as one file that can be checked without this program: rows, seals, what proves that none lacks.

docs/evidence.md says what is in it; docs/evidence/verify_export.py checks it (standard library and cryptography).
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.canonical import ENTRY_FORM, FORMS, PRODUCTION_FORM
from scheduler.domain.counting import FIRST_RULE, Rule
from scheduler.domain.merkle import hash_leaf
from scheduler.domain.seals import INSTANT, Statement, read_statement, runs_of
from scheduler.errors import BadPeriod
from scheduler.evidence_words import README
from scheduler.models import Seal
from scheduler.seals_file import SealLine
from scheduler.services import counting, sealed_rows
from scheduler.signing import Signer

WHAT = "loaban-evidence/1"
_IN_MEMORY = 8 * 2**20
_NAMES = {ENTRY_FORM.table: "entries", PRODUCTION_FORM.table: "productions"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What an export came to."""

    entries: int
    productions: int
    seals: int
    unsealed: int
    """Rows of the period that no seal holds yet: they are in the file, apart."""


@dataclass
class _Archive:
    """The file as it is written, with the hash of each part."""

    zip: ZipFile
    hashes: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> None:
        self.hashes[name] = hashlib.sha256(data).hexdigest()
        self.zip.writestr(name, data)

    def copy(self, name: str, source: IO[bytes]) -> None:
        source.seek(0)
        digest = hashlib.sha256()
        with self.zip.open(name, "w") as target:
            while piece := source.read(2**20):
                digest.update(piece)
                target.write(piece)
        self.hashes[name] = digest.hexdigest()

    def sign(self, manifest: Mapping[str, object], signer: Signer) -> None:
        data = _as_json(manifest)
        self.zip.writestr("manifest.json", data)
        self.zip.writestr("manifest.sig", signer.sign(data).hex() + "\n")


def write(
    session: Session, stream: IO[bytes], *, first: date, last: date, now: datetime, zone: ZoneInfo, signer: Signer
) -> Exported:
    """Write the evidence of the local days from `first` to `last` (both included) as a ZIP.

    Rows of one day more on either side are in it too: an airing that is heard around midnight belongs to its first
    day. Raises `BadPeriod`.
    """
    if last < first:
        raise BadPeriod(first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    days = _Days(first=(first - timedelta(days=1)).isoformat(), last=(last + timedelta(days=1)).isoformat())
    with ZipFile(stream, "w", ZIP_DEFLATED) as zip_file:
        archive = _Archive(zip_file)
        seals = list(session.scalars(select(Seal).order_by(Seal.id)))
        statements = [read_statement(seal.statement) for seal in seals]
        number = _write_rows(session, archive, statements, days)
        unsealed = _write_unsealed(session, archive, seals[-1] if seals else None, days)
        lines = (SealLine(statement=seal.statement, signature=seal.signature).tell() + "\n" for seal in seals)
        archive.add("seals.jsonl", "".join(lines).encode())
        archive.add("rules.json", _as_json(_tell_rules(session)))
        archive.add("README.txt", README.format(first=first, last=last, key=signer.public).encode())
        manifest = {
            "what": WHAT,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "rows_first": days.first,
            "rows_last": days.last,
            "made_at": now.astimezone(UTC).strftime(INSTANT),
            "time_zone": zone.key,
            "key": signer.public,
            "earlier_keys": sorted({said.key for said in statements} - {signer.public}),
            "fields": {form.name: [[name, kind.value] for name, kind in form.fields] for form in FORMS.values()},
            "count": _count(session, first, last, zone),
            "unsealed": unsealed,
            "files": archive.hashes,
        }
        archive.sign(manifest, signer)
    return Exported(
        entries=number[ENTRY_FORM.table], productions=number[PRODUCTION_FORM.table], seals=len(seals), unsealed=unsealed
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Days:
    """Local days whose rows are wanted, as they are spelled."""

    first: str
    last: str

    def hold(self, day: str) -> bool:
        return self.first <= day <= self.last


def _write_rows(
    session: Session, archive: _Archive, statements: Sequence[Statement], days: _Days
) -> Counter[str]:  # fmt: skip
    """The rows of the period as they were sealed; of seals that hold some, the hash of every row they hold."""
    number: Counter[str] = Counter()
    with (
        tempfile.SpooledTemporaryFile(_IN_MEMORY) as entries,
        tempfile.SpooledTemporaryFile(_IN_MEMORY) as productions,
    ):
        files: Mapping[str, IO[bytes]] = {ENTRY_FORM.table: entries, PRODUCTION_FORM.table: productions}
        for said in statements:
            if any(days.hold(day) for part in said.parts for day in part.by_day):
                number += _write_seal(session, archive, said, files, days)
        for table, file in files.items():
            archive.copy(f"{_NAMES[table]}.jsonl", file)
    return number


def _write_seal(
    session: Session, archive: _Archive, said: Statement, files: Mapping[str, IO[bytes]], days: _Days
) -> Counter[str]:
    leaves, left_out, number = bytearray(), {}, Counter[str]()
    for part in said.parts:
        others: list[int] = []
        table = FORMS[part.form].table
        for row, data, day in sealed_rows.read_part(session, said, part):
            leaves += hash_leaf(data)
            if days.hold(day):
                files[table].write(data + b"\n")
                number[table] += 1
            else:
                others.append(row)
        left_out[_NAMES[table]] = list(runs_of(others))
    archive.add(f"seals/{said.number}.leaves", bytes(leaves))
    archive.add(f"seals/{said.number}.marks", sealed_rows.read_marks(session, said.number))
    archive.add(f"seals/{said.number}.left_out.json", _as_json(left_out))
    return number


def _write_unsealed(session: Session, archive: _Archive, latest: Seal | None, days: _Days) -> int:
    """Rows of the period that came after the newest seal, apart from those that are proven."""
    afters = (0, 0) if latest is None else (latest.entries_until, latest.productions_until)
    lines = [
        data + b"\n"
        for form, after in zip((ENTRY_FORM, PRODUCTION_FORM), afters, strict=True)
        for _, data, day in sealed_rows.read(session, form, after=after)
        if days.hold(day)
    ]
    archive.add("unsealed.jsonl", b"".join(lines))
    return len(lines)


def _tell_rules(session: Session) -> list[dict[str, Any]]:
    """Every counting rule; the first one is known to every station."""
    told = [
        {
            "number": row.number,
            "least_share": row.least_share,
            "least_evidence": row.least_evidence.value,
            "valid_from": row.valid_from.isoformat() if row.valid_from else None,
            "adopted_at": row.adopted_at.astimezone(UTC).strftime(INSTANT),
            "adopted_by": row.adopted_by,
            "note": row.note,
        }
        for row in reversed(counting.find_rules(session))
    ]
    known = any(rule["number"] == FIRST_RULE.number for rule in told)
    return told if known else [_tell_rule(FIRST_RULE), *told]


def _tell_rule(rule: Rule) -> dict[str, Any]:
    return {
        "number": rule.number,
        "least_share": rule.least_share,
        "least_evidence": rule.least_evidence.value,
        "valid_from": None,
    }


def _count(session: Session, first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
    """What the station itself counts, to be compared with the recount."""
    found = counting.count(session, first=first, last=last, zone=zone)
    return {"produced": dict(found.produced), "broadcast": dict(found.broadcast), "sentence": found.sentence}


def _as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
