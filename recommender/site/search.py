"""The search page's data: the static model's token vectors and the papers' vectors, packed as JavaScript.

JavaScript and not JSON, so that the page also works when it is opened from disk, where a browser forbids `fetch`.
The token vectors keep 3 bits a component: 4.1 MB over the wire for 40,000 tokens, 91% of the exact model's ten best
and its nDCG@10 (.533 of .539, where BM25 over titles and abstracts has .418). The tokens of the site's own papers
alone would be half of that, but change every day and know no word that the papers do not use; bench/page_search.py
measures all of these.
"""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors.numpy

from recommender.archives import shown_day
from recommender.embed import words
from recommender.paper import Paper
from recommender.site.latex import readable
from recommender.vectors import FloatArray

BITS = 3


def model_script(folder: Path, *, bits: int = BITS) -> str:
    """The static model in `folder` as a script; depends on the model alone, so that browsers can keep it."""
    (table,) = safetensors.numpy.load_file(folder / "model.safetensors").values()
    tokenizer = json.loads((folder / "tokenizer.json").read_bytes())
    _, most = words.splitting(tokenizer) or ({}, 0)
    names = [""] * len(table)
    for name, number in tokenizer["model"]["vocab"].items():
        names[number] = name
    codes, scales = quantise(table.astype(np.float32), bits)
    return _script(
        "model",
        {
            "bits": bits,
            "most": most,
            "dimensions": int(table.shape[1]),
            "tokens": "\n".join(names),
            "scales": _base64(scales),
            "codes": _base64(pack(codes, bits)),
        },
    )


def papers_script(
    papers: Sequence[Paper], vectors: FloatArray, sections: Sequence[Sequence[int]], titles: Sequence[str]
) -> str:
    """The papers and their vectors as a script; `sections` holds, for each, the numbers of its sections in `titles`."""
    codes, scales = quantise(vectors, 8)
    return _script(
        "papers",
        {
            "ids": [paper.id for paper in papers],
            "titles": [readable(paper.title) for paper in papers],
            "authors": [", ".join(paper.authors) for paper in papers],
            "dates": [shown_day(paper) for paper in papers],
            "names": list(titles),
            "sections": [list(numbers) for numbers in sections],
            "scales": _base64(scales),
            "codes": _base64(codes),
        },
    )


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
    """Codes as one stream of bits, the lowest bit of each first."""
    single = (codes.reshape(-1, 1) >> np.arange(bits, dtype=np.uint8)) & 1
    return np.packbits(single.reshape(-1), bitorder="little")


def _script(name: str, data: dict[str, object]) -> str:
    return f"(self.recommender ??= {{}}).{name} = {json.dumps(data, separators=(',', ':'))};\n"


def _base64(array: npt.NDArray[np.uint8] | FloatArray) -> str:
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode("ascii")
