"""Identifiers that sort by the instant they were made."""

import secrets
from datetime import datetime
from uuid import UUID


def uuid7(*, now: datetime) -> UUID:
    """A UUID of kind 7 for an instant (RFC 9562, section 5.7): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000)
    value = (milliseconds & (2**48 - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
