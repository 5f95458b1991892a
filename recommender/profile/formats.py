"""The other files that people keep papers in: RIS, CSL-JSON, Zotero RDF, lists of ids; and which kind a file is."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from recommender import archives
from recommender.errors import InputError
from recommender.paper import clean
from recommender.profile import bibtex, mirror
from recommender.profile.entry import Entry, References, doi_of, entry
from recommender.store.ratings import TEXT
from recommender.text_files import read_bytes

_MOST_BYTES = 500_000_000
_RIS_START = re.compile(r"^TY {1,2}-", re.MULTILINE)
_DC, _BIB = "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/net/biblio#}"
_TERMS, _RDF = "{http://purl.org/dc/terms/}", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_Z, _FOAF = "{http://www.zotero.org/namespaces/export#}", "{http://xmlns.com/foaf/0.1/}"
_NO_REFERENCE = {"attachment", "note", "annotation"}


def read(path: Path) -> References:
    """The references of a file, whatever its kind; raises `InputError` for one of no kind that is known."""
    try:
        data = read_bytes(path, most=_MOST_BYTES)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected BibTeX, RIS, CSL-JSON, Zotero RDF, ids, or zotero:") from None
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if data.startswith((b"%PDF", b"PK\x03\x04", b"SQLite format")) or (b"\0" in data[:1000] and not wide):
        raise InputError(f"{path}: is no text; export your library as BibTeX, RIS, CSL-JSON or Zotero RDF")
    text, notes = _text(data)
    try:
        kind = _kind(path, text)
        found = kind(text)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if not found.entries and (kind is ids or not found.faults):
        raise InputError(f"{path}: holds no reference; expected BibTeX, RIS, CSL-JSON, Zotero RDF or a list of ids")
    return References(found.entries, found.faults, found.excluded, (*notes, *found.notes))


def _text(data: bytes) -> tuple[str, tuple[str, ...]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), ("is not UTF-8; read as Latin-1",)


def _kind(path: Path, text: str) -> Callable[[str], References]:
    """The reader for a text, by what it holds; its name decides where that leaves a doubt."""
    start = text.lstrip()[:1]
    if _RIS_START.search(text):
        return ris
    if start in ("[", "{") or path.suffix.lower() == ".json":
        return csl
    if start == "<" or path.suffix.lower() in (".rdf", ".xml"):
        return rdf
    if bibtex.looks_so(text) or path.suffix.lower() in (".bib", ".bibtex"):
        return bibtex.read
    begins = {line[0] for line in text.splitlines() if line.strip()}
    return likes if begins & set("+*~") and begins <= set("+*~-[# \t") else ids


def _collected(found: Iterator[Entry | str]) -> References:
    entries: list[Entry] = []
    faults: list[str] = []
    for each in found:
        if isinstance(each, str):
            faults.append(each)
        else:
            entries.append(each)
    return References(tuple(entries), tuple(faults))


# -- RIS -------------------------------------------------------------------------------------------------------


def ris(text: str) -> References:
    """RIS, a record from TY to ER; one without its end ends where the next begins."""
    return _collected(_ris(text))


def _ris(text: str) -> Iterator[Entry | str]:
    import rispy

    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if re.match(r"TY {1,2}-", line)]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        where = f"line {start + 1}"
        body = [line for line in lines[start:stop] if not re.match(r"ER {1,2}-", line)]
        try:
            (record,) = rispy.loads("\n".join([*body, "ER  - "]) + "\n", skip_unknown_tags=False)
        except (ValueError, OSError, KeyError, IndexError) as error:
            yield f"{where}: is not RIS ({clean(str(error))[:80]})"
            continue
        try:
            yield _of_ris(where, record)
        except InputError as error:
            yield f"{where}: {error}"


def _of_ris(where: str, record: dict[str, Any]) -> Entry:
    def get(*names: str) -> list[str]:
        found: list[str] = []
        for name in names:
            value = record.get(name)
            found += [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []
        return found

    texts = get("urls", "url", "notes", "note", "accession_number", "journal_name", "secondary_title", "number", "id")
    texts += get("alternate_title3", "name_of_database", "type_of_work", "publisher", "custom1", "custom2", "doi")
    texts += get("link_to_the_full_text", "file_attachments1", "file_attachments2", "volume", "call_number")
    return entry(
        where,
        title=next(iter(get("title", "primary_title", "translated_title", "short_title")), ""),
        abstract=next(iter(get("abstract", "notes_abstract")), ""),
        authors=get("authors", "first_authors"),
        year=next(iter(get("year", "publication_year", "date", "access_date")), ""),
        ids=get("accession_number"),
        dois=get("doi"),
        texts=texts,
    )


# -- CSL-JSON --------------------------------------------------------------------------------------------------


def csl(text: str) -> References:
    """CSL-JSON, a list of items; also what Zotero's and Better BibTeX's JSON exports hold, and one item alone."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({str(error)[:80]}); export it again, or as BibTeX") from None
    items = whole.get("items", [whole]) if isinstance(whole, dict) else whole
    if not isinstance(items, list):
        raise InputError("holds no list of references")
    return _collected(_csl(items))


