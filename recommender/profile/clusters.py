"""The interests in a set of likes: average linkage, by the nearest-neighbour chain (Murtagh, 1983)."""

from dataclasses import dataclass

import numpy as np

from recommender.vectors import FloatArray, IntArray

_LEAST_SHARE = 0.1
"Share of the likes that makes a cluster an interest of its own."


@dataclass(frozen=True, slots=True)
class Tree:
    """Likes merged two by two, the most similar first; node n + k is the k-th merge of n likes."""

    size: int
    merges: tuple[tuple[int, int, float], ...]
    "two nodes, and their members' mean similarity; falling"

    def members(self, node: int) -> list[int]:
        """The likes beneath a node."""
        found, stack = [], [node]
        while stack:
            top = stack.pop()
            if top < self.size:
                found.append(top)
            else:
                stack += self.merges[top - self.size][:2]
        return sorted(found)

    def cut(self, most: int) -> list[list[int]]:
        """At most so many clusters of all likes: the last merges undone."""
        kept = max(self.size - most, 0)
        inner = {node for merge in self.merges[:kept] for node in merge[:2]}
        return [self.members(node) for node in range(self.size + kept) if node not in inner]

    def interests(self, tight: float) -> list[list[int]]:
        """The likes of each interest, largest first: clusters of at least a tenth of the likes.

        A cluster is parted as long as a part of it is still a tenth and its parts are less similar than `tight`.
        """
        found: list[list[int]] = []
        stack = [self.size + len(self.merges) - 1] if self.size else []
        while stack:
            node = stack.pop()
            large = []
            if node >= self.size and self.merges[node - self.size][2] < tight:
                large = [part for part in self.merges[node - self.size][:2] if self._counts(part)]
            if large:
                stack += large
            else:
                found.append(self.members(node))
        return sorted(found, key=lambda likes: (-len(likes), likes))

    def _counts(self, node: int) -> bool:
        return len(self.members(node)) >= _LEAST_SHARE * self.size


def tree(similar: FloatArray) -> Tree:
    """Merge n things by their similarities (n, n), symmetric."""
    count = len(similar)
    near = similar.astype(np.float64)
    np.fill_diagonal(near, -np.inf)
    sizes = np.ones(count)
    found: list[tuple[int, int, float]] = []
    chain: list[int] = []
    alive = np.ones(count, bool)
    for _ in range(count - 1):
        if not chain:
            chain = [int(np.argmax(alive))]
        while True:
            top = chain[-1]
            best = int(np.argmax(near[top]))
            if len(chain) > 1 and near[top, chain[-2]] >= near[top, best]:
                break
            chain.append(best)
        b, a = chain.pop(), chain.pop()
        found.append((a, b, float(near[a, b])))
        joined = (sizes[a] * near[a] + sizes[b] * near[b]) / (sizes[a] + sizes[b])
        near[a], near[:, a] = joined, joined
        near[b], near[:, b] = -np.inf, -np.inf
        near[a, a] = -np.inf
        sizes[a] += sizes[b]
        alive[b] = False
    return Tree(count, _numbered(found, count))


def _numbered(found: list[tuple[int, int, float]], count: int) -> tuple[tuple[int, int, float], ...]:
    """Merges of representatives, in the order of their similarity, as merges of nodes."""
    node: IntArray = np.arange(count)
    merges = []
    for k, (a, b, height) in enumerate(sorted(found, key=lambda merge: -merge[2])):
        merges.append((int(node[a]), int(node[b]), height))
        node[a] = count + k
    return tuple(merges)
