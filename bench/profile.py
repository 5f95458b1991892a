"""How well a profile finds what its reader goes on to want: authors as readers, ways of ranking side by side.

    python -m bench.profile papers.jsonl.xz ... [--cut 2026-03] [--users 150] [--seed 1] [--svm 20]

A reader is an author: the likes are the papers before the cut, what is wanted are the same author's papers from then
on, to be found among all papers of that time. A reader of three interests is three authors together. Gains are over
the mean of the likes, with bootstrap intervals of 95 percent over readers. With dislikes: a second author of the same
field whose papers are unwanted. All that is compared uses the default model's vectors; the SVM its own TF-IDF.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender import embed
from recommender.archives import day_of
from recommender.paper import Paper
from recommender.profile.interests import Interests, first_page
from recommender.sources.files import PaperFile
from recommender.vectors import FloatArray, IntArray, unit

DEPTH = 100
"The first so many papers count."
_SAME = 0.3
"Least mean cosine of an author's likes to their mean: below, the name is several people's."
_MOST_LIKES = 300


@dataclass(frozen=True, slots=True)
class Reader:
    """Rows of liked papers, newest first, and places of the wanted ones in the pool."""

    likes: IntArray
    wanted: IntArray


class World:
    """Papers with vectors, those from the cut on as the pool that is ranked."""

    def __init__(self, files: Sequence[Path], cut: str, cache: Path | None) -> None:
        found = {paper.id: paper for file in files for paper in PaperFile(file).papers(lambda *_: None)}
        self.papers = list(found.values())
        self.encoder = embed.load("default")
        if cache and cache.exists():
            self.vectors: FloatArray = np.load(cache).astype(np.float32)
        else:
            self.vectors = self.encoder.encode_documents(self.papers)
            if cache:
                np.save(cache, self.vectors.astype(np.float16))
        self.days = np.array([day_of(paper).isoformat() for paper in self.papers])
        self.pool = np.flatnonzero(self.days >= cut)
        place = {int(row): number for number, row in enumerate(self.pool)}
        by_author: dict[str, list[int]] = defaultdict(list)
        for row, paper in enumerate(self.papers):
            for name in set(paper.authors):
                by_author[name].append(row)
        self.readers = [
            Reader(np.array(likes), np.array([place[row] for row in rows if row in place]))
            for name, rows in sorted(by_author.items())
            if " " in name and len(rows) >= 6 and len(likes := self._before(rows, cut)) >= 3
            if any(row in place for row in rows) and self._one_person(likes)
        ]
        self.readers = [reader for reader in self.readers if len(reader.wanted) >= 3]

    def _before(self, rows: Iterable[int], cut: str) -> list[int]:
        likes = [row for row in rows if self.days[row] < cut]
        return sorted(likes, key=lambda row: (self.days[row], row), reverse=True)[:_MOST_LIKES]

    def _one_person(self, likes: list[int]) -> bool:
        vectors = self.vectors[likes]
        return bool((vectors @ unit(vectors.mean(axis=0))).mean() > max(_SAME, 0.3 + 0.3 / len(likes)))


Method = Callable[[FloatArray, FloatArray], FloatArray]
"Scores a pool (n, d) by likes (m, d), newest first."


def mean(likes: FloatArray, pool: FloatArray) -> FloatArray:
    """The mean of the likes."""
    return pool @ unit(likes.mean(axis=0))


def zotero_arxiv_daily(likes: FloatArray, pool: FloatArray) -> FloatArray:
    """Its formula: similarities weighted by 1 / (1 + log10 of the place), newest first."""
    weights = 1 / (1 + np.log10(np.arange(1, len(likes) + 1)))
    scores: FloatArray = pool @ (weights / weights.sum() @ likes).astype(np.float32)
    return scores


def nearest(likes: FloatArray, pool: FloatArray) -> FloatArray:
    """The nearest like alone."""
    scores: FloatArray = (pool @ likes.T).max(axis=1)
    return scores


def logistic(background: FloatArray) -> Method:
    """Logistic regression against a background (n, d), by Newton's steps; classes of equal weight."""

    def score(likes: FloatArray, pool: FloatArray) -> FloatArray:
        x = np.concatenate([likes, background]).astype(np.float64)
        x = np.hstack([x, np.ones((len(x), 1))])
        y = np.r_[np.ones(len(likes)), np.zeros(len(background))]
        weight = np.where(y > 0, len(x) / 2 / len(likes), len(x) / 2 / len(background))
        w = np.zeros(x.shape[1])
        ridge = np.eye(len(w)) / 100
        for _ in range(12):
            p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
            curve = (x * (weight * p * (1 - p))[:, None]).T @ x + ridge
            w -= np.linalg.solve(curve, x.T @ (weight * (p - y)) + ridge @ w)
        scores: FloatArray = pool @ w[:-1].astype(np.float32)
        return scores

    return score


