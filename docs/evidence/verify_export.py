#!/usr/bin/env python3
"""Check an evidence export of Loa Bản without Loa Bản: this file, Python 3.11 and the package cryptography.

    python verify_export.py EXPORT.zip [--key HEX] [--english]

It checks the signature of the export, the chain and the signatures of all seals, that every row is as it was sealed and
that none of the period is left out, and counts anew what was made and broadcast. Exit status 0: all is as it was
sealed and the counts agree; 1: something is not, each thing named on a line of its own; 2: the file cannot be read, or
cryptography is not there.
docs/evidence.md describes every byte.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from collections import Counter, defaultdict
from datetime import date

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print("!! Cần gói cryptography / the package cryptography is needed:", file=sys.stderr)
    print(f"   {sys.executable} -m pip install cryptography", file=sys.stderr)
    sys.exit(2)

EVIDENCE = ["planned", "handed_over", "accepted", "started", "completed", "heard", "confirmed"]
"""How well a delivery is known, lowest first."""
EMERGENCY = 3
"""From this priority on a broadcast is shown apart and not counted."""
TABLES = ("entries", "productions")
LARGEST = 8 * 2**30
"""Bytes unpacked: some ten million rows. A small ZIP can be made that unpacks to more than a computer holds."""
UNREADABLE = (ValueError, KeyError, TypeError, OverflowError, MemoryError, RecursionError, OSError, zipfile.BadZipFile)
SENTENCES = {
    "not_signed": ("Bản xuất không mang chữ ký đúng của khóa {key}.", "The export is not signed by the key {key}."),
    "other_key": (
        "Bản xuất mang khóa {key}, không phải khóa đã giao.",
        "The export bears the key {key}, not the given one.",
    ),
    "part_changed": ("Phần {name} đã bị sửa.", "The part {name} was changed."),
    "part_missing": ("Thiếu phần {name}.", "The part {name} is missing."),
    "part_added": ("Có phần lạ {name}.", "There is a part {name} that does not belong there."),
    "seal_missing": ("Thiếu niêm phong số {seal}.", "Seal {seal} is missing."),
    "seal_order": ("Dòng {line} của seals.jsonl không đúng thứ tự.", "Line {line} of seals.jsonl is out of order."),
    "seal_unreadable": ("Không đọc được dòng {line} của seals.jsonl.", "Line {line} of seals.jsonl cannot be read."),
    "seal_unsigned": ("Niêm phong số {seal} không mang chữ ký đúng.", "Seal {seal} bears no good signature."),
    "seal_key": ("Niêm phong số {seal} ký bằng khóa khác.", "Seal {seal} is signed by another key."),
    "seal_chain": ("Niêm phong số {seal} không nối tiếp số trước.", "Seal {seal} does not follow the one before."),
    "leaves_differ": (
        "Các mã băm của niêm phong số {seal} không ra gốc đã ký.",
        "The hashes of seal {seal} do not come to its signed root.",
    ),
    "marks_differ": ("Dấu của niêm phong số {seal} đã bị sửa.", "The marks of seal {seal} were changed."),
    "row_unreadable": ("Không đọc được dòng {line} của {table}.jsonl.", "Line {line} of {table}.jsonl cannot be read."),
    "row_order": (
        "Dòng {line} của {table}.jsonl (số {row}) không đúng thứ tự.",
        "Line {line} of {table}.jsonl (number {row}) is out of order.",
    ),
    "row_changed": (
        "Dòng số {row} của {table} đã bị sửa (niêm phong số {seal}).",
        "Row {row} of {table} was edited (seal {seal}).",
    ),
    "row_inserted": (
        "Dòng số {row} của {table} không nằm trong niêm phong nào.",
        "Row {row} of {table} is in no seal.",
    ),
    "row_deleted": (
        "Thiếu dòng số {row} của {table} (niêm phong số {seal}).",
        "Row {row} of {table} is missing (seal {seal}).",
    ),
    "day_incomplete": (
        "Niêm phong số {seal}: ngày {day} có {sealed} dòng {table}, bản xuất có {found}.",
        "Seal {seal}: {day} has {sealed} rows of {table}, the export has {found}.",
    ),
    "count_differs": (
        "Đếm lại {what}: {found}; đài ghi {told}.",
        "Recount of {what}: {found}; the station says {told}.",
    ),
}


class Findings(list):
    """What is not as it was sealed: (code, facts)."""

    def add(self, code, **facts):
        self.append((code, facts))


def is_signed(key, body, signature):
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), body)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


# --- RFC 6962 -------------------------------------------------------------------------------------------------------
def hash_leaf(data):
    return hashlib.sha256(b"\x00" + data).digest()


def root_of(leaves):
    """The Merkle tree hash over leaf hashes; a node that is left over goes up as it is."""
    level = list(leaves)
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = [*paired, level[-1]] if len(level) % 2 else paired
    return level[0]


# --- the export -------------------------------------------------------------------------------------------------------
class Export:
    """The parts of the file."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST:
                raise ValueError("too large")
            named = Counter(archive.namelist())
            self.parts = {name: archive.read(name) for name in named}
        self.twice = sorted(name for name, number in named.items() if number > 1)
        self.manifest = json.loads(self.parts["manifest.json"])
        if self.manifest["what"] != "loaban-evidence/1":
            raise ValueError(self.manifest["what"])

    def lines(self, name):
        return [line for line in self.parts.get(name, b"").split(b"\n") if line]


