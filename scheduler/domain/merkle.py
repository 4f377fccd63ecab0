"""The Merkle tree of RFC 6962 §2.1: one hash over many rows, and short proofs that a row is among them."""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
"""The hash of a tree without leaves (RFC 6962 §2.1)."""
_LEAF = hashlib.sha256(b"\x00")
_NODE = hashlib.sha256(b"\x01")


def hash_leaf(data: bytes) -> bytes:
    """SHA-256(0x00 || data): the leading byte keeps a leaf from passing for a node."""
    leaf = _LEAF.copy()
    leaf.update(data)
    return leaf.digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    node = _NODE.copy()
    node.update(left)
    node.update(right)
    return node.digest()


class Tree:
    """The root of leaves that come one after the other; holds one hash for each level and not the leaves."""

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []
        """Roots of the full subtrees of what came so far, the largest first."""

    def __len__(self) -> int:
        return self._size

    def add(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        peaks, filled = self._peaks, self._size
        while filled & 1:
            leaf = hash_node(peaks.pop(), leaf)
            filled >>= 1
        peaks.append(leaf)
        self._size += 1

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of what came so far."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = hash_node(peak, root)
        return root


def prove(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The audit path of the leaf at a place (from 0), the nearest sibling first (RFC 6962 §2.1.1)."""
    if not 0 <= place < len(leaves):
        raise ValueError(f"no leaf {place} among {len(leaves)}")
    path: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        sibling = place ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = _next_level(level)
        place >>= 1
    return path


def root_by_path(leaf: bytes, path: Iterable[bytes], *, place: int, size: int) -> bytes:
    """The root that a proof comes to. Raises `ValueError` for a path of the wrong length."""
    left = iter(path)
    root, last = leaf, size - 1
    try:
        while last > 0:
            if place & 1:
                root = hash_node(next(left), root)
            elif place < last:
                root = hash_node(root, next(left))
            place, last = place >> 1, last >> 1
    except StopIteration:
        raise ValueError("the path is too short") from None
    if next(left, None) is not None:
        raise ValueError("the path is too long")
    return root


def _next_level(level: Sequence[bytes]) -> list[bytes]:
    """Pairs become nodes; one that is left over goes up as it is, which gives the splits of the RFC."""
    paired = [hash_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return [*paired, level[-1]] if len(level) % 2 else paired
