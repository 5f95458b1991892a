"""From a text that somebody typed to papers: names looked up, grammar obeyed, the rest ranked by meaning and words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from recommender import archives
from recommender.config import Config
from recommender.embed import Encoder, StaticEncoder, document_text
from recommender.errors import InputError
from recommender.finding.recognise import Named, recognise
from recommender.finding.unknown import Words, sort_words
from recommender.paper import Paper, Scored
from recommender.rank import Question, words
from recommender.rank.grammar import Query, parse
from recommender.store import Filter, Store
from recommender.terms import terms
from recommender.vectors import IntArray

_ID_SHAPED = re.compile(r"\W*(?:arxiv\W*)?\d{4}\.\d{4,5}(?:v\d+)?\W*\Z", re.IGNORECASE)
_EXPLAINING = 20
"Papers with a word in their titles that explain it to a model that does not know it."
_UNKNOWN_AT_MOST = 20.0
"Percent of relevance shown where a query is mostly unknown."
_DEEP = (1000, 10_000)
"Papers nearest in meaning that are looked through for a phrase; more when the first turn was not enough."
_NEARLY, _NEARLY_WORDS = 90, 4
"Percent of likeness at which a title is the one that was typed, and the words that takes."
_MEANING = "--meaning searches by meaning alone"


class House(Protocol):
    """The open library, as far as a search needs it."""

    config: Config
    store: Store

    @property
    def encoder(self) -> Encoder:
        """The model of the index."""
        ...

    def answer(
        self, question: Question, number: int, only: Filter = ..., least: float = ..., *, among: IntArray | None = ...
    ) -> list[Scored]:
        """Rank papers by meaning."""
        ...


class NotStoredError(InputError):
    """A query asks for papers by ids that are not stored."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(f"{', '.join(ids)}: not stored; `recommend fetch --id {ids[0]}` asks arXiv for it")
        self.ids = tuple(ids)


@dataclass(frozen=True, slots=True)
class Found:
    """Papers, and how the query was read."""

    papers: tuple[Scored, ...]
    "best first"
    reading: tuple[str, ...] = ()
    "a line for each thing about the query that is not simply its meaning"


def find(house: House, text: str, number: int, only: Filter, *, meaning: bool = False, exact: bool = False) -> Found:
    """The `number` papers that answer a query best; raises `InputError`.

    `meaning`: the text as it stands, by meaning alone. `exact`: no word is taken for a slip.
    """
    if not text.strip():
        raise InputError("the query is empty; say what you are looking for")
    if meaning:
        return Found(tuple(house.answer(Question(text), number, only)))
    return _Search(house, number, only, exact=exact).run(text)


def by_words(house: House, text: str, found: Sequence[Scored]) -> list[Scored]:
    """Re-order the nearest papers by their similarity and the words that they share with a text."""
    weight, near = house.config.ranking.words_weight, found[: words.DEPTH]
    stems = [words.stem(word) for word in words.telling(text)]
    if not weight or not stems:
        return list(found)
    count = house.store.vectors.sequence
    titles = house.store.titles.frequencies(form for word in stems for form in words.forms(word))
    frequency = {word: sum(titles[form] for form in words.forms(word)) for word in stems}
    scale = {word: words.idf(min(titled, count), count) for word, titled in frequency.items()}
    evidence = words.evidence(text, scale, [scored.paper for scored in near])
    scores = [scored.similarity for scored in near] + weight * evidence
    return [near[i] for i in np.argsort(-scores, kind="stable")] + list(found[words.DEPTH :])


