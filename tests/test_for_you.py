"""What a reader is recommended: by the shell, in the digest, in a search; and what the next fetch asks for."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bench.loopback.arxiv_server import ArxivServer, make_papers
from recommender.fronts.cli import main

NEW = "2026-09-18"
TOPICS = {
    "retrieval": "composed image retrieval with a reference image and a modification text, by vision-language models",
    "codes": "quantum error correction with surface codes, stabilizer decoders and logical qubits under noise",
    "halos": "dark matter halos in cosmological simulations, their density profiles and galaxy clustering",
}


def recommend(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def paper(paper_id: str, topic: str, number: int, day: str = NEW, **more: object) -> dict[str, object]:
    title = f"{TOPICS[topic].split(',')[0].capitalize()} {number}"
    return {"id": paper_id, "title": title, "abstract": f"We study {TOPICS[topic]}.", "published": day, **more}


@pytest.fixture
def library(home: Path) -> Path:
    """The starter papers, old papers to like, and new ones: many on images, few on codes and on halos."""
    old = [paper(f"2501.0{n}00{k}", topic, k, "2025-01-05") for n, topic in enumerate(TOPICS) for k in range(3)]
    new = [paper(f"2609.1{k:04d}", "retrieval", k) for k in range(30)]
    new += [paper(f"2609.2{k:04d}", "codes", k) for k in range(2)]
    new += [paper(f"2609.3{k:04d}", "halos", k) for k in range(2)]
    new += [paper("2609.40000", "retrieval", 40, comment="This paper has been withdrawn by the authors")]
    (home / "papers.jsonl").write_text("\n".join(json.dumps(each) for each in [*old, *new]), encoding="utf-8")
    assert recommend("import", "papers.jsonl").exit_code == 0
    return home


def like(*ids: str) -> None:
    assert recommend("like", *ids).exit_code == 0


def ids(found: Sequence[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in found]


def test_new_papers_like_the_likes_come_with_the_like_that_each_resembles(library: Path) -> None:
    like("2501.00000")
    found = records(recommend("today", "--json", "-n", "50"))
    assert set(ids(found)) == {f"2609.1{k:04d}" for k in range(30)}
    assert {each["because"]["id"] for each in found} == {"2501.00000"}
    assert found[0]["because"]["url"].endswith("/2501.00000")
    shown = recommend("today", "-n", "1").stdout
    assert 'because it resembles "Composed image retrieval' in " ".join(shown.split())
    assert "because" not in recommend("today", "-n", "1", "--no-why").stdout


def test_damaged_papers_are_left_out_and_a_damaged_vector_of_a_like_is_made_anew(library: Path) -> None:
    like("2501.00000")
    with sqlite3.connect(library / "index" / "papers.db") as db:
        db.execute("UPDATE papers SET published = 'x' WHERE id = '2609.10000'")
        of = "WHERE row = (SELECT row FROM papers WHERE id = ?)"
        db.execute(f"UPDATE vectors SET vector = zeroblob(3) {of}", ("2609.10001",))
        db.execute(f"UPDATE vectors SET vector = zeroblob(3) {of}", ("2501.00000",))
    found = records(recommend("today", "--json", "-n", "50"))
    assert set(ids(found)) == {f"2609.1{k:04d}" for k in range(2, 30)}
    assert {each["because"]["id"] for each in found} == {"2501.00000"}


def test_no_interest_is_missing_from_the_first_twenty(library: Path) -> None:
    like("2501.00000", "2501.00001", "2501.00002", "2501.01000")
    found = records(recommend("today", "--json"))
    assert len(found) == 20
    assert {"2609.20000", "2609.20001"} & set(ids(found))
    assert not {"2609.30000", "2609.30001"} & set(ids(found))
    relevances = [each["relevance"] for each in found]
    assert relevances == sorted(relevances, reverse=True)


def test_what_was_rated_or_recommended_on_an_earlier_day_does_not_come_back(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    like("2501.01000")
    assert set(ids(records(recommend("today", "--json")))) == {"2609.20000", "2609.20001"}
    assert set(ids(records(recommend("today", "--json")))) == {"2609.20000", "2609.20001"}
    recommend("save", "2609.20000")
    assert ids(records(recommend("today", "--json"))) == ["2609.20001"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1790000000 + 86400))
    gone = recommend("today", "--json")
    assert (gone.exit_code, gone.stdout) == (0, "")
    assert "nothing new is near enough" in gone.stderr
    assert ids(records(recommend("today", "--json", "--again"))) == ["2609.20001"]


def test_a_papers_relevance_does_not_depend_on_what_else_came(library: Path) -> None:
    like("2501.01000", "2501.00000")
    everything = {
        each["id"]: each["relevance"] for each in records(recommend("today", "--json", "--since", "5y", "-n", "99"))
    }
    recent = {each["id"]: each["relevance"] for each in records(recommend("today", "--json", "--since", NEW))}
    assert len(everything) > len(recent) == 20
    assert all(everything[name] == relevance for name, relevance in recent.items() if name in everything)


def test_a_dislike_takes_papers_of_its_kind_away_and_leaves_the_others(library: Path) -> None:
    like("2501.01000")
    before = records(recommend("today", "--json", "--again"))
    recommend("dislike", "2501.00000")
    assert records(recommend("today", "--json", "--again")) == before
    recommend("dislike", "2609.20001")
    assert "2609.20001" not in ids(records(recommend("today", "--json", "--again")))


def test_lists_are_profiles_of_their_own(library: Path) -> None:
    like("2501.00000")
    recommend("like", "2501.02000", "--list", "thesis")
    found = records(recommend("today", "--list", "thesis", "--json"))
    assert set(ids(found)) == {"2609.30000", "2609.30001"}
    empty = recommend("today", "--list", "other")
    assert empty.exit_code == 1
    assert empty.stderr == (
        "recommend: nothing is liked in the list 'other' yet; there are likes in your list, the list 'thesis'; "
        "`recommend like ID --list 'other'`, or `profile import FILE`\n"
    )


def test_likes_that_are_not_stored_are_named_as_the_reason_for_nothing(library: Path) -> None:
    like("2401.99999")
    empty = recommend("today")
    assert (empty.exit_code, "none of the 1 likes in your list is stored yet" in empty.stderr) == (1, True)


def test_what_a_hand_wrote_into_the_text_counts_at_once(library: Path) -> None:
    (library / "likes.txt").write_text("+2501.02000\n", encoding="utf-8")
    assert set(ids(records(recommend("today", "--json")))) == {"2609.30000", "2609.30001"}


def test_the_digest_has_a_section_on_top_with_reasons_that_are_linked(library: Path) -> None:
    config = (library / "config.toml").read_text(encoding="utf-8")
    settings = f'{config}\n[profile]\ntitle = "For you"\nmax_age_days = 30\n[feeds]\npath = "feeds"\n'
    (library / "config.toml").write_text(settings, encoding="utf-8")
    recommend("digest")
    assert "For you" not in (library / "README.md").read_text(encoding="utf-8")
    like("2501.01000")
    recommend("digest")
    text = (library / "README.md").read_text(encoding="utf-8")
    assert text.index("## For you") < text.index("## Composed Image Retrieval")
    section = text[text.index("## For you") : text.index("## Composed Image Retrieval")]
    reason = "*because it resembles [Quantum error correction with surface codes 0](https://arxiv.org/abs/2501.01000)*"
    assert section.count(reason) == 2
    feed = (library / "feeds" / "for-you.atom").read_text(encoding="utf-8")
    assert "2609.20000" in feed
    assert 'because it resembles "Quantum error correction' in feed
    recommend("digest")
    assert (library / "README.md").read_text(encoding="utf-8") == text
    (library / "config.toml").write_text(settings.replace("= 30", "= 30\nmin_relevance = 100.0"), encoding="utf-8")
    recommend("digest")
    assert "No paper is near enough to what you like." in (library / "README.md").read_text(encoding="utf-8")
    (library / "config.toml").write_text(settings, encoding="utf-8")
    assert recommend("site").exit_code == 0
    page = (library / "site" / "sections" / "for-you.html").read_text(encoding="utf-8")
    assert page.count('because it resembles <a href="https://arxiv.org/abs/2501.01000">') == 2


def test_a_search_for_the_reader_prefers_what_the_profile_likes(library: Path) -> None:
    like("2501.01000", "2501.01001")
    question = ["search", "simulations under noise", "--json", "-n", "400"]
    plain, mine = ids(records(recommend(*question))), ids(records(recommend(*question, "--for-me")))
    assert len(mine) == len(plain) > 0
    assert mine.index("2609.20000") < plain.index("2609.20000")
    assert recommend("search", "noise", "--for-me", "--list", "none").exit_code == 1


FETCH = """
[fetch]
api_url = "{api_url}"
oai_url = "{oai_url}"
rss_url = "{rss_url}"
"""


@pytest.fixture
def arxiv(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795176000")
    with ArxivServer(make_papers(6)) as server:
        (home / "config.toml").write_text(FETCH.format(**server.urls), encoding="utf-8")
        yield server


def test_the_next_fetch_asks_for_what_was_liked_and_is_not_stored_and_once_a_week_for_what_is_nowhere(
    arxiv: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = arxiv.papers[2]
    like(wanted.id, "2401.99999")
    assert recommend("fetch").stdout.splitlines()[0] == "rated papers: 1 of 2 new"
    assert wanted.title in recommend("profile", "show").stdout
    asked = len(arxiv.asked("api"))
    again = recommend("fetch")
    assert (again.exit_code, "nothing to fetch" in again.stderr) == (1, True)
    assert len(arxiv.asked("api")) == asked
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1795176000 + 8 * 86400))
    assert recommend("fetch").stdout.splitlines()[0] == "rated papers: 0 of 1 new"


def test_a_fetch_of_likes_that_fails_is_said_and_asked_again(arxiv: ArxivServer) -> None:
    like(arxiv.papers[2].id)
    arxiv.kill()
    failed = recommend("fetch")
    assert failed.exit_code == 1
    assert "rated papers: could not be fetched:" in failed.stdout
    assert "not stored yet" in recommend("profile", "show").stdout
