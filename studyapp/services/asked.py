"""Cards that the learner wants asked today whatever their date: those of a shaky box of the audit.

They stand in the day's queue until they are answered once. How the answer counts follows from where the card
stands: a card that is due or new moves its schedule, an early one is practice and moves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING

from studyapp.core.log import EventKind, voided

if TYPE_CHECKING:
    from studyapp.services.ports import Reading
    from studyapp.services.recall import Recall


def ask_today(recall: Recall, cards: Iterable[str]) -> list[str]:
    """Puts cards into today's recall; returns those that will come.

    Left out are cards that are suspended, buried, drafts or no longer in the content. What stands in today's queue
    already is not asked twice.
    """
    day, waiting = recall.day, set(recall.today().order)
    known = recall.store.listings(recall.learner, list(dict.fromkeys(cards)))
    able = [c.id for c in known if not (c.retired or c.draft) and c.state.name(day) not in ("suspended", "buried")]
    fresh = [card_id for card_id in able if card_id not in waiting]
    if fresh:
        recall.log_event(EventKind.ASK_TODAY, "", {"cards": fresh})
    return able


def asked(store: Reading, learner: str, day: date, planned: Collection[str] = ()) -> list[str]:
    """The cards asked for today and not answered since, without those that are planned anyway."""
    events = store.facts(learner, (EventKind.ASK_TODAY, EventKind.VOID), since=day)
    undone = voided(events) if events else set()
    found: dict[str, None] = {}
    for event in reversed(events):
        if event.kind is EventKind.ASK_TODAY and event.study_day == day and event.id not in undone:
            for card_id in event.data.get("cards") or ():
                if card_id not in planned and _open(store, learner, card_id, event.id, day):
                    found[card_id] = None
    return list(found)


def _open(store: Reading, learner: str, card_id: str, wish: str, day: date) -> bool:
    """Whether the card can still be asked and has not been since the wish."""
    state = store.state(learner, card_id)
    if state is None or state.name(day) in ("suspended", "buried"):
        return False
    answers = {r.id for r in store.reviews_of(learner, card_id) if r.id > wish and not r.mode.scored}
    return not answers or not answers - voided(store.events_of(learner, card_id))
