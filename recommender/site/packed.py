"""Vectors in few bits a component, as scripts that a page loads.

JavaScript and not JSON, so that the pages also work when they are opened from disk, where a browser forbids `fetch`.
"""

import base64
import json
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from recommender.vectors import FloatArray


def script(name: str, data: Mapping[str, object]) -> str:
    """A script that keeps `data` for the page under `name`."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("\u2028", "\\u2028")
    return f'(self.recommender ??= {{}})["{name}"] = {text.replace(chr(0x2029), chr(92) + "u2029")};\n'


def vectors(vectors: FloatArray, bits: int) -> dict[str, object]:
    """Vectors (n, d) as a page reads them: numbers of components and bits, codes and scales."""
    codes, scales = quantise(vectors, bits)
    dimensions = int(vectors.shape[1])
    return {"bits": bits, "dimensions": dimensions, "scales": text(scales), "codes": text(pack(codes, bits))}


def quantise(vectors: FloatArray, bits: int) -> tuple[npt.NDArray[np.uint8], FloatArray]:
    """Codes 0 to 2**bits - 1 and one scale a row: component = (code - 2**(bits-1) + 0.5) * scale.

    Of several clipping ranges each row takes the one that leaves the least squared error.
    """
    half = 2 ** (bits - 1)
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-12)
    codes = np.zeros(vectors.shape, np.uint8)
    scales = np.zeros((len(vectors), 1), np.float32)
    least = np.full(len(vectors), np.inf)
    for share in (1.0, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35):
        scale = (largest * share / half).astype(np.float32)
        levels = np.clip(np.floor(vectors / scale), -half, half - 1) + 0.5
        error = ((vectors - levels * scale) ** 2).sum(axis=1)
        better = error < least
        codes[better] = (levels[better] - 0.5 + half).astype(np.uint8)
        scales[better], least[better] = scale[better], error[better]
    return codes, scales[:, 0]


def dequantise(codes: npt.NDArray[np.uint8], scales: FloatArray, bits: int) -> FloatArray:
    """What the page computes with."""
    vectors: FloatArray = (codes.astype(np.float32) - 2 ** (bits - 1) + 0.5) * scales[:, None]
    return vectors


def pack(codes: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.uint8]:
    """Codes as one stream of bits, the highest bit of each first.

    So that a sign of Base64 holds two codes of three bits whole, and a server's gzip can tell the frequent ones.
    """
    single = (codes.reshape(-1, 1) >> np.arange(bits - 1, -1, -1, dtype=np.uint8)) & 1
    return np.packbits(single.reshape(-1))


def text(array: npt.NDArray[np.uint8] | FloatArray) -> str:
    """An array's bytes in Base64, numbers with the lowest byte first."""
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode("ascii")
