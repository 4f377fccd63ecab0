"""Damaged bytes on the card are never given to a carrier, not even to a programme that is joined in progress."""

import io
import os
import random
from pathlib import Path

import pytest

from audio.store import FileMediaStore
from audio.village.verified import NothingToAssemble, VerifiedStore
from scheduler.errors import MediaCorrupt, MediaMissing
from scheduler.ports import Part


def test_none_of_two_hundred_flipped_bits_is_played(tmp_path: Path) -> None:
    chance = random.Random(4)
    body = chance.randbytes(50_000)
    media = FileMediaStore(tmp_path)
    sha256 = media.add(io.BytesIO(body)).sha256
    path = media.path(sha256)
    for _ in range(200):
        place = chance.randrange(len(body) * 8)
        damaged = bytearray(body)
        damaged[place // 8] ^= 1 << place % 8
        path.chmod(0o600)
        path.write_bytes(damaged)
        with pytest.raises(MediaCorrupt):
            VerifiedStore(FileMediaStore(tmp_path)).path(sha256)
    path.write_bytes(body)
    assert VerifiedStore(FileMediaStore(tmp_path)).path(sha256) == path


def test_what_is_damaged_after_it_was_seen_is_noticed(tmp_path: Path) -> None:
    media = FileMediaStore(tmp_path)
    sha256 = media.add(io.BytesIO(b"sound")).sha256
    verified = VerifiedStore(media)
    path = verified.path(sha256)
    path.chmod(0o600)
    path.write_bytes(b"Sound")
    os.utime(path, ns=(1, 1))
    with pytest.raises(MediaCorrupt):
        verified.path(sha256)


def test_nothing_is_assembled_in_a_village() -> None:
    with pytest.raises(MediaMissing):
        NothingToAssemble().assemble((Part(role="edition", sha256="0" * 64, seconds=1.0),))
