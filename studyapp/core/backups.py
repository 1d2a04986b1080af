"""Which automatic backups are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta

ALL_OF = timedelta(days=2)
"""Younger backups are all kept."""
DAILY, WEEKLY, MONTHLY = 12, 10, 9
"""Of the older ones: so many days, before these so many weeks, before these so many months, the last of each."""


def kept(moments: Iterable[datetime], now: datetime) -> set[datetime]:
    """The moments whose backups stay; thinning often or seldom comes to the same cover of the past.

    Days, weeks (ISO) and months without a backup are not counted: who studies seldom keeps an older past.
    Moments after `now`, as a clock set back leaves them, stay.

    Args:
        moments: UTC, in any order.
    """
    waiting = sorted(set(moments), reverse=True)
    stay = {moment for moment in waiting if now - moment < ALL_OF}
    waiting = [moment for moment in waiting if moment not in stay]
    spans: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
        (DAILY, datetime.date),
        (WEEKLY, lambda moment: moment.isocalendar()[:2]),
        (MONTHLY, lambda moment: (moment.year, moment.month)),
    )
    for count, span_of in spans:
        last: dict[Hashable, datetime] = {}
        rest: list[datetime] = []
        for moment in waiting:
            span = span_of(moment)
            if span in last or len(last) < count:
                last.setdefault(span, moment)
            else:
                rest.append(moment)
        stay.update(last.values())
        waiting = rest
    return stay
