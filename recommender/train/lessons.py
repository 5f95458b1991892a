"""What a teacher makes of papers, kept on disk as it comes, so that nothing is asked twice."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recommender import embed
from recommender.paper import Paper
from recommender.progress import Progress
from recommender.text_files import read_bytes
from recommender.vectors import HalfArray

_AT_ONCE = 1000
"Texts the teacher embeds between two writes."


def asked_for(papers: Sequence[Paper], teacher: embed.Encoder, kept: Path, progress: Progress) -> HalfArray:
    """A teacher's vectors (n, d) of papers; what the folder `kept` holds of their texts is not asked for again."""
    kept.mkdir(exist_ok=True)
    parts = [np.empty((0, teacher.dimensions), np.float16)]
    for start in range(0, len(papers), _AT_ONCE):
        some = papers[start : start + _AT_ONCE]
        texts = hashlib.sha256("\0".join(map(embed.document_text, some)).encode()).hexdigest()[:16]
        path = kept / f"{teacher.identity}-{texts}.npy"
        vectors = _read(path, (len(some), teacher.dimensions))
        if vectors is None:
            vectors = teacher.encode_documents(some).astype(np.float16)
            beside = path.with_suffix(".new")
            with beside.open("wb") as file:
                np.save(file, vectors)
            beside.replace(path)
        parts.append(vectors)
        progress("asking the teacher", start + len(some), len(papers))
    return np.concatenate(parts)


def _read(path: Path, shape: tuple[int, int]) -> HalfArray | None:
    """What an earlier run kept of the teacher's, None where there is nothing or it is damaged: it is asked again."""
    try:
        vectors: HalfArray = np.load(io.BytesIO(read_bytes(path)), allow_pickle=False)
    except Exception:  # numpy reads the head of a file as Python, and raises what Python's parser does
        return None
    return vectors if getattr(vectors, "shape", None) == shape and vectors.dtype == np.float16 else None
