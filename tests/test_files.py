"""Papers from JSON lines and from arXiv's snapshot, plain and compressed, with bad lines among them."""

import gzip
import json
import lzma
import zipfile
from datetime import date
from pathlib import Path

import pytest

from recommender.errors import InputError
from recommender.paper import Paper
from recommender.sources.files import PaperFile, line_of, paper_of

OWN = Paper(
    "quant-ph/0201082",
    "A title",
    "An abstract",
    authors=("Ada Lovelace",),
    categories=("quant-ph",),
    published=date(2002, 1, 16),
    updated=date(2002, 2, 1),
    version=2,
    comment="4 pages",
)
SNAPSHOT = {
    "id": "0704.0001",
    "submitter": "Pavel Nadolsky",
    "authors": "C. Bal\\'azs, E. L. Berger",
    "title": "Calculation of prompt diphoton production\n  cross sections",
    "comments": "37 pages, 15 figures; published version",
    "journal-ref": None,
    "doi": None,
    "report-no": "ANL-HEP-PR-07-12",
    "categories": "hep-ph hep-ex",
    "license": None,
    "abstract": "  A fully differential calculation is\npresented.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Balázs", "C.", ""], ["Berger", "E. L.", "Jr."]],
}


def read(path: Path) -> tuple[list[Paper], list[tuple[int, str]]]:
    bad: list[tuple[int, str]] = []
    return list(PaperFile(path).papers(lambda number, reason: bad.append((number, reason)))), bad


def test_a_paper_survives_being_written_and_read() -> None:
    assert paper_of(line_of(OWN)) == OWN
    bare = Paper("2407.16658", "T", "A")
    assert paper_of(line_of(bare)) == bare


def test_a_snapshot_line_gives_every_field_it_holds() -> None:
    assert paper_of(json.dumps(SNAPSHOT)) == Paper(
        "0704.0001",
        "Calculation of prompt diphoton production cross sections",
        "A fully differential calculation is presented.",
        authors=("C. Balázs", "E. L. Berger Jr."),
        categories=("hep-ph", "hep-ex"),
        published=date(2007, 4, 2),
        updated=date(2007, 7, 24),
        version=2,
        comment="37 pages, 15 figures; published version",
    )


@pytest.mark.parametrize("packing", ["plain", "gz", "xz", "zip"])
def test_compression_is_told_by_content_not_by_name(tmp_path: Path, packing: str) -> None:
    data = (line_of(OWN) + "\n" + json.dumps(SNAPSHOT) + "\n").encode()
    path = tmp_path / "papers"
    if packing == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("arxiv-metadata-oai-snapshot.json", data)
    else:
        packed = {"plain": data, "gz": gzip.compress(data), "xz": lzma.compress(data)}
        path.write_bytes(packed[packing])
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["quant-ph/0201082", "0704.0001"]
    assert bad == []


def test_a_bad_line_is_reported_with_its_number_and_the_others_are_read(tmp_path: Path) -> None:
    lines = [
        line_of(OWN),
        "{",
        "[1]",
        '{"title": "T", "abstract": "A"}',
        '{"id": "abc", "title": "T", "abstract": "A"}',
        '{"id": "2407.16658", "title": 3, "abstract": "A"}',
        '{"id": "2407.16658", "title": "T", "abstract": " "}',
        '{"id": "2407.16658", "title": "T", "abstract": "A", "published": "yesterday"}',
        '{"id": "2407.16658", "title": "T", "abstract": "A", "authors": 3}',
        "",
        line_of(Paper("2407.16658", "T", "A")),
    ]
    path = tmp_path / "papers.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["quant-ph/0201082", "2407.16658"]
    assert [number for number, _ in bad] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert "has no 'id'" in bad[2][1]
    assert "'abc' is not an arXiv id" in bad[3][1]
    assert "empty abstract" in bad[5][1]


def test_invalid_utf8_spoils_its_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_bytes(b'{"id": "2407.16658", "title": "\xff", "abstract": "A"}\n' + line_of(OWN).encode())
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["quant-ph/0201082"]
    assert [number for number, _ in bad] == [1]


