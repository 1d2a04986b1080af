"""The learner's figures against counts by hand: over any log, and over a real history."""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from studyapp.bootstrap import Program
from studyapp.core.log import Event, EventKind, Mode, Review, voided
from studyapp.core.schedule import CardState, with_review
from studyapp.core.sm2 import next_memory
from studyapp.core.statistics import LogSums, RecallCount, Share, card_word, eases, standing
from studyapp.services.doctor import repair
from studyapp.services.lab_log import record_run
from studyapp.services.ports import Store
from studyapp.services.recall import LONGEST_ANSWER_MS
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
@example(answers=[("t1.fog.c0", 0, 0, 4, 0, Mode.RECALL, None)] * 3, voids=[-1] * 15)  # undos of undos of undos …
def test_the_sums_of_any_log_are_those_counted_by_hand(
    program: Program, answers: list[tuple[Any, ...]], voids: list[int]
) -> None:
    learner, store = f"learner-{next(NUMBERS)}", program.store
    reviews, events = made(learner, answers, voids)
    add(store, reviews, events)
    undone = voided(events)
    stand = [review for review in reviews if review.id not in undone]

    sums = store.log_sums(learner, TODAY, LONGEST_ANSWER_MS)
    days = {total.day: (total.reviews, total.seconds) for total in sums.days}
    assert {day: number for day, (number, _) in days.items()} == Counter(review.study_day for review in stand)
    assert all(store.days_in_row(learner, day) for day in days)
    timed = Counter(review.study_day for review in stand if review.elapsed_ms is not None)
    assert +Counter({total.day: total.timed for total in sums.days}) == timed
    for day, (_, seconds) in days.items():
        assert seconds == round(sum(min(r.elapsed_ms or 0, 600_000) for r in stand if r.study_day == day) / 1000)

    by_period, by_topic = Counter[tuple[object, ...]](), Counter[tuple[object, ...]]()
    for (card, age, period, grade), number in first_recalls(stand).items():
        by_period["", "", age, period, grade] += number
        by_topic[*PLACES.get(card, ("", "")), age, None, grade] += number
    assert flat(sums.by_period) == by_period
    assert flat(sums.by_topic) == by_topic


def add(store: Store, reviews: Iterable[Review], events: Iterable[Event]) -> None:
    with store.transaction() as tx:
        for review in reviews:
            tx.add_review(review)
        for event in events:
            tx.add_event(event)


def flat(counts: Iterable[RecallCount]) -> Counter[tuple[object, ...]]:
    found = Counter[tuple[object, ...]]()
    for c in counts:
        found += Counter({(c.topic, c.difficulty, c.age, c.period, grade): n for grade, n in enumerate(c.grades)})
    return found


def same(one: LogSums, other: LogSums) -> bool:
    return (
        one.days == other.days
        and flat(one.by_period) == flat(other.by_period)
        and flat(one.by_topic) == flat(other.by_topic)
    )


@pytest.mark.local_file
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=ANSWERS, voids=VOIDS, kept=st.lists(st.integers(0, 70), max_size=3))
def test_sums_kept_on_the_way_and_counted_on_are_those_of_the_whole_log(
    program: Program, answers: list[tuple[Any, ...]], voids: list[int], kept: list[int]
) -> None:
    """Whatever is answered, merged in from earlier days or taken back after the sums were kept."""
    learner, store = f"learner-{next(NUMBERS)}", program.store
    reviews, events = made(learner, answers, voids)
    log: list[Review | Event] = [record for pair in zip_longest(reviews, events) for record in pair if record]
    done = 0
    for end in sorted(min(number, len(log)) for number in kept):
        part, done = log[done:end], end
        add(store, [r for r in part if isinstance(r, Review)], [e for e in part if isinstance(e, Event)])
        with store.transaction() as tx:
            tx.keep_sums(learner, LONGEST_ANSWER_MS)
        assert store.uncounted(learner) == 0
    part = log[done:]
    add(store, [r for r in part if isinstance(r, Review)], [e for e in part if isinstance(e, Event)])
    from_digest = store.log_sums(learner, TODAY, LONGEST_ANSWER_MS)
    with closing(sqlite3.connect(program.paths.database)) as other, other:
        other.execute("DELETE FROM digests")
    assert same(from_digest, store.log_sums(learner, TODAY, LONGEST_ANSWER_MS))


@pytest.mark.local_file
def test_sums_of_another_log_are_not_believed(program: Program) -> None:
    recall, store = program.recall, program.store
    for card in CARDS[:3]:
        recall.grade(card, 4)
    with store.transaction() as tx:
        tx.keep_sums("me", LONGEST_ANSWER_MS)
    with closing(sqlite3.connect(program.paths.database)) as other, other:
        other.execute("UPDATE digests SET sums = '[[], [], []]'")
        other.commit()
        assert store.log_sums("me", TODAY, LONGEST_ANSWER_MS).days == ()  # the digest is what is read
        for unreadable in ("[", "5", "[[[1]], [], []]", '[[["a", 1, 2, 3.5]], [], []]', "[[[[], 1, 2, 3]], [], []]"):
            other.execute("UPDATE digests SET sums = ?", (unreadable,))
            other.commit()
            assert store.log_sums("me", TODAY, LONGEST_ANSWER_MS).days[0].reviews == 3
        repair(recall)
        assert store.log_sums("me", TODAY, LONGEST_ANSWER_MS).days[0].reviews == 3
        with store.transaction() as tx:
            tx.keep_sums("me", LONGEST_ANSWER_MS)
        other.execute("DELETE FROM reviews WHERE rowid = 3")
        other.commit()
        assert store.log_sums("me", TODAY, LONGEST_ANSWER_MS).days[0].reviews == 2


@pytest.mark.local_file
def test_figures_keep_the_sums_now_and_then(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studyapp.services.statistics.KEEP_SUMS_EVERY", 3)
    recall, modules = program.recall, program.library.modules()
    for card in CARDS[:2]:
        recall.grade(card, 4)
    before = gather(recall, modules)
    assert recall.store.uncounted("me") == 2
    recall.grade(CARDS[2], 4)
    assert gather(recall, modules).reviews == before.reviews + 1
    assert recall.store.uncounted("me") == 0


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

    recall.suspend(done[0][1])
    cards = [card for card in program.store.listing("me") if not card.retired]
    counted = program.store.card_counts("me")
    for name, words in (
        ("word", [card_word(c.state) for c in cards]),
        ("standing", [standing(c.state) for c in cards]),
    ):
        assert Counter({w: sum(c.cards for c in counted if getattr(c, name) == w) for w in words}) == Counter(words)
    tenths = Counter(int(card.state.memory.ease * 10 + 1e-9) for card in cards)
    assert {round(ease * 10): number for ease, number in eases(counted).items() if number} == tenths
