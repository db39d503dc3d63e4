"""Messages with arrays, byte for byte those of openpi's client."""

from __future__ import annotations

import pickle
from typing import Any

import msgpack
import numpy as np
import pytest

from gen3d_bench.agents.remote.codec import CodecError, pack, unpack


@pytest.mark.parametrize("value", [
    np.arange(12, dtype=np.uint8).reshape(2, 2, 3), np.float32([1.5, -2]), np.zeros((0, 7), np.float32),
    np.array(["pen", "cup"]), np.array(3.0), np.asfortranarray(np.arange(6.0).reshape(2, 3)),
])
def test_arrays_come_back(value: np.ndarray[Any, Any]) -> None:
    back = unpack(pack({"x": value}))["x"]
    assert back.dtype == value.dtype and back.shape == value.shape
    np.testing.assert_array_equal(back, value)


def test_numbers_keep_their_type() -> None:
    back = unpack(pack(np.float32(0.1)))
    assert back.dtype == np.float32 and back == np.float32(0.1)


def test_the_bytes_are_the_protocols() -> None:
    array = np.arange(3, dtype=np.uint8)
    assert pack(array) == msgpack.packb({b"__ndarray__": True, b"data": bytes([0, 1, 2]), b"dtype": "|u1",
                                         b"shape": [3]})


@pytest.mark.parametrize("value", [np.array([object()]), np.array([1j]), np.zeros(1, "i4,f4"), object()])
def test_what_is_more_than_numbers_is_not_sent(value: Any) -> None:
    with pytest.raises(CodecError, match="cannot be sent"):
        pack({"x": value})


@pytest.mark.parametrize("data", [
    msgpack.packb({b"__ndarray__": True, b"data": pickle.dumps([1]), b"dtype": "|O", b"shape": [1]}),
    msgpack.packb({b"__ndarray__": True, b"data": b"abc", b"dtype": "|u1", b"shape": [4]}),
    msgpack.packb({b"__ndarray__": True, b"data": b"abc", b"dtype": "|u1", b"shape": [-3]}),
    msgpack.packb({b"__ndarray__": True}), b"\xc1", b"",
])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        unpack(data)