def check_manifest(export, key, found):
    signature = export.parts.get("manifest.sig", b"").decode("ascii", "replace").strip()
    told = export.manifest["key"]
    if key is not None and told != key:
        found.add("other_key", key=told)
    if not is_signed(told, export.parts["manifest.json"], signature):
        found.add("not_signed", key=told)
    listed = export.manifest["files"]
    for name, digest in listed.items():
        if name not in export.parts:
            found.add("part_missing", name=name)
        elif hashlib.sha256(export.parts[name]).hexdigest() != digest:
            found.add("part_changed", name=name)
    for name in export.twice:  # another program may unpack the one that was not checked
        found.add("part_added", name=name)
    for name in sorted(export.parts.keys() - listed.keys() - {"manifest.json", "manifest.sig"}):
        found.add("part_added", name=name)


def read_seals(export, keys, found):
    """The seals by number, each signed by a believed key and chained to the one before."""
    seals, expected, before = {}, 1, None
    for place, line in enumerate(export.lines("seals.jsonl"), 1):
        try:
            told = json.loads(line)
            statement, signature = told["statement"], told["signature"]
            said = json.loads(statement)
            number = int(said["number"])
        except (ValueError, KeyError, TypeError):
            found.add("seal_unreadable", line=place)
            expected, before = expected + 1, None
            continue
        if number > expected:
            for missing in range(expected, min(number, expected + 1000)):
                found.add("seal_missing", seal=missing)
            before = None
        elif number < expected:
            found.add("seal_order", line=place)
            continue
        check_seal(said, statement, signature, before, keys, found)
        seals[number] = said
        expected, before = number + 1, (said, statement)
    return seals


def check_seal(said, statement, signature, before, keys, found):
    number = said["number"]
    if said["key"] not in keys:
        found.add("seal_key", seal=number)
    if not is_signed(said["key"], statement.encode(), signature):
        found.add("seal_unsigned", seal=number)
    if before is None and number > 1:
        return
    previous = "0" * 64 if before is None else hashlib.sha256(before[1].encode()).hexdigest()
    starts = [0, 0] if before is None else [before[0][table]["until"] for table in TABLES]
    in_order = before is None or before[0]["day"] < said["day"]
    if said["previous"] != previous or [said[table]["after"] for table in TABLES] != starts or not in_order:
        found.add("seal_chain", seal=number)


