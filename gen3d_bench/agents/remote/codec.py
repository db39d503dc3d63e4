"""Messages with arrays in them, as openpi's protocol writes them: MessagePack, and no pickle anywhere.

An array is a map {b"__ndarray__": true, b"data": bytes in C order, b"dtype": "<f4", b"shape": [...]}, a NumPy number
{b"__npgeneric__": true, b"data": number, b"dtype": "<f4"}.
"""

from __future__ import annotations

import math
from typing import Any

import msgpack
import numpy as np

PLAIN_KINDS = "biufSU"
"""Kinds of dtype that are nothing but their bytes: objects, records and complex numbers are refused."""


class CodecError(ValueError):
    """A message cannot be written or read; the text says what in it."""


def pack(message: Any) -> bytes:
    """Raises CodecError for values that the protocol does not have."""
    try:
        packed: bytes = msgpack.packb(message, default=_encode)
    except (TypeError, ValueError, OverflowError) as error:
        raise CodecError(f"cannot be sent: {error}") from error
    return packed


def unpack(data: bytes) -> Any:
    """Arrays are read-only.  Raises CodecError for what is no message."""
    try:
        return msgpack.unpackb(data, object_hook=_decode, strict_map_key=False)
    except CodecError:
        raise
    except Exception as error:  # msgpack raises a family of its own, numpy another
        raise CodecError(f"not a message of this protocol: {error}") from error


def _encode(value: Any) -> dict[bytes, Any]:
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in PLAIN_KINDS:
            raise CodecError(f"arrays of {value.dtype} cannot be sent")
        if isinstance(value, np.ndarray):
            return {b"__ndarray__": True, b"data": value.tobytes(), b"dtype": value.dtype.str,
                    b"shape": list(value.shape)}
        return {b"__npgeneric__": True, b"data": value.item(), b"dtype": value.dtype.str}
    raise CodecError(f"a {type(value).__name__} cannot be sent")


def _decode(value: dict[Any, Any]) -> Any:
    if b"__ndarray__" in value:
        dtype, shape, data = _dtype(value), value[b"shape"], value[b"data"]
        if any(side < 0 for side in shape) or math.prod(shape) * dtype.itemsize != len(data):
            raise CodecError(f"an array of {dtype} {shape} does not have {len(data)} bytes")
        return np.ndarray(buffer=data, dtype=dtype, shape=shape)
    if b"__npgeneric__" in value:
        return _dtype(value).type(value[b"data"])
    return value


def _dtype(value: dict[Any, Any]) -> np.dtype[Any]:
    dtype = np.dtype(value[b"dtype"])
    if dtype.kind not in PLAIN_KINDS:
        raise CodecError(f"arrays of {dtype} are not accepted")
    return dtype
