"""The tables of config.toml as frozen objects, one class a feature: documented and checked where they are declared.

A key's default, check and sentence of documentation stand together in its field; the commented file that
`recommend init` writes and the reference in the docs are generated from them.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recommender.config import checks
from recommender.config.delivery import MailConfig, NotifyConfig
from recommender.config.keys import key as _key

Column = Literal["title", "authors", "date", "relevance", "abstract", "comment", "categories"]
Sort = Literal["relevance", "date"]
SourceName = Literal["api", "oai", "rss"]


@dataclass(frozen=True, slots=True)
class DigestConfig:
    """[digest]: the README.md digest."""

    path: str = _key(
        "README.md",
        "the file that holds the digest, between its markers; all else in it stays untouched",
        checks.file,
        checks.WANTS_FILE,
    )
    top: int = _key(100, "most papers a section shows", *checks.up_to(checks.MANY))
    columns: tuple[Column, ...] = _key(
        ("title", "date", "relevance", "abstract", "comment"),
        "columns of a section's table, in order",
        checks.are_columns,
        checks.WANTS_COLUMNS,
    )
    sort: Sort = _key("relevance", "order of a section's rows")
    style: Literal["recommender", "dailyarxiv"] = _key(
        "recommender", "`dailyarxiv` writes the format of DailyArXiv forks to the byte, and nothing else"
    )
    link: Literal["abs", "pdf"] = _key("abs", "where a title leads: the abstract page or the PDF")
    max_bytes: int = _key(
        500_000,
        "most bytes of the digest; GitHub stops showing a README at 512,000",
        *checks.between(10_000, 512_000),
    )
    duplicates: Literal["pointer", "repeat"] = _key(
        "pointer", "a paper in several sections: one full row where it ranks best and pointers elsewhere, or full rows"
    )
    withdrawn: bool = _key(False, "whether withdrawn papers are shown")
    folder: str = _key(
        "papers",
        "folder beside the digest for sections that have outgrown it",
        lambda text: checks.NAME.fullmatch(text) is not None,
        "a plain folder name such as papers",
    )


@dataclass(frozen=True, slots=True)
class FeedsConfig:
    """[feeds]: Atom and JSON feeds of the papers that a digest showed last."""

    path: str = _key(
        "", 'folder of the feeds, e.g. "feeds"; empty: none are written', checks.folder_or_empty, checks.WANTS_FOLDER
    )
    title: str = _key("Papers", "name of the feeds", checks.text, checks.WANTS_TEXT)
    url: str = _key(
        "", "address that the folder is published at", checks.address_or_empty, "empty, or an https:// address"
    )
    most: int = _key(100, "most papers in a feed", *checks.up_to(checks.MANY))


@dataclass(frozen=True, slots=True)
class IssueConfig:
    """[issue]: the text of an issue on days with new papers, which GitHub mails to all who watch the repository."""

    path: str = _key(
        "",
        'file of the text, e.g. "issue.md", absent on days without news; empty: none is written',
        checks.file_or_empty,
        checks.WANTS_FILE,
    )
    style: Literal["recommender", "dailyarxiv"] = _key("recommender", "`dailyarxiv`: the format of DailyArXiv forks")
    labels: tuple[str, ...] = _key(
        ("documentation",), "labels of the issue", lambda names: 0 < len(names) <= 100, "1 to 100 labels"
    )
    url: str = _key(
        "", "address of the digest, for the link to it", checks.address_or_empty, "empty, or an https:// address"
    )


@dataclass(frozen=True, slots=True)
class SectionConfig:
    """[[sections]]: one topic."""

    title: str = _key("", "heading of the section", checks.text, checks.WANTS_TEXT)
    query: str = _key("", "what is searched for, in your own words; empty: the title")
    keywords: tuple[str, ...] | None = _key(
        None,
        "phrases that arXiv is asked for in title and abstract, `A AND B` for both in one; "
        "not given: the title; []: categories alone",
    )
    categories: tuple[str, ...] = _key(
        (),
        'only papers of these categories, e.g. ["cs.CV", "hep-th"], or of none that is known; empty: all',
        checks.are_categories,
        checks.WANTS_CATEGORIES,
    )
    like: tuple[str, ...] = _key(
        (), "ids of papers that this section's papers should be like", checks.are_ids, checks.ID_LIST
    )
    unlike: tuple[str, ...] = _key((), "ids of papers that they should not be like", checks.are_ids, checks.ID_LIST)
    top: int = _key(0, "most papers shown; 0: as in [digest]", *checks.between(0, checks.MANY))
    sort: Literal["relevance", "date", ""] = _key("", "order of the rows; empty: as in [digest]")
    columns: tuple[Column, ...] = _key(
        (),
        "columns of the table, in order; empty: as in [digest]",
        lambda names: not names or checks.are_columns(names),
        checks.WANTS_COLUMNS,
    )
    max_age_days: int = _key(0, "only papers of the last so many days; 0: of any age", *checks.between(0, 100_000))
    min_relevance: float | None = _key(
        None, "percent below which a paper is left out; not given: as in [ranking]", *checks.between(0, 100)
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

    model: str = _key(
        "default",
        "`default` comes with the package; or a sentence-transformers name or folder",
        checks.folder,
        checks.WANTS_MODEL,
    )
    batch_size: int = _key(32, "texts a transformer encodes at once", *checks.up_to(65_536))
    device: str = _key(
        "auto",
        "`auto`, `cpu`, `cuda` or `mps`, for transformers",
        lambda text: checks.DEVICE.fullmatch(text) is not None,
        "auto, cpu, cuda, cuda:1, mps or the like",
    )
    backend: Literal["torch", "onnx", "openvino"] = _key("torch", "sentence-transformers' backend, for transformers")


@dataclass(frozen=True, slots=True)
class RankingConfig:
    """[ranking]: how a section's papers are ordered and cut off."""

    min_relevance: float = _key(50.0, "percent below which a paper is left out of a section", *checks.between(0, 100))
    half_life_days: float = _key(
        0.0, "age at which a paper's score has halved; 0: age does not count", *checks.between(0, 100_000)
    )
    diversity: float = _key(
        0.0, "0: by score alone, towards 1: rather unlike what is above (MMR)", lambda x: 0 <= x < 1, "0 to below 1"
    )
    words_weight: float = _key(
        0.5,
        "what a search adds for the query's own words, beside a similarity; 0: by meaning alone",
        *checks.between(0, 1),
    )
    words_in_sections: bool = _key(False, "whether sections are ordered by words too, or by meaning alone")
    reader: bool = _key(True, "whether searches read questions with the small transformer that the model brings")
    rerank: str = _key(
        "",
        "a sentence-transformers model that re-scores the best papers; empty: none",
        checks.folder_or_empty,
        checks.WANTS_MODEL,
    )
    rerank_depth: int = _key(200, "how many papers per query it re-scores", *checks.up_to(100_000))
    rerank_weight: float = _key(
        0.6, "its share of the score; the rest stays with the index's model", *checks.between(0, 1)
    )


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """[fetch]: where papers come from."""

    api_url: str = _key("https://export.arxiv.org/api/query", "arXiv's query API", checks.service, checks.WANTS_SERVICE)
    oai_url: str = _key("https://oaipmh.arxiv.org/oai", "arXiv's OAI-PMH service", checks.service, checks.WANTS_SERVICE)
    rss_url: str = _key("https://rss.arxiv.org/rss", "arXiv's announcement feeds", checks.service, checks.WANTS_SERVICE)
    contact: str = _key(
        "",
        "an e-mail address for the User-Agent, so that arXiv can reach you",
        lambda text: text.isascii() and text.isprintable() and len(text) <= 200,
        "printable ASCII of at most 200 characters",
    )
    sources: tuple[SourceName, ...] = _key(
        ("api", "oai", "rss"), "what is tried for a section, in this order", bool, "at least one"
    )
    categories: tuple[str, ...] = _key(
        (),
        'fetch everything new in these, e.g. ["cs.CV", "math"]; it can then rank',
        checks.are_categories,
        checks.WANTS_CATEGORIES,
    )
    first_fill: int = _key(300, "papers a section asks for when it has never been fetched", *checks.between(1, 30_000))
    timeout_seconds: float = _key(60.0, "longest wait for one answer", *checks.up_to(3600))
    budget_seconds: float = _key(1200.0, "longest time that all of a run's fetching may take", *checks.up_to(604_800))


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """[index]: where the papers are kept."""

    path: str = _key("index", "folder of papers.db and vectors.faiss", checks.folder, checks.WANTS_FOLDER)


