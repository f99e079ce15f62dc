"""Hashes against TensorFlow's, by way of Keras (see make_preprocessing_goldens.py), and against the papers."""

import json
from pathlib import Path

import numpy as np
import pytest

from hornet.layers.fingerprint import buckets, fingerprint64, siphash

GOLDENS = json.loads(Path(__file__).with_name("data").joinpath("preprocessing.json").read_text(encoding="utf-8"))
HASHES = GOLDENS["fingerprints"]


@pytest.mark.parametrize(("name", "salt"), [("plain", None), ("salted", (2**63 - 1, -5))])
def test_hashes_of_any_length_are_tensorflow_s(name, salt):
    """The lengths lie on both sides of 4, 8, 16, 32 and 64, where FarmHash changes its way."""
    for length, expected in zip(HASHES["lengths"], HASHES[name], strict=True):
        data = HASHES["text"][:length].encode()
        found = fingerprint64(data) if salt is None else siphash(data, salt)
        assert 0 <= found < 2**64
        assert found % 2**62 == expected, length


# Aumasson & Bernstein's reference implementation, vectors.h: of 0, 1, ... bytes under the key 00 01 ... 0f.
SIPHASH = [
    0x726FDB47DD0E0E31,
    0x74F839C593DC67FD,
    0x0D6C8009D9A94F5A,
    0x85676696D7FB7E2D,
    0xCF2794E0277187B7,
    0x18765564CD99A68D,
    0xCBC9466E58FEE3CE,
    0xAB0200F58B01D137,
    0x93F5F5799A932462,
]


def test_siphash_is_its_authors():
    key = tuple(int.from_bytes(bytes(range(start, start + 8)), "little") for start in (0, 8))
    for length, expected in enumerate(SIPHASH):
        assert siphash(bytes(range(length)), key) == expected


def test_a_bucket_is_the_hash_s_remainder():
    tokens = np.array([["tea", "été"], ["tea", ""]])
    found = buckets(tokens, 97)
    assert found.shape == (2, 2)
    assert found.dtype == "int32"
    assert found.tolist() == [[fingerprint64(token.encode()) % 97 for token in row] for row in tokens]


def test_an_integer_is_hashed_as_its_digits():
    np.testing.assert_array_equal(buckets(np.array([-12, 2**40]), 97), buckets(np.array(["-12", str(2**40)]), 97))


def test_nothing_has_no_buckets():
    assert buckets(np.empty((0, 2), "int64"), 3).shape == (0, 2)
