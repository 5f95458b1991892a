"""The mail's two forms: they hold what there is to say, in a size that is shown whole, and nothing that could act."""

import html as entities
from datetime import date
from itertools import count

import html5lib
import pytest

from recommender.digest import message, news
from recommender.digest.message import Message
from recommender.digest.model import Provenance, Row, Section
from recommender.digest.news import News
from recommender.paper import Paper, Reason, Scored

TODAY = date(2026, 11, 25)
EVIL = "\u202e<img src=x onerror=alert(1)>\u200b\x1b[31m \"quoted\" 'so' &amp; </a></p>"


def some(sections: int, rows: int, title: str = "Paper", abstract: str = "", author: str = "Ada") -> News:
    numbers = count()
    listed = []
    for section in range(sections):
        found = tuple(
            Row(
                Scored(
                    Paper(f"2611.{next(numbers):05}", f"{title} {n}", abstract, (author,), version=1, updated=TODAY),
                    0.5,
                    90.0,
                    because=Reason("2407.16658", title, "") if n == 0 else None,
                ),
                since=TODAY,
            )
            for n in range(rows)
        )
        listed.append(Section(f"{title} section {section}", "q", found, Provenance("api", TODAY, 9, TODAY)))
    return news.of(listed, day=TODAY, since=TODAY, told=(), begins=TODAY)


def made(told: News, *, top: int = 10) -> Message:
    return message.mail(told, title="Papers", top=top, url="https://example.org/?a=1&b=2", footer="Write to x@y.z.")


@pytest.mark.parametrize("told", [some(0, 0), some(2, 0), some(2, 3, EVIL, EVIL, EVIL)], ids=["none", "quiet", "evil"])
def test_the_html_form_is_a_valid_page_without_anything_that_acts(told: News) -> None:
    page = made(told).html
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    tags = {element.tag for element in tree.iter()}
    assert tags <= {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "a", "b", "i", "span", "br"}
    names = {name for element in tree.iter() for name in element.attrib}
    assert names <= {"lang", "charset", "name", "content", "style", "href"}
    assert {element.attrib["href"].partition("/")[0] for element in tree.iter("a")} == {"https:"}


def test_both_forms_say_the_same_in_signs_that_can_be_seen() -> None:
    told = made(some(1, 2, EVIL, "An abstract."))
    for form in (told.text, entities.unescape(told.html)):
        assert not set(form) & set("\u202e\u200b\x1b")
        assert "<img src=x onerror=alert(1)>" in form
        assert form.count("https://arxiv.org/abs/2611.0000") == 2
        assert form.count("An abstract.") == 2
        assert "because it resembles" in form
        assert "https://example.org/?a=1&b=2" in form
        assert "Write to x@y.z." in form


@pytest.mark.parametrize(
    ("number", "whole"),
    [(3, (True, True)), (15, (True, False)), (60, (False, False))],
    ids=["all", "fewer abstracts", "fewer papers"],
)
def test_a_mail_of_many_papers_keeps_to_a_size_that_is_shown_whole(number: int, whole: tuple[bool, bool]) -> None:
    told = some(number, 10, abstract="It begins. " + "Many words. " * 100)
    mail = made(told)
    assert len(mail.html.encode()) <= 90_000
    listed = mail.html.count("https://arxiv.org/abs/")
    assert listed == mail.text.count("https://arxiv.org/abs/")
    assert listed == len(told.papers) or "and " in mail.text
    assert (listed == len(told.papers), mail.html.count("It begins.") == listed) == whole
    assert len(told.untold) == len(told.papers), "what a mail has no room for is counted in it"


def test_what_is_not_listed_is_counted() -> None:
    mail = made(some(1, 13), top=10)
    assert "and 3 more" in mail.text
    assert "and 3 more" in mail.html


def test_the_same_news_are_the_same_bytes() -> None:
    assert made(some(3, 4, EVIL, EVIL)) == made(some(3, 4, EVIL, EVIL))