def test_a_file_that_breaks_off_says_where_and_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl.xz"
    lines = "".join(line_of(Paper(f"2407.{n:05}", "T", "A" * 50)) + "\n" for n in range(20_000))
    data = lzma.compress(lines.encode())
    path.write_bytes(data[: len(data) // 2])
    papers: list[Paper] = []
    with pytest.raises(InputError, match=r"papers.jsonl.xz: damaged after line \d+"):
        papers.extend(PaperFile(path).papers(lambda _number, _reason: None))


def test_what_is_no_file_of_papers_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        PaperFile(tmp_path / "missing.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    with pytest.raises(InputError, match="is not a text file"):
        read(tmp_path / "image.png")


RECORD = {"id": "2407.16658", "title": "T", "abstract": "A"}
"What every paper has."


def other(**fields: object) -> Paper:
    """The paper that a record of another tool gives."""
    return paper_of(json.dumps(RECORD | fields))


@pytest.mark.parametrize(
    "record",
    [
        {"arxiv_id": "2407.16658v2", "title": "T", "summary": "A"},
        {"entry_id": "http://arxiv.org/abs/2407.16658v1", "title": "T", "summary": "A", "comment": None},
        {"_id": "2407.16658", "title": "T", "summary": "A", "arxiv_primary_category": {"term": "cs.CV"}},
        {"paperId": "0123456789abcdef", "externalIds": {"ArXiv": "2407.16658"}, "title": "T", "abstract": "A"},
        {"id": 7, "pdf_url": "https://arxiv.org/pdf/2407.16658", "title": "T", "abstract": "A"},
        {
            "id": "https://openalex.org/W1",
            "doi": "https://doi.org/10.48550/arXiv.2407.16658",
            "title": "T",
            "abstract": "A",
        },
        {"paper": {"id": "2407.16658", "title": "T", "summary": "A"}, "numComments": 3},
        {"title": ["T"], "abs": "https://arxiv.org/abs/2407.16658", "summary": "A"},
    ],
)
def test_field_names_of_other_tools_are_read(record: dict[str, object]) -> None:
    paper = paper_of(json.dumps(record))
    assert (paper.id, paper.title, paper.abstract) == ("2407.16658", "T", "A")


def test_a_field_is_read_whatever_its_form() -> None:
    assert other(authors="A. B and C. D").authors == ("A. B", "C. D")
    assert other(authors=[{"name": "A. B"}, {"given": "C.", "family": "D"}]).authors == ("A. B", "C. D")
    assert other(author=[{"family": "B", "given": "A."}]).authors == ("A. B",)
    assert other(categories="cs.CV, cs.LG").categories == ("cs.CV", "cs.LG")
    assert other(categories=["math.CO cs.CG"]).categories == ("math.CO", "cs.CG")
    assert other(categories=["cs.LG", "cs.CV"], primary_category="cs.CV").categories == ("cs.CV", "cs.LG")
    assert other(tags=[{"term": "cs.CV"}, "to read"]).categories == ("cs.CV",)
    assert other(versions=["v1", "v3"]).version == 3
    assert other(version="v2").version == 2
    assert other(publishedAt="2024-07-23T17:59:59.000Z").published == date(2024, 7, 23)
    assert other(issued={"date-parts": [[2024, 7]]}).published == date(2024, 7, 1)
    assert other(updated=1_721_757_599).updated == date(2024, 7, 23)
    assert other(update_date="2024-07-24", published="Tue, 23 Jul 2024 17:59:59 GMT").published == date(2024, 7, 23)


NO_VERSIONS = [
    "Infinity",
    "-Infinity",
    "NaN",
    "1e400",
    "1" + "0" * 21,
    "-1",
    "9999",
    "2.5",
    "true",
    '"v0"',
    "[1]",
    "9" * 4000,
]


@pytest.mark.parametrize("version", NO_VERSIONS)
def test_a_version_that_is_none_costs_its_line_alone(tmp_path: Path, version: str) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(f'{{"id": "2407.16658", "title": "T", "abstract": "A", "version": {version}}}\n{line_of(OWN)}\n')
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["quant-ph/0201082"]
    assert [number for number, _ in bad] == [1]


LINES = [line_of(OWN), json.dumps(RECORD), json.dumps(SNAPSHOT)]
SHAPES = {
    "lines": "\n".join(LINES),
    "lines with commas": ",\n".join(LINES),
    "lines in brackets": "[\n" + ",\n".join(LINES) + "\n]\n",
    "lines in tight brackets": "[" + ",\n".join(LINES) + "]",
    "an array in one line": "[" + ",".join(LINES) + "]",
    "an array over many lines": json.dumps([json.loads(line) for line in LINES], indent=2),
    "objects over many lines": "\n".join(json.dumps(json.loads(line), indent=1) for line in LINES),
    "a list within an object": json.dumps({"count": 3, "papers": [json.loads(line) for line in LINES]}),
    "a list within an object over many lines": json.dumps({"data": [json.loads(line) for line in LINES]}, indent=4),
    "lines of Windows": "\ufeff" + "\r\n".join(LINES) + "\r\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_json_is_read_in_whatever_shape_it_is(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "papers"
    path.write_bytes(SHAPES[shape].encode())
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["quant-ph/0201082", "2407.16658", "0704.0001"]
    assert bad == []


def test_a_bad_line_in_brackets_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "papers.json"
    path.write_text("[\n" + ",\n".join([LINES[0], '{"id": "x', LINES[1]]) + "\n]\n")
    papers, bad = read(path)
    assert (len(papers), [number for number, _ in bad]) == (2, [3])


def test_an_array_is_streamed_in_time_linear_in_its_size(tmp_path: Path) -> None:
    path = tmp_path / "papers.json"
    records = [RECORD | {"id": f"2407.{n:05}", "abstract": "A" * 300} for n in range(5_000)]
    path.write_text(json.dumps(records, indent=1))
    papers, bad = read(path)
    assert (len(papers), bad) == (5_000, [])


def test_every_file_in_an_archive_is_read_whatever_folder_it_lies_in(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("papers")
        archive.writestr("papers/2024/one.jsonl", LINES[0])
        archive.writestr("papers/two.json.gz", gzip.compress(SHAPES["an array over many lines"].encode()))
        archive.writestr("__MACOSX/papers/._one.jsonl", b"\0\5\26\7")
        archive.writestr("papers/README.txt", "How these were made.")
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["quant-ph/0201082", "quant-ph/0201082", "2407.16658", "0704.0001"]
    assert len(bad) == 1
    assert "papers/README.txt: seems to be plain text" in bad[0][1]


def test_an_archive_that_cannot_be_opened_is_refused_by_the_name_of_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.jsonl", LINES[0])
    data = bytearray(path.read_bytes())
    local, central = data.index(b"PK\3\4"), data.index(b"PK\1\2")
    for offset, central_offset, value, says in (
        (6, 8, 1, "is encrypted"),
        (8, 10, 9, "is compressed in a way that"),
    ):
        changed = bytearray(data)
        changed[local + offset] = changed[central + central_offset] = value
        path.write_bytes(changed)
        with pytest.raises(InputError, match=f"one.jsonl in it {says}"):
            read(path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "seems to be a PDF"),
        (LINES[0].encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        (LINES[0].encode("utf-16-be"), "is UTF-16 text; save it as UTF-8"),
        (b"<!DOCTYPE html>\n<html>", "seems to be a web page"),
        (b"<?xml version='1.0'?><feed/>", "seems to be XML"),
        (b"% mine\n@article{a,\n eprint = {2407.16658},\n}", "seems to be BibTeX.*fetch --id 2407.16658`"),
        (b"TY  - JOUR\nUR  - https://arxiv.org/abs/2407.16658\nER  - ", "seems to be RIS.*fetch --id 2407.16658`"),
        (b"2407.16658\narXiv:2411.02571v2\n", "list of arXiv ids; `recommend fetch --id 2407.16658 --id 2411.02571`"),
        (b"id,title,abstract\n2407.16658,T,A\n", "seems to be a table"),
        (b"We study graphs.\n", "seems to be plain text"),
        (b"[]", "is empty"),
        (b'{"a": 1}', "no paper in it can be read"),
        (b"[" * 100_000, "seems to be plain text"),
        (b'{"a":' * 100_000, "no paper in it can be read|damaged|is not JSON"),
    ],
)
def test_a_file_without_papers_is_refused_with_what_it_seems_to_be(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(InputError, match=says) as caught:
        read(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_day_to_come_is_refused_in_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(json.dumps(RECORD | {"published": "2099-01-01"}) + "\n" + LINES[0])
    papers, bad = read(path)
    assert [paper.id for paper in papers] == ["quant-ph/0201082"]
    assert "2407.16658 is of 2099-01-01, a day to come" in bad[0][1]
