"""The whole line, from sources to digest: the only module that knows every stage, and the API behind the shell.

with Recommender(config.load(Path("config.toml"))) as recommender:
    recommender.search("retrieving images by a picture and a change in words", number=10)
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender import embed, rank
from recommender.config import Config
from recommender.errors import InputError, ModelError
from recommender.index import Index, IndexStatus, products
from recommender.paper import ArxivId, Paper, Scored
from recommender.rerank import Reranker, Watch, unwatched
from recommender.sources.files import PaperFile
from recommender.store import Added, Filter, IntArray, Store

if TYPE_CHECKING:
    from recommender.digest.model import Digest, Shown
    from recommender.fetching import Health, Report
    from recommender.site import Written
    from recommender.sources.fetcher import Fetcher
    from recommender.train import Outcome, Settings

STARTER = Path(__file__).parent / "starter" / "papers.jsonl.xz"
STARTED = "starter papers"
"The mark of an index that began with them, and the day it did."
NO_FILTER = Filter()

Progress = Callable[[int, int], None]
"Called with what is done and what there is to do, in one unit."


def _silent(_: str) -> None:
    """Say nothing."""


_Again = Callable[[Reranker], embed.FloatArray]


@dataclass(slots=True)
class Imported:
    """What an import brought, file by file summed up."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    bad: list[str] = field(default_factory=list)
    "one line for each record that could not be read: file, line number, reason"


@dataclass(frozen=True, slots=True)
class Info:
    """What `recommend info` tells."""

    folder: Path
    papers: int
    newest: date | None
    encoder: str
    index: IndexStatus
    fetches: "tuple[Health, ...]"
    "last good and last failed fetch of every target, as a whole and by source"

    def record(self) -> dict[str, Any]:
        """The facts as plain values, for JSON."""
        return json.loads(json.dumps(asdict(self), default=str))  # type: ignore[no-any-return]

    def lines(self) -> Iterator[tuple[str, str]]:
        """The facts as a name and a value each, for reading."""
        index = self.index
        kind = "exact" if index.nprobe is None else f"nprobe {index.nprobe}, recall@100 {index.recall:.3f}"
        yield "folder", str(self.folder)
        yield "papers", f"{self.papers:,}; newest of {self.newest}" if self.papers else "none"
        yield "encoder", self.encoder
        yield "index", f"{index.kind}, {kind}; {index.bytes / 1e6:,.1f} MB; {index.pending:,} papers beside it"
        for fetch in self.fetches:
            yield ("" if fetch.source else "fetched"), fetch.line


