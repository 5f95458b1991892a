"""The open house: store, encoder and index together, asked for papers. `verbs` fill it and write what it says.

with Recommender(load_config(Path("config.toml"))) as library:
    library.search("retrieving images by a picture and a change in words", number=10)
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

import numpy as np

from recommender import archives, embed, finding, rank
from recommender.config import Config
from recommender.errors import InputError
from recommender.finding import Found
from recommender.index import Index
from recommender.paper import Paper, Scored
from recommender.progress import Progress, silent
from recommender.rank import Calibration, Question, Reranker
from recommender.store import Added, Filter, Store
from recommender.vectors import FloatArray, IntArray, products

NO_FILTER = Filter()


class Recommender:
    """An open library; a reader, or with `write` the one writer. Use it as a context manager."""

    def __init__(
        self, config: Config, *, write: bool = False, today: date | None = None, progress: Progress = silent
    ) -> None:
        """Open what config names; raises `StoreError` where a reader finds no papers."""
        self.config = config
        self.today = today or date.today()
        self.store = Store.open(config.resolve(config.index.path), write=write)
        self._progress = progress

    def __enter__(self) -> "Recommender":
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    @cached_property
    def encoder(self) -> embed.Encoder:
        """The configured encoder, loaded when first needed."""
        return encoder_of(self.config, self.config.embedding.model)

    @cached_property
    def reranker(self) -> Reranker | None:
        """The model that takes a second look, loaded when first needed; None where config.toml names none."""
        ranking = self.config.ranking
        if not ranking.rerank:
            return None
        second = encoder_of(self.config, ranking.rerank)
        return Reranker(second, self.store.cache, weight=ranking.rerank_weight, progress=self._progress)

    @cached_property
    def index(self) -> Index:
        """The index over the store, loaded when first needed."""
        return Index.open(self.store.folder, self.store, lambda texts: self.encoder.encode_queries(texts))

    def add(self, papers: Iterable[Paper]) -> Added:
        """Embed and store papers; `refresh` makes them findable. Raises `StoreError` where this is a reader."""
        encoder = self.encoder
        return self.store.add(
            papers, encoder.encode_documents, encoder=encoder.identity, today=self.today, batch=encoder.batch
        )

    def refresh(self) -> None:
        """Take into the index what the store has gained."""
        self.index.refresh()

    # -- asking ------------------------------------------------------------------------------------------------

    def search(self, text: str, number: int = 10, only: Filter = NO_FILTER) -> list[Scored]:
        """The `number` stored papers that answer a question best, best first; raises `InputError`."""
        return list(self.find(text, number, only).papers)

    def find(
        self, text: str, number: int = 10, only: Filter = NO_FILTER, *, meaning: bool = False, exact: bool = False
    ) -> Found:
        """As `search`, with how the query was read: ids, titles, authors and the grammar of docs/search.md are known.

        With `meaning` the text is ranked by meaning alone, with `exact` no word is taken for a slip.
        """
        self.store.vectors.require(self.encoder.identity)
        return finding.find(self, text, number, only, meaning=meaning, exact=exact)

    def similar(self, texts: Sequence[str], number: int = 10, only: Filter = NO_FILTER) -> list[Scored]:
        """The papers most like all of `texts`, each an arXiv id (or address) of a stored paper, or any other text."""
        ids, free = _ids_and_texts(texts)
        stored = self.store.papers.get(ids)
        if len(stored) < len(ids):
            missing = self.missing(ids)
            raise InputError(f"{', '.join(missing)}: not stored; `recommend fetch --id {missing[0]}` asks arXiv for it")
        question = Question(like=tuple(stored[paper_id] for paper_id in ids), like_texts=tuple(free))
        found = self.answer(question, number + len(ids), only)
        return [scored for scored in found if scored.paper.id not in stored][:number]

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those ids among the texts whose papers are not stored."""
        ids, _ = _ids_and_texts(texts)
        rows = self.store.papers.rows(ids)
        return [paper_id for paper_id in ids if paper_id not in rows]

    def stored(self, texts: Sequence[str]) -> tuple[Paper, ...]:
        """The papers of those ids that are stored, in order."""
        found = self.store.papers.get(archives.parse(text).id for text in texts)
        return tuple(found.values())

    def answer(
        self,
        question: Question,
        number: int,
        only: Filter = NO_FILTER,
        least: float = 0,
        *,
        among: IntArray | None = None,
    ) -> list[Scored]:
        """The `number` papers that answer best, of at least `least` per cent relevance, best first.

        With `among`, ascending row numbers, only these are looked at, and of them those that pass the filter.
        """
        self.store.vectors.require(self.encoder.identity)
        vector = question.vector(self)
        chosen = self.store.papers.select(only)
        if among is not None:
            chosen = among if chosen is None else np.intersect1d(chosen, among, assume_unique=True)
        rows, cosines = self._nearest(question, vector, number, chosen)
        calibration = self._calibration(vector)
        kept = cosines >= calibration.similarity(least)
        rows, cosines = rows[kept][:number], cosines[kept][:number]
        papers = self.store.papers.at(rows)
        likes = question.decisive(self, self.store.vectors.at(rows))
        return [
            Scored(paper, float(cosine), calibration.relevance(float(cosine)), like)
            for paper, cosine, like in zip(papers, cosines, likes, strict=True)
        ]

    def _nearest(
        self, question: Question, vector: FloatArray, number: int, rows: IntArray | None
    ) -> tuple[IntArray, FloatArray]:
        """The nearest rows and their similarities, best first; those re-scored as the second model sees them."""
        if self.reranker is None:
            return self.index.search(vector, number, rows=rows)
        depth = self.config.ranking.rerank_depth
        found, similar = self.index.search(vector, max(number, depth), rows=rows)
        papers = self.store.papers.at(found[:depth])
        similar[:depth] = self.reranker.similarities(question.vector(self.reranker), papers, similar[:depth])
        order = np.argsort(-similar, kind="stable")
        return found[order], similar[order]

    def _calibration(self, vector: FloatArray) -> Calibration:
        """What similarity to unrelated papers looks like: in the index, and in the sample that the model brings along.

        The sample holds the scale where an index is about one topic alone.
        """
        background = self.index.background(vector)
        if len(self.encoder.background):
            background = np.concatenate([background, products(self.encoder.background, vector)])
        return rank.Calibration.of(background)

    # -- the space of the index's model ------------------------------------------------------------------------

    def queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text with the index's model: (n, d) float32, rows of length 1."""
        return self.encoder.encode_queries(texts)

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        """Give the vectors of stored papers, in order: (n, d) float32, rows of length 1."""
        rows = self.store.papers.rows(paper.id for paper in papers)
        return self.store.vectors.at([rows[paper.id] for paper in papers])


def encoder_of(config: Config, model: str) -> embed.Encoder:
    """A model, run as [embedding] says; a folder is looked for beside config.toml first. Raises `ModelError`."""
    options = config.embedding
    if (config.folder / model).is_dir():
        model = str(config.folder / model)
    return embed.load(model, batch_size=options.batch_size, device=options.device, backend=options.backend)


def _ids_and_texts(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ids apart from any other text, each once."""
    ids: list[str] = []
    free: list[str] = []
    for text in texts:
        try:
            ids.append(archives.parse(text).id)
        except InputError:
            if not text.strip():
                raise InputError("the text is empty; give an arXiv id, or some text to compare with") from None
            free.append(text)
    return list(dict.fromkeys(ids)), free
