"""Where relevance is 50 percent, fitted and checked: `python -m bench.cutoff SECTIONS CORPUS...`.

CORPUS are files of papers from all of arXiv, as `recommend import` reads them, SECTIONS a folder with queries.jsonl and
qrels.tsv: headings of curated lists and the ids of the papers below them. The scale never looks at what is stored, so a
topic alone in a home and the same topic among 10,884 other papers are one and the same measurement.

Printed are the curve fitted anew beside the one in recommender/calibration.py, and for that one: what is kept of a
topic's papers and let in of others; of papers shown at 0-10, 10-20 ... percent the share that belongs, where a home
holds 300 papers of the topic and 10,884 of all kinds; and the 239 rows of labels.tsv, judged by hand.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.cutoff.corpus import Corpus
from bench.cutoff.curve import HOME, Measured, fit, measure
from bench.cutoff.queries import every
from recommender import embed
from recommender.rank.background import TEXTS
from recommender.rank.calibration import PAPER, QUERY, Calibration, percent
from recommender.rank.wording import Wording, holds, required
from recommender.sources.files import PaperFile
from recommender.verbs.imports import STARTER

LABELS = Path(__file__).parent / "labels.tsv"
HELD_OUT = ("topic", "name", "section", "paper", "nonsense", "foreign")


def labels() -> Iterator[tuple[str, str, bool, str]]:
    """Each judged row: section, id, whether it belongs there, title."""
    for line in LABELS.read_text(encoding="utf-8").splitlines()[1:]:
        section, paper_id, belongs, title = line.split("\t")
        yield section, paper_id, belongs == "1", title


def main() -> None:
    """Fit, compare, check."""
    encoder = embed.load("default")
    assert isinstance(encoder, embed.StaticEncoder)
    corpus = Corpus.read(map(Path, sys.argv[2:]), encoder)
    queries = list(every(corpus, Path(sys.argv[1]), encoder.whole))
    _fitted([measure(query, corpus, encoder, corpus.fitting) for query in queries if query.split == "fit"])
    tested = [measure(query, corpus, encoder, corpus.testing) for query in queries if query.split != "fit"]
    named = [m for m in tested if m.query.kind == "named"]
    print("\nnamed topic                      papers  midpoint   kept  let in  let in, not even in the abstract")
    for m in named:
        print(f"{m.query.text:32} {len(m.query.papers):6,} {m.midpoint:9.1f} {_line(m)}")
    print("\nheld out          n   kept: mean, worst tenth, least   let in: mean, clean, most   any at 50 % among all")
    for kind in ("named", *HELD_OUT):
        _summary(kind, [m for m in tested if m.query.kind == kind], corpus, encoder)
    print("\nof papers shown at 0-10, 10-20 ... percent these belong:")
    for kind in ("named", *HELD_OUT[:4]):
        print(
            f"{kind:10}",
            " ".join(f"{share:5.0%}" for share in reliability([m for m in tested if m.query.kind == kind])),
        )
    _judged(encoder)
    _sizes(encoder, [m.query.text for m in tested if m.query.kind in ("topic", "section")])


def reliability(measured: list[Measured]) -> np.ndarray:
    """(10,) share of what belongs by shown relevance, each query's papers counting as 300."""
    good, all_ = np.zeros(10), np.zeros(10)
    for m in measured:
        others, belonging = (
            np.bincount(np.minimum(_percent(m, heights) // 10, 9).astype(int), minlength=10)
            for heights in (m.others, m.belonging)
        )
        good += belonging * HOME / len(m.belonging)
        all_ += others + belonging * HOME / len(m.belonging)
    return good / np.maximum(all_, 1e-9)


def _percent(m: Measured, heights: np.ndarray) -> np.ndarray:
    odds = m.scale.odds((m.scale.center + heights * m.scale.width).astype(np.float32))
    return np.array([percent(float(one)) for one in odds])


def _fitted(measured: list[Measured]) -> None:
    for name, shipped, chosen in (
        ("QUERY", QUERY, [m for m in measured if m.query.kind != "paper"]),
        ("PAPER", PAPER, [m for m in measured if m.query.kind == "paper"]),
    ):
        weights, steepness = fit(chosen)
        print(f"{name}: {len(chosen)} queries give {', '.join(f'{w:.3f}' for w in weights)}; steepness {steepness:.2f}")
        print(f"{'':{len(name)}}  shipped: {', '.join(f'{w:.3f}' for w in shipped.weights)}; {shipped.steepness:.2f}")


def _line(m: Measured) -> str:
    kept, strict, clean = ((heights >= m.midpoint).mean() for heights in (m.belonging, m.strict, m.others))
    return f"{kept:6.0%} {strict:7.2%} {clean:7.2%}"


def _summary(kind: str, measured: list[Measured], corpus: Corpus, encoder: embed.StaticEncoder) -> None:
    strict = [(m.strict >= m.midpoint).mean() for m in measured]
    clean = [(m.others >= m.midpoint).mean() for m in measured]
    text = f"{kind:12} {len(measured):6}"
    if measured[0].belonging.size:
        kept = [(m.belonging >= m.midpoint).mean() for m in measured if m.belonging.size]
        text += f" {np.mean(kept):10.1%} {np.quantile(kept, 0.1):10.0%} {min(kept):10.0%}"
        print(text, f"{np.mean(strict):14.2%} {np.mean(clean):6.2%} {max(strict):6.2%}")
        return
    shown = []
    for m in measured:
        cosines, wording = corpus.vectors @ encoder.encode_queries([m.query.text])[0], Wording.of(m.query.text)
        must = required(wording, encoder.pieced(wording.unseen if wording else ()))
        rows = np.flatnonzero(cosines >= m.scale.similarity(50))
        shown.append(sum(holds(corpus.texts[row], must) for row in rows))
    counts = f"{np.mean(np.array(shown) > 0):.0%} of queries, {np.mean(shown):.1f} papers each"
    print(text, " " * 32, f"{np.mean(strict):14.2%} {np.mean(clean):6.2%} {max(strict):6.2%}  {counts}")


def _judged(encoder: embed.Encoder) -> None:
    rows = list(labels())
    wanted = {row[1] for row in rows}
    papers = [paper for paper in PaperFile(STARTER).papers(lambda *_: None) if paper.id in wanted]
    vectors = dict(zip((paper.id for paper in papers), encoder.encode_documents(papers), strict=True))
    scales = {section: _scale(encoder, section) for section, *_ in rows}
    relevance = np.array([scales[s][1].relevance(float(vectors[i] @ scales[s][0])) for s, i, *_ in rows])
    belongs = np.array([row[2] for row in rows])
    print(f"\nlabels.tsv: {belongs.sum()} rows belong, {(~belongs).sum()} do not;", end=" ")
    print(", ".join(f"{section} at {scale.midpoint:.1f} widths" for section, (_, scale) in scales.items()))
    for at in (50, 60, 70, 80, 90):
        kept, out = (relevance >= at)[belongs].mean(), (relevance < at)[~belongs].mean()
        print(f"cut at {at} %: {kept:4.0%} of what belongs is kept, {out:4.0%} of what does not is left out")


def _scale(encoder: embed.Encoder, text: str) -> tuple[np.ndarray, Calibration]:
    vector = encoder.encode_queries([text])[0]
    return vector, Calibration.of(vector, encoder.background, Wording.of(text))


def _sizes(encoder: embed.Encoder, texts: list[str]) -> None:
    """How far the midpoint moves where the sample is as small as for other models."""
    few = sum(1 for _ in PaperFile(TEXTS).papers(lambda *_: None))
    moved = []
    for text in texts:
        vector, scale = _scale(encoder, text)
        small = Calibration.of(vector, encoder.background[:few], Wording.of(text))
        moved.append((small.similarity(50) - scale.similarity(50)) / scale.width)
    print(f"\nwith {few:,} papers as the sample the cut moves by {np.std(moved):.2f} widths (standard deviation)")


if __name__ == "__main__":
    main()
