"""What each key of config.toml does to a section, from the stored papers to the written digest.

Every test here fails when its key is ignored.
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from tokenizers import Tokenizer

from recommender import config, embed
from recommender.archives import day_of
from recommender.config import tables
from recommender.errors import ModelError
from recommender.paper import Paper
from recommender.verbs import digest as sections
from recommender.verbs.fetch import targets
from tests.helpers.site_example import static_model
from tests.helpers.small_home import (
    CODES,
    DAY,
    GALAXIES,
    IMAGES,
    NUMBER,
    PROTEINS,
    encoder,
    fill,
    ids,
    made,
    open_home,
    paper,
    papers,
    section,
    topics,
)

QUERY = "Quantum error correction"
ALL = {"min_relevance": 0.0}
"For [ranking]: a section shows every paper that is stored."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that nobody writes to."""
    return fill(tmp_path_factory.mktemp("home"), papers())


def of_topic(topic: str) -> list[Paper]:
    return [one for one in papers() if one.categories == (topic,)]


@cache
def by_meaning() -> list[str]:
    """The ids of the papers on the query's topic in the order of their cosines to it."""
    some = of_topic(CODES)
    cosines = encoder().encode_documents(some) @ encoder().encode_queries([QUERY])[0]
    return [some[place].id for place in np.argsort(-cosines)]


# -- [[sections]] --------------------------------------------------------------------------------------------------


def test_a_section_is_headed_by_its_title_and_asks_for_it_by_meaning(home: Path) -> None:
    shown = section(home, QUERY)
    assert (shown.title, shown.query) == (QUERY, QUERY)
    assert ids(shown) == by_meaning()
    assert [row.rank for row in shown.rows] == [1, 2, 3, 4, 5, 6, 7]
    relevance = [row.scored.relevance for row in shown.rows]
    assert relevance == sorted(relevance, reverse=True)


def test_a_query_is_asked_instead_of_the_title(home: Path) -> None:
    shown = section(home, QUERY, keys={"query": "star formation in galaxies"})
    assert shown.title == QUERY
    assert shown.query == "star formation in galaxies"
    assert set(topics(shown)) == {GALAXIES}


@pytest.mark.parametrize(
    ("keys", "phrases"),
    [({}, (QUERY,)), ({"keywords": ["surface code", "qubit"]}, ("surface code", "qubit")), ({"keywords": []}, ())],
)
def test_keywords_are_what_arxiv_is_asked_for_and_rank_nothing(
    home: Path, keys: dict[str, Any], phrases: tuple[str, ...]
) -> None:
    wanted = {"title": QUERY, "categories": [CODES], **keys}
    (target,) = targets(config.parse({"sections": [wanted]}, folder=home))
    assert (target.title, target.request.keywords, target.request.categories) == (QUERY, phrases, (CODES,))
    assert ids(made(home, wanted).sections[0]) == by_meaning()


def test_only_papers_of_its_categories_are_shown_and_counted(home: Path) -> None:
    shown = section(home, QUERY, keys={"categories": ["cs.CV", "astro-ph"]}, ranking=ALL)
    assert sorted(topics(shown)) == [GALAXIES] * 6 + [IMAGES] * 6
    assert shown.provenance.candidates == 12
    assert section(home, QUERY).provenance.candidates == NUMBER


def test_papers_like_an_example_rise_and_name_it(home: Path) -> None:
    example = paper(GALAXIES, 0)
    plain = section(home, QUERY, ranking=ALL)
    steered = section(home, QUERY, keys={"like": [f"https://arxiv.org/abs/{example.id}v1"]}, ranking=ALL)
    assert set(topics(plain)[:7]) == {CODES}
    assert ids(steered).index(example.id) < 7
    named = {row.paper.categories[0]: row.scored.like for row in steered.rows[:14] if row.scored.like}
    assert named == {GALAXIES: example.id}
    assert not any(row.scored.like for row in plain.rows)


