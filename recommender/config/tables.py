"""The tables of config.toml as frozen objects, one class a feature: documented and checked where they are declared.

A key's default, check and sentence of documentation stand together in its field; the commented file that
`recommend init` writes and the reference in the docs are generated from them.
"""

import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from recommender import archives
from recommender.errors import InputError

Column = Literal["title", "authors", "date", "relevance", "abstract", "comment", "categories"]
Sort = Literal["relevance", "date"]
SourceName = Literal["api", "oai", "rss"]

_ID_LIST = "a list of arXiv ids"


def _key(default: Any, doc: str, check: Callable[[Any], bool] = lambda _: True, wants: str = "") -> Any:
    """A documented key; `wants` says in words what `check` accepts."""
    return field(default=default, metadata={"doc": doc, "check": check, "wants": wants})


def _are_ids(texts: tuple[str, ...]) -> bool:
    try:
        return all(archives.parse(text) for text in texts)
    except InputError:
        return False


def _positive(number: float) -> bool:
    return number > 0


def _not_negative(number: float) -> bool:
    return number >= 0


def _percent(number: float | None) -> bool:
    return number is None or 0 <= number <= 100


def _share(number: float) -> bool:
    return 0 <= number <= 1


def _address(text: str) -> bool:
    """Accept https anywhere, plain http only to this machine."""
    parts = urllib.parse.urlsplit(text)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _are_columns(names: tuple[str, ...]) -> bool:
    return "title" in names and len(set(names)) == len(names)


def _address_or_empty(text: str) -> bool:
    return not text or _address(text)


_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_WANTS_ADDRESS = "an https:// address (http:// only for this machine)"
_WANTS_COLUMNS = "at least one column, `title` among them, none twice"


@dataclass(frozen=True, slots=True)
class DigestConfig:
    """[digest]: the README.md digest."""

    path: str = _key("README.md", "the file that holds the digest, between its markers; all else in it stays untouched")
    top: int = _key(100, "most papers a section shows", _positive, "a number above 0")
    columns: tuple[Column, ...] = _key(
        ("title", "date", "relevance", "abstract", "comment"),
        "columns of a section's table, in order",
        _are_columns,
        _WANTS_COLUMNS,
    )
    sort: Sort = _key("relevance", "order of a section's rows")
    style: Literal["recommender", "dailyarxiv"] = _key(
        "recommender", "`dailyarxiv` writes the format of DailyArXiv forks to the byte, and nothing else"
    )
    link: Literal["abs", "pdf"] = _key("abs", "where a title leads: the abstract page or the PDF")
    max_bytes: int = _key(
        500_000,
        "most bytes of the digest; GitHub stops showing a README at 512,000",
        lambda n: 10_000 <= n <= 512_000,
        "10000 to 512000",
    )
    duplicates: Literal["pointer", "repeat"] = _key(
        "pointer", "a paper in several sections: one full row where it ranks best and pointers elsewhere, or full rows"
    )
    withdrawn: bool = _key(False, "whether withdrawn papers are shown")
    folder: str = _key(
        "papers",
        "folder beside the digest for sections that have outgrown it",
        lambda text: _NAME.fullmatch(text) is not None,
        "a plain folder name such as papers",
    )


@dataclass(frozen=True, slots=True)
class FeedsConfig:
    """[feeds]: Atom and JSON feeds of the papers that a digest showed last."""

    path: str = _key("", 'folder of the feeds, e.g. "feeds"; empty: none are written')
    title: str = _key("Papers", "name of the feeds", lambda text: bool(text.strip()), "a text that is not empty")
    url: str = _key("", "address that the folder is published at", _address_or_empty, "empty, or an https:// address")
    most: int = _key(100, "most papers in a feed", _positive, "a number above 0")


@dataclass(frozen=True, slots=True)
class IssueConfig:
    """[issue]: the text of an issue on days with new papers, which GitHub mails to all who watch the repository."""

    path: str = _key("", 'file of the text, e.g. "issue.md", absent on days without news; empty: none is written')
    style: Literal["recommender", "dailyarxiv"] = _key("recommender", "`dailyarxiv`: the format of DailyArXiv forks")
    labels: tuple[str, ...] = _key(("documentation",), "labels of the issue", lambda names: bool(names), "at least one")
    url: str = _key("", "address of the digest, for the link to it", _address_or_empty, "empty, or an https:// address")


