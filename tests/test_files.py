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
        '{"id": "2407.16658", "title": "T", "abstract": "A", "authors": "Ada"}',
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