def test_papers_like_a_counterexample_sink(home: Path) -> None:
    first = by_meaning()[0]
    assert ids(section(home, QUERY, keys={"unlike": [first]}, ranking=ALL)).index(first) >= 4


@pytest.mark.parametrize(("digest", "own", "number"), [(4, 0, 4), (4, 2, 2), (2, 5, 5), (100, 0, 7)])
def test_a_section_shows_its_own_number_of_papers_or_else_the_digests(
    home: Path, digest: int, own: int, number: int
) -> None:
    assert ids(section(home, QUERY, keys={"top": own}, digest={"top": digest})) == by_meaning()[:number]


@pytest.mark.parametrize(
    ("digest", "own", "by_date"),
    [("relevance", "", False), ("date", "", True), ("relevance", "date", True), ("date", "relevance", False)],
)
def test_a_section_is_sorted_as_it_says_or_else_as_the_digest_says(
    home: Path, digest: str, own: str, by_date: bool
) -> None:
    shown = section(home, QUERY, keys={"sort": own} if own else {}, digest={"sort": digest})
    newest_first = sorted(of_topic(CODES), key=day_of, reverse=True)
    assert ids(shown) == ([one.id for one in newest_first] if by_date else by_meaning())
    assert [row.rank for row in shown.rows] == [by_meaning().index(paper_id) + 1 for paper_id in ids(shown)]


def test_by_date_the_newest_of_all_that_are_relevant_are_shown(home: Path) -> None:
    newest = sorted(of_topic(CODES), key=day_of, reverse=True)[:3]
    assert ids(section(home, QUERY, keys={"sort": "date", "top": 3})) == [one.id for one in newest]
    assert {one.id for one in newest} != set(by_meaning()[:3])


def test_a_title_that_unites_topics_asks_for_each_and_a_query_is_one(home: Path) -> None:
    united = "Protein folding and spiral galaxies"
    relevance = {row.paper.id: row.scored.relevance for row in section(home, united).rows}
    for alone in ("Protein folding", "Spiral galaxies"):
        best = section(home, alone).rows[0]
        assert relevance[best.paper.id] == pytest.approx(best.scored.relevance)
    assert set(topics(section(home, united, keys={"query": "spiral galaxies"}))) == {GALAXIES}


@pytest.mark.parametrize("ranking", [{}, {"half_life_days": 3000}, {"diversity": 0.1}], ids=str)
def test_each_topic_of_a_title_has_its_share_of_a_short_section(home: Path, ranking: dict[str, Any]) -> None:
    shown = section(home, "Protein folding and spiral galaxies", keys={"top": 4}, ranking=ranking)
    assert Counter(topics(shown)) == {PROTEINS: 2, GALAXIES: 2}


def test_an_example_that_is_not_stored_is_named_and_the_section_ranked_without_it(home: Path) -> None:
    shown = section(home, QUERY, keys={"like": ["2501.00001"], "unlike": ["2501.00002"]})
    assert ids(shown) == by_meaning()
    assert shown.problems == (
        "ranked without 2501.00001, 2501.00002, which config.toml names and no fetch has brought yet",
    )
    assert section(home, QUERY, keys={"like": [paper(CODES, 1).id]}).problems == ()


def test_a_title_of_unknown_words_costs_its_own_section_only(home: Path) -> None:
    empty, codes = made(home, {"title": "\U0001f600"}, {"title": QUERY}).sections
    assert (empty.rows, ids(codes)) == ((), by_meaning())
    assert "holds no word that the model knows" in empty.problems[0]


@pytest.mark.parametrize("days", [3, 2])
def test_a_paper_as_old_as_allowed_is_shown_and_an_older_one_not(home: Path, days: int) -> None:
    shown = section(home, QUERY, keys={"max_age_days": days}, ranking=ALL)
    oldest = DAY - timedelta(days=days)
    assert sorted(ids(shown)) == sorted(one.id for one in papers() if day_of(one) >= oldest)
    assert min(day_of(row.paper) for row in shown.rows) == (oldest if days == 3 else DAY)
    assert shown.provenance.candidates == len(shown.rows)


