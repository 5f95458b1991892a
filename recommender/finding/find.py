"""From a text that somebody typed to papers: names looked up, grammar obeyed, the rest ranked by meaning and words."""

from collections.abc import Sequence, Set
from dataclasses import replace

import numpy as np

from recommender import archives
from recommender.archives import day_of
from recommender.embed import StaticEncoder, document_text
from recommender.errors import InputError
from recommender.finding.found import Found, House, Kind, NotStoredError, Reading, Wanted, certain
from recommender.finding.ids import ids_alone, ids_among, titled
from recommender.finding.order import by_words, titled_first
from recommender.finding.recognise import Named, author_among, by_author, papers_at, recognise
from recommender.finding.unknown import Words, sort_words
from recommender.paper import Paper, Scored
from recommender.rank import Question, words
from recommender.rank.grammar import Query, parse
from recommender.store import Filter
from recommender.terms import terms
from recommender.vectors import IntArray

_EXPLAINING = 20
"Papers with a word in their titles that explain it to a model that does not know it."
_UNKNOWN_AT_MOST = 20.0
"Percent of relevance shown where half of a query is unknown; the less is known, the less."
_UNKNOWN_SHOWN = 3
"Papers shown where a query is mostly unknown."
_DEEP = (1000, 10_000)
"Papers nearest in meaning that are looked through for a phrase; more when the first turn was not enough."
_READ = 1000
"Papers that are sorted by day after reading them; of more, those of the latest days are looked for first."


def find(house: House, wanted: Wanted) -> Found:
    """The papers that answer a query best; raises `InputError`."""
    if not wanted.text.strip():
        raise InputError("the query is empty; say what you are looking for")
    search = _Search(house, wanted)
    found = search.by_meaning_alone() if wanted.meaning else search.run()
    kept = [scored for scored in found if scored.relevance >= wanted.least]
    return Found(tuple(kept[: wanted.number]), tuple(search.said))


