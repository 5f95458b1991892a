"""Which kind of FAISS index for how many vectors, how it is made, and how many lists a query must visit.

Up to `FLAT_LIMIT` vectors every one is compared. Above, they lie in lists around centroids, and a query visits the
nearest of these: as many as it takes to find 99 of the 100 nearest papers, measured on queries held out from training.
Both kinds keep float16 as it is in the store: no vector is rounded twice.
"""

import math
import os
from bisect import bisect_left
from typing import Any

import faiss
import numpy as np

from recommender.index.base import Chunks, HeldOut
from recommender.index.sample import scrambled
from recommender.vectors import FloatArray, HalfArray, IntArray

FLAT_LIMIT = 200_000
"above it a comparison with every vector takes more than 15 ms on a laptop's core"
SMALL = 16_384
"an index of at most so many papers is written anew for every change: a few MB"
FOLD_SHARE = 1 / 25
"a larger one when this share of it waits beside: 1,000 papers a day on a million cost 13 MB a day"
TRAIN_PER_LIST = 40
"vectors of training per list: 100 instead of 32 gained .003 to .012 in recall and took three times as long"
RECALL = 0.99
_DEPTH = 100
MOST_THREADS = 4


def lists_for(count: int) -> int:
    """How many lists so many vectors get; 0 means flat.

    Around 256 vectors a list, since the time to train grows with the square of the lists; at most 4 times the root.
    """
    return 0 if count <= FLAT_LIMIT else int(2 ** round(math.log2(min(count / 256, 4 * math.sqrt(count)))))


def due(indexed: int, waiting: int) -> bool:
    """Whether what waits beside the index is worth writing the index anew."""
    return waiting > 0 and (indexed + waiting <= SMALL or waiting > indexed * FOLD_SHARE)


def outgrown(index: Any, trained: int, count: int) -> bool:
    """Whether the index is of another kind, or made for far fewer vectors, than so many ask for."""
    lists = lists_of(index)
    return lists != lists_for(count) or (lists > 0 and count > 2 * trained)


def lists_of(index: Any) -> int:
    """Number of lists of an index; 0 when it is flat."""
    return int(getattr(index, "nlist", 0))


def threads(index: Any) -> int:
    """How many threads a single query gets.

    They share its lists: two took 7.4 ms instead of 14.2 on a million papers, and 17 instead of 24 with both cores
    busy. Over a flat index a second one has nothing to do, and its waiting made a query take 92 ms instead of 21.
    """
    return min(MOST_THREADS, os.cpu_count() or 1) if lists_of(index) else 1


def make(chunks: Chunks, count: int, lists: int, held_out: IntArray) -> Any:
    """An index over all `count` vectors, read in chunks; lists are trained on a random part of them."""
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    index: Any = None
    for rows, vectors in chunks():
        if index is None:
            index = empty(vectors.shape[1], lists)
            if lists:
                index.train(_training_vectors(chunks, min(1.0, lists * TRAIN_PER_LIST / count), held_out))
        index.add_with_ids(vectors.astype(np.float32), rows)
    return index


def empty(dimensions: int, lists: int) -> Any:
    """An index without vectors; flat where `lists` is 0."""
    half, inner = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    if not lists:
        return faiss.IndexIDMap(faiss.IndexScalarQuantizer(dimensions, half, inner))
    by_residual = False  # the codes are the stored vectors themselves, and a cosine is the same in either kind
    index = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(dimensions), dimensions, lists, half, inner, by_residual)
    index.cp.spherical = True
    index.cp.max_points_per_centroid = TRAIN_PER_LIST
    return index


def _training_vectors(chunks: Chunks, share: float, held_out: IntArray) -> FloatArray:
    """A random share of all vectors, the held-out rows not among them."""
    parts: list[HalfArray] = []
    for rows, vectors in chunks():
        taken = (scrambled(rows) >= (1 - share) * 2.0**64) & ~np.isin(rows, held_out)
        parts.append(vectors[taken])
    return np.concatenate(parts).astype(np.float32)


def calibrate(index: Any, chunks: Chunks, queries: HeldOut) -> tuple[int, float]:
    """Set how many lists `index` visits, to a quarter of a power of two; that, and the worst query set's recall@100.

    A set is (rows, vectors), and a query never counts its own row. Real queries matter: in one measurement 512 of
    2,048 lists gave .995 for papers as queries and .984 for their titles.
    """
    sets = [(rows, vectors, _nearest(chunks, vectors)) for rows, vectors in queries]

    def recall(nprobe: int) -> float:
        index.nprobe = nprobe
        return min(_recall(rows, truth, index.search(vectors, _DEPTH + 1)[1]) for rows, vectors, truth in sets)

    lists = lists_of(index)
    fewer = sorted({round(2 ** (quarters / 4)) for quarters in range(4 * int(math.log2(lists)))})
    chosen = [*fewer, lists][bisect_left(fewer, RECALL, key=recall)]
    return chosen, recall(chosen)


def _recall(rows: IntArray, truth: IntArray, found: IntArray) -> float:
    hits = [np.isin(near[near != row], got).mean() for row, near, got in zip(rows, truth, found, strict=True)]
    return float(np.mean(hits))


def _nearest(chunks: Chunks, queries: FloatArray) -> IntArray:
    """The exact answer: rows of the 101 nearest vectors of each query, (n, 101)."""
    best = faiss.ResultHeap(len(queries), _DEPTH + 1, keep_max=True)
    for rows, vectors in chunks():
        few = min(_DEPTH + 1, len(rows))
        cosines, found = faiss.knn(queries, vectors.astype(np.float32), few, faiss.METRIC_INNER_PRODUCT)
        best.add_result(cosines, rows[found])
    best.finalize()
    nearest: IntArray = best.I
    return nearest
