"""The open house: store, encoder and index together, asked for papers. `verbs` fill it and write what it says.

with Recommender(load_config(Path("config.toml"))) as library:
    library.search("retrieving images by a picture and a change in words", number=10)
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from itertools import chain, repeat

import numpy as np

from recommender import archives, embed, finding, rank
from recommender.config import Config
from recommender.embed.reader import AsRead, Reader
from recommender.errors import InputError
from recommender.finding import Found
from recommender.index import Index
from recommender.paper import Paper, Scored
from recommender.progress import Progress, Say, mute, silent
from recommender.rank import Calibration, Interest, Question, Reranker, Wording, in_turn
from recommender.rank.background import background as sample_of_arxiv
from recommender.rank.wording import holds, required
from recommender.store import Added, Filter, Store
from recommender.vectors import BoolArray, FloatArray, IntArray, products

NO_FILTER = Filter()
_DEPTH_OF_RARE_WORDS = 1000
"Papers that are looked through for words that the model knows by their pieces only."
_PAGE = 1000
"Papers that are asked for at first where all above a cut are wanted."


class Recommender:
    """An open library; a reader, or with `write` the one writer. Use it as a context manager."""

    def __init__(
        self,
        config: Config,
        *,
        write: bool = False,
        today: date | None = None,
        progress: Progress = silent,
        say: Say = mute,
    ) -> None:
        """Open what config names; raises `StoreError` where a reader finds no papers.

        `say` is told where a large file has to be brought up to date, and at the end how many papers could not be
        read and were left out.
        """
        self.config = config
        self.today = today or date.today()
        self.store = Store.open(config.resolve(config.index.path), write=write, say=say)
        self._progress = progress
        self._say = say

    def __enter__(self) -> "Recommender":
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()
        if unreadable := len(self.store.papers.unreadable):
            self._say(f"left out: {unreadable:,} papers that cannot be read; `recommend index --rebuild` mends them")

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

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Answer without the model that takes a second look, which may have to be loaded first, within the block."""
        before = self.__dict__.get("reranker", self)
        self.__dict__["reranker"] = None
        try:
            yield
        finally:
            del self.__dict__["reranker"]
            if before is not self:
                self.__dict__["reranker"] = before

    @cached_property
    def reader(self) -> Reader | None:
        """The reader for questions, loaded when first needed; None where the model has none, or another re-ranks."""
        ranking = self.config.ranking
        return Reader.beside(self.encoder) if ranking.reader and not ranking.rerank else None

    @cached_property
    def index(self) -> Index:
        """The index over the store, loaded when first needed."""
        return Index.open(self.store.folder, self.store, self._titles)

    def _titles(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts with the encoder that the index is of; raises `ModelError` where config.toml names another."""
        self.store.vectors.require(self.encoder.identity)
        return self.encoder.encode_queries(texts)

    def add(self, papers: Iterable[Paper], *, batch: int = 0) -> Added:
        """Embed and store papers, `batch` of them or as many as the encoder likes in one transaction.

        `refresh` makes them findable. Raises `StoreError` where this is a reader.
        """
        encoder = self.encoder
        return self.store.add(
            papers, encoder.encode_documents, encoder=encoder.identity, today=self.today, batch=batch or encoder.batch
        )

    def refresh(self) -> None:
        """Take into the index what the store has gained."""
        self.index.refresh()

    # -- asking ------------------------------------------------------------------------------------------------

    def search(self, text: str, number: int = 10, only: Filter = NO_FILTER) -> list[Scored]:
        """The `number` stored papers that answer a question best, best first; raises `InputError`."""
        return list(self.find(text, number, only).papers)

    def find(
        self,
        text: str,
        number: int = 10,
        only: Filter = NO_FILTER,
        *,
        least: float = 0,
        newest: bool = False,
        meaning: bool = False,
        exact: bool = False,
    ) -> Found:
        """As `search`, with how the query was read: ids, titles, authors and the grammar of docs/search.md are known.

        With `newest` the papers are the latest of all that are relevant enough, of at least `least` per cent. With
        `meaning` the text is ranked by meaning alone, with `exact` no word is taken for a slip. Raises `InputError`.
        """
        wanted = finding.Wanted(text, number, only, least=least, newest=newest, meaning=meaning, exact=exact)
        with self.store.snapshot():
            self.store.vectors.require(self.encoder.identity)
            return finding.find(self, wanted)

    def similar(
        self, texts: Sequence[str], number: int = 10, only: Filter = NO_FILTER, *, newest: bool = False
    ) -> list[Scored]:
        """The papers most like any of `texts`, each an id (or address) of a stored paper, or any other text.

        Each is an interest of its own; `Scored.like` names the paper that a result is like. With
        `newest` the papers are the latest of all above `[ranking] min_relevance`.
        """
        ids, free = archives.ids_and_texts(texts)
        stored = self.store.papers.get(ids)
        if len(stored) < len(ids):
            missing = self.missing(ids)
            raise InputError(f"{', '.join(missing)}: not stored; `recommend fetch --id {missing[0]}` asks arXiv for it")
        question = Question(tuple(free), tuple(stored[paper_id] for paper_id in ids))
        least = self.config.ranking.min_relevance if newest else 0
        found = self.answer(question, number + len(ids), only, least=least, newest=newest)
        return [scored for scored in found if scored.paper.id not in stored][:number]

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those ids among the texts whose papers are not stored, or cannot be read."""
        ids, _ = archives.ids_and_texts(texts)
        readable = self.store.papers.get(ids)
        return [paper_id for paper_id in ids if paper_id not in readable]

    def stored(self, texts: Sequence[str]) -> tuple[Paper, ...]:
        """The papers of those ids that are stored, in order."""
        ids = [archives.parse(text).id for text in texts]
        found = self.store.papers.get(ids)
        return tuple(found[paper_id] for paper_id in dict.fromkeys(ids) if paper_id in found)

    def answer(
        self,
        question: Question,
        number: int,
        only: Filter = NO_FILTER,
        *,
        least: float = 0,
        newest: bool = False,
        among: IntArray | None = None,
        read: bool = False,
    ) -> list[Scored]:
        """The `number` papers that answer best, of at least `least` per cent relevance, best first.

        With `newest` they are the latest of all that are so relevant; with `among`, ascending row numbers, only these
        are looked at, and of them those that pass the filter; with `read` the reader for questions, where there is
        one, says which papers are near and in which order, but not how relevant they are. Raises `InputError` where
        the model knows no word of a topic, `ModelError` where the papers were embedded with another model.
        """
        with self.store.snapshot():
            allowed = self.store.papers.select(only)
            if among is not None:
                allowed = among if allowed is None else np.intersect1d(allowed, among, assume_unique=True)
            return self._answer(question, number, allowed, least, newest=newest, read=read and not newest)

    def _answer(
        self, question: Question, number: int, allowed: IntArray | None, least: float, *, newest: bool, read: bool
    ) -> list[Scored]:
        self.store.vectors.require(self.encoder.identity)
        interests = self.interests(question)
        as_read = question.vectors(AsRead(self, self.reader)) if read and self.reader else None
        rows, score, odds, similar, which = self._candidates(
            question, interests, number, allowed, least, every=newest, as_read=as_read
        )
        chosen = self.store.papers.newest_among(rows, number) if newest else in_turn(score, which)[:number]
        chosen = chosen[np.argsort(-score[chosen], kind="stable")]
        papers = self.store.papers.at(rows[chosen])
        names = [question.names[i] for i in which[chosen].tolist()]
        examples = question.decisive(self, self.store.vectors.at(rows[chosen])) if question.like else names
        return [
            Scored(paper, float(similar[place]), rank.percent(float(odds[place])), example, interest=int(which[place]))
            for paper, place, example in zip(papers, chosen.tolist(), examples, strict=True)
        ]

    def above(self, question: Question, only: Filter, least: float) -> tuple[IntArray, FloatArray]:
        """Rows of all papers that are at least so relevant to a question, ascending, and their log odds: (n,), (n,).

        The papers are not read: some of them may be unreadable.
        """
        with self.store.snapshot():
            self.store.vectors.require(self.encoder.identity)
            allowed = self.store.papers.select(only)
            interests = self.interests(question)
            rows, _, odds, _, _ = self._candidates(question, interests, _PAGE, allowed, least, every=True, unread=True)
        return rows, odds

    def interests(self, question: Question) -> list[Interest]:
        """What a question asks for, one by one, each with its own scale of relevance."""
        found = []
        texts = chain(question.topics, repeat(""))
        for name, text, vector in zip(question.names, texts, question.vectors(self), strict=False):
            wording = Wording.of(text) if text else None
            must = required(wording, self.encoder.pieced(wording.unseen)) if wording else ()
            found.append(Interest(name, vector, Calibration.of(vector, self.background, wording), must))
        return found

    def _candidates(
        self,
        question: Question,
        interests: Sequence[Interest],
        number: int,
        allowed: IntArray | None,
        least: float,
        *,
        every: bool,
        as_read: FloatArray | None = None,
        unread: bool = False,
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, IntArray]:
        """Rows at or above the cut, each once, with score, log odds, similarity and number of its best interest.

        The score is the log odds, too, but of the interest as the reader reads it, where there is one.
        """
        second = question.vectors(self.reranker) if self.reranker else [None] * len(interests)
        parts = []
        for place, (interest, again) in enumerate(zip(interests, second, strict=True)):
            cut = interest.scale.similarity(least)
            depth = max(number, _DEPTH_OF_RARE_WORDS if interest.must else 0)
            vector = interest.vector if as_read is None else as_read[place]
            loose = unread and not interest.must
            rows, similar = self._nearest(vector, again, depth, allowed, unread=loose)
            while every and len(rows) >= depth and similar[-1] >= cut:
                depth *= 4
                rows, similar = self._nearest(vector, again, depth, allowed, unread=loose)
            score = odds = interest.scale.odds(similar)
            if as_read is not None:  # the scale is the static model's
                odds = interest.scale.odds(self._similar(rows, similar, interest.vector))
            if interest.must:
                held = self._hold(rows, interest.must)
                score, odds = (np.where(held, some, np.minimum(some, 0) - 1) for some in (score, odds))
            kept = odds >= interest.scale.odds(np.array([cut], np.float32))
            parts.append((rows[kept], score[kept], odds[kept], similar[kept], np.full(int(kept.sum()), place)))
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        rows, score = columns[:2]
        order = np.lexsort((-score, rows))
        first = order[np.r_[True, np.diff(rows[order]) > 0]] if len(order) else order
        rows, score, odds, similar, which = (column[first] for column in columns)
        return rows, score, odds, similar, which

    def _similar(self, rows: IntArray, otherwise: FloatArray, vector: FloatArray) -> FloatArray:
        """Cosines of stored papers with a vector, `otherwise` those of papers whose own vector is damaged."""
        if not len(rows):
            return otherwise
        found, vectors = self.store.vectors.sound(rows)
        known = dict(zip(found.tolist(), products(vectors, vector).tolist(), strict=True)) if len(found) else {}
        pairs = zip(rows.tolist(), otherwise.tolist(), strict=True)
        return np.array([known.get(row, similar) for row, similar in pairs], np.float32)

    def _hold(self, rows: IntArray, words: Sequence[str]) -> BoolArray:
        """Whether the texts of these papers have all these words."""
        return np.array([holds(embed.document_text(paper), words) for paper in self.store.papers.at(rows)], bool)

    def _nearest(
        self, vector: FloatArray, again: FloatArray | None, number: int, rows: IntArray | None, *, unread: bool
    ) -> tuple[IntArray, FloatArray]:
        """The nearest rows and their similarities, best first; those re-scored as the second model sees them.

        `again` is the same vector in the second model's space, None where there is none. `unread`: rows whose papers
        cannot be read will do, which saves reading all of them.
        """
        if self.reranker is None or again is None:
            if unread:
                return self.index.search_each(vector[None], number, rows=rows)[0]
            return self.index.search(vector, number, rows=rows)
        depth = self.config.ranking.rerank_depth
        found, similar = self.index.search(vector, max(number, depth), rows=rows)
        similar[:depth] = self.reranker.similarities(again, self.store.papers.at(found[:depth]), similar[:depth])
        order = np.argsort(-similar, kind="stable")[:number]
        return found[order], similar[order]

    @cached_property
    def background(self) -> FloatArray:
        """Papers from all of arXiv as the model sees them, (n, d): what relevance is calibrated against."""
        return sample_of_arxiv(self.encoder, self.store.folder, self._progress)

    # -- the space of the index's model ------------------------------------------------------------------------

    def queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed free text with the index's model: (n, d) float32, rows of length 1."""
        return self.encoder.encode_queries(texts)

    def papers(self, papers: Sequence[Paper]) -> FloatArray:
        """Give the vectors of stored papers, in order: (n, d) float32, rows of length 1.

        A paper whose vector is damaged, or cannot be found by its id, is embedded again.
        """
        rows = self.store.papers.rows(paper.id for paper in papers)
        found, vectors = self.store.vectors.sound(list(rows.values()))
        by_row = dict(zip(found.tolist(), vectors, strict=True))
        known = {paper_id: by_row[row] for paper_id, row in rows.items() if row in by_row}
        again = [paper for paper in papers if paper.id not in known]
        if again:
            vectors = self.encoder.encode_documents(again)
            known |= {paper.id: vector for paper, vector in zip(again, vectors, strict=True)}
        return np.array([known[paper.id] for paper in papers], np.float32).reshape(len(papers), vectors.shape[1])


def encoder_of(config: Config, model: str) -> embed.Encoder:
    """A model, run as [embedding] says; a folder is looked for beside config.toml first. Raises `ModelError`."""
    options = config.embedding
    if (config.folder / model).is_dir():
        model = str(config.folder / model)
    return embed.load(model, batch_size=options.batch_size, device=options.device, backend=options.backend)