@dataclass(frozen=True, slots=True)
class SectionConfig:
    """[[sections]]: one topic."""

    title: str = _key("", "heading of the section", lambda text: bool(text.strip()), "a text that is not empty")
    query: str = _key("", "what is searched for, in your own words; empty: the title")
    keywords: tuple[str, ...] | None = _key(
        None, "phrases that arXiv is asked for in title and abstract; not given: the title; []: categories alone"
    )
    categories: tuple[str, ...] = _key((), 'only papers of these categories, e.g. ["cs.CV", "hep-th"]; empty: all')
    like: tuple[str, ...] = _key((), "ids of papers that this section's papers should be like", _are_ids, _ID_LIST)
    unlike: tuple[str, ...] = _key((), "ids of papers that they should not be like", _are_ids, _ID_LIST)
    top: int = _key(0, "most papers shown; 0: as in [digest]", _not_negative, "0 or more")
    sort: Literal["relevance", "date", ""] = _key("", "order of the rows; empty: as in [digest]")
    columns: tuple[Column, ...] = _key(
        (),
        "columns of the table, in order; empty: as in [digest]",
        lambda names: not names or _are_columns(names),
        _WANTS_COLUMNS,
    )
    max_age_days: int = _key(0, "only papers of the last so many days; 0: of any age", _not_negative, "0 or more")
    min_relevance: float | None = _key(
        None, "percent below which a paper is left out; not given: as in [ranking]", _percent, "0 to 100"
    )

    @property
    def text(self) -> str:
        """The query in words."""
        return self.query or self.title

    @property
    def phrases(self) -> tuple[str, ...]:
        """The phrases arXiv is asked for."""
        return (self.title,) if self.keywords is None else self.keywords


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """[embedding]: the model that turns text into vectors."""

    model: str = _key("default", "`default` comes with the package; or a sentence-transformers name or folder")
    batch_size: int = _key(32, "texts a transformer encodes at once", _positive, "a number above 0")
    device: str = _key("auto", "`auto`, `cpu`, `cuda` or `mps`, for transformers")
    backend: Literal["torch", "onnx", "openvino"] = _key("torch", "sentence-transformers' backend, for transformers")


@dataclass(frozen=True, slots=True)
class RankingConfig:
    """[ranking]: how a section's papers are ordered and cut off."""

    min_relevance: float = _key(50.0, "percent below which a paper is left out of a section", _percent, "0 to 100")
    half_life_days: float = _key(
        0.0, "age at which a paper's score has halved; 0: age does not count", _not_negative, "0 or more"
    )
    diversity: float = _key(
        0.0, "0: by score alone, towards 1: rather unlike what is above (MMR)", lambda x: 0 <= x < 1, "0 to below 1"
    )
    words_weight: float = _key(
        0.5, "what a search adds for the query's own words, beside a similarity; 0: by meaning alone", _share, "0 to 1"
    )
    words_in_sections: bool = _key(False, "whether sections are ordered by words too, or by meaning alone")
    rerank: str = _key("", "a sentence-transformers model that re-scores the best papers; empty: none")
    rerank_depth: int = _key(200, "how many papers per query it re-scores", _positive, "a number above 0")
    rerank_weight: float = _key(0.6, "its share of the score; the rest stays with the index's model", _share, "0 to 1")


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """[fetch]: where papers come from."""

    api_url: str = _key("https://export.arxiv.org/api/query", "arXiv's query API", _address, _WANTS_ADDRESS)
    oai_url: str = _key("https://oaipmh.arxiv.org/oai", "arXiv's OAI-PMH service", _address, _WANTS_ADDRESS)
    rss_url: str = _key("https://rss.arxiv.org/rss", "arXiv's announcement feeds", _address, _WANTS_ADDRESS)
    contact: str = _key(
        "",
        "an e-mail address for the User-Agent, so that arXiv can reach you",
        lambda text: text.isascii() and text.isprintable(),
        "printable ASCII",
    )
    sources: tuple[SourceName, ...] = _key(
        ("api", "oai", "rss"), "what is tried for a section, in this order", lambda names: bool(names), "at least one"
    )
    categories: tuple[str, ...] = _key((), 'fetch everything new in these, e.g. ["cs.CV", "math"]; it can then rank')
    first_fill: int = _key(
        300, "papers a section asks for when it has never been fetched", lambda n: 0 < n <= 30_000, "1 to 30000"
    )
    timeout_seconds: float = _key(60.0, "longest wait for one answer", _positive, "a number above 0")
    budget_seconds: float = _key(1200.0, "longest time that all of a run's fetching may take", _positive, "above 0")


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """[index]: where the papers are kept."""

    path: str = _key("index", "folder of papers.db and vectors.faiss")


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """[site]: the pages that `recommend site` writes."""

    path: str = _key("site", "folder of the pages")
    title: str = _key("Papers", "name of the site", lambda text: bool(text.strip()), "a text that is not empty")
    papers: int = _key(
        3000, "most papers with a page of their own: those of the digest, then the latest of the archive"
    )
    neighbours: int = _key(8, "similar papers that a paper's page lists", _not_negative, "0 or more")
    home: str = _key("", "address of the repository, to link to; empty: no link")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of config.toml; paths in it are relative to `folder`."""

    folder: Path
    sections: tuple[SectionConfig, ...] = ()
    digest: DigestConfig = DigestConfig()
    embedding: EmbeddingConfig = EmbeddingConfig()
    ranking: RankingConfig = RankingConfig()
    fetch: FetchConfig = FetchConfig()
    index: IndexConfig = IndexConfig()
    site: SiteConfig = SiteConfig()
    feeds: FeedsConfig = FeedsConfig()
    issue: IssueConfig = IssueConfig()

    def resolve(self, path: str) -> Path:
        """A path named in the file, seen from the file's folder."""
        return self.folder / Path(path).expanduser()
