"""Broker passwords: our hashes are those of Mosquitto's own program, in both directions."""

import pytest

from scheduler.broker.passwords import fits, hash_password

BY_MOSQUITTO = (
    "$7$101$xgQRspU+GPH1W/cw$vrh1yRnRKNBsrwtOSZz4iNRuwOsZfbwl5fYeGbgTkkTZ4fWbo5jfTuk6cAXWDRfhEF8MR5pbmgwYxLpyP2vi0w=="
)


def test_a_hash_of_mosquitto_passwd_fits_its_password() -> None:
    assert fits("secret", BY_MOSQUITTO)
    assert not fits("Secret", BY_MOSQUITTO)


def test_a_hash_fits_its_own_password_alone_and_is_salted() -> None:
    first, second = hash_password("mật khẩu"), hash_password("mật khẩu")
    assert first != second
    assert fits("mật khẩu", first)
    assert fits("mật khẩu", second)
    assert not fits("mật khẩu ", first)


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "x",
        "$6$101$YQ==$YQ==",
        "$7$0$YQ==$YQ==",
        "$7$-1$YQ==$YQ==",
        "$7$9999999999$YQ==$YQ==",
        "$7$101$é$é",
        "a$7$1$YQ==$YQ==",
    ],
)
def test_nothing_fits_what_is_no_such_hash(hashed: str) -> None:
    assert not fits("", hashed)
