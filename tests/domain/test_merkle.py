"""The Merkle tree is that of RFC 6962, and a proof holds for its leaf alone."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.merkle import EMPTY, Tree, hash_leaf, prove, root_by_path

# The inputs and roots that the tests of Certificate Transparency's own implementations share.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written: split at the largest power of two below the number of leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + by_the_book(leaves[:split]) + by_the_book(leaves[split:])).digest()


def a_tree(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree


@pytest.mark.parametrize("size", range(9))
def test_known_trees_have_their_known_roots(size: int) -> None:
    leaves = [hash_leaf(bytes.fromhex(text)) for text in INPUTS[:size]]
    assert a_tree(leaves).root.hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=4), max_size=70))
@settings(max_examples=60)
def test_the_streamed_root_is_that_of_the_book(data: list[bytes]) -> None:
    leaves = [hash_leaf(item) for item in data]
    tree = a_tree(leaves)
    assert tree.root == by_the_book(leaves)
    assert len(tree) == len(data)


def test_every_leaf_of_every_small_tree_is_proven_and_nothing_else_is() -> None:
    for size in range(1, 34):
        leaves = [hash_leaf(bytes([number])) for number in range(size)]
        root = by_the_book(leaves)
        for place in range(size):
            path = prove(leaves, place)
            assert len(path) <= (size - 1).bit_length()
            assert root_by_path(leaves[place], path, place=place, size=size) == root
            assert root_by_path(hash_leaf(b"another"), path, place=place, size=size) != root
            if size > 1:
                wrong = root_by_path(leaves[place], [EMPTY, *path[1:]], place=place, size=size)
                assert wrong != root
                with pytest.raises(ValueError, match="too short"):
                    root_by_path(leaves[place], path[:-1], place=place, size=size)
            with pytest.raises(ValueError, match="too long"):
                root_by_path(leaves[place], [*path, EMPTY], place=place, size=size)


def test_there_is_no_proof_for_a_leaf_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no leaf"):
        prove([EMPTY], 1)