class _Search:
    """One search: what is asked for, and what is to be said about it."""

    def __init__(self, house: House, number: int, only: Filter, *, exact: bool) -> None:
        self._house, self._number, self._only, self._exact = house, number, only, exact
        self._store = house.store
        encoder = house.encoder
        self._pieces = encoder.pieces if isinstance(encoder, StaticEncoder) else None
        self._said: list[str] = []

    def run(self, text: str) -> Found:
        """Answer."""
        query = Query(ids=ids) if (ids := _ids(text)) else parse(text)
        rows = self._rows(query)
        if query.ids:
            found = self._around(query.ids, rows)
        elif not query.text:
            found = self._newest(self._store.papers.every_row(self._only) if rows is None else rows, query)
        elif query.plain and (named := recognise(self._store, query.text, self._common)):
            found = self._named(named, query, rows)
        else:
            found = self._ranked(query, rows)
        return Found(tuple(found[: self._number]), tuple(self._said))

    def _common(self, word: str) -> bool:
        return self._pieces is None or len(self._pieces(word)) == 1

    # -- which papers ------------------------------------------------------------------------------------------

    def _rows(self, query: Query) -> IntArray | None:
        """Rows that the query's fields and the filter let through, ascending; None: all."""
        titles, papers = self._store.titles, self._store.papers
        chosen = [papers.select(self._only)] if self._only else []
        chosen += [papers.select(Filter(query.categories))] if query.categories else []
        chosen += [titles.by_author(name) for name in query.authors]
        chosen += [np.sort(titles.phrase(terms(part))) for part in query.titles if terms(part)]
        rows: IntArray | None = None
        for some in chosen:
            rows = some if rows is None or some is None else np.intersect1d(rows, some, assume_unique=True)
        void = [titles.by_author(name) for name in query.without_authors]
        void += [titles.phrase(terms(part)) for part in query.without_titles if terms(part)]
        void += [papers.every_row(Filter((name,))) for name in query.without_categories]
        if void:
            rows = np.setdiff1d(papers.every_row() if rows is None else rows, np.concatenate(void))
        return rows

    def _around(self, texts: Sequence[str], rows: IntArray | None) -> list[Scored]:
        """The papers asked for by id, then those most like them."""
        ids = list(dict.fromkeys(archives.parse(text).id for text in texts))
        stored = self._store.papers.get(ids)
        if missing := [name for name in ids if name not in stored]:
            raise NotStoredError(missing)
        papers = [stored[name] for name in ids]
        self._said.append(f"id: {', '.join(ids)}, then the papers most like {'it' if len(ids) == 1 else 'them'}")
        near = self._house.answer(Question(like=tuple(papers)), self._number + len(ids), among=rows)
        return [_certain(paper) for paper in papers] + [found for found in near if found.paper.id not in stored]

    def _newest(self, rows: IntArray, query: Query) -> list[Scored]:
        """The papers of these rows, newest first."""
        found: list[Scored] = []
        rows = self._store.papers.newest_first(rows)
        for start in range(0, len(rows), max(self._number, 100)):
            papers = self._store.papers.at(rows[start : start + max(self._number, 100)])
            found += [_certain(paper) for paper in papers if _passes(paper, query)]
            if len(found) >= self._number:
                break
        return found

    def _named(self, named: Named, query: Query, rows: IntArray | None) -> list[Scored]:
        """What the query names, then what is near to the rest of it."""
        wanted = named.rows if rows is None else named.rows[np.isin(named.rows, rows)]
        self._said.append(f"{named.said}; {_MEANING}")
        if named.rest is None:
            return self._newest(wanted, query)
        question = Question(named.rest if terms(named.rest) else query.text)
        scored = {one.paper.id: one for one in self._house.answer(question, len(wanted), among=np.sort(wanted))}
        first = [scored[paper.id] for paper in self._store.papers.at(wanted) if paper.id in scored]
        others = self._by_meaning(question, question.text, rows, max(self._number, words.DEPTH))
        return first + [other for other in others if other.paper.id not in scored]

    # -- in which order ----------------------------------------------------------------------------------------

    def _ranked(self, query: Query, rows: IntArray | None) -> list[Scored]:
        """Papers by meaning and words, those first that bear the query as their title."""
        sorted_ = sort_words(query.text, self._store.titles, self._pieces, exact=self._exact)
        rows, sorted_ = self._by_names(rows, sorted_)
        question = self._question(sorted_)
        for depth in (max(self._number, words.DEPTH), *(_DEEP if query.phrases or query.without else ())):
            found = self._by_meaning(question, sorted_.text, rows, depth)
            kept = [scored for scored in found if _passes(scored.paper, query)]
            if len(kept) >= self._number or len(found) < depth:
                break
        if query.phrases:
            kept = self._with_titled(kept, query, question, rows)
        if sorted_.mostly_unknown:
            kept = [replace(scored, relevance=min(scored.relevance, _UNKNOWN_AT_MOST)) for scored in kept]
        return _titled_first(sorted_.text, kept)

    def _by_names(self, rows: IntArray | None, read: Words) -> tuple[IntArray | None, Words]:
        """Keep to an author's papers where a query has words that are nothing but their name, beside others."""
        if not read.names:
            return rows, read
        theirs = self._store.papers.every_row(Filter(authors=read.names))
        theirs = theirs if rows is None else np.intersect1d(theirs, rows)
        if not read.known_text or read.unknown or not len(theirs):
            return rows, replace(read, names=(), unknown=read.names + read.unknown)
        self._said.append(f"author: {', '.join(read.names)}; {_MEANING}")
        return theirs, read

    def _by_meaning(self, question: Question, text: str, rows: IntArray | None, depth: int) -> list[Scored]:
        found = self._house.answer(question, depth, among=rows)
        if question.like:  # papers that only explain a word are no examples that somebody gave
            found = [replace(scored, like="") for scored in found]
        return by_words(self._house, text, found)

    def _with_titled(self, kept: list[Scored], query: Query, question: Question, rows: IntArray | None) -> list[Scored]:
        """Add the papers whose titles have the phrases, wherever they lie by meaning."""
        held = [np.sort(self._store.titles.phrase(terms(phrase))) for phrase in query.phrases if terms(phrase)]
        for some in held:
            rows = some if rows is None else np.intersect1d(rows, some)
        known = {scored.paper.id for scored in kept}
        more = self._house.answer(question, self._number, among=rows) if held and len(kept) < self._number else []
        return kept + [one for one in more if one.paper.id not in known and _passes(one.paper, query)]

    def _question(self, read: Words) -> Question:
        """The words that the model knows, and papers that explain those it does not know."""
        if read.corrected:
            slips = ", ".join(f"{typed} -> {meant}" for typed, meant in read.corrected)
            self._said.append(f"read as: {read.text} ({slips}); --exact takes every word as it is")
        if read.unknown:
            names = ", ".join(read.unknown)
            said = "the answers may be far from what was meant" if read.mostly_unknown else "left out"
            self._said.append(f"unknown here: {names}; {said}")
        rows = [row for word in read.rare for row in self._rows_with(word)]
        explaining = tuple(self._store.papers.at(list(dict.fromkeys(rows))))
        text = read.known_text
        return Question(text if text or explaining else read.text, like=explaining)

    def _rows_with(self, word: str) -> list[int]:
        forms = words.forms(words.stem(word))
        return [row for form in forms for row in self._store.titles.holding([form], limit=_EXPLAINING).tolist()]