@dataclass(frozen=True, slots=True)
class ProfileConfig:
    """[profile]: what the reader likes, and the section made from it."""

    title: str = _key(
        "",
        'heading of a section for the reader on top of the digest, e.g. "For you"; empty: none. It shows what is liked',
    )
    list: str = _key("", "the list of likes that the section follows; empty: the one that everybody has")
    top: int = _key(20, "most papers the section shows", *checks.up_to(checks.MANY))
    min_relevance: float = _key(50.0, "percent below which a paper is left out", *checks.between(0, 100))
    max_age_days: int = _key(7, "only papers of the last so many days; 0: of any age", *checks.between(0, checks.MANY))
    explain: bool = _key(True, "whether a paper says which like it resembles")
    file: str = _key(
        "likes.txt",
        "the ratings as text, made from papers.db and the other way round; empty: none",
        checks.file_or_empty,
        checks.WANTS_FILE,
    )
    commit: bool = _key(
        False, "whether the daily workflow commits that file, which makes it as public as the repository"
    )
    exclude: tuple[str, ...] = _key((), "collections of Zotero that are never imported, by name")


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """[site]: the pages that `recommend site` writes."""

    path: str = _key("site", "folder of the pages", checks.folder, checks.WANTS_FOLDER)
    title: str = _key("Papers", "name of the site", checks.text, checks.WANTS_TEXT)
    papers: int = _key(
        3000,
        "most papers with a page of their own: those of the digest, then the latest of the archive",
        *checks.between(0, 1_000_000),
    )
    covers: int = _key(
        12_000,
        "papers that the search page finds: those with pages, those above a section's cut, the newest",
        *checks.between(0, 100_000),
    )
    neighbours: int = _key(8, "similar papers that a paper's page lists", *checks.between(0, 1000))
    home: str = _key(
        "", "address of the repository, to link to; empty: no link", checks.page_or_empty, checks.WANTS_HOME
    )


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
    profile: ProfileConfig = ProfileConfig()
    notify: tuple[NotifyConfig, ...] = ()
    mail: MailConfig = MailConfig()

    def resolve(self, path: str) -> Path:
        """A path named in the file, seen from the file's folder."""
        return self.folder / Path(path).expanduser()

    def bounds(self, path: str, *, folder: bool = False) -> Path:
        """The folder that what is written at `path` must stay in: config.toml's, or one outside that `path` names.

        A `folder` outside bounds its own files, a file outside those of the folder that it lies in.
        """
        named = Path(os.path.abspath(self.resolve(path)))  # noqa: PTH100 - links are not to be followed yet
        own = Path(os.path.abspath(self.folder))  # noqa: PTH100
        if named.is_relative_to(own):
            return own
        return named if folder else named.parent
