"""What is left to do until the learner's target date, and what to expect on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from studyapp.core.plan import new_per_day
from studyapp.core.schedule import CardState, replay
from studyapp.core.target import Held, Pace, Projection, project, usual_due
from studyapp.core.text import date_words, plural
from studyapp.services.day import answered_of, new_limit
from studyapp.services.ports import CardListing
from studyapp.services.recall import Recall

ALL = 1_000_000
ESTIMATE = (
    "An estimate: the plan takes every answer to be right; a card that is missed comes again the next day. FSRS knows"
    " how long a card is recalled with 90 %; for SM-2 the card's interval stands for it."
)


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """The way to a target date."""

    target: date
    today: date
    projection: Projection
    minutes: tuple[int, ...]
    """For each day of the projection."""

    @property
    def days_left(self) -> int:
        """Negative once the target has passed."""
        return (self.target - self.today).days

    @property
    def cards_a_day(self) -> int:
        """Due and new cards on an average day, rounded up."""
        days = self.projection.days
        return -(-sum(day.due + day.new for day in days) // len(days)) if days else 0

    @property
    def cards_today(self) -> int:
        """Due and new cards still to come today."""
        return sum(day.due + day.new for day in self.projection.days[:1])

    @property
    def lines(self) -> tuple[str, ...]:
        """The plan in a few short sentences, the most important first."""
        when = date_words(self.target)
        if self.days_left <= 0:
            passed = "is today" if self.days_left == 0 else "has passed"
            return (f"Your target date, {when}, {passed}; `studyapp settings target_date none` clears it.",)
        then = self.projection
        left = plural(self.cards_today, "card") if self.cards_today else "no cards"
        found = [
            f"{when} is in {plural(self.days_left, 'day')}: {left} left today, about {self.cards_a_day} a day",
            f"{100 * then.kept:.0f} % expected to be recalled if you keep the plan and are right every time,"
            f" {100 * then.stopped:.0f} % if you stop today",
        ]
        if then.unmet:
            found.append(f"{plural(then.unmet, 'card')} will not be met before it; the rest is what counts")
        return tuple(f"{line}." for line in found)


def new_left(recall: Recall) -> int:
    """New cards that can be asked today."""
    return len(recall.store.new(recall.learner, recall.day, ALL))


def pace(recall: Recall) -> Pace:
    """How much each day up to the target may hold."""
    settings, cards = recall.settings, recall.store.card_total(recall.learner)
    return Pace(
        most_due=settings.due_per_day,
        usual_due=usual_due(cards, new_per_day(cards, settings.new_limit)),
        new=new_limit(recall),
        hurry=settings.new_limit is None,
    )


def target_plan(recall: Recall) -> TargetPlan | None:
    """The plan for the target date of the settings; None when there is none."""
    target, day = recall.settings.target, recall.day
    if target is None:
        return None
    projection = project(
        [_held(recall, card) for card in recall.store.listing(recall.learner) if _askable(card)],
        day,
        target,
        pace=pace(recall),
        schedule=recall.settings.schedule,
        done=answered_of(recall.store.seen_on(recall.learner, day), day),
    )
    minutes_of = cache(recall.minutes)  # it reads the log, and the days of a long plan are much alike
    minutes = tuple(minutes_of(one.due, one.new) for one in projection.days)
    return TargetPlan(target, day, projection, minutes)


def _askable(card: CardListing) -> bool:
    return not (card.retired or card.draft or card.state.suspended)


def _held(recall: Recall, card: CardListing) -> Held:
    state: CardState = card.state
    if recall.settings.replays and state.due is not None:  # its row does not hold all that the scheduler needs
        reviews, events = (
            recall.store.reviews_of(recall.learner, card.id),
            recall.store.events_of(recall.learner, card.id),
        )
        state = replay(card.id, reviews, events, recall.settings.schedule)
    return Held(card.id, state.memory, state.due, state.scheduled_on)
