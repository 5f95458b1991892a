"""One paper as JSON: our own lines, arXiv's metadata snapshot, and the field names of other tools.

Our own format is one JSON object a line: `id`, `title`, `abstract`, and where known `authors` (list), `categories`
(list), `published`, `updated` (YYYY-MM-DD), `version`, `comment`. What other tools write differs in names, and in
whether lists are lists; each field is looked for under its names, and read whatever its form.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from recommender import archives
from recommender.errors import InputError
from recommender.paper import MAX_VERSION, Paper, PaperId, clean
from recommender.sources.authors import split_authors

_IDS = (
    *(
        "id",
        "arxiv_id",
        "arxivId",
        "arxivid",
        "arXiv",
        "arxiv",
        "paper_id",
        "paperId",
        "_id",
        "_rawid",
        "short_id",
        "eprint",
    ),
    *("entry_id", "externalIds", "identifier", "abs", "abs_url", "abstract_url", "arxiv_url", "url", "URL", "link"),
    *("pdf_url", "pdf", "pdf_link", "doi", "DOI", "guid", "href"),
)
_TITLES = ("title", "paper_title", "display_name", "name")
_ABSTRACTS = ("abstract", "summary", "abstract_text", "abstractText", "paper_abstract", "description", "content_text")
_AUTHORS = ("authors_parsed", "authors", "author", "author_names", "authors_list", "creators", "creator")
_CATEGORIES = ("primary_category", "arxiv_primary_category", "categories", "category", "all_categories")
_TAGS = ("tags", "subjects", "terms")
_PUBLISHED = (
    *("published", "publishedAt", "published_at", "published_date", "publication_date", "publicationDate"),
    *("submitted", "submitted_date", "created", "created_at", "date", "issued", "date_published"),
)
_UPDATED = (
    "updated",
    "updatedAt",
    "updated_at",
    "updated_date",
    "update_date",
    "last_updated",
    "revised",
    "modified",
    "date_modified",
)
_COMMENTS = ("comment", "comments", "arxiv_comment", "note")
_NAMES = ("name", "full_name", "fullname", "literal", "display_name", "term", "label")


def paper_of(line: str | bytes) -> Paper:
    """Read one JSON object; raises `InputError` saying what is wrong with it."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"is not JSON ({str(error).split(':')[0][:80]})") from None
    return paper_of_record(record)


def paper_of_record(record: Any) -> Paper:
    """Read one paper from what JSON holds; raises `InputError` saying what is wrong with it."""
    if not isinstance(record, dict):
        raise InputError("is not a JSON object")
    if isinstance(inner := record.get("paper"), dict):
        record = inner | {key: value for key, value in record.items() if key != "paper" and key not in inner}
    try:
        paper = _paper(record)
    except InputError:
        raise
    except Exception as error:  # whatever a record holds, it is this record's fault alone
        raise InputError(f"holds a value of the wrong kind ({clean(str(error)[:200])})") from None
    if not paper.title or not paper.abstract:
        raise InputError(f"{paper.id} has an empty {'abstract' if paper.title else 'title'}")
    return paper


def line_of(paper: Paper) -> str:
    """Write a paper as one JSON line of our own format, unknown fields left out; `paper_of` reads it back."""
    record: dict[str, Any] = {"id": paper.id, "title": paper.title, "abstract": paper.abstract}
    record |= {"authors": paper.authors, "categories": paper.categories}
    record |= {"published": paper.published and paper.published.isoformat()}
    record |= {
        "updated": paper.updated and paper.updated.isoformat(),
        "version": paper.version,
        "comment": paper.comment,
    }
    return json.dumps({key: value for key, value in record.items() if value}, ensure_ascii=False)


def _paper(record: dict[str, Any]) -> Paper:
    named = _id(record)
    versions = record.get("versions") or []
    days = [_day(version.get("created")) for version in versions if isinstance(version, dict)]
    return Paper(
        id=named.id,
        title=clean(_text(_first(record, _TITLES, "title"))),
        abstract=clean(_text(_first(record, _ABSTRACTS, "abstract"))),
        authors=_authors(_maybe(record, _AUTHORS)),
        categories=_categories(record),
        published=days[0] if days else _day(_maybe(record, _PUBLISHED)),
        updated=days[-1] if days else _day(_maybe(record, _UPDATED)),
        version=_version(record, versions) or named.version,
        comment=clean(_text(_maybe(record, _COMMENTS) or "")),
    )


