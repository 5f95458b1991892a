"""Chats: what apprise itself posts to Slack, Discord and others, which are a server on loopback here."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack

from recommender import config
from recommender.digest import message, news
from recommender.digest.model import Provenance, Row, Section
from recommender.digest.news import News
from recommender.errors import DeliveryError, InputError
from recommender.notify.chat import Chat
from recommender.notify.delivery import delivery_of
from recommender.paper import Paper, Scored
from recommender.verbs import notify as telling
from tests.helpers.post import ChatServer, chat_server
from tests.helpers.small_home import enter, fill, open_home, papers

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
EVIL = "<b>A & B</b> *bold* @everyone <!channel> `x` _y_ :smile: [a](http://x.y) ||z||"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """Where apprise finds Slack and Discord: their addresses are constants of its plugins."""
    with chat_server() as running:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{running.address}/services")
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://{running.address}/api/webhooks")
        monkeypatch.setattr(NotifySlack, "request_rate_per_sec", 0)
        yield running


def rows(number: int, title: str = "Paper", month: str = "2611") -> tuple[Row, ...]:
    found = (Paper(f"{month}.{n:05}", f"{title} {n}", "", version=1, updated=TODAY) for n in range(number))
    return tuple(Row(Scored(paper, 0.5, 90.0), since=TODAY) for paper in found)


def some(number: int, title: str = "Paper", **where: Any) -> News:
    """News of a section of so many papers, and of one without any."""
    provenance = Provenance("arXiv's query API", TODAY, 100, TODAY, **where)
    listed = [Section("Retrieval", "q", rows(number, title), provenance), Section("Galaxies", "q", (), provenance)]
    return news.of(listed, day=TODAY, since=TODAY, told=(), begins=TODAY)


def send(address: str, told: News, monkeypatch: pytest.MonkeyPatch, **target: Any) -> list[tuple[str, ...]]:
    """Send news to a chat; what each message tells of."""
    monkeypatch.setenv("CHAT_URL", address)
    settings = config.parse({"notify": [{"name": "lab", "chat": "env:CHAT_URL", **target}]}, folder=Path())
    delivery = delivery_of(settings, settings.notify[0], told, NOW)
    for part in range(len(delivery.parts)):
        delivery.send(part)
    return list(delivery.parts)


def test_slack_gets_titles_and_addresses_with_its_own_signs_escaped(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(SLACK, some(1, EVIL), monkeypatch, url="https://example.org/digest")
    ((path, posted),) = server.posts
    assert path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    (attachment,) = posted["attachments"]
    assert attachment["title"] == "Papers 2026-11-25: 1 new"
    heading, title, address, _, rest, link = attachment["text"].split("\n")
    assert heading == "Retrieval"
    assert title.startswith("1. &lt;b&gt;A &amp; B&lt;/b&gt; ")
    assert "<!channel>" not in title
    assert "@everyone" not in title
    assert address == "https://arxiv.org/abs/2611.00000v1"
    assert rest == "Galaxies: nothing new today"
    assert link == "The whole digest: https://example.org/digest"


def test_discord_gets_text_that_is_no_markdown_and_calls_nobody(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(DISCORD, some(1, EVIL), monkeypatch)
    ((path, posted),) = server.posts
    assert path == "/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
    content = posted["content"]
    assert "\\*bold\\* @\u200beveryone \\<!channel\\> \\`x\\` \\_y\\_ :\u200bsmile: \\[a\\]" in content
    assert "\\|\\|z\\|\\|" in content
    assert "\n<https://arxiv.org/abs/2611.00000v1>\n" in content, "a link without a picture"
    assert "avatar_url" not in posted


def test_a_long_message_is_split_between_papers_by_the_services_limit(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = send(DISCORD, some(10, "*" * 120 + " long"), monkeypatch)
    contents = [posted["content"] for _, posted in server.posts]
    assert len(contents) > 1
    assert max(len(text.encode("utf-16-le")) // 2 for text in contents) <= 2000
    assert [text.partition("\n")[0].strip() for text in contents] == [
        f"Papers 2026-11-25: 10 new ({number}/{len(contents)})" for number in range(1, len(contents) + 1)
    ]
    assert sum(text.count("<https://arxiv.org/abs/") for text in contents) == 10
    assert [item for part in parts for item in part] == [f"2611.{n:05}v1" for n in range(10)]


def test_at_most_ten_papers_are_listed_and_the_others_counted(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (told,) = send(SLACK, some(25), monkeypatch, top=50, url="https://example.org/digest")
    text = server.posts[0][1]["attachments"][0]["text"]
    assert text.count("https://arxiv.org/abs/") == 10
    assert "15 more" in text
    assert len(told) == 25


def test_what_could_not_be_fetched_is_told_apart_from_nothing_new(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(SLACK, some(0, stale_since=TODAY, stale_reason="api: a 503"), monkeypatch)
    (attachment,) = server.posts[0][1]["attachments"]
    assert attachment["title"] == "Papers 2026-11-25: arXiv could not be read"
    assert attachment["text"] == (
        "Retrieval · Galaxies: could not be fetched since 2026-11-25 (api: a 503); the papers of 2026-11-25 stay"
    )


def test_papers_are_taken_from_the_sections_in_turn() -> None:
    lists = [
        Section("A", "q", rows(8, "A")),
        Section("B", "q", rows(8, "B", "2610")),
        Section("C", "q", rows(1, "C", "2609")),
    ]
    found = news.of(lists, day=TODAY, since=TODAY, told=(), begins=TODAY).cut(6)
    assert [[row.paper.title for row in part.rows] for part in found.parts] == [
        ["A 0", "A 1", "A 2"],
        ["B 0", "B 1"],
        ["C 0"],
    ]


def test_an_emoji_in_a_title_counts_as_services_count_it() -> None:
    chat = Chat("json://localhost", "lab")
    chat._service.body_maxlen = 300
    pieces = [message.Piece("\N{OCTOPUS}" * 60) for _ in range(4)]
    assert [len(part) for part in chat.split(pieces)] == [2, 2]


# -- failing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [SLACK, DISCORD])
def test_a_refusal_is_one_line_without_the_address(
    address: str, server: ChatServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server.status = 404
    with pytest.raises(DeliveryError, match=r"did not take it: .*404") as error:
        send(address, some(1), monkeypatch)
    assert not set(address.split("/")[4:]) & set(str(error.value).replace(",", " ").split())
    assert len(str(error.value).splitlines()) == 1
    assert capfd.readouterr().err == "", "apprise warns of it by itself, and may name the address"


@pytest.mark.parametrize(
    "address", ["hunter2", "nothing://hunter2", "slack://hunter2", "discord://", "https://[hunter2"]
)
def test_an_address_of_nothing_is_one_line_without_it(
    address: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=r"\[\[notify\]\] lab chat: .*no complete address") as error:
        Chat(address, "lab")
    assert "hunter2" not in str(error.value)
    assert capfd.readouterr().err == ""


def test_mail_goes_the_way_that_keeps_its_addresses() -> None:
    with pytest.raises(InputError, match="name the receiver in `to`"):
        Chat("mailtos://reader:hunter2@example.org", "lab")


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(InputError, match=r"pip install 'recommender\[notify\]'"):
        Chat(SLACK, "lab")


def test_of_a_message_that_was_taken_in_part_the_rest_alone_is_sent_again(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(tmp_path, papers())
    enter(tmp_path, "Galaxies", (TODAY, True, ""))
    monkeypatch.setenv("CHAT_URL", DISCORD)
    monkeypatch.setattr(NotifyDiscord, "body_maxlen", 400)
    tables = {
        "sections": [{"title": "Galaxies"}],
        "notify": [{"name": "lab", "chat": "env:CHAT_URL", "when": "news"}],
    }

    def tell(hour: int) -> str:
        with open_home(tmp_path, tables, write=True) as library:
            (outcome,) = telling.send(library, (), NOW + timedelta(hours=hour))
        return outcome.line

    server.statuses = [200, 500]
    assert tell(0).startswith("lab: could not be sent: Discord did not take it")
    first = len(server.posts)
    assert first == 1
    assert tell(1).startswith("lab: sent (")
    assert tell(2) == "lab: sent already today"
    texts = [posted["content"] for _, posted in server.posts]
    addresses = [line for text in texts for line in text.splitlines() if "/abs/" in line]
    assert len(addresses) == len(set(addresses)) == 6