def profile(background: FloatArray) -> Method:
    """What `recommend today` does."""

    def score(likes: FloatArray, pool: FloatArray) -> FloatArray:
        return Interests(likes, np.empty((0, 0), np.float32), background).judge(pool).scores

    return score


def ndcg(scores: FloatArray, wanted: IntArray, depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain of the first papers, wanted or not."""
    top = np.argpartition(-scores, depth)[:depth]
    top = top[np.argsort(-scores[top], kind="stable")]
    discount = 1 / np.log2(np.arange(2, depth + 2))
    return float((np.isin(top, wanted) * discount).sum() / discount[: min(len(wanted), depth)].sum())


def ratio(values: np.ndarray, base: np.ndarray, seed: int = 0) -> str:
    """Mean, and how many times the base's it is, with its interval over readers."""
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(base), (2000, len(base)))
    ratios = values[draws].mean(axis=1) / np.maximum(base[draws].mean(axis=1), 1e-9)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return f"{values.mean():.3f} | {values.mean() / max(base.mean(), 1e-9):.2f} [{low:.2f}, {high:.2f}]"


def together(readers: Sequence[Reader], number: int, rng: np.random.Generator, days: np.ndarray) -> Reader:
    """Several authors as one reader."""
    some = [readers[int(i)] for i in rng.choice(len(readers), number, replace=False)]
    likes = np.unique(np.concatenate([reader.likes for reader in some]))
    order = np.argsort(days[likes], kind="stable")[::-1]
    return Reader(likes[order], np.unique(np.concatenate([reader.wanted for reader in some])))


def compare(world: World, readers: Sequence[Reader], methods: dict[str, Method]) -> dict[str, np.ndarray]:
    """NDCG of every method for every reader."""
    pool = world.vectors[world.pool]
    found: dict[str, list[float]] = defaultdict(list)
    for reader in readers:
        for name, method in methods.items():
            found[name].append(ndcg(method(world.vectors[reader.likes], pool), reader.wanted))
    return {name: np.array(values) for name, values in found.items()}


def show(title: str, found: dict[str, np.ndarray]) -> None:
    """A table of one kind of reader."""
    print(f"\n### {title}\n\n| method | nDCG@{DEPTH} | times the mean |\n| --- | --- | --- |")
    for name, values in found.items():
        print(f"| {name} | {ratio(values, found['mean of likes'])} |", flush=True)


def dislikes(world: World, readers: Sequence[Reader], background: FloatArray) -> None:
    """Each reader with the nearest author of the same category as what is not wanted."""
    pool = world.vectors[world.pool]
    centers = unit(np.stack([world.vectors[reader.likes].mean(axis=0) for reader in world.readers]))
    fields = [world.papers[int(reader.likes[0])].categories[:1] for reader in world.readers]
    number = {id(reader): place for place, reader in enumerate(world.readers)}
    rows: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for reader in readers:
        me = number[id(reader)]
        near = centers @ centers[me]
        near[[i for i, field in enumerate(fields) if field != fields[me]]] = -1
        near[me] = -1
        other = next(world.readers[int(i)] for i in np.argsort(-near) if not _overlap(world.readers[int(i)], reader))
        likes, unlike = world.vectors[reader.likes], world.vectors[other.likes]
        empty = np.empty((0, 0), np.float32)
        scored = {
            "mean of likes": mean(likes, pool),
            "mean less half the mean of dislikes": pool
            @ unit(unit(likes.mean(axis=0)) - 0.5 * unit(unlike.mean(axis=0))),
            "profile, likes alone": Interests(likes, empty, background).judge(pool).scores,
            "profile": Interests(likes, unlike, background).judge(pool).scores,
        }
        for name, scores in scored.items():
            top = np.argpartition(-scores, DEPTH)[:DEPTH]
            share = float(np.isin(other.wanted, top).mean())
            rows[name].append((ndcg(scores, reader.wanted), share))
    print(
        f"\n### With dislikes\n\n| method | nDCG@{DEPTH} | unwanted papers in the first {DEPTH} |\n| --- | --- | --- |"
    )
    for name, pairs in rows.items():
        values = np.array(pairs)
        print(f"| {name} | {values[:, 0].mean():.3f} | {values[:, 1].mean():.3f} |")


def _overlap(one: Reader, other: Reader) -> bool:
    return bool(np.intersect1d(one.likes, other.likes).size or np.intersect1d(one.wanted, other.wanted).size)


def calibration(world: World, readers: Sequence[Reader], background: FloatArray) -> None:
    """What a cut at 50 percent keeps of the wanted papers, and lets in of all."""
    pool = world.vectors[world.pool]
    kept, let_in, heights = [], [], []
    for reader in readers:
        interests = Interests(world.vectors[reader.likes], np.empty((0, 0), np.float32), background)
        judged = interests.judge(pool)
        kept.append(float((judged.relevances[reader.wanted] >= 50).mean()))
        let_in.append(float((judged.relevances >= 50).mean()))
        high = interests.scale.heights(judged.scores)
        heights.append((interests.scale.midpoint, float(np.median(high[reader.wanted]))))
    middle = np.array(heights).mean(axis=0)
    print(
        f"\nA cut at 50 % keeps {np.mean(kept):.0%} of the wanted papers and lets in {np.mean(let_in):.2%} of all; "
        f"it lies {middle[0]:.1f} widths above the centre, the median wanted paper {middle[1]:.1f}."
    )