def test_a_section_keeps_out_what_its_own_cut_off_says_or_else_the_rankings(home: Path) -> None:
    everything = section(home, QUERY, ranking=ALL)
    assert len(everything.rows) == NUMBER
    between = (everything.rows[2].scored.relevance + everything.rows[3].scored.relevance) / 2
    strict = {"min_relevance": between}
    assert ids(section(home, QUERY, ranking=strict)) == by_meaning()[:3]
    assert ids(section(home, QUERY, keys=strict, ranking=ALL)) == by_meaning()[:3]
    assert len(section(home, QUERY, keys=ALL, ranking=strict).rows) == NUMBER
    assert ids(section(home, QUERY)) == by_meaning(), "off topic is below the default"


def test_what_is_on_topic_does_not_depend_on_what_else_is_stored(tmp_path: Path) -> None:
    alone = fill(tmp_path, of_topic(CODES))
    assert ids(section(alone, QUERY)) == by_meaning()
    assert ids(section(alone, "Image retrieval")) == []


# -- [digest] ------------------------------------------------------------------------------------------------------


def written(folder: Path, *wanted: dict[str, Any], **others: Any) -> str:
    """README.md, or the file that [digest] names, after a digest was made and written into a folder."""
    with open_home(folder, {"sections": list(wanted), **others}, write=True) as library:
        sections.write(library, sections.make(library))
        return library.config.resolve(library.config.digest.path).read_text("utf-8")


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    """A home to be written to."""
    return fill(tmp_path, papers())


def head(text: str, title: str) -> str:
    """The head of a section's table, without the spaces that keep a date whole."""
    found = re.search(rf"## {title}\n\n.*\n\n(\|.*\|)\n", text)
    assert found
    return re.sub(r"\s+", " ", found[1])


def test_a_table_has_the_columns_of_its_section_or_else_of_the_digest(own_home: Path) -> None:
    text = written(
        own_home,
        {"title": QUERY, "columns": ["relevance", "title", "categories"]},
        {"title": "Galaxies"},
        digest={"columns": ["title", "authors"]},
    )
    assert head(text, QUERY) == "| Relevance | Title | Categories |"
    assert head(text, "Galaxies") == "| Title | Authors |"


@pytest.mark.parametrize("link", ["abs", "pdf"])
def test_a_title_leads_where_the_digest_says(own_home: Path, link: str) -> None:
    text = written(own_home, {"title": QUERY}, digest={"link": link})
    assert set(re.findall(r"https://arxiv.org/(\w+)/2601", text)) == {link}


def test_a_paper_of_two_sections_is_once_in_full_or_repeated(own_home: Path) -> None:
    twice = ({"title": QUERY}, {"title": "Qubits", "query": QUERY})
    assert "[Quantum error correction](#quantum-error-correction)" in written(own_home, *twice).split("## Qubits")[1]
    assert "→" not in written(own_home, *twice, digest={"duplicates": "repeat"})


def test_withdrawn_papers_are_shown_only_where_wanted_and_leave_no_gap(tmp_path: Path) -> None:
    gone = by_meaning()[0]
    withdrawn = "This paper has been withdrawn by the authors"
    folder = fill(tmp_path, [replace(one, comment=withdrawn) if one.id == gone else one for one in papers()])
    keys = {"top": 3}
    assert ids(section(folder, QUERY, keys=keys)) == by_meaning()[1:4]
    assert ids(section(folder, QUERY, keys=keys, digest={"withdrawn": True})) == by_meaning()[:3]


