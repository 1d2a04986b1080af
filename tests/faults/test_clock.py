"""A clock that goes wrong and zones that change: no crash, the log whole and in the order of its making, nothing due
in an absurd way, days counted sanely, and the doctor tells of answers from the future."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from studyapp.bootstrap import Program
from studyapp.core.ids import uuid7
from studyapp.services.doctor import Finding, Verdict, examine
from studyapp.services.preferences import change_setting
from studyapp.services.statistics import gather
from tests.conftest import FrozenClock
from tests.faults import counts
from tests.faults.forks import Forks
from tests.faults.scene import Scene
from tests.tui.screens import press, running, screen_name

ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
AHEAD = [timedelta(hours=hours) for hours in (1, 5, 24, 72)]
JUMPS = [timedelta(days=-365), timedelta(days=3653), timedelta(days=-3653), timedelta(hours=-1), timedelta(days=-2)]


class WrongClock(FrozenClock):
    """One clock for everything: the study clock and that of the ids."""

    def new_id(self) -> str:
        return uuid7(max(0, int(self.now.timestamp() * 1e9)), random.getrandbits(64))


@contextmanager
def zone(name: str) -> Iterator[None]:
    """This process in another zone."""
    with patch.dict(os.environ, {"TZ": name}):
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def clock() -> WrongClock:
    return WrongClock(START)


@pytest.fixture
def program(scene: Scene, clock: WrongClock) -> Iterator[Program]:
    """The program on a fresh home, with that clock."""
    scene.reset(None)
    with scene.opened(scene.home) as opened:
        opened.recall.clock, opened.recall._new_id = clock, clock.new_id
        yield opened


def noted(findings: list[Finding]) -> list[str]:
    return [finding.check for finding in findings if finding.verdict is not Verdict.OK]


def look(program: Program, now: datetime) -> None:
    """What screens and commands look at."""
    recall = program.recall
    today = recall.today()
    figures = gather(recall, program.library.modules())
    reviews = recall.store.latest_reviews("me", 10**6)
    answered = {review.study_day for review in reviews}
    assert 0 <= figures.streak.current <= figures.streak.longest <= len(answered)
    assert len(recall.forecast(30)) == 30
    for card_id in today.order:
        assert len(recall.preview(card_id)) == 6
    for card_id in recall.store.card_ids("me"):
        state = recall.state(card_id)
        if state.due is not None:
            assert state.scheduled_on is not None
            assert (state.due - state.scheduled_on).days == state.memory.interval_days
    findings = examine(recall)
    assert all(finding.ok for finding in findings), findings
    ahead = max((review.reviewed_at for review in reviews), default=now) - now
    assert ahead > timedelta(days=1) or "clock" not in noted(findings)


def test_years_of_wrong_clocks_and_other_zones(program: Program, clock: WrongClock) -> None:
    """A walk through time: a few cards, then hours or days later, elsewhere, or with the clock set wrong."""
    recall, rng = program.recall, random.Random(21)
    cards = sorted(recall.store.card_ids("me"))
    made: list[str] = []
    for _ in range(counts.size(60, 800)):
        with zone(rng.choice(ZONES)):
            for card_id in rng.sample(recall.today().order or cards, k=1):
                made.append(recall.grade(card_id, rng.randint(0, 5)).review.id)
            if rng.random() < 0.1:
                recall.undo()
            if rng.random() < 0.1:
                recall.bury(rng.choice(cards))
            look(program, clock.now)
        clock.now += rng.choice(JUMPS) if rng.random() < 0.1 else timedelta(hours=rng.choice((1, 5, 24, 24, 72)))
        clock.now = max(clock.now, EARLIEST)
        counts.count("answers with a wrong clock or in another zone").took("kept, in order, schedule follows")
    assert made == sorted(made), "ids are in the order of making, whatever the clock says"
    assert len(recall.store.latest_reviews("me", 10**6)) == len(made)


async def test_the_clock_is_set_while_cards_are_on_the_screen(program: Program, clock: WrongClock) -> None:
    """Between a card and its answer too: each answer is in the log, in the order of their making."""
    rng, store, answers = random.Random(23), program.recall.store, 0
    change_setting(program.recall, "welcomed", "yes")
    async with running(program) as pilot:
        for _ in range(counts.size(12, 300)):
            if screen_name(pilot) != "review":
                pilot.app.go_to("review")  # type: ignore[attr-defined]
                await pilot.pause()
            on_card = screen_name(pilot) == "review"
            for key in ("space", str(rng.randint(0, 5)), *(["u"] if rng.random() < 0.1 else [])):
                clock.now = max(clock.now + rng.choice([*JUMPS, *AHEAD]), EARLIEST)
                await press(pilot, key)
                assert pilot.app.is_running
            answers += on_card
            assert len(store.latest_reviews("me", 10**6)) == answers
            look(program, clock.now)
            counts.count("answers in the app while the clock is set").took("kept, in order, schedule follows")
    ids = [review.id for review in store.latest_reviews("me", 10**6)]
    assert ids == sorted(ids, reverse=True)
    assert answers > 5


def test_a_day_in_the_future_is_told_and_can_be_taken_back(program: Program, clock: WrongClock) -> None:
    recall = program.recall
    cards = sorted(recall.store.card_ids("me"))[:4]
    for card_id in cards:
        recall.grade(card_id, 4)
    clock.forward(days=1)
    before = [recall.state(card_id) for card_id in cards]
    clock.forward(days=3653)
    for card_id in cards:
        recall.grade(card_id, 4)
    clock.forward(days=-3653)
    assert noted(examine(recall)) == ["clock"]
    for _ in cards:
        recall.undo()
    assert [recall.state(card_id) for card_id in cards] == before
    assert noted(examine(recall)) == []
    assert recall.today().due == len(cards)


def test_a_clock_set_back_a_year_puts_nothing_off(program: Program, clock: WrongClock) -> None:
    """Answers from the past take their place in the log; what was to come tomorrow still comes then."""
    recall = program.recall
    card = sorted(recall.store.card_ids("me"))[0]
    due = recall.grade(card, 4).after.due
    clock.forward(days=-365)
    assert recall.grade(card, 5).after.due is not None
    look(program, clock.now)
    clock.forward(days=366)
    state = recall.state(card)
    assert state.due is not None
    assert due is not None
    assert state.due <= due + timedelta(days=5)
    assert recall.streak() <= 2


@pytest.mark.parametrize(
    ("place", "night"),
    [("Europe/Berlin", "2026-10-25"), ("Europe/Berlin", "2027-03-28"), ("America/New_York", "2026-11-01")],
)
def test_a_night_when_summer_time_begins_or_ends(program: Program, clock: WrongClock, place: str, night: str) -> None:
    """An answer in every quarter of an hour: two study days, each begun once."""
    recall = program.recall
    cards = sorted(recall.store.card_ids("me"))
    clock.now = datetime.fromisoformat(f"{night}T00:00+00:00") - timedelta(hours=6)
    days = []
    with zone(place):
        for quarter in range(4 * 24):
            days.append(recall.grade(cards[quarter % len(cards)], 4).review.study_day)
            clock.forward(minutes=15)
        look(program, clock.now)
    assert days == sorted(days)
    assert len(set(days)) == 2
    counts.count("nights when summer time begins or ends").took("each study day begun once")


MOMENTS = (
    "1971-01-01T00:00",
    "2025-11-23T09:00",
    "2026-11-23T03:59",
    "2027-03-28T02:30",
    "2036-02-29T12:00",
    "2999-12-31",
)
LOOKING = [("due",), ("stats",), ("card", "list"), ("plan",), ("calibration",), ("doctor",)]


def test_every_command_at_any_time_and_place(scene: Scene, forks: Forks) -> None:
    scene.reset(scene.learner)
    rng = random.Random(22)
    for number in range(counts.size(6, 60)):
        env = {"STUDYAPP_NOW": MOMENTS[number % len(MOMENTS)], "TZ": rng.choice(ZONES)}
        for words in [("grade", f"t1.rails.c{number % 4}", "3"), *(LOOKING if counts.FULL else LOOKING[:2])]:
            ended = forks.run(*words, env=env)
            assert "error of its own" not in ended.err, (env, words, ended)
            assert "Traceback" not in ended.err, (env, words, ended)
            assert ended.code == 0 or words == ("doctor",), (env, words, ended)
            counts.count("commands at any time and place").took("done")
    assert forks.run("grade", "t1.fog.c0", "4", env={"STUDYAPP_NOW": "2999-12-31"}).code == 0
