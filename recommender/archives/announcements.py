"""arXiv's calendar. It announces papers at 20:00 US Eastern time, Sunday to Thursday, holidays excepted.

Readers and the RSS feeds call an announcement by the morning after: that of Thursday evening is Friday's.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_ANNOUNCED = time(20)
_DAY = timedelta(days=1)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th Monday (0), Tuesday (1), ... of a month; n = -1 is the last."""
    if n < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - _DAY
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _quiet(day: date) -> bool:
    """Whether arXiv may stay silent on this evening for a holiday.

    arXiv publishes its list year by year and it has varied; this is the generous union (all of Cornell's holidays and
    the week after Christmas), so a silent evening is never taken for a fault, at the price of a day's patience.
    """
    year = day.year
    return (
        (day.month, day.day) in {(1, 1), (6, 19), (7, 4)}
        or (day.month == 12 and day.day >= 24)
        or day in {_nth(year, 1, 0, 3), _nth(year, 5, 0, -1), _nth(year, 9, 0, 1), _nth(year, 11, 3, 4)}
    )


def announces(evening: date) -> bool:
    """Whether an announcement can be counted on in this evening (Eastern)."""
    return evening.weekday() in (6, 0, 1, 2, 3) and not _quiet(evening)


def announcement(now: datetime) -> datetime:
    """The latest announcement that can be counted on at the time `now` (aware)."""
    local = now.astimezone(EASTERN)
    evening = local.date() if local.time() >= _ANNOUNCED else local.date() - _DAY
    while not announces(evening):
        evening -= _DAY
    return datetime.combine(evening, _ANNOUNCED, EASTERN)


def mailing_day(announced: datetime) -> date:
    """The day by which readers and feeds know an announcement: the morning after."""
    return announced.astimezone(EASTERN).date() + _DAY


def previous_mailing(day: date) -> date:
    """The mailing day before `day`."""
    return mailing_day(announcement(datetime.combine(day - _DAY, _ANNOUNCED, EASTERN) - timedelta(minutes=1)))


def oldest_credible(newest: date) -> date:
    """The oldest day that the newest paper of an answer may have once `newest` was seen there.

    An index that has fallen back by one announcement still counts as lagging, as arXiv's does by hours; further back
    it has lost papers.
    """
    day, missing = newest, 2
    while missing:
        day -= _DAY
        missing -= announces(day)
    return day - _DAY