def test_a_digest_over_its_budget_moves_into_the_folder_beside_it(own_home: Path) -> None:
    whole = [{"title": title, **ALL} for title in (QUERY, "Galaxies", "Proteins", "Qubits", "Quasars")]
    keys: dict[str, Any] = {"duplicates": "repeat", "path": "docs/papers.md", "folder": "more"}
    assert len(written(own_home, *whole, digest=keys).encode()) > 30_000
    assert not (own_home / "docs" / "more").exists()
    small = written(own_home, *whole, digest={**keys, "max_bytes": 10_000})
    assert len(small.encode()) <= 10_000
    assert "](more/galaxies.md)" in small
    names = ["galaxies.md", "proteins.md", "quantum-error-correction.md", "quasars.md", "qubits.md"]
    assert sorted({re.sub(r"\.\d+", "", path.name) for path in (own_home / "docs" / "more").glob("*.md")}) == names


def test_a_budget_counts_two_bytes_for_an_end_of_line_where_the_file_has_such(own_home: Path) -> None:
    whole = [{"title": title, **ALL} for title in (QUERY, "Galaxies")]
    readme, keys = own_home / "README.md", {"duplicates": "repeat"}
    readme.write_bytes(b"Mine\n")
    written(own_home, *whole, digest=keys)
    size = len(readme.read_bytes())
    readme.write_bytes(b"Mine\r\n")
    written(own_home, *whole, digest={**keys, "max_bytes": size + 30})
    assert b"\r\n| **[" in readme.read_bytes()
    assert len(readme.read_bytes()) <= size + 30  # every line of over fifty has one byte more


# -- [ranking] -----------------------------------------------------------------------------------------------------


def test_with_a_half_life_fresh_papers_rise(home: Path) -> None:
    newest_first = [one.id for one in sorted(of_topic(CODES), key=day_of, reverse=True)]
    assert newest_first != by_meaning()
    assert ids(section(home, QUERY, ranking={"half_life_days": 5.0})) == newest_first


@pytest.fixture
def crowded(tmp_path: Path) -> tuple[Path, str]:
    """A home in which a hundred old papers are nearer to the query than the one fresh paper, and the fresh one's id."""
    near, far = (paper(CODES, int(by_meaning()[place][-1])) for place in (0, -1))
    old = [replace(near, id=f"2501.{number:05}", published=None, updated=DAY - timedelta(900)) for number in range(100)]
    return fill(tmp_path, [*old, replace(far, published=DAY, updated=DAY)]), far.id


def test_a_half_life_looks_beyond_the_papers_that_meaning_alone_would_show(crowded: tuple[Path, str]) -> None:
    folder, fresh = crowded
    assert fresh not in ids(section(folder, QUERY, keys={"top": 1}))
    assert ids(section(folder, QUERY, keys={"top": 1}, ranking={"half_life_days": 30.0})) == [fresh]


@pytest.mark.parametrize("table", ["section", "digest"])
def test_by_date_the_newest_is_found_behind_any_number_of_nearer_ones(crowded: tuple[Path, str], table: str) -> None:
    folder, fresh = crowded
    by_date = {"sort": "date"}
    keys, digest = (by_date, {}) if table == "section" else ({}, by_date)
    shown = section(folder, QUERY, keys={"top": 2, **keys}, digest=digest)
    assert ids(shown)[0] == fresh
    assert len(shown.rows) == 2


def test_diversity_parts_papers_that_say_the_same(tmp_path: Path) -> None:
    first = by_meaning()[0]
    twin = replace(paper(CODES, int(first[-1])), id="2601.09999")
    folder = fill(tmp_path, [*papers(), twin])
    assert set(ids(section(folder, QUERY))[:2]) == {first, twin.id}
    diverse = ids(section(folder, QUERY, ranking={"diversity": 0.5}))
    assert len({first, twin.id} & set(diverse[:2])) == 1
    assert sorted(diverse) == sorted([*by_meaning(), twin.id])