class Recommender:
    """An open index with its encoder; a reader, or with `write` the one writer. Use it as a context manager."""

    def __init__(
        self,
        config: Config,
        *,
        write: bool = False,
        today: date | None = None,
        say: Callable[[str], None] = _silent,
        watch: Watch = unwatched,
    ) -> None:
        """Open what config names; an index without papers is first filled with the starter papers, unless writing."""
        self.config = config
        self._say, self._watch = say, watch
        self.today = today or date.today()
        self.folder = config.resolve(config.index.path)
        if not write and not self._has_papers():
            with Recommender(config, write=True, today=self.today, say=say) as writer:
                writer.start()
        self.store = Store.open(self.folder, write=write)

    def __enter__(self) -> "Recommender":
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def _has_papers(self) -> bool:
        if not (self.folder / "papers.db").exists():
            return False
        with closing(Store.open(self.folder)) as store:
            return len(store) > 0

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
        return Reranker(
            encoder_of(self.config, ranking.rerank), self.store, weight=ranking.rerank_weight, watch=self._watch
        )

    @cached_property
    def index(self) -> Index:
        """The FAISS index over the store, loaded when first needed."""
        return Index.open(self.folder, self.store, lambda texts: self.encoder.encode_queries(texts))

    # -- filling -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Fill an index that has no papers with those that come with the package."""
        if len(self.store) == 0:
            self._say(f"{self.folder} holds no papers yet; filling it with the starter papers")
            self._add(PaperFile(STARTER).papers(_refuse))
            self.store.set_mark(STARTED, self.today.isoformat())

    def import_files(self, paths: Sequence[Path], progress: Progress = lambda _done, _all: None) -> Imported:
        """Store the papers of files: JSON lines, arXiv's snapshot, or a DailyArXiv README (`.md`)."""
        result = Imported()
        total, done = sum(path.stat().st_size for path in paths if path.exists()), 0
        for path in paths:
            if path.suffix.lower() in (".md", ".markdown"):
                papers = self._readme(path, result.bad)
            else:
                papers = _reported(PaperFile(path), result.bad, partial(_report, progress, done, total))
            added = self._add(papers)
            result.new += len(added.new)
            result.revised += len(added.revised)
            result.unchanged += added.unchanged
            done += path.stat().st_size
            progress(done, total)
        self.index.refresh(self.store)
        return result

    def _readme(self, path: Path, bad: list[str]) -> Iterator[Paper]:
        try:
            from recommender.sources import dailyarxiv

            readme = dailyarxiv.parse(path.read_bytes().decode("utf-8"))
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError:
            raise InputError(f"{path}: is not UTF-8 text") from None
        bad.extend(f"{path}: {problem}" for problem in readme.skipped)
        yield from readme.papers

    def _add(self, papers: Iterable[Paper]) -> Added:
        encoder = self.encoder
        return self.store.add(
            papers,
            encoder.encode_documents,
            encoder=encoder.identity,
            today=self.today,
            batch=encoder.batch,
        )

    def fetch(
        self, fetcher: "Fetcher", now: datetime, say: Callable[[str], None] = lambda _: None
    ) -> "tuple[Report, ...]":
        """Ask arXiv for what config names; a report for each section and category, failed or not."""
        from recommender import fetching  # and with it the calendar of arXiv and the parsers: no part of a query

        wanted = fetching.targets(self.config)
        if not wanted:
            raise InputError("nothing to fetch: config.toml has no [[sections]] and no `categories` in [fetch]")
        try:
            return fetching.fetch_all(wanted, fetcher, self.store, self._add, now=now, say=say)
        finally:
            self.index.refresh(self.store)

    def fetch_ids(self, ids: Sequence[str], fetcher: "Fetcher") -> tuple[list[Paper], list[str]]:
        """Ask arXiv for these papers: those that came, and why others did not. Raises `InputError`, `FetchError`."""
        from recommender import fetching

        try:
            return fetching.fetch_ids(ids, fetcher, self._add)
        finally:
            self.index.refresh(self.store)

    def adopt(self, papers: Iterable[Paper], shown: "Mapping[str, Shown]") -> Added:
        """Store what another digest has shown, with the days, so that the archive and the marks go on from there."""
        added = self._add(papers)
        for title, memory in shown.items():
            self.store.set_shown(title, {**memory, **self.store.shown(title)})
        self.index.refresh(self.store)
        return added

    # -- asking ------------------------------------------------------------------------------------------------

    def search(self, text: str, number: int = 10, only: Filter = NO_FILTER) -> list[Scored]:
        """The `number` stored papers that answer a question best, best first; raises `InputError`."""
        if not text.strip():
            raise InputError("the query is empty; say what you are looking for")
        self._own_vectors()
        query = self.encoder.encode_queries([text])[0]
        return self._nearest(query, number, only, lambda second: second.encoder.encode_queries([text])[0])

    def similar(self, texts: Sequence[str], number: int = 10, only: Filter = NO_FILTER) -> list[Scored]:
        """The papers most like all of `texts`, each an arXiv id (or address) of a stored paper, or any other text."""
        self._own_vectors()
        ids, words = _sorted_out(texts)
        rows = self.store.rows(ids)
        if len(rows) < len(ids):
            missing = self.missing(ids)
            raise InputError(f"{', '.join(missing)}: not stored; `recommend fetch --id {missing[0]}` asks arXiv for it")
        examples = [self.store.vectors([rows[paper_id] for paper_id in ids])] if ids else []
        examples += [self.encoder.encode_queries(words)] if words else []
        vector = rank.query_vector(None, np.concatenate(examples), np.empty((0, 0), np.float32))
        nothing = np.empty((0, 0), np.float32)

        def again(second: Reranker) -> embed.FloatArray:
            seen = [second.vectors(list(self.store.get(ids).values()))] if ids else []
            seen += [second.encoder.encode_queries(words)] if words else []
            return rank.query_vector(None, np.concatenate(seen), nothing)

        found = self._nearest(vector, number + len(ids), only, again)
        return [scored for scored in found if scored.paper.id not in rows][:number]

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those ids among the texts whose papers are not stored."""
        ids, _ = _sorted_out(texts)
        rows = self.store.rows(ids)
        return [paper_id for paper_id in ids if paper_id not in rows]

    def _nearest(self, vector: embed.FloatArray, number: int, only: Filter, again: _Again) -> list[Scored]:
        rows, cosines = self.look(vector, number, self.store.select(only), again)
        calibration = self.calibration(vector)
        return [
            Scored(paper, float(cosine), calibration.relevance(float(cosine)))
            for paper, cosine in zip(self.store.papers(rows[:number]), cosines, strict=False)
        ]

    def look(
        self, vector: embed.FloatArray, number: int, rows: IntArray | None, again: _Again
    ) -> tuple[IntArray, embed.FloatArray]:
        """The nearest rows and their similarities, best first; those re-scored as the second model sees them.

        `again` asks the same question in that model's space.
        """
        if self.reranker is None:
            return self.index.search(vector, number, rows=rows)
        depth = self.config.ranking.rerank_depth
        found, similar = self.index.search(vector, max(number, depth), rows=rows)
        papers = self.store.papers(found[:depth])
        similar[:depth] = self.reranker.similarities(again(self.reranker), papers, similar[:depth])
        order = np.argsort(-similar, kind="stable")
        return found[order], similar[order]

    def calibration(self, vector: embed.FloatArray) -> rank.Calibration:
        """What similarity to unrelated papers looks like: in the index, and in the sample that the model brings along.

        The sample holds the scale where an index is about one topic alone.
        """
        background = self.index.background(vector)
        if len(self.encoder.background):
            background = np.concatenate([background, products(self.encoder.background, vector)])
        return rank.Calibration.of(background)

    def _own_vectors(self) -> None:
        """Refuse to compare vectors of two models."""
        if self.store.encoder not in (None, self.encoder.identity):
            raise ModelError(
                f"{self.folder}: its papers were embedded with {self.store.encoder}, config.toml names "
                f"{self.encoder.identity}; run `recommend index --rebuild` to embed them anew"
            )

    def info(self) -> Info:
        """Facts about the index."""
        from recommender import fetching

        return Info(
            folder=self.folder,
            papers=len(self.store),
            newest=self.store.newest(),
            encoder=self.store.encoder or "none yet",
            index=self.index.status(),
            fetches=tuple(fetching.health(self.store)),
        )

    # -- the digest --------------------------------------------------------------------------------------------

    def digest(self) -> "Digest":
        """Every section of config.toml, ranked, as of the last attempt to fetch."""
        from recommender import sections

        self._own_vectors()
        return sections.digest(self)

    def write_digest(self, day_digest: "Digest") -> list[Path]:
        """Put the digest where config.toml wants it, and remember what it showed; the files that changed."""
        from recommender import publish
        from recommender.digest.model import remember

        changed = publish.write(day_digest, self.config)
        for section in day_digest.sections:
            papers = [row.paper for row in section.rows]
            self.store.set_shown(section.title, remember(self.store.shown(section.title), papers, day_digest.day))
        return changed

    def write_site(self, made: "Digest") -> "Written":
        """Write the pages of a digest and of the archive; raises `InputError`."""
        from recommender import pages  # brings Jinja2, which no other verb needs

        return pages.write(made, self.store, self.index, self.config)


def _sorted_out(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ids apart from any other text."""
    ids: list[str] = []
    words: list[str] = []
    for text in texts:
        try:
            ids.append(ArxivId.parse(text).id)
        except InputError:
            if not text.strip():
                raise InputError("the text is empty; give an arXiv id, or some text to compare with") from None
            words.append(text)
    return list(dict.fromkeys(ids)), words


