"""The learner's figures against counts by hand: over any log, and over a real history."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studyapp.bootstrap import Program
from studyapp.core.log import Event, EventKind, Mode, Review, voided
from studyapp.core.schedule import CardState, with_review
from studyapp.core.sm2 import next_memory
from studyapp.core.statistics import RecallCount, Share
from studyapp.services.lab_log import record_run
from studyapp.services.statistics import described, gather
from studyapp.settings import Settings
from tests.conftest import FrozenClock

TODAY = date(2026, 11, 23)
CARDS = ("t1.fog.c0", "t1.fog.c3", "t1.rails.c0", "gone.from.content")
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(CARDS),
        st.sampled_from([0, 0, 0, 1, 1, 3, 6, 7, 8, 22, 29, 30, 31, 60, 365, 400]),  # days ago
        st.integers(0, 3),  # hour: many at the same moment
        st.integers(-1, 1).filter(lambda shift: shift != 1),  # a zone set back: the study day goes back too
        st.integers(0, 5),
        st.sampled_from([Mode.RECALL, Mode.RECALL, Mode.RECALL, *Mode]),
        st.none() | st.integers(0, 900_000),
    ),
    max_size=40,
)
VOIDS = st.lists(st.integers(-3, -1) | st.integers(0, 60), max_size=30)
"""Each voids the record of that number: a review, or an earlier void; often one of the last three, for long chains."""


def made(learner: str, answers: Iterable[tuple[Any, ...]], voids: Iterable[int]) -> tuple[list[Review], list[Event]]:
    reviews = [
        Review(
            id=f"r-{learner}-{number:03}",
            learner=learner,
            card_id=card,
            reviewed_at=datetime.combine(TODAY - timedelta(days=ago), time(9 + hour), UTC),
            study_day=TODAY - timedelta(days=ago - shift),
            grade=grade,
            mode=mode,
            elapsed_ms=elapsed,
        )
        for number, (card, ago, hour, shift, grade, mode, elapsed) in enumerate(answers)
    ]
    ids, events = [review.id for review in reviews], list[Event]()
    for number, target in enumerate(voids):
        if ids:
            subject = ids[target % len(ids)]
            void = Event(
                id=f"v-{learner}-{number:03}",
                learner=learner,
                at=datetime(2026, 11, 23, tzinfo=UTC),
                study_day=TODAY,
                kind=EventKind.VOID,
                subject=subject,
            )
            ids.append(void.id)
            events.append(void)
    return reviews, events


def first_recalls(reviews: Iterable[Review]) -> Counter[tuple[str, str, int | None, int]]:
    """Card, age, period and grade of every review that moves a schedule, by the rules of the schedule itself."""
    found: Counter[tuple[str, str, int | None, int]] = Counter()
    states: dict[str, CardState] = {}
    for review in sorted(reviews, key=lambda r: (r.reviewed_at, r.id)):
        before = states.get(review.card_id, CardState(review.card_id))
        after = states[review.card_id] = with_review(before, review, next_memory)
        if after.scheduled_on != before.scheduled_on:
            gap = (review.study_day - before.scheduled_on).days if before.scheduled_on else None
            age = "new" if gap is None else "young" if gap < 21 else "mature"
            back = (TODAY - review.study_day).days
            period = next((days for days in (7, 30, 365) if back < days), None)
            found[review.card_id, age, period, review.grade] += 1
    return found


PLACES = {"t1.fog.c0": ("fog", "green"), "t1.fog.c3": ("fog", "red"), "t1.rails.c0": ("rails", "green")}
NUMBERS = itertools.count()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=ANSWERS, voids=VOIDS)
def test_the_sums_of_any_log_are_those_counted_by_hand(
    program: Program, answers: list[tuple[Any, ...]], voids: list[int]
) -> None:
    learner, store = f"learner-{next(NUMBERS)}", program.store
    reviews, events = made(learner, answers, voids)
    with store.transaction() as tx:
        for review in reviews:
            tx.add_review(review)
        for event in events:
            tx.add_event(event)
    undone = voided(events)
    stand = [review for review in reviews if review.id not in undone]

    days = {total.day: (total.reviews, total.seconds) for total in store.day_totals(learner, 600_000)}
    assert {day: number for day, (number, _) in days.items()} == Counter(review.study_day for review in stand)
    assert {day: number for day, (number, _) in days.items()} == store.study_days(learner)
    timed = Counter(review.study_day for review in stand if review.elapsed_ms is not None)
    assert +Counter({total.day: total.timed for total in store.day_totals(learner, 600_000)}) == timed
    for day, (_, seconds) in days.items():
        assert seconds == round(sum(min(r.elapsed_ms or 0, 600_000) for r in stand if r.study_day == day) / 1000)

    expected: Counter[tuple[str, str, str, int | None, int]] = Counter()
    for (card, age, period, grade), number in first_recalls(stand).items():
        expected[*PLACES.get(card, ("", "")), age, period, grade] += number
    assert flat(store.recall_counts(learner, TODAY)) == expected


def flat(counts: Iterable[RecallCount]) -> Counter[tuple[str, str, str, int | None, int]]:
    return +Counter(
        {(c.topic, c.difficulty, c.age, c.period, grade): n for c in counts for grade, n in enumerate(c.grades)}
    )


def test_nothing_yet(program: Program) -> None:
    figures = gather(program.recall, program.library.modules())
    assert (figures.reviews, figures.seconds, figures.days, figures.labs) == (0, 0, (), ())
    assert figures.retention[None].all == Share()
    assert figures.ease == {}
    assert [(t.title, t.untouched) for t in figures.topics] == [("Fog", 4), ("Sketch", 4), ("Rails", 4)]
    assert figures.cards == {"new": 12, "young": 0, "mature": 0, "suspended": 0}
    assert set(figures.forecast) == {0}


def test_without_any_content(open_again: Callable[[], Program]) -> None:
    empty = open_again()
    figures = described(gather(empty.recall, empty.library.modules()))
    assert (figures["topics"], figures["days"]) == ([], [])


def test_a_real_history(program: Program, clock: FrozenClock) -> None:
    """Three weeks of study; every figure follows from what was done."""
    recall, done = program.recall, list[tuple[date, str, int, bool]]()
    for day in range(21):
        if day % 7 == 6:
            clock.forward(days=1)
            continue
        for number, card_id in enumerate(recall.today().order):
            grade = (day * 5 + number * 3) % 6
            new = recall.state(card_id).introduced is None
            recall.grade(card_id, grade, elapsed_ms=20_000)
            done.append((recall.day, card_id, grade, new))
            if grade < 4:
                recall.grade(card_id, 4, elapsed_ms=5_000)
        clock.forward(days=1)
    recall.grade(done[0][1], 5)
    recall.undo()
    record_run(recall, "cfg_sweep", None, {"verdicts": {"a": "reproduced"}})
    record_run(recall, "cfg_sweep", None, {"verdicts": {"a": "differs", "b": "reproduced"}})
    figures = gather(recall, program.library.modules())

    drills = sum(grade < 4 for _, _, grade, _ in done)
    assert figures.reviews == len(done) + drills
    assert figures.seconds == len(done) * 20 + drills * 5
    repeated = [grade for _, _, grade, new in done if not new]
    assert figures.retention[None].all == Share(sum(grade >= 3 for grade in repeated), len(repeated))
    assert sum(figures.answers["new"]) == sum(new for _, _, _, new in done)
    assert (figures.streak.current, figures.streak.longest) == (0, 6)
    assert figures.last_days(7)[-1].reviews == 0
    assert sum(total.reviews for total in figures.last_days(400)) == figures.reviews
    assert sum(figures.forecast) == sum(figures.cards[word] for word in ("young", "mature"))
    assert sum(figures.ease.values()) == 12
    assert [(lab.name, lab.runs, lab.reproduced) for lab in figures.labs] == [("cfg_sweep", 2, 1)]
    assert figures.scheduler == Settings().scheduler