class Sealed:
    """What the seals say of single rows: the leaf hash of each, and which are of other days."""

    def __init__(self, export, seals, found):
        self.leaf, self.seal_of, self.left_out = {}, {}, set()
        self.by_day = {}
        for number, said in seals.items():
            days = {(table, day): n for table in TABLES for day, n in said[table]["by_day"].items()}
            inside = {key: n for key, n in days.items() if holds(export, key[1])}
            if inside:
                self.by_day[number] = inside
                self._read(export, number, said, found)

    def _read(self, export, number, said, found):
        data = export.parts.get(f"seals/{number}.leaves", b"")
        leaves = [data[i : i + 32] for i in range(0, len(data), 32)]
        if root_of(leaves).hex() != said["root"]:
            found.add("leaves_differ", seal=number)
        marks = export.parts.get(f"seals/{number}.marks", b"")
        if hashlib.sha256(marks).hexdigest() != said["marks"]:
            found.add("marks_differ", seal=number)
        try:
            runs = json.loads(marks.partition(b"\n")[0])
            others = json.loads(export.parts[f"seals/{number}.left_out.json"])
            rows = [(table, row) for table in TABLES for row in numbers_in(runs[table], len(leaves))]
            self.left_out |= {(table, row) for table in TABLES for row in numbers_in(others[table], len(leaves))}
        except (ValueError, KeyError, TypeError):
            return
        for key, leaf in zip(rows, leaves, strict=False):
            self.leaf[key], self.seal_of[key] = leaf, number


def numbers_in(runs, most):
    """The numbers of some stretches; a few bytes may tell of more than a computer holds. Raises `ValueError`."""
    if sum(max(0, last - first + 1) for first, last in runs) > most:
        raise ValueError("more numbers than rows")
    return [number for first, last in runs for number in range(first, last + 1)]


def holds(export, day):
    return export.manifest["rows_first"] <= day <= export.manifest["rows_last"]


def read_rows(export, sealed, found):
    """The rows of the period that are as they were sealed, by table, as dictionaries."""
    rows, there = {table: [] for table in TABLES}, set()
    by_day = Counter()
    for table in TABLES:
        last = None
        for place, line in enumerate(export.lines(f"{table}.jsonl"), 1):
            try:
                values = json.loads(line)
                names = [name for name, _ in export.manifest["fields"][values[0]]]
                row = dict(zip(names, values[1:], strict=True))
                key = (table, int(row["id"]))
            except (ValueError, KeyError, TypeError, IndexError):
                found.add("row_unreadable", table=table, line=place)
                continue
            if last is not None and key[1] <= last:
                found.add("row_order", table=table, line=place, row=key[1])
            last = key[1]
            if key not in sealed.leaf:
                found.add("row_inserted", table=table, row=key[1])
                continue
            there.add(key)
            if hash_leaf(line) != sealed.leaf[key]:
                found.add("row_changed", table=table, row=key[1], seal=sealed.seal_of[key])
                continue
            rows[table].append(row)
            by_day[sealed.seal_of[key], table, row["local_day"]] += 1
    check_complete(sealed, there, by_day, found)
    return rows


def check_complete(sealed, there, by_day, found):
    """No row of the period is left out: the seals say how many of each day they hold."""
    for key in sorted(sealed.leaf.keys() - there - sealed.left_out):
        found.add("row_deleted", table=key[0], row=key[1], seal=sealed.seal_of[key])
    for seal, days in sealed.by_day.items():
        for (table, day), number in days.items():
            if by_day[seal, table, day] != number:
                facts = {"seal": seal, "table": table, "day": day, "sealed": number}
                found.add("day_incomplete", found=by_day[seal, table, day], **facts)


# --- counting anew ----------------------------------------------------------------------------------------------------
def count_anew(export, rows, rules):
    """Editions made and airings that count, by language."""
    first, last = export.manifest["first"], export.manifest["last"]
    produced = Counter(row["language"] for row in rows["productions"] if first <= row["local_day"] <= last)
    airings = defaultdict(list)
    for row in rows["entries"]:
        airings[row["airing_id"]].append(row)
    broadcast = Counter()
    for entries in airings.values():
        day = min(row["local_day"] for row in entries)
        one = min(entries, key=lambda row: row["id"])
        if first <= day <= last and not one["exercise"] and one["priority"] < EMERGENCY:
            broadcast[one["language"]] += airing_counts(entries, rule_on(rules, day))
    return {"produced": dict(produced), "broadcast": {name: n for name, n in broadcast.items() if n}}


