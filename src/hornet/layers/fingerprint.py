"""Hashes of bytes that are the same in every process, on every machine and in TensorFlow, whose buckets Keras uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_MASK = 2**64 - 1
# FarmHash's multipliers, primes between 2^63 and 2^64.
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def buckets(tokens: np.ndarray, count: int, salt: Sequence[int] | None = None) -> np.ndarray:
    """Return the bucket of each token: its hash modulo the number of buckets.

    Args:
        tokens: Strings or integers, of any shape; an integer is hashed as its decimal digits.
        count: Number of buckets.
        salt: Two integers that change the hash, to SipHash-2-4; `None` for FarmHash's Fingerprint64.

    Example:
        >>> buckets(np.array(["a", "b", "a"]), 10).tolist()
        [9, 2, 9]
    """
    return _of_each(lambda token: _hash(str(token).encode(), salt) % count, tokens, "int32")


def _of_each(function: Callable[[Any], int], tokens: np.ndarray, dtype: str) -> np.ndarray:
    """Return what a function makes of each token; it is called once for equal ones."""
    listed = tokens.ravel().tolist()
    made = {token: function(token) for token in set(listed)}
    return np.array([made[token] for token in listed], dtype).reshape(tokens.shape)


def _hash(data: bytes, salt: Sequence[int] | None) -> int:
    return fingerprint64(data) if salt is None else siphash(data, (salt[0], salt[1]))


def fingerprint64(data: bytes) -> int:
    """Return FarmHash's 64-bit fingerprint.

    Source:
        Pike & Alakuijala 2014, FarmHash, variant `na`.

    Example:
        >>> hex(fingerprint64(b""))
        '0x9ae16a3b2f90404f'
    """
    length = len(data)
    if length <= 16:
        return _up_to_16(data)
    if length <= 32:
        return _up_to_32(data)
    return _up_to_64(data) if length <= 64 else _long(data)


def _up_to_16(data: bytes) -> int:
    length = len(data)
    factor = _K2 + 2 * length
    if length >= 8:
        a, b = _word(data, 0) + _K2, _word(data, length - 8)
        c = _right(b, 37) * factor + a
        d = (_right(a, 25) + b) * factor
        return _mix(c, d, factor)
    if length >= 4:
        return _mix(length + (_word(data, 0, 4) << 3), _word(data, length - 4, 4), factor)
    if length:
        y = data[0] + (data[length >> 1] << 8)
        z = length + (data[-1] << 2)
        return _fold(y * _K2 ^ z * _K0) * _K2 & _MASK
    return _K2


def _up_to_32(data: bytes) -> int:
    length = len(data)
    factor = _K2 + 2 * length
    a, b = _word(data, 0) * _K1, _word(data, 8)
    c, d = _word(data, length - 8) * factor, _word(data, length - 16) * _K2
    return _mix(_right(a + b, 43) + _right(c, 30) + d, a + _right(b + _K2, 18) + c, factor)


def _up_to_64(data: bytes) -> int:
    length = len(data)
    factor = _K2 + 2 * length
    a, b = _word(data, 0) * _K2, _word(data, 8)
    c, d = _word(data, length - 8) * factor, _word(data, length - 16) * _K2
    y = _right(a + b, 43) + _right(c, 30) + d
    z = _mix(y, a + _right(b + _K2, 18) + c, factor)
    e, f = _word(data, 16) * factor, _word(data, 24)
    g, h = (y + _word(data, length - 32)) * factor, (z + _word(data, length - 24)) * factor
    return _mix(_right(e + f, 43) + _right(g, 30) + h, e + _right(f + a, 18) + g, factor)


def _long(data: bytes) -> int:
    """Take blocks of 64 bytes, the last one so that it ends with the data."""
    x, y = 81 * _K2 + _word(data, 0), 81 * _K1 + 113
    z = _fold(y * _K2 + 113) * _K2
    v, w = (0, 0), (0, 0)
    full = (len(data) - 1) // 64
    rest = (len(data) - 1) % 64
    for block in range(full):
        x, y, z, v, w = _block(data, 64 * block, (x, y, z, v, w), _K1, 1)
    factor = _K1 + 2 * (z & 0xFF)
    w = (w[0] + rest, w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = _block(data, len(data) - 64, (x, y, z, v, w), factor, 9)
    first = _mix(v[0], w[0], factor) + _fold(y) * _K0 + z
    return _mix(first, _mix(v[1], w[1], factor) + x, factor)


_State = tuple[int, int, int, tuple[int, int], tuple[int, int]]


def _block(data: bytes, start: int, state: _State, factor: int, weight: int) -> _State:
    x, y, z, v, w = state
    x = _right(x + y + v[0] + _word(data, start + 8), 37) * factor
    y = _right(y + v[1] + _word(data, start + 48), 42) * factor
    x = (x ^ (w[1] * weight)) & _MASK
    y += v[0] * weight + _word(data, start + 40)
    z = _right(z + w[0], 33) * factor
    v = _weak(data, start, v[1] * factor, x + w[0])
    w = _weak(data, start + 32, z + w[1], y + _word(data, start + 16))
    return z & _MASK, y & _MASK, x, v, w


def _weak(data: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    one, two, three, four = (_word(data, start + offset) for offset in (0, 8, 16, 24))
    a += one
    b = _right(b + a + four, 21)
    total = a + two + three
    return (total + four) & _MASK, (b + _right(total, 44) + a) & _MASK


def _mix(u: int, v: int, factor: int) -> int:
    a = _fold((u ^ v) * factor)
    return _fold((v ^ a) * factor) * factor & _MASK


def _fold(value: int) -> int:
    value &= _MASK
    return value ^ (value >> 47)


def _right(value: int, bits: int) -> int:
    value &= _MASK
    return ((value >> bits) | (value << (64 - bits))) & _MASK


def _word(data: bytes, start: int, size: int = 8) -> int:
    return int.from_bytes(data[start : start + size], "little")


def siphash(data: bytes, key: tuple[int, int]) -> int:
    """Return SipHash-2-4 under a key of two 64-bit integers.

    Source:
        Aumasson & Bernstein 2012, section 2.

    Example:
        >>> hex(siphash(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))  # the paper's appendix A
        '0xa129ca6149be45e5'
    """
    k0, k1 = (word & _MASK for word in key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for start in range(0, len(padded), 8):
        word = _word(padded, start)
        v[3] ^= word
        _sip_rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    _sip_rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_rounds(v: list[int], count: int) -> None:
    for _ in range(count):
        for a, b, by in ((0, 1, 13), (2, 3, 16), (0, 3, 21), (2, 1, 17)):
            v[a] = (v[a] + v[b]) & _MASK
            v[b] = _right(v[b], 64 - by) ^ v[a]
            if by in (13, 17):
                v[a] = _right(v[a], 32)


def fingerprints(tokens: np.ndarray) -> np.ndarray:
    """Return what stands for each token where several are hashed together: an integer itself, a string's fingerprint.

    Example:
        >>> fingerprints(np.array([3, 4])).tolist()
        [3, 4]
    """
    if tokens.dtype.kind == "i":
        return tokens.astype("uint64")
    return _of_each(lambda token: fingerprint64(token.encode()), tokens, "uint64")


def joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the fingerprint of two tokens together, as TensorFlow computes it of theirs.

    Source:
        Appleby 2008, MurmurHash64A, which the function is made of.

    Example:
        >>> hex(joined(np.array([0], "uint64"), np.array([1], "uint64"))[0]).startswith("0x")
        True
    """
    factor = np.uint64(0xC6A4A7935BD1E995)
    with np.errstate(over="ignore"):
        result = (first ^ factor) ^ (_shifted(second * factor) * factor)
        return _shifted(_shifted(result * factor) * factor)


def _shifted(numbers: np.ndarray) -> np.ndarray:
    return numbers ^ (numbers >> np.uint64(47))
