"""Files that people keep papers in: every entry is matched, used as text or named as faulty, and none twice."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.loopback.bag_of_words import IDENTITY, encode
from recommender.errors import InputError
from recommender.fronts.cli import main
from recommender.paper import Paper
from recommender.profile import export, formats
from recommender.profile.entry import References
from recommender.store import Store
from recommender.verbs import references
from recommender.verbs.references import Report

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORED = Paper(
    "2401.00001",
    "Video diffusion with $k$ steps",
    "Moving pictures from noise.",
    ("Ada Lovelace",),
    ("cs.CV",),
    date(2024, 1, 2),
)
BIBTEX = r"""% my library
@string{cvpr = "Proc. of CVPR"}
@STRING(nips = {NeurIPS})
@preamble{"\newcommand{\x}{y}"}
@comment{jabref-meta: databaseType:bibtex;}
@article{eprint, title={{A} paper on H{\"o}lder \& $\alpha_{i}$}, author={M{\"u}ller, J{\"o}rg}, year=2024,
  eprint={2407.16658}, archivePrefix={arXiv}, journal = cvpr # " 2024", month = jan }
@online{address, title = {On line}, url = {https://arxiv.org/abs/2411.02571v2}, date = {2024-11-05}, abstract={An
@article at the beginning of a line, and a {brace}}}
@misc{doi, title = "By DOI", doi = {https://doi.org/10.48550/arXiv.2401.00002}}
@article{broken, title = {Never closed, year = 2020,
  author = {X}
@article(paren, title = {Parentheses}, note = {arXiv preprint arXiv:2301.00007, 2023}, year = 2023)
@article{macro, title={An unknown macro}, journal=foo, abstract={Spectral methods for graphs.}}
@article{untitled, author = {No Title}}
@article{old, title = {Old}, eprint = {hep-th/9901001}}
@article{dblp, title = {Of DBLP}, journal = {CoRR}, volume = {abs/2301.01234}}
@inproceedings{howpublished, title = {How}, howpublished={\url{https://arxiv.org/pdf/2405.01234.pdf}}}
@article{pubmed, title = {Elsewhere}, eprint = {12345678}, eprinttype = {pubmed}}
@InProceedings{titled, title = {Video Diffusion with k Steps}, author = {Lovelace, A.}, year = 2024}
@article{homonym, title = {Video Diffusion with k Steps}, author = {Babbage, C.}, year = 2024}
@article{eprint, title = {The same again}, eprint={2407.16658}}
"""


def read(tmp_path: Path, text: str | bytes, name: str = "library.bib") -> References:
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return formats.read(path)


def ids(found: References) -> dict[str, tuple[str, str]]:
    return {entry.title: (entry.id, entry.by) for entry in found.entries}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "index", write=True)
    store.add([STORED], encode, encoder=IDENTITY, today=date(2026, 3, 1))
    return store


def take(
    store: Store, tmp_path: Path, text: str | bytes, name: str = "library.bib", *, dry_run: bool = False
) -> Report:
    read(tmp_path, text, name)
    return references.take(store, str(tmp_path / name), "like", "", NOON, dry_run=dry_run)


def test_bibtex_is_read_with_all_that_people_write_into_it(tmp_path: Path) -> None:
    found = read(tmp_path, BIBTEX)
    assert ids(found) == {
        "A paper on Hölder & $\\alpha_{i}$": ("2407.16658", "id"),
        "On line": ("2411.02571", "address"),
        "By DOI": ("2401.00002", "DOI"),
        "Parentheses": ("2301.00007", "address"),
        "An unknown macro": ("", ""),
        "Old": ("hep-th/9901001", "id"),
        "Of DBLP": ("2301.01234", "id"),
        "How": ("2405.01234", "address"),
        "Elsewhere": ("", ""),
        "Video Diffusion with k Steps": ("", ""),
        "The same again": ("2407.16658", "id"),
    }
    first, second = found.entries[:2]
    assert (first.authors, first.year, first.where) == (("Müller, Jörg",), 2024, "line 6 (eprint)")
    assert second.abstract == "An @article at the beginning of a line, and a brace"
    assert found.faults == (
        "line 11 (broken): a brace is opened and never closed",
        "line 15 (untitled): has neither a title nor the id of a paper",
    )


def test_every_entry_is_accounted_for_and_a_second_import_changes_nothing(store: Store, tmp_path: Path) -> None:
    report = take(store, tmp_path, BIBTEX)
    assert dict(report.how) == {"id": 4, "DOI": 1, "address": 3, "title and year": 1, "text": 1, "nothing": 2}
    assert (report.entries, len(report.faults)) == (14, 2)
    assert (report.new, report.known, report.twice, report.queued) == (9, 0, 1, 7)
    before = store.ratings.every()
    again = take(store, tmp_path, BIBTEX)
    assert (again.new, again.known, again.twice) == (0, 9, 1)
    assert store.ratings.every() == before
    assert store.ratings.waiting(date(2026, 3, 2))[0] == "2301.00007"


def test_a_dry_run_says_the_same_and_does_nothing(store: Store, tmp_path: Path) -> None:
    report = take(store, tmp_path, BIBTEX, dry_run=True)
    assert report.new == 9
    assert store.ratings.every() == []
    assert list(report.lines(dry_run=True))[1].startswith("would be liked in your list: 9 new")


def test_what_was_rated_otherwise_by_hand_is_left(store: Store, tmp_path: Path) -> None:
    from recommender.verbs import ratings

    ratings.rate(store, ["2407.16658"], "dislike", "", NOON)
    report = take(store, tmp_path, BIBTEX)
    assert report.otherwise == ["2407.16658"]
    assert {rated.id for rated in store.ratings.given("", "dislike")} == {"2407.16658"}


def test_latin_1_is_read_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, "@article{a, title={Café théorie}, eprint={2401.00001}}".encode("latin-1"))
    assert found.entries[0].title == "Café théorie"
    assert found.notes == ("is not UTF-8; read as Latin-1",)


@pytest.mark.parametrize("number", [300])
def test_one_broken_entry_in_the_middle_costs_only_itself(tmp_path: Path, number: int) -> None:
    entries = [f"@article{{k{n}, title = {{Paper {n}}}, eprint = {{2401.{n:05d}}}}}" for n in range(number)]
    entries[100] = "@article{k100, title = {Paper {100}, year = 2020"
    found = read(tmp_path, "\n\n".join(entries))
    assert len(found.entries) == number - 1
    assert [fault.split(":")[0] for fault in found.faults] == ["line 201 (k100)"]


RIS = """TY  - JOUR
TI  - A paper of a journal
AU  - Doe, Jane
PY  - 2021/03//
AB  - We match graphs.
DO  - 10.1000/xyz
ER  -

TY  - UNPB
T1  - By its address
UR  - https://arxiv.org/abs/2411.02571
ER  -
TY  - GEN
AU  - Nobody
ER  -
TY  - JOUR
TI  - In a journal's name, and without its end
JO  - arXiv preprint arXiv:2301.00007
"""


def test_ris_is_read_record_by_record(tmp_path: Path) -> None:
    found = read(tmp_path, RIS, "refs.ris")
    assert ids(found) == {
        "A paper of a journal": ("", ""),
        "By its address": ("2411.02571", "address"),
        "In a journal's name, and without its end": ("2301.00007", "address"),
    }
    assert (found.entries[0].abstract, found.entries[0].year) == ("We match graphs.", 2021)
    assert found.faults == ("line 13: has neither a title nor the id of a paper",)


def test_csl_json_is_read_with_what_zotero_and_better_bibtex_make_of_it(tmp_path: Path) -> None:
    items = [
        {
            "id": "a",
            "title": "<i>By</i> DOI",
            "DOI": "10.48550/ARXIV.2401.00002",
            "issued": {"date-parts": [[2024, 1]]},
        },
        {"id": "b", "title": "By number", "number": "arXiv:2401.00003", "author": [{"family": "Doe", "given": "J"}]},
        {"id": "c", "title": "By note", "note": "Comment: 5 pages\narXiv: 2401.00004 [cs]"},
        {"id": "d"},
        3,
    ]
    found = read(tmp_path, json.dumps(items), "export.json")
    assert {title: named[0] for title, named in ids(found).items()} == {
        "By DOI": "2401.00002",
        "By number": "2401.00003",
        "By note": "2401.00004",
    }
    assert found.entries[1].authors == ("J Doe",)
    assert len(found.faults) == 2
    assert len(read(tmp_path, json.dumps({"items": items}), "better.json").entries) == 3


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:bib="http://purl.org/net/biblio#"
 xmlns:foaf="http://xmlns.com/foaf/0.1/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:link="http://purl.org/rss/1.0/modules/link/">
 <bib:Document rdf:about="http://arxiv.org/abs/2401.00002">
  <z:itemType>preprint</z:itemType>
  <bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Doe</foaf:surname><foaf:givenName>Jane</foaf:givenName>
  </foaf:Person></rdf:li></rdf:Seq></bib:authors>
  <link:link rdf:resource="#item_2"/>
  <dc:title>By what it is about</dc:title><dcterms:abstract>Of graphs.</dcterms:abstract><dc:date>2024-01-02</dc:date>
 </bib:Document>
 <z:Attachment rdf:about="#item_2"><z:itemType>attachment</z:itemType><dc:title>Full text</dc:title></z:Attachment>
 <bib:Article rdf:about="#item_3">
  <z:itemType>journalArticle</z:itemType>
  <dcterms:isPartOf><bib:Journal><dc:title>A journal</dc:title></bib:Journal></dcterms:isPartOf>
  <dc:identifier>DOI 10.48550/arXiv.2401.00003</dc:identifier><dc:title>By DOI</dc:title>
 </bib:Article>
 <z:Collection rdf:about="#collection_1"><dc:title>To read</dc:title></z:Collection>
</rdf:RDF>
"""


def test_zotero_rdf_is_read_without_its_attachments_and_collections(tmp_path: Path) -> None:
    found = read(tmp_path, RDF, "export.rdf")
    assert ids(found) == {"By what it is about": ("2401.00002", "address"), "By DOI": ("2401.00003", "DOI")}
    first = found.entries[0]
    assert (first.authors, first.year, first.abstract) == (("Jane Doe",), 2024, "Of graphs.")
    assert found.faults == ()


def test_a_list_of_ids_may_have_comments_and_addresses(tmp_path: Path) -> None:
    text = "# mine\n2407.16658 # EgoCVR\nhttps://arxiv.org/abs/2411.02571v1, hep-th/9901001\nnonsense\n\n-2401.00001\n"
    found = read(tmp_path, text, "ids.txt")
    assert [entry.id for entry in found.entries] == ["2407.16658", "2411.02571", "hep-th/9901001"]
    assert found.faults[0] == "line 4: 'nonsense' is no id"
    assert found.faults[1].startswith("line 6: says that a paper is disliked")


def test_a_likes_txt_gives_what_it_likes(tmp_path: Path) -> None:
    text = (
        "+2407.16658  # EgoCVR\n+text:361977045b7a  # A text\n    Its abstract.\n-2401.00001\n[list x]\n+2401.00002\n"
    )
    found = read(tmp_path, text, "likes.txt")
    assert [(entry.id, entry.title, entry.abstract) for entry in found.entries] == [
        ("2407.16658", "EgoCVR", ""),
        ("", "A text", "Its abstract."),
    ]
    assert (found.excluded, found.faults) == (2, ())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("paper.pdf", b"%PDF-1.5 ...", "is no text; export your library as"),
        ("notes.txt", b"just some words\n", "holds no reference; expected BibTeX"),
        ("empty.bib", b"", "holds no reference"),
        ("cut.json", b'[{"title": "x"', "is not JSON"),
        ("cut.rdf", b"<rdf:RDF>", "is not XML"),
        ("page.xml", b"<html></html>", "is not RDF"),
        ("bomb.rdf", b'<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>', "declares entities"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_remedy(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        read(tmp_path, data, name)
    assert name in str(raised.value)


def test_what_is_exported_is_imported_again(store: Store, tmp_path: Path) -> None:
    awkward = Paper(
        "2402.00002", "50% of {A & B} is $x_1$ {", "An unclosed } brace & a \\", ("O'Neil, {J",), ("cs.CV",)
    )
    for kind, name in (("bibtex", "out.bib"), ("ris", "out.ris"), ("ids", "out.txt")):
        found = read(tmp_path, export.FORMATS[kind]([STORED, awkward]), name)
        assert [entry.id for entry in found.entries] == ["2401.00001", "2402.00002"]
        assert found.faults == ()
        assert found.entries[0].title == STORED.title


def test_the_shell_reports_and_fails_where_nothing_could_be_used(home: Path) -> None:
    (home / "library.bib").write_text(BIBTEX, encoding="utf-8")
    done = CliRunner().invoke(main, ["profile", "import", "library.bib"])
    assert done.exit_code == 0
    assert "library.bib: 14 entries; 8 papers (4 by id, 1 by DOI, 3 by address)" in done.stdout
    assert "faulty: line 11 (broken): a brace is opened and never closed" in done.stderr
    assert "+2407.16658  # " in (home / "likes.txt").read_text(encoding="utf-8")
    (home / "bad.bib").write_text("@article{a, author = {X}}", encoding="utf-8")
    assert CliRunner().invoke(main, ["profile", "import", "bad.bib"]).exit_code == 1
    exported = CliRunner().invoke(main, ["profile", "export", "--format", "ids"]).stdout
    assert "2407.16658  # EgoCVR" in exported
