"""Who is told what, and when: once a day at most, nothing twice, nothing lost, whatever fails or dies on the way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from recommender.config import writing
from recommender.errors import InputError
from recommender.paper import Paper
from recommender.verbs import digest as sections
from recommender.verbs import notify as telling
from recommender.verbs import ratings
from recommender.verbs.info import info
from recommender.verbs.notify import Outcome
from tests.helpers.post import PASSWORD, USER, MailServer, certificate, mail_server, needs_openssl
from tests.helpers.small_home import CODES, DAY, GALAXIES, enter, fill, open_home, papers

pytestmark = needs_openssl
ROOT = Path(__file__).parents[1]
TITLE = "Quantum error correction"
TODAY = DAY + timedelta(days=4)
TOMORROW = TODAY + timedelta(days=1)
NEW = Paper(
    "2611.09999",
    "Quantum error correction beyond <b>break-even</b> & $\\alpha$",
    "A logical qubit under quantum error correction outlives its parts.",
    ("Ada Byron", "Emmy Noether", "Lise Meitner", "Chien-Shiung Wu"),
    (CODES,),
    DAY,
    DAY,
    1,
)


MERGER = replace(
    NEW,
    id="2611.07777",
    title="Major mergers of massive galaxies in the early universe",
    abstract="Massive galaxies grow by mergers, as the halos of their stars show.",
    categories=(GALAXIES,),
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    with mail_server(pair) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose section was shown on an earlier day, and was fetched today."""
    fill(tmp_path, papers())
    for day in (DAY, TODAY):
        enter(tmp_path, TITLE, (day, True, ""))
        if day == DAY:
            show(tmp_path)
    return tmp_path


def tables(server: MailServer, *others: str, **target: Any) -> dict[str, Any]:
    password = "env:SMTP_PASSWORD"
    return {
        "sections": [{"title": title} for title in (TITLE, *others)],
        "mail": {"host": "localhost", "port": server.port, "user": USER, "password": password, "timeout_seconds": 5},
        "notify": [{"name": "me", "to": ["reader@example.org"], **target}],
    }


def show(home: Path, *others: str) -> None:
    """Write the digest."""
    with open_home(home, {"sections": [{"title": title} for title in (TITLE, *others)]}, write=True) as library:
        sections.write(library, sections.make(library))


def met(home: Path, day: date, *some: Paper, ok: bool = True, reason: str = "", shown: bool = True) -> None:
    """What an update of a day does: papers come, or the fetch fails, and the digest is written."""
    with open_home(home, write=True) as library:
        library.add(some)
        library.refresh()
    enter(home, TITLE, (day, ok, reason))
    if shown:
        show(home)


def like(home: Path, paper: Paper) -> None:
    with open_home(home, write=True) as library:
        ratings.rate(library.store, [paper.id], "like", "", datetime(2026, 11, 1, tzinfo=UTC))


def tell(home: Path, settings: dict[str, Any], day: date = TODAY, *, hour: int = 7) -> Outcome:
    """Run `recommend notify` on a day."""
    now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    with open_home(home, settings, write=True) as library:
        library.today = day
        (outcome,) = telling.send(library, (), now)
    return outcome


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def told(mail: EmailMessage) -> list[str]:
    """The papers of a mail, by their addresses."""
    return [line.strip().rpartition("/")[2] for line in text(mail).splitlines() if "/abs/" in line]


# -- what is told ------------------------------------------------------------------------------------------------


