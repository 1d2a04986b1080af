"""A module with its cards, as the scored modes need it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from studyapp.core.course import Card, MentalModel, Topic
from studyapp.core.log import EventKind, Review, voided
from studyapp.errors import StudyError, UsageError
from studyapp.services.library import Library
from studyapp.services.ports import Store
from studyapp.services.recall import Recall


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    title: str
    topics: tuple[Topic, ...]
    models: tuple[MentalModel, ...]
    cards: tuple[Card, ...]
    """Those that can be asked, in the order of study; what is suspended too."""

    @property
    def weights(self) -> dict[str, float]:
        return {topic.id: topic.weight for topic in self.topics}

    def topic_title(self, topic: str) -> str:
        return next((known.title for known in self.topics if known.id == topic), topic)

    def only(self, topic: str | None) -> Course:
        """The part of one topic, named by its id or title; all of it for None.

        Raises:
            UsageError: no such topic.
        """
        if topic is None:
            return self
        found = [known for known in self.topics if topic.casefold() in (known.id.casefold(), known.title.casefold())]
        if not found:
            raise UsageError(f"There is no topic {topic!r}; there are: {', '.join(t.id for t in self.topics)}.")
        cards = tuple(card for card in self.cards if card.topic == found[0].id)
        return Course(self.id, self.title, (replace(found[0], weight=1.0),), self.models, cards)


def current_course(recall: Recall, library: Library) -> Course:
    """The module that the learner is in.

    Raises:
        StudyError: there is none.
    """
    module = library.current_module()
    if module is None:
        raise StudyError("There are no cards yet; `studyapp content check` tells why.")
    listed = recall.store.listing(recall.learner)
    ids = [card.id for card in listed if card.module == module.id and not card.retired and not card.draft]
    return Course(
        module.id,
        str(module.body.get("title", module.id)),
        tuple(Topic(**item) for item in module.body.get("topics", ())),
        tuple(MentalModel(**item) for item in module.body.get("mental_models", ())),
        tuple(card for card in map(recall.store.card, ids) if card is not None),
    )


def topic_titles(store: Store) -> dict[tuple[str, str], str]:
    """What the topics are called, by module and id; of cards no longer in the content too."""
    return {(one.id, item["id"]): item["title"] for one in store.modules() for item in one.body.get("topics", ())}


def standing(recall: Recall, reviews: Iterable[Review]) -> list[Review]:
    """These reviews without those that were undone."""
    undone = voided(recall.store.events_of_kind(recall.learner, EventKind.VOID))
    return [review for review in reviews if review.id not in undone]
