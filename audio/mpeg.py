"""The headers of MPEG audio and ADTS frames, and the frame counts that encoders leave in an MP3's first frame."""

from dataclasses import dataclass

_KBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
_CHAIN = 3
"""So many frames in a row, each where the one before says, make it MPEG audio and not chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameHeader:
    """What one MPEG audio frame says of itself."""

    lsf: bool
    """Lower sampling frequencies: MPEG-2 and 2.5."""
    layer: int
    rate: int
    mono: bool
    length: int

    def belongs_with(self, other: "FrameHeader") -> bool:
        """Tell whether both can be frames of one stream (bit rate and channel mode may change)."""
        return (self.lsf, self.layer, self.rate) == (other.lsf, other.layer, other.rate)


def read_header(data: bytes, at: int) -> FrameHeader | None:
    """Read the MPEG audio frame header at an offset, or None when there is none."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    id_bits, layer_bits = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    bitrate_index, rate_index = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if id_bits == 1 or layer_bits == 0 or bitrate_index in {0, 15} or rate_index == 3:
        return None
    lsf, layer = id_bits != 3, 4 - layer_bits
    rate = _RATES[rate_index] >> (0 if not lsf else 1 if id_bits == 2 else 2)
    bits = _KBITS[2 if lsf else 1, layer][bitrate_index - 1] * 1000
    padding = data[at + 2] >> 1 & 1
    length = _frame_length(layer, bits, rate, padding, lsf=lsf)
    return FrameHeader(lsf=lsf, layer=layer, rate=rate, mono=data[at + 3] >> 6 == 3, length=length)


def _frame_length(layer: int, bits: int, rate: int, padding: int, *, lsf: bool) -> int:
    if layer == 1:
        return (12 * bits // rate + padding) * 4
    return (72 if lsf and layer == 3 else 144) * bits // rate + padding


def find_first_frame(data: bytes) -> int | None:
    """Find where a chain of MPEG audio frames begins, or None when there is none."""
    at = data.find(b"\xff")
    while at >= 0:
        if _is_chain(data, at):
            return at
        at = data.find(b"\xff", at + 1)
    return None


def _is_chain(data: bytes, at: int) -> bool:
    first = header = read_header(data, at)
    for _ in range(_CHAIN - 1):
        if header is None or first is None or not header.belongs_with(first):
            return False
        at += header.length
        header = read_header(data, at)
    return header is not None and first is not None and header.belongs_with(first)


def is_adts(data: bytes) -> bool:
    """Tell whether the bytes begin with a chain of ADTS (AAC) frames."""
    at = 0
    for _ in range(_CHAIN):
        if data[at : at + 1] != b"\xff" or len(data) < at + 7 or data[at + 1] & 0xF6 != 0xF0:
            return False
        at += (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    return True


def read_promised_frames(data: bytes) -> int | None:
    """Read how many frames shall follow, from the Xing, Info or VBRI header of the first frame, if it has one."""
    header = read_header(data, 0)
    if header is None or header.layer != 3:
        return None
    side = (9 if header.mono else 17) if header.lsf else (17 if header.mono else 32)
    xing = data[4 + side : 16 + side]
    if xing[:4] in {b"Xing", b"Info"} and len(xing) == 12 and xing[7] & 1:
        return int.from_bytes(xing[8:12], "big") or None
    vbri = data[36:54]
    if vbri[:4] == b"VBRI" and len(vbri) == 18:
        return int.from_bytes(vbri[14:18], "big") or None
    return None