def missing_interests(world: World, readers: Sequence[Reader], background: FloatArray, own: bool) -> float:
    """Share of the interests with papers above the cut that the first twenty do not show."""
    pool = world.vectors[world.pool]
    missing = there = 0
    for reader in readers:
        interests = Interests(world.vectors[reader.likes], np.empty((0, 0), np.float32), background)
        judged = interests.judge(pool)
        interest = interests.interests[judged.nearest]
        order = first_page(judged.relevances, interest, least=50) if own else np.argsort(-judged.scores)
        above = set(interest[judged.relevances >= 50].tolist()) - {-1}
        there += len(above)
        missing += len(above - set(interest[order[:20]].tolist()))
    return missing / max(there, 1)


def svm(world: World, readers: Sequence[Reader], base: Method) -> None:
    """arxiv-sanity-lite's way: LinearSVC on TF-IDF, all other papers being negatives.

    Without the authors' names, which it takes in too: here they are the answer.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    def text(paper: Paper) -> str:
        return f"{paper.title} {paper.abstract}"

    pool = world.pool[:20_000]
    kept = [r for r in readers if (r.wanted < len(pool)).any()]
    rows = np.unique(np.concatenate([pool, *(reader.likes for reader in kept)]))
    vectorizer = TfidfVectorizer(
        strip_accents="unicode", stop_words="english", ngram_range=(1, 2), max_features=20_000, sublinear_tf=True
    )
    matrix = vectorizer.fit_transform([text(world.papers[int(row)]) for row in rows])
    place = {int(row): number for number, row in enumerate(rows)}
    found: dict[str, list[float]] = {"mean of likes": [], "SVM on TF-IDF": []}
    in_pool = [place[int(row)] for row in pool]
    for reader in kept:
        wanted = reader.wanted[reader.wanted < len(pool)]
        label = np.zeros(len(rows))
        label[[place[int(row)] for row in reader.likes]] = 1
        model = LinearSVC(class_weight="balanced", max_iter=10_000, tol=1e-4, C=0.1).fit(matrix, label)
        scores = model.decision_function(matrix[in_pool]).astype(np.float32)
        found["SVM on TF-IDF"].append(ndcg(scores, wanted))
        found["mean of likes"].append(ndcg(base(world.vectors[reader.likes], world.vectors[pool]), wanted))
    show(f"One interest, {len(kept)} readers, a pool of 20,000", {name: np.array(v) for name, v in found.items()})


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--cut", default="2026-03", help="first day or month that is ranked")
    parser.add_argument("--users", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--svm", type=int, default=0, help="readers to try the SVM on; needs scikit-learn")
    parser.add_argument("--cache", type=Path, help="a .npy file for the vectors")
    parser.add_argument("--background", type=Path, help="a .npy file in place of the model's background")
    args = parser.parse_args()
    world, rng = World(args.files, args.cut, args.cache), np.random.default_rng(args.seed)
    background = unit(np.load(args.background)) if args.background else world.encoder.background
    chosen = rng.permutation(len(world.readers))[: args.users]
    one = [world.readers[int(i)] for i in chosen]
    three = [together(world.readers, 3, rng, world.days) for _ in range(args.users)]
    print(
        f"{len(world.papers):,} papers, {len(world.pool):,} from {args.cut} on, {len(world.readers):,} authors, "
        f"{len(background):,} of background, seed {args.seed}"
    )
    methods: dict[str, Method] = {
        "mean of likes": mean,
        "zotero-arxiv-daily's formula": zotero_arxiv_daily,
        "nearest like": nearest,
        "logistic regression": logistic(background[:2000]),
        "profile": profile(background),
    }
    for title, readers in (("One interest", one), ("Three interests", three)):
        sizes = np.array([len(reader.likes) for reader in readers])
        found = compare(world, readers, methods)
        show(f"{title}, {len(readers)} readers, {int(np.median(sizes))} likes in the middle", found)
        for low, high in ((3, 10), (10, 30), (30, 301)):
            if (some := (sizes >= low) & (sizes < high)).sum() >= 10:
                some_of = {name: values[some] for name, values in found.items() if name in ("mean of likes", "profile")}
                show(f"{title}, {low} to {high - 1} likes, {some.sum()} readers", some_of)
        calibration(world, readers, background)
    without, page = (missing_interests(world, three, background, own=own) for own in (False, True))
    print(f"\nInterests missing from the first twenty: {without:.1%} by score alone, {page:.1%} in the order shown.")
    dislikes(world, one, background)
    if args.svm:
        svm(world, one[: args.svm], mean)


if __name__ == "__main__":
    main()
