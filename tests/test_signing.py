"""Signed messages: only the very bytes that a believed key signed are opened; keys are made once."""

import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import BadSignature
from scheduler.signing import Signer, Verifier, keep_key

STATION, OTHER = Signer(bytes(32)), Signer(bytes([1]) * 32)
BODY = '{"type":"welcome","bản":"Tông"}'.encode()


@given(st.binary(max_size=300))
def test_what_was_sealed_is_opened(body: bytes) -> None:
    assert Verifier(OTHER.public, STATION.public).open(STATION.seal(body)) == body


def test_a_key_that_is_not_believed_opens_nothing() -> None:
    with pytest.raises(BadSignature):
        Verifier(OTHER.public).open(STATION.seal(BODY))


def test_no_single_changed_bit_is_opened() -> None:
    sealed, verifier = STATION.seal(BODY), Verifier(STATION.public)
    for at in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[at // 8] ^= 1 << at % 8
        try:
            body = verifier.open(bytes(changed))
        except BadSignature:
            continue
        # Only the padding bits of Base64's last sign say nothing: then the message is the same.
        assert body == BODY


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_and_nothing_else(data: bytes) -> None:
    with pytest.raises(BadSignature):
        Verifier(STATION.public).open(data)


def test_a_signature_cannot_be_moved_to_other_bytes() -> None:
    head, _, _ = STATION.seal(BODY).partition(b"\n")
    with pytest.raises(BadSignature):
        Verifier(STATION.public).open(head + b"\n" + BODY + b" ")


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "station"
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(keep_key(path).public)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {keep_key(path).public}
    assert len(found) == 8
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["station"]


def test_a_signed_message_has_one_form_only() -> None:
    signer = Signer(b"s" * 32)
    sealed, verifier = signer.seal(b"{}"), Verifier(signer.public)
    for bit in range(len(sealed) * 8):
        bad = bytearray(sealed)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            verifier.open(bytes(bad))