@pytest.fixture
def second(own_home: Path) -> Path:
    """A home with a second model, to which a paper is about the query if it says `photon`."""
    folder = static_model(own_home / "second", dimensions=2)
    tokenizer = Tokenizer.from_file(str(embed.DEFAULT_MODEL / "tokenizer.json"))
    table = np.tile(np.array([0, 1], np.float16), (40_000, 1))
    for word, weight in (("quantum", 1), ("error", 1), ("correction", 1), ("photon", 100)):
        table[tokenizer.token_to_id(word)] = weight, 0
    safetensors.numpy.save_file({"embedding.weight": table}, folder / "model.safetensors")
    return own_home


def test_words_order_a_section_only_where_they_are_asked_to_and_as_much_as_they_weigh(home: Path) -> None:
    (phrase,) = (one.id for one in of_topic(CODES) if one.title.startswith(QUERY))

    def place(**ranking: Any) -> int:
        return ids(section(home, QUERY, ranking=ranking)).index(phrase)

    apart = by_meaning().index(phrase)
    assert place(words_weight=1.0) == place(words_weight=0.0, words_in_sections=True) == apart > 0
    assert place(words_weight=1.0, words_in_sections=True) == 0
    assert 0 < place(words_in_sections=True) < apart


def reranked(folder: Path, **ranking: Any) -> list[str]:
    return ids(section(folder, QUERY, ranking={"rerank": "second", **ranking}))


def test_a_second_model_has_its_share_of_the_score(second: Path) -> None:
    (photons,) = (one.id for one in of_topic(CODES) if "photon" in one.title)
    assert by_meaning().index(photons) > 0
    assert reranked(second, rerank_weight=1.0)[0] == photons
    assert reranked(second)[0] == photons, "by default the larger share is the second model's"
    assert reranked(second, rerank_weight=0.0) == by_meaning()
    assert ids(section(second, QUERY)) == by_meaning()


def test_a_second_model_looks_at_the_best_papers_only(second: Path) -> None:
    (photons,) = (one.id for one in of_topic(CODES) if "photon" in one.title)
    depth = by_meaning().index(photons)
    shown = reranked(second, rerank_weight=1.0, rerank_depth=depth)
    assert shown[depth:] == by_meaning()[depth:]
    assert reranked(second, rerank_weight=1.0, rerank_depth=depth + 1)[0] == photons


def test_a_second_model_looks_at_more_papers_than_are_asked_for(second: Path) -> None:
    with open_home(second, {"ranking": {"rerank": "second", "rerank_weight": 1.0}}) as library:
        assert ["photon" in found.paper.title for found in library.search(QUERY, 1)] == [True]


def test_papers_embedded_with_another_model_are_refused_not_misread(own_home: Path) -> None:
    static_model(own_home / "own", dimensions=encoder().dimensions)
    changed = {"embedding": {"model": "own"}, "sections": [{"title": QUERY}]}
    with open_home(own_home, changed) as library:
        for ask in (
            lambda: library.search(QUERY),
            lambda: library.similar([paper(CODES, 0).id]),
            lambda: sections.make(library),
        ):
            with pytest.raises(ModelError, match="recommend index --rebuild"):
                ask()


def test_embedding_says_which_model_the_papers_are_embedded_with(tmp_path: Path) -> None:
    static_model(tmp_path / "own", dimensions=8)
    with open_home(tmp_path, {"embedding": {"model": "own"}}, write=True) as library:
        library.add(papers())
        assert library.store.vectors.encoder == library.encoder.identity != encoder().identity
        assert library.encoder.dimensions == 8


def test_every_key_that_shapes_a_section_stands_in_this_file() -> None:
    """A new key is specified here, or says where else."""
    elsewhere = {"path", "style", "reader"}  # tests/test_publish.py, and test_reader.py: sections are not read
    text = Path(__file__).read_text("utf-8")
    for table in (tables.SectionConfig, tables.DigestConfig, tables.RankingConfig):
        for key in set(table.__dataclass_fields__) - elsewhere:
            assert f'"{key}"' in text or f"{key}=" in text, f"{key} of {table.__name__}"
