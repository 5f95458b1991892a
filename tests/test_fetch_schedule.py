"""When arXiv announces, in US Eastern time, summer and winter, week-ends and holidays."""

from datetime import UTC, date, datetime

import pytest

from recommender.archives.announcements import announcement, announces, mailing_day, oldest_credible, previous_mailing


@pytest.mark.parametrize(
    ("now", "announced"),
    [
        ("2026-11-20 00:59", "2026-11-19 01:00"),  # a minute before 20:00 Eastern standard time, Thursday
        ("2026-11-20 01:00", "2026-11-20 01:00"),
        ("2026-07-16 23:59", "2026-07-16 00:00"),  # a minute before 20:00 Eastern daylight time, Thursday
        ("2026-07-17 00:00", "2026-07-17 00:00"),
        ("2026-11-21 12:00", "2026-11-20 01:00"),  # nothing on Friday and Saturday evening
        ("2026-11-23 00:59", "2026-11-20 01:00"),
        ("2026-11-23 01:00", "2026-11-23 01:00"),  # Sunday evening
        ("2026-03-08 23:59", "2026-03-06 01:00"),  # the day on which summer time begins
        ("2026-03-09 00:00", "2026-03-09 00:00"),
        ("2026-11-27 12:00", "2026-11-26 01:00"),  # Thanksgiving evening was silent
        ("2026-12-30 12:00", "2026-12-24 01:00"),  # so may be the week after Christmas
    ],
)
def test_the_latest_announcement(now: str, announced: str) -> None:
    found = announcement(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found.astimezone(UTC).strftime("%Y-%m-%d %H:%M") == announced


@pytest.mark.parametrize(
    "holiday",
    ["2023-01-16", "2023-06-19", "2023-07-04", "2023-09-04", "2023-11-23", "2023-12-25", "2023-12-27", "2027-05-31"],
)
def test_arxivs_published_holidays_are_silent(holiday: str) -> None:
    assert not announces(date.fromisoformat(holiday))


def test_an_announcement_is_known_by_the_morning_after() -> None:
    assert mailing_day(announcement(datetime(2026, 11, 20, 12, tzinfo=UTC))) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2026-11-20", "2026-11-19"),
        ("2026-11-23", "2026-11-20"),
        ("2026-11-22", "2026-11-20"),
        ("2027-01-04", "2026-12-24"),
    ],
)
def test_the_issue_before(day: str, before: str) -> None:
    assert previous_mailing(date.fromisoformat(day)) == date.fromisoformat(before)


@pytest.mark.parametrize(
    ("newest", "oldest"),
    [("2026-11-20", "2026-11-17"), ("2026-11-23", "2026-11-18"), ("2026-12-31", "2026-12-21")],
)
def test_an_answer_may_lag_by_one_announcement_and_no_more(newest: str, oldest: str) -> None:
    assert oldest_credible(date.fromisoformat(newest)) == date.fromisoformat(oldest)
