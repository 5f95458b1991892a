"""Whatever fails: nothing false is stored, nothing is lost, and one good run later all is as if nothing had failed."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.loopback import arxiv_faults as play
from bench.loopback.arxiv_server import ArxivServer, Fault, make_papers
from bench.loopback.fetch_world import World
from recommender.sources.base import Request, SourceName

ALL = Request(categories=("cs.LG",), limit=1000)
FAULTS = st.sampled_from(
    [
        None,
        play.empty,
        play.empty_page,
        play.partial,
        play.unsorted,
        play.status(429),
        play.status(503, Retry_After="5"),
        play.status(503, Retry_After="500"),
        play.status(406),
        play.rate_text,
        play.malformed,
        play.truncated,
        play.cut_off,
        play.html,
        play.bomb,
        play.bad_utf8,
        play.no_records,
        play.oai_error("noRecordsMatch"),
        play.oai_error("badResumptionToken"),
        play.redirect("https://elsewhere.example/"),
        play.hang_up,
        play.no_id,
        play.broken_entry,
    ]
)
DAYS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(0, 9),
        st.lists(FAULTS, max_size=14),
        st.lists(FAULTS, max_size=14),
    ),
    min_size=1,
    max_size=4,
)
ORDERS = st.sampled_from([("api",), ("api", "oai"), ("oai", "api"), ("oai",)])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(days=DAYS, order=ORDERS)
def test_whatever_fails_a_later_good_run_ends_as_if_nothing_had(
    days: list[tuple[int, int, list[Fault | None], list[Fault | None]]], order: tuple[SourceName, ...]
) -> None:
    everything = make_papers(70, per_day=3)
    with tempfile.TemporaryDirectory() as folder, ArxivServer(everything[-40:], oai_page=9) as server:
        unlucky, lucky = World(server, Path(folder) / "unlucky"), World(server, Path(folder) / "lucky")
        before: set[str] = set()
        published = 40
        for gap, more, api, oai in days:
            published += min(more, 5)
            server.papers = everything[-published:]
            lucky.one(ALL, order=order)
            server.play(*api, on="api")
            server.play(*oai, on="oai")
            unlucky.one(ALL, order=order)
            server.mend()

            stored = unlucky.stored()
            assert set(stored.values()) <= set(server.papers)
            assert before <= set(stored)
            before = set(stored)
            for world in (lucky, unlucky):
                world.now += timedelta(days=gap)
            server.now = unlucky.now
        assert lucky.one(ALL, order=order).ok
        assert unlucky.one(ALL, order=order).ok
        if order == ("oai", "api"):  # the API's first fill goes further back than a harvest's
            assert unlucky.stored().items() >= lucky.stored().items()
        else:
            assert unlucky.stored() == lucky.stored()