def rule_on(rules, day):
    return max((r for r in rules if r["valid_from"] is None or r["valid_from"] <= day), key=lambda r: r["number"])


def airing_counts(entries, rule):
    """At least one zone sounded enough of the edition, known well enough; of a zone, its last entry holds."""
    holding = {}
    for row in sorted(entries, key=lambda row: row["attempt"]):
        holding[row["zone_id"]] = row
    least = EVIDENCE.index(rule["least_evidence"])
    return any(
        float(row["seconds_planned"]) > 0
        and float(row["seconds_sounded"]) > 0
        and float(row["seconds_sounded"]) >= rule["least_share"] * float(row["seconds_planned"]) - 1e-6
        and EVIDENCE.index(row["evidence"]) >= least
        for row in holding.values()
    )


# --- all together -----------------------------------------------------------------------------------------------------
def verify(path, key=None):
    """(findings, recount, manifest). Raises `ValueError`, `KeyError`, `OSError`, `zipfile.BadZipFile`."""
    export, found = Export(path), Findings()
    check_manifest(export, key, found)
    keys = {export.manifest["key"]} if key is None else {key}
    seals = read_seals(export, keys | set(export.manifest.get("earlier_keys", [])), found)
    sealed = Sealed(export, seals, found)
    rows = read_rows(export, sealed, found)
    counted = count_anew(export, rows, json.loads(export.parts["rules.json"]))
    for what in ("produced", "broadcast"):
        told = {name: n for name, n in export.manifest["count"][what].items() if n}
        if counted[what] != told:
            found.add("count_differs", what=what, found=counted[what], told=told)
    return found, counted, export.manifest


def report(found, counted, manifest, english):
    which = 1 if english else 0
    for code, facts in found:
        print(f"!! {code}: {SENTENCES[code][which].format(**facts)}")
    first, last = (f"{date.fromisoformat(manifest[name]):%d/%m/%Y}" for name in ("first", "last"))
    made, aired = (sum(counted[what].values()) for what in ("produced", "broadcast"))
    by_language = ", ".join(f"{name} {number}" for name, number in sorted(counted["produced"].items(), reverse=True))
    if english:
        print(f"{first} to {last}: {made} editions made ({by_language}), {aired} broadcasts count.")
        print(f"Sealed with the key {manifest['key']}: compare it with the one that the station gave you.")
        print(f"Written after the newest seal, not proven yet: {manifest['unsealed']} rows.")
        print("SOMETHING IS NOT AS IT WAS SEALED." if found else "Everything is as it was sealed.")
    else:
        print(f"Từ {first} đến {last}: xây dựng {made} ({by_language}), phát {aired} lần được tính.")
        print(f"Niêm phong bằng khóa {manifest['key']}: hãy so với khóa đài đã giao.")
        print(f"Ghi sau niêm phong mới nhất, chưa được chứng minh: {manifest['unsealed']} dòng.")
        print("CÓ CHỖ KHÔNG ĐÚNG NHƯ LÚC NIÊM PHONG." if found else "Mọi thứ đúng như lúc niêm phong.")


def main():
    parser = argparse.ArgumentParser(description="Check an evidence export of Loa Bản.")
    parser.add_argument("export", help="the ZIP")
    parser.add_argument("--key", help="the station's public key in hex, as it was handed over in another way")
    parser.add_argument("--english", action="store_true", help="tell it in English")
    asked = parser.parse_args()
    try:
        found, counted, manifest = verify(asked.export, asked.key)
    except UNREADABLE as error:
        print(f"!! unreadable: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    report(found, counted, manifest, asked.english)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