def test_what_is_new_today_is_told_once(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    assert tell(home, tables(server)).line == "me: sent (1 new)"
    assert [told(mail) for mail in server.mails] == [["2611.09999v1"]]
    assert server.mails[0]["Subject"] == f"Papers {TODAY}: 1 new"
    assert tell(home, tables(server), hour=18).line == "me: sent already today"
    assert tell(home, tables(server), TOMORROW).line == "me: nothing new, nothing sent"
    assert len(server.mails) == 1


def test_the_text_form_has_every_fact_and_address_in_lines_that_fit(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    tell(home, tables(server, url="https://example.org/digest"))
    said = text(server.mails[0])
    assert f"{TITLE} (1 new)\n" in said.replace("\r\n", "\n")
    assert " 1. Quantum error correction beyond <b>break-even</b> & $\\alpha$" in said
    assert f"{DAY} · 100% · Ada Byron, Emmy Noether, Lise Meitner et al." in said
    assert "    https://arxiv.org/abs/2611.09999v1" in said
    assert "The whole digest: https://example.org/digest" in said
    assert "To get no more, write to reader@example.org" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 72


def test_text_of_papers_is_text_in_the_html_form(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    tell(home, tables(server))
    body = server.mails[0].get_body(("html",))
    assert isinstance(body, EmailMessage)
    page = body.get_content()
    assert "beyond &lt;b&gt;break-even&lt;/b&gt; &amp; $\\alpha$" in page
    assert '<a href="https://arxiv.org/abs/2611.09999v1"' in page
    assert "<script" not in page
    assert "<img" not in page


def test_a_new_version_is_called_one(home: Path, server: MailServer) -> None:
    met(home, TODAY, replace(papers()[0], version=2, updated=DAY + timedelta(days=1)))
    assert tell(home, tables(server)).line == "me: sent (1 new version)"
    assert "new version, v2" in text(server.mails[0])


def test_a_first_message_tells_of_what_came_today_and_not_of_all_that_is_shown(home: Path, server: MailServer) -> None:
    assert tell(home, tables(server)).line == "me: nothing new, nothing sent"
    met(home, TODAY, NEW)
    tell(home, tables(server))
    assert told(server.mails[0]) == ["2611.09999v1"]


def test_a_section_that_begins_shows_its_best(home: Path, server: MailServer) -> None:
    show(home, "Galaxies")
    assert tell(home, tables(server, "Galaxies", top=2)).line == "me: sent (6 to begin with)"
    assert len(told(server.mails[0])) == 2
    assert "and 4 more" in text(server.mails[0])
    assert tell(home, tables(server, "Galaxies", top=2), TOMORROW).state == "nothing", "the other four were counted"


def test_what_comes_after_todays_message_is_told_tomorrow(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    tell(home, tables(server))
    met(home, TODAY, replace(NEW, id="2611.08888"))
    assert tell(home, tables(server), hour=18).line == "me: sent already today; 1 more tomorrow"
    met(home, TOMORROW)
    assert tell(home, tables(server), TOMORROW).line == "me: sent (1 new)"
    assert [told(mail) for mail in server.mails] == [["2611.09999v1"], ["2611.08888v1"]]


def test_without_a_digest_written_nothing_is_told_twice_either(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW, shown=False)
    tell(home, tables(server))
    met(home, TOMORROW, shown=False)
    assert tell(home, tables(server), TOMORROW).state == "nothing"
    assert [told(mail) for mail in server.mails] == [["2611.09999v1"]]


# -- nothing new, and not fetched --------------------------------------------------------------------------------


def test_nothing_new_and_not_fetched_and_failed_are_three_sentences(home: Path, server: MailServer) -> None:
    always = tables(server, when="always")
    assert tell(home, always).line == "me: sent (nothing new)"
    assert f"{TITLE}: nothing new today" in text(server.mails[0])
    tell(home, always, TODAY + timedelta(days=3))
    assert f"{TITLE}: not fetched since {TODAY}" in text(server.mails[1])
    met(home, TODAY + timedelta(days=4), ok=False, reason="api: a 503")
    assert tell(home, always, TODAY + timedelta(days=4)).line == "me: sent (arXiv could not be read)"
    said = " ".join(text(server.mails[2]).split())
    assert f"{TITLE}: could not be fetched since {TODAY + timedelta(days=4)} (api: a 503); the papers of" in said
    assert "nothing new" not in said
    subjects = [mail["Subject"].partition(": ")[2] for mail in server.mails]
    assert subjects == ["nothing new", "nothing new", "arXiv could not be read"]


def test_a_failure_is_news_on_its_first_day_only(home: Path, server: MailServer) -> None:
    for days in range(3):
        met(home, TODAY + timedelta(days=days), ok=days == 0, reason="" if days == 0 else "api: a 503")
        tell(home, tables(server), TODAY + timedelta(days=days))
    assert [mail["Subject"] for mail in server.mails] == [f"Papers {TOMORROW}: arXiv could not be read"]


# -- when, and to whom -------------------------------------------------------------------------------------------


def test_a_weekly_message_tells_of_the_whole_week(home: Path, server: MailServer) -> None:
    weekly = tables(server, when="weekly")
    met(home, TODAY, NEW)
    assert tell(home, weekly, TOMORROW).state == "sent"
    assert len(told(server.mails[0])) > 1, "a first one tells of the week before"
    assert "2611.09999v1" in told(server.mails[0])
    met(home, TOMORROW + timedelta(days=2), replace(NEW, id="2611.08888"))
    for days in range(1, 7):
        assert tell(home, weekly, TOMORROW + timedelta(days=days)).line == (
            f"me: sent on {TOMORROW}; the next is of {TOMORROW + timedelta(days=7)}"
        )
    assert tell(home, weekly, TOMORROW + timedelta(days=7)).state == "sent"
    assert told(server.mails[1]) == ["2611.08888v1"]
    assert f"{TOMORROW + timedelta(days=1)} to {TOMORROW + timedelta(days=7)}" in text(server.mails[1])


def test_a_reader_has_papers_for_them_even_where_the_digest_that_others_read_has_none(
    home: Path, server: MailServer
) -> None:
    met(home, TODAY, NEW, MERGER)
    liked = next(paper for paper in papers() if paper.title == "Mergers of massive galaxies")
    like(home, liked)
    tell(home, tables(server))
    said = text(server.mails[0])
    assert (
        said.index("For you (2 to begin with)")
        < said.index(f'because it resembles "{liked.title}"')
        < said.index(f"{TITLE} (1")
    )
    first, *_, last = told(server.mails[0])
    assert (first, last) == ("2611.07777v1", "2611.09999v1")
    met(home, TOMORROW)
    assert tell(home, tables(server), TOMORROW).state == "nothing"


def test_a_target_is_told_of_what_it_wants(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW, MERGER)
    like(home, papers()[0])
    assert tell(home, tables(server, what=["sections"])).line == "me: sent (1 new)"
    assert "For you" not in text(server.mails[0])
    assert told(server.mails[0]) == ["2611.09999v1"], "in full, even where the reader's section would rank it higher"


def test_a_target_that_is_not_there_is_named(home: Path, server: MailServer) -> None:
    with open_home(home, tables(server), write=True) as library, pytest.raises(InputError, match="'you' is no target"):
        list(telling.send(library, ["you"], datetime.now(UTC)))
    with open_home(home, write=True) as library, pytest.raises(InputError, match=r"write a \[\[notify\]\] table"):
        list(telling.send(library, [], datetime.now(UTC)))


def test_what_fails_for_one_is_no_others_loss(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    settings = tables(server)
    settings["notify"] = [{"name": "lost", "to": ["env:NOWHERE"]}, *settings["notify"]]
    with open_home(home, settings, write=True) as library:
        lost, me = telling.send(library, (), datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC))
    assert (
        lost.line
        == "lost: nothing sent: [[notify]] lost to: the environment variable NOWHERE is empty or not set; set it"
    )
    assert (lost.ok, me.ok, len(server.mails)) == (False, True, 1)


# -- failing and dying -------------------------------------------------------------------------------------------


def told_by_info(home: Path) -> list[str]:
    with open_home(home) as library:
        return [value for name, value in info(library).lines() if name == "told"]


def test_a_failed_message_is_shown_and_tried_again(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    server.answer = "451 try again later"
    failed = tell(home, tables(server))
    assert (failed.state, failed.ok) == ("failed", False)
    assert "451 try again later" in failed.line
    assert told_by_info(home) == [
        f"me: never sent; NOT SENT {TODAY} 07:00 UTC: localhost:{server.port}: refuses the mail (451 try again later)"
    ]
    server.answer = "250 ok"
    assert tell(home, tables(server), hour=8).state == "sent"
    assert told_by_info(home) == [f"me: last sent {TODAY} 08:00 UTC"]
    assert [told(mail) for mail in server.mails] == [["2611.09999v1"]]


def test_what_failed_yesterday_is_in_todays_message(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    server.answer = "451 try again later"
    tell(home, tables(server))
    server.answer = "250 ok"
    met(home, TOMORROW, replace(NEW, id="2611.08888"))
    tell(home, tables(server), TOMORROW)
    assert [sorted(told(mail)) for mail in server.mails] == [["2611.08888v1", "2611.09999v1"]]
    assert server.mails[0]["Subject"] == f"Papers {TOMORROW}: 2 new"


def test_addresses_that_were_refused_are_told_and_the_others_get_no_second(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    server.refuse = {"b@example.org"}
    outcome = tell(home, tables(server, to=["a@example.org", "b@example.org"]))
    assert not outcome.ok
    assert outcome.line == "me: sent (1 new), but refused for 1 of 2 addresses: 550 nobody of that name"
    assert tell(home, tables(server, to=["a@example.org", "b@example.org"]), hour=9).state == "done"
    assert "but refused for 1 of 2" in told_by_info(home)[0]


def breaks() -> None:
    raise ConnectionResetError


def test_a_message_with_an_unknown_end_is_sent_once_more_and_no_third_time(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    server.before_answer = breaks
    assert tell(home, tables(server)).state == "unsure"
    assert "perhaps sent: localhost" in told_by_info(home)[0]
    assert told_by_info(home)[0].endswith("sent once more by the next run")
    assert tell(home, tables(server), hour=8).state == "unsure"
    last = tell(home, tables(server), hour=9)
    assert last.line == "me: twice begun today, and it is not known whether it arrived"
    assert told_by_info(home)[0].endswith("not sent again")
    assert len({mail["Message-ID"] for mail in server.mails}) == 1
    assert len(server.mails) == 2
    server.before_answer = lambda: None
    met(home, TOMORROW)
    assert tell(home, tables(server), TOMORROW).state == "nothing"


def test_nor_a_third_time_where_more_has_come_or_another_day_has_begun(home: Path, server: MailServer) -> None:
    server.before_answer = breaks
    met(home, TODAY, NEW)
    tell(home, tables(server))
    met(home, TOMORROW, replace(NEW, id="2611.08888"))
    assert tell(home, tables(server), TOMORROW).state == "unsure"
    met(home, TOMORROW, replace(NEW, id="2611.07777"))
    tell(home, tables(server), TOMORROW, hour=9)
    assert tell(home, tables(server), TOMORROW, hour=10).state == "done"
    day_after = TOMORROW + timedelta(days=1)
    met(home, day_after, replace(NEW, id="2611.06666"))
    server.before_answer = lambda: None
    assert tell(home, tables(server), day_after).state == "sent"
    mails = [sorted(told(mail)) for mail in server.mails]
    assert mails[:2] == [["2611.09999v1"], ["2611.08888v1", "2611.09999v1"]]
    assert mails[2] == ["2611.07777v1", "2611.08888v1"]
    assert mails[3] == ["2611.06666v1", "2611.07777v1"]


def run(home: Path, *options: str) -> "subprocess.Popen[str]":
    """`recommend notify` as a process of its own."""
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 7, tzinfo=UTC)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(now.timestamp())), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "recommender", "notify", *options]
    return subprocess.Popen(
        command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_killed_between_sending_and_noting_it_sends_the_same_mail_once_more_and_then_no_more(
    home: Path, server: MailServer
) -> None:
    met(home, TODAY, NEW)
    write_config(home, tables(server))
    process: list[subprocess.Popen[str]] = []

    def kill() -> None:
        process[-1].send_signal(signal.SIGKILL)
        process[-1].wait()

    server.before_answer = kill
    process.append(run(home))
    assert process[-1].wait(60) == -signal.SIGKILL
    assert len(server.mails) == 1
    assert told_by_info(home)[0].endswith("perhaps sent: interrupted; sent once more by the next run")
    server.before_answer = lambda: None
    for said in ("me: sent (1 new)", "me: sent already today"):
        process.append(run(home))
        out, err = process[-1].communicate(timeout=60)
        assert (out.strip(), err) == (said, "")
    assert len(server.mails) == 2
    assert len({mail["Message-ID"] for mail in server.mails}) == 1, "which mail programs show as one"


def write_config(home: Path, settings: dict[str, Any]) -> None:
    """config.toml with these tables."""
    lines = [f"[[sections]]\ntitle = {json.dumps(one['title'])}\n" for one in settings["sections"]]
    heads = [("[mail]", settings["mail"]), *(("[[notify]]", one) for one in settings["notify"])]
    for head, keys in heads:
        lines.append(f"{head}\n" + "".join(f"{key} = {writing.value(value)}\n" for key, value in keys.items()))
    (home / "config.toml").write_text("\n".join(lines), encoding="utf-8")


def test_a_dry_run_shows_the_message_and_neither_sends_nor_notes_it(home: Path, server: MailServer) -> None:
    met(home, TODAY, NEW)
    write_config(home, tables(server))
    out, err = run(home, "--dry-run").communicate(timeout=60)
    assert err == ""
    assert out.splitlines()[:4] == ["--- me", "To: reader@example.org", f"Subject: Papers {TODAY}: 1 new", ""]
    assert "    https://arxiv.org/abs/2611.09999v1" in out.splitlines()
    assert server.mails == []
    assert told_by_info(home) == []