def _csl(items: list[Any]) -> Iterator[Entry | str]:
    for number, item in enumerate(items, 1):
        where = f"item {number}"
        if not isinstance(item, dict):
            yield f"{where}: is not a JSON object"
            continue
        if isinstance(item.get("data"), dict):  # Zotero's own API
            item = item["data"]
        where += f" ({clean(str(item['id']))[:40]})" if item.get("id") else ""
        if str(item.get("itemType", item.get("type", ""))) in _NO_REFERENCE:
            continue
        try:
            yield of_item(where, item)
        except InputError as error:
            yield f"{where}: {error}"


def of_item(where: str, item: dict[str, Any]) -> Entry:
    """An item of CSL-JSON or of Zotero's API; raises `InputError` for one that names nothing."""

    def get(*names: str) -> list[str]:
        return [str(item[name]) for name in names if isinstance(item.get(name), str | int) and item[name] != ""]

    issued = item.get("issued") if isinstance(item.get("issued"), dict) else {}
    parts = (issued or {}).get("date-parts") or [[""]]
    first = parts[0][0] if isinstance(parts, list) and parts and isinstance(parts[0], list) and parts[0] else ""
    years = [str(first), *(str(value) for value in (issued or {}).values() if isinstance(value, str)), *get("date")]
    texts = get("URL", "url", "note", "extra", "number", "archive", "archive_location", "archiveID", "archiveLocation")
    texts += get("container-title", "publicationTitle", "publisher", "repository", "reportNumber", "DOI", "volume")
    return entry(
        where,
        title=_unmarked(next(iter(get("title")), "")),
        abstract=_unmarked(next(iter(get("abstract", "abstractNote")), "")),
        authors=list(_people(item.get("author") or item.get("creators") or [])),
        year=next((year for year in years if re.search(r"\d{4}", year)), ""),
        ids=[
            text
            for text in get("arxiv", "eprint", "archiveID", "number", "archive_location")
            if "." in text or "/" in text
        ],
        dois=get("DOI", "doi"),
        texts=texts,
    )


def _people(people: Any) -> Iterator[str]:
    for person in people if isinstance(people, list) else []:
        if isinstance(person, dict) and person.get("creatorType", "author") == "author":
            parts = [person.get(name) for name in ("given", "firstName", "family", "lastName", "literal", "name")]
            yield " ".join(part for part in parts if isinstance(part, str))
        elif isinstance(person, str):
            yield person


def _unmarked(text: str) -> str:
    return re.sub(r"</?(?:i|b|em|strong|sub|sup|span|p|div|jats:\w+)(?: [^<>]*)?>", "", text)


# -- Zotero RDF ------------------------------------------------------------------------------------------------