def encoder_of(config: Config, model: str) -> embed.Encoder:
    """A model, run as [embedding] says; a folder is looked for beside config.toml first. Raises `ModelError`."""
    options = config.embedding
    if (config.folder / model).is_dir():
        model = str(config.folder / model)
    return embed.load(model, batch_size=options.batch_size, device=options.device, backend=options.backend)


def train_model(
    config: Config,
    folder: Path,
    settings: "Settings",
    *,
    files: Sequence[Path],
    teacher: str,
    bad: list[str],
    progress: Callable[[str, int, int, str], None],
) -> "Outcome":
    """Train a static model on the papers of files, or of the index where none are given; see `recommender.train`."""
    from recommender.train import train

    if files:
        papers = [paper for path in files for paper in _reported(PaperFile(path), bad, lambda _: None)]
    else:
        with Recommender(config) as recommender:
            store = recommender.store
            papers = [paper for rows, _, _ in store.changes() for paper in store.papers(rows)]
    encoder = encoder_of(config, teacher) if teacher else None
    origin = ", ".join(path.name for path in files) or "the index"
    try:
        return train(papers, folder, settings, teacher=encoder, origin=origin, progress=progress)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written ({error.strerror or error}); make room, or name another folder"
        ) from error


def _refuse(number: int, reason: str) -> None:
    raise InputError(f"{STARTER}: line {number} {reason}; install the package again")


def _report(progress: Progress, before: int, total: int, here: int) -> None:
    progress(before + here, total)


def _reported(file: PaperFile, bad: list[str], progress: Callable[[int], None]) -> Iterator[Paper]:
    for paper in file.papers(lambda number, reason: bad.append(f"{file.path}: line {number} {reason}")):
        yield paper
        progress(file.position)