class _Search:
    """One search: what is asked for, and what is to be said about it."""

    def __init__(self, house: House, wanted: Wanted) -> None:
        self.said: list[Reading] = []
        self._house, self._wanted = house, wanted
        self._number, self._only = wanted.number, wanted.only
        self._least = max(wanted.least, house.config.ranking.min_relevance) if wanted.newest else wanted.least
        self._store = house.store
        encoder = house.encoder
        self._model = encoder if isinstance(encoder, StaticEncoder) else None

    def run(self) -> list[Scored]:
        """Answer."""
        query = self._query()
        rows = self._rows(query)
        if query.ids:
            return self._around(query, rows)
        if not query.text:
            return self._latest(self._store.papers.every_row() if rows is None else rows, query)
        if query.plain and (named := recognise(self._store, query.text, self._common)):
            return self._named(named, query, rows)
        read = sort_words(query.text, self._store.titles, self._model, exact=self._wanted.exact)
        if read.corrected and query.plain and (named := recognise(self._store, read.text, self._common)):
            self._tell_slips(read)
            return self._named(named, query, rows)
        if query.plain and (theirs := by_author(self._store, query.text, self._common)):
            return self._by_author(theirs, query, rows)
        if query.plain and (bearer := author_among(self._store, query.text, self._common)):
            wrote = bearer.rows if rows is None else np.intersect1d(bearer.rows, rows)
            if self._answers(wrote, bearer.rest):
                self.said.append(Reading(Kind.AUTHOR, f"author: {bearer.name}; on: {bearer.rest}", "meaning"))
                read = sort_words(bearer.rest, self._store.titles, self._model, exact=self._wanted.exact)
                return self._ranked(query, read, wrote)
        return self._ranked(query, read, rows)

    def _answers(self, rows: IntArray, text: str) -> bool:
        """Whether any of these papers is on what a text says."""
        least = self._house.config.ranking.min_relevance
        return bool(len(rows) and self._house.answer(Question((text,)), 1, least=least, among=rows))

    def _query(self) -> Query:
        """The text taken apart; an id among its words is one of the query's."""
        text = self._wanted.text
        if ids := ids_alone(text, self._store):
            return Query(ids=ids)
        if title := titled(text):
            self.said.append(Reading(Kind.TITLE, f"title in the address: {title}", "meaning"))
            return Query(title)
        query = parse(text)
        ids, words = ids_among(query.text, self._store)
        return replace(query, ids=(*query.ids, *ids), text=words)

    def by_meaning_alone(self) -> list[Scored]:
        """Answer without reading anything into the text."""
        return self._nearest(Question((self._wanted.text,)), self._store.papers.select(self._only), self._number)

    def _common(self, word: str) -> bool:
        return self._model is None or self._model.whole(word)

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

    def _around(self, query: Query, rows: IntArray | None) -> list[Scored]:
        """The papers asked for by id, then those most like them, and on the query's other words."""
        ids = list(dict.fromkeys(archives.parse(text).id for text in query.ids))
        stored = self._store.papers.get(ids)
        if missing := [name for name in ids if name not in stored]:
            raise NotStoredError(missing)
        papers = tuple(stored[name] for name in ids)
        near = f"then the papers most like {'it' if len(ids) == 1 else 'them'}"
        near += f" and: {query.text}" if query.text else ""
        self.said.append(Reading(Kind.ID, f"id: {', '.join(ids)}, {near}"))
        question = Question((query.text,), like=papers) if query.text else Question(papers=papers)
        depth = _DEEP[0] if query.phrases or query.without else self._number
        found = self._nearest(question, rows, depth + len(ids))
        others = [one for one in found if one.paper.id not in stored and _passes(one.paper, query)]
        return [certain(paper) for paper in papers] + others

    def _latest(self, rows: IntArray, query: Query) -> list[Scored]:
        """The papers of these rows that pass, latest first."""
        papers = self._store.papers
        if len(rows) > max(_READ, self._number):
            every = len(rows) if query.phrases or query.without else self._number
            rows = rows[papers.newest_among(rows, every)]
            found: list[Paper] = []
            for start in range(0, len(rows), _READ):
                some = papers_at(self._store, rows[start : start + _READ])
                found += [paper for _, paper in some if _passes(paper, query)]
                if len(found) >= self._number:
                    break
            return [certain(paper) for paper in found]
        read = [(paper, row) for row, paper in papers_at(self._store, rows) if _passes(paper, query)]
        return [certain(paper) for paper, _ in sorted(read, key=lambda one: (day_of(one[0]), one[1]), reverse=True)]

    def _named(self, named: Named, query: Query, rows: IntArray | None) -> list[Scored]:
        """What the query names, then what is near to the rest of it."""
        wanted = named.rows if rows is None else named.rows[np.isin(named.rows, rows)]
        self.said.append(named.reading)
        if named.rest is None:
            return self._latest(wanted, query)
        question = Question((named.rest if terms(named.rest) else query.text,))
        first = [certain(paper) for _, paper in papers_at(self._store, wanted)]
        named_ids = {scored.paper.id for scored in first}
        rest = sort_words(question.topics[0], self._store.titles, self._model, exact=True)
        others = self._ranked(query, rest, rows)
        return first + [other for other in others if other.paper.id not in named_ids]

    # -- in which order ----------------------------------------------------------------------------------------

    def _nearest(self, question: Question, rows: IntArray | None, depth: int) -> list[Scored]:
        newest, least = self._wanted.newest, self._least
        return self._house.answer(question, depth, least=least, newest=newest, among=rows, read=True)

    def _by_meaning(self, question: Question, text: str, rows: IntArray | None, depth: int) -> list[Scored]:
        found = self._nearest(question, rows, depth)
        if question.like:  # papers that only explain a word are no examples that somebody gave
            found = [replace(scored, like="") for scored in found]
        return self._by_day(found) if self._wanted.newest else by_words(self._house, text, found)

    def _by_day(self, found: Sequence[Scored]) -> list[Scored]:
        return sorted(found, key=lambda scored: day_of(scored.paper), reverse=True)

    def _ranked(self, query: Query, read: Words, rows: IntArray | None) -> list[Scored]:
        """Papers by meaning and words, those first that bear the query as their title."""
        rows, read = self._by_names(rows, read)
        question = self._question(read)
        for depth in (max(self._number, words.DEPTH), *(_DEEP if query.phrases or query.without else ())):
            found = self._by_meaning(question, read.text, rows, depth)
            kept = [scored for scored in found if _passes(scored.paper, query)]
            if len(kept) >= self._number or len(found) < depth:
                break
        if query.phrases:
            kept = self._with_titled(kept, query, question, rows)
        if read.mostly_unknown:
            most = 2 * _UNKNOWN_AT_MOST * read.share_known
            kept = [replace(one, relevance=min(one.relevance, most)) for one in kept[:_UNKNOWN_SHOWN]]
        elif self._scattered(read.text, found):
            kept = [replace(one, relevance=min(one.relevance, _UNKNOWN_AT_MOST)) for one in kept]
        if self._wanted.newest:
            return self._by_day(kept)
        kept, titled = titled_first(read.text, kept)
        if titled and Kind.TITLE not in [reading.kind for reading in self.said]:
            self.said.append(Reading(Kind.TITLE, "title: nearly one", "meaning"))
        return kept

    def _by_author(self, theirs: Named, query: Query, rows: IntArray | None) -> list[Scored]:
        """What an author wrote about something; where that is nothing, what others did."""
        about = theirs.rest or ""
        read = sort_words(about, self._store.titles, self._model, exact=self._wanted.exact)
        wrote = np.sort(theirs.rows if rows is None else theirs.rows[np.isin(theirs.rows, rows)])
        if self._answers(wrote, about):
            self.said.append(theirs.reading)
            return self._ranked(query, read, wrote)
        name = theirs.reading.said.removeprefix("author: ").partition(",")[0]
        said = f"none of the stored papers by {name} is called or about {about!r}; shown are others'"
        self.said.append(Reading(Kind.AUTHOR, said))
        return self._ranked(query, read, rows)

    def _scattered(self, text: str, found: Sequence[Scored]) -> bool:
        """Whether a query of three words or more is about nothing: of all near papers none has two of them."""
        stems = {words.stem(word) for word in words.telling(text)}
        near = found[: words.DEPTH]
        if len(stems) <= 2 or len(near) < words.DEPTH or any(_shared(stems, one.paper) > 1 for one in near):
            return False
        said = "none of the nearest papers has two of these words; the answers may be far from what was meant"
        self.said.append(Reading(Kind.UNKNOWN, said))
        return True

    def _by_names(self, rows: IntArray | None, read: Words) -> tuple[IntArray | None, Words]:
        """Keep to an author's papers where a query has words that are nothing but their name, beside others."""
        if not read.names:
            return rows, read
        theirs = self._store.papers.every_row(Filter(authors=read.names))
        theirs = theirs if rows is None else np.intersect1d(theirs, rows)
        if not read.known_text or read.unknown or not self._answers(theirs, read.known_text):
            return rows, replace(read, names=(), unknown=read.names + read.unknown)
        self.said.append(Reading(Kind.AUTHOR, f"author: {', '.join(read.names)}", "meaning"))
        return theirs, read

    def _with_titled(self, kept: list[Scored], query: Query, question: Question, rows: IntArray | None) -> list[Scored]:
        """Add the papers whose titles have the phrases, wherever they lie by meaning."""
        held = [np.sort(self._store.titles.phrase(terms(phrase))) for phrase in query.phrases if terms(phrase)]
        for some in held:
            rows = some if rows is None else np.intersect1d(rows, some)
        known = {scored.paper.id for scored in kept}
        more = self._nearest(question, rows, self._number) if held and len(kept) < self._number else []
        return kept + [one for one in more if one.paper.id not in known and _passes(one.paper, query)]

    def _tell_slips(self, read: Words) -> None:
        slips = ", ".join(f"{typed} -> {meant}" for typed, meant in read.corrected)
        self.said.append(Reading(Kind.CORRECTED, f"read as: {read.text} ({slips})", "exact"))

    def _question(self, read: Words) -> Question:
        """The words that the model knows, and papers that explain those it does not know."""
        if read.corrected:
            self._tell_slips(read)
        if read.unknown or read.mostly_unknown:
            names = ", ".join(read.unknown or read.rare or (read.text,))
            said = "the answers may be far from what was meant" if read.mostly_unknown else "left out"
            self.said.append(Reading(Kind.UNKNOWN, f"unknown here: {names}; {said}"))
        rows = [row for word in read.rare for row in self._rows_with(word)]
        explaining = tuple(paper for _, paper in papers_at(self._store, list(dict.fromkeys(rows))))
        text = read.known_text or ("" if explaining else read.text)
        return Question((text,) if text else (), like=explaining)

    def _rows_with(self, word: str) -> list[int]:
        forms = words.forms(words.stem(word))
        return [row for form in forms for row in self._store.titles.holding([form], limit=_EXPLAINING).tolist()]


def _passes(paper: Paper, query: Query) -> bool:
    """Whether a paper's text has the phrases and lacks what is to be left out."""
    if not query.phrases and not query.without:
        return True
    text = f" {' '.join(terms(document_text(paper)))} "
    return all(f" {' '.join(terms(part))} " in text for part in query.phrases if terms(part)) and not any(
        f" {' '.join(terms(part))} " in text for part in query.without if terms(part)
    )


def _shared(stems: Set[str], paper: Paper) -> int:
    """How many of these words a paper has."""
    return len(stems & set(map(words.stem, terms(document_text(paper)))))