def rdf(text: str) -> References:
    """Zotero RDF; entities are not resolved, so a file cannot make this one grow."""
    if "<!ENTITY" in text:
        raise InputError("declares entities, which no export does; export it again")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"is not XML ({error}); export it again, or as BibTeX") from None
    if root.tag != f"{_RDF}RDF":
        raise InputError("is not RDF; export your library as Zotero RDF or BibTeX")
    return _collected(_rdf(root))


def _rdf(root: ElementTree.Element) -> Iterator[Entry | str]:
    for number, node in enumerate(root, 1):
        kind = node.findtext(f"{_Z}itemType", "")
        if kind in _NO_REFERENCE or node.tag in (f"{_Z}Collection", f"{_Z}Attachment", f"{_BIB}Memo", f"{_BIB}Journal"):
            continue
        if not kind and node.find(f"{_DC}title") is None:
            continue
        if not kind and node.find(f"{_BIB}authors") is None and node.tag == f"{_RDF}Description":
            continue  # what another item is part of
        where = f"item {number}"
        try:
            yield _of_rdf(where, node)
        except InputError as error:
            yield f"{where}: {error}"


def _of_rdf(where: str, node: ElementTree.Element) -> Entry:
    about = node.get(f"{_RDF}about", "")
    identifiers = [about] if not about.startswith("#") else []
    for found in node.findall(f"{_DC}identifier"):
        identifiers += [text for text in (found.text, *(value.text for value in found.iter(f"{_RDF}value"))) if text]
    identifiers += [found.get(f"{_RDF}resource", "") for found in node.iter(f"{_DC}identifier")]
    people = [
        " ".join(
            part
            for tag in (f"{_FOAF}givenName", f"{_FOAF}givenname", f"{_FOAF}surname")
            if (part := person.findtext(tag, ""))
        )
        for person in node.findall(f"{_BIB}authors//{_FOAF}Person")
    ]
    texts = [*identifiers, *(node.findtext(tag, "") for tag in (f"{_DC}description", f"{_BIB}number", f"{_Z}number"))]
    texts += [value.text or "" for value in node.iter(f"{_Z}archiveID")]
    return entry(
        where,
        title=node.findtext(f"{_DC}title", ""),
        abstract=node.findtext(f"{_TERMS}abstract", ""),
        authors=people,
        year=node.findtext(f"{_DC}date", ""),
        dois=[text.strip().removeprefix("DOI").strip() for text in identifiers if doi_of(text)],
        texts=texts,
    )


# -- likes.txt, lists of ids ----------------------------------------------------------------------------------


def likes(text: str) -> References:
    """What a likes.txt likes in the list that everybody has; its other ratings and lists are left out."""
    found = mirror.read(text)
    wanted = {key[1]: entry for key, entry in found.entries.items() if not key[0] and entry.rating == "like"}
    entries = [
        Entry(name, entry.title, entry.abstract)
        if name.startswith(TEXT)
        else Entry(name, entry.title, entry.abstract, id=name, by="id")
        for name, entry in wanted.items()
    ]
    return References(tuple(entries), tuple(found.faults), len(found.entries) - len(entries))


def ids(text: str) -> References:
    """Ids or addresses of papers, one or several a line; what follows a # or a % is a comment."""
    return _collected(_ids(text))


def _ids(text: str) -> Iterator[Entry | str]:
    for number, line in enumerate(text.splitlines(), 1):
        bare, _, comment = line.partition("#") if "#" in line else line.partition("%")
        words = [word for word in re.split(r"[\s,;]+", bare.strip().lstrip("+*-").strip()) if word]
        found: list[Entry] = []
        if re.match(r"\s*-\S", line):
            yield f"line {number}: says that a paper is disliked; only what is liked is imported"
            continue
        for word in words:
            try:
                paper_id = archives.parse(word).id
            except InputError:
                yield f"line {number}: {clean(word)[:60]!r} is no id"
                break
            named = clean(comment) if len(words) == 1 else ""
            found.append(
                Entry(f"line {number}", named, id=paper_id, by="address" if "/" in word and ":" in word else "id")
            )
        yield from found