def _certain(paper: Paper) -> Scored:
    """A paper that was asked for by name."""
    return Scored(paper, 1.0, 100.0)


def _ids(text: str) -> tuple[str, ...]:
    """The ids and addresses that a text consists of; raises `InputError` for one that looks like an id and is none."""
    for parts in ([text], re.split(r"[\s,;]+", text.strip())):
        try:
            return tuple(archives.parse(part).id for part in parts)
        except InputError:
            if _ID_SHAPED.match(text):
                raise
    return ()


def _passes(paper: Paper, query: Query) -> bool:
    """Whether a paper's text has the phrases and lacks what is to be left out."""
    if not query.phrases and not query.without:
        return True
    text = f" {' '.join(terms(document_text(paper)))} "
    return all(f" {' '.join(terms(part))} " in text for part in query.phrases if terms(part)) and not any(
        f" {' '.join(terms(part))} " in text for part in query.without if terms(part)
    )


def _titled_first(text: str, found: list[Scored]) -> list[Scored]:
    """Papers whose title is nearly the text before the others."""
    typed = terms(text)
    if len(typed) < _NEARLY_WORDS:
        return found
    near = [_nearly(typed, terms(scored.paper.title)) for scored in found[: words.DEPTH]]
    if not any(near):
        return found
    order = np.argsort(np.logical_not(near), kind="stable")
    return [found[i] for i in order] + found[len(near) :]


def _nearly(typed: Sequence[str], title: Sequence[str]) -> bool:
    if len(set(typed) & set(title)) < 0.6 * max(len(typed), len(title)):
        return False
    from rapidfuzz import fuzz

    return fuzz.ratio(" ".join(typed), " ".join(title)) >= _NEARLY