def _maybe(record: dict[str, Any], names: Sequence[str]) -> Any:
    return next((record[name] for name in names if record.get(name) not in (None, "", [])), None)


def _first(record: dict[str, Any], names: Sequence[str], what: str) -> Any:
    found = next((record[name] for name in names if record.get(name) is not None), None)
    if found is None:
        raise InputError(f"has no {what!r}")
    return found


def _id(record: dict[str, Any]) -> PaperId:
    """The first of the fields that may name the paper and does."""
    told = (value for name in _IDS if name in record for value in _flat(record[name]) if isinstance(value, str))
    first = None
    for text in told:
        try:
            return archives.parse(text)
        except InputError:
            first = first or text
    raise InputError("has no 'id'" if first is None else f"{clean(first[:80])!r} is not an arXiv id")


def _flat(value: Any) -> list[Any]:
    """A value, or what a list or an object of values holds, one level deep."""
    if isinstance(value, dict):
        return [value[name] for name in ("ArXiv", "arxiv", "arXiv") if name in value] or list(value.values())
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {_short(value)}")
    return value


def _short(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 1_000:  # Python refuses to print some of them
        return "a number of very many digits"
    return repr(value)[:40] if isinstance(value, str | int | float) else type(value).__name__


def _authors(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return split_authors(value)
    if not isinstance(value, list):
        raise TypeError(f"expected a list of authors, found {_short(value)}")
    return tuple(filter(None, (clean(_name(author)) for author in value)))


def _name(author: Any) -> str:
    """A name: text, the snapshot's [family, given, suffix], or an object."""
    if isinstance(author, list):
        return " ".join(map(_text, [*author[1:2], *author[:1], *author[2:3]]))
    if isinstance(author, dict):
        whole = _maybe(author, _NAMES)
        parts = (_maybe(author, names) for names in (("given", "first", "firstName", "forenames"), _FAMILY))
        return _text(whole) if whole else " ".join(_text(part) for part in parts if part)
    return _text(author)


_FAMILY = ("family", "last", "lastName", "keyname")


def _categories(record: dict[str, Any]) -> tuple[str, ...]:
    """Categories from lists, objects and texts, the primary one first; of mere tags those that arXiv has."""
    found = [name for field in _CATEGORIES if field in record for name in _terms(record[field])]
    tags = [name for field in _TAGS if field in record for name in _terms(record[field])]
    found += [name for name in tags if name in archives.categories()]
    return tuple(dict.fromkeys(found))


def _terms(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = _maybe(item, _NAMES)
        if item is not None:
            yield from clean(_text(item)).replace(",", " ").replace(";", " ").split()


def _version(record: dict[str, Any], versions: Any) -> int | None:
    """The version's number; raises `ValueError` for what is none."""
    told = record.get("version") or record.get("_version") or record.get("arxiv_version")
    if not told and versions:
        last = versions[-1]
        told = last.get("version") if isinstance(last, dict) else last
    if not told:
        return None
    if isinstance(told, str) and told.removeprefix("v").isascii() and told.removeprefix("v")[:5].isdigit():
        told = int(told.removeprefix("v")[:5])
    if isinstance(told, bool) or not isinstance(told, int | float) or not 1 <= told <= MAX_VERSION or told != int(told):
        raise ValueError(f"version {_short(told)}: expected 1 to {MAX_VERSION}")
    return int(told)


def _day(value: Any) -> date | None:
    """A day as text, as mails write it, as seconds since 1970, or in the parts that CSL has; raises `ValueError`."""
    if value is None or value == "":
        return None
    if isinstance(value, dict) and (parts := value.get("date-parts")):
        return date(*([int(part) for part in parts[0]] + [1, 1])[:3])
    if isinstance(value, int | float) and not isinstance(value, bool) and 10**8 < value < 10**13:
        return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC).date()
    text = _text(value).strip()[:60]
    try:
        return datetime.fromisoformat(text.replace("/", "-")).date()
    except ValueError:
        try:
            return parsedate_to_datetime(text).date()
        except (ValueError, TypeError, IndexError, OverflowError):
            raise ValueError(f"{text[:40]!r} is no date") from None
