"""A tutor's look at a group: who is where in a module, and which cards the group gets wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from studyapp.core import audit, cohort
from studyapp.core.cohort import CardSums, LastAnswer, Member, Recalled, Standing
from studyapp.core.course import AuditStatement, GateItem
from studyapp.core.log import Event, EventKind, Review, voided
from studyapp.core.revision import stands
from studyapp.core.statistics import Share
from studyapp.errors import StudyError, UsageError
from studyapp.services.ports import ModuleListing
from studyapp.services.standing import Facts, signature, statement_of
from studyapp.services.statistics import share_values

KINDS = (EventKind.VOID, EventKind.AUDIT_TICK, EventKind.EXPLAIN, EventKind.SIGN_OFF, EventKind.REVISION)


class GroupReading(Protocol):
    """Questions about every learner, answered as of one moment."""

    def modules(self) -> list[ModuleListing]: ...
    def standings(self, module: str, today: date) -> list[Standing]: ...
    def runs(self, today: date) -> dict[str, tuple[date, int]]: ...
    def recalls(self, module: str, today: date) -> tuple[dict[str, Recalled], list[CardSums]]: ...
    def last_answers(self, card_ids: Collection[str], today: date) -> list[LastAnswer]: ...
    def facts(self, kinds: Collection[EventKind]) -> list[Event]: ...
    def prompts(self, module: str) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Cohort:
    module: str
    title: str
    day: date
    members: tuple[Member, ...]
    """By name."""
    cards: tuple[CardSums, ...]
    """Every card with answers, in the order of their ids."""
    prompts: Mapping[str, str]


def gather(group: GroupReading, today: date, module_id: str = "") -> Cohort:
    """Where every learner stands in a module: the named one, else the first with a gate, else the first of all.

    Raises:
        UsageError: no such module.
        StudyError: nobody has put content into this database yet.
    """
    module = _module(group.modules(), module_id)
    prompts = group.prompts(module.id)
    statements = [statement_of(values) for values in module.body.get("audit") or ()]
    items = [GateItem(**values) for values in module.body.get("gate") or ()]
    asked = {card_id for statement in statements for card_id in statement.cards if card_id in prompts}
    answers = defaultdict[str, list[Review]](list)
    for answer in group.last_answers(asked, today):
        answers[answer.learner].append(_review(answer))
    facts = _facts(group.facts(KINDS))
    runs, (recalled, cards) = group.runs(today), group.recalls(module.id, today)
    members = []
    for standing in group.standings(module.id, today):
        learner = standing.learner
        found = facts.get(learner, Facts(()))
        findings = [_finding(module.id, one, set(prompts), answers[learner], found, today) for one in statements]
        recall = recalled.get(learner, Recalled(0, 0))
        run = runs.get(learner)
        members.append(
            Member(
                standing=standing,
                last_day=run[0] if run else None,
                streak=cohort.streak_of(run, today),
                recall=Share(recall.kept, recall.asked),
                ticked=sum(finding.ticked for finding in findings),
                solid=sum(finding.verdict is audit.Verdict.SOLID for finding in findings),
                statements=len(findings),
                signed=sum(signature(module.id, item, found) is not None for item in items),
                items=len(items),
            )
        )
    cards = sorted(cards, key=lambda card: card.card_id)
    return Cohort(module.id, str(module.body["title"]), today, tuple(members), tuple(cards), prompts)


def _module(modules: Sequence[ModuleListing], module_id: str) -> ModuleListing:
    if not modules:
        raise StudyError("There is nothing to study in this database yet; start studyapp on it with a module first.")
    if not module_id:
        return next((module for module in modules if module.body.get("gate")), modules[0])
    for module in modules:
        if module.id == module_id:
            return module
    raise UsageError(f"There is no module {module_id!r}; there are: {', '.join(module.id for module in modules)}.")


def _facts(events: Sequence[Event]) -> dict[str, Facts]:
    """By learner what stands, newest first."""
    by_learner = defaultdict[str, list[Event]](list)
    for event in events:
        by_learner[event.learner].append(event)
    found = {}
    for learner, own in by_learner.items():
        undone = voided(own)
        standing = tuple(event for event in own if event.kind is not EventKind.VOID and stands(event, undone))
        found[learner] = Facts(standing)
    return found


def _finding(
    module_id: str,
    statement: AuditStatement,
    askable: Collection[str],
    answers: Sequence[Review],
    facts: Facts,
    day: date,
) -> audit.Finding:
    subject = f"{module_id}/{statement.id}"
    events = [*facts.of(EventKind.AUDIT_TICK, subject), *facts.of(EventKind.EXPLAIN, subject)]
    own = [answer for answer in answers if answer.card_id in statement.cards]
    return audit.assess(statement, askable, own, events, day)


def _review(answer: LastAnswer) -> Review:
    """The answer as the audit takes it; when in its day it was given plays no part there."""
    at = datetime.combine(answer.day, datetime.min.time(), UTC)
    return Review(
        id="",
        learner=answer.learner,
        card_id=answer.card_id,
        reviewed_at=at,
        study_day=answer.day,
        grade=answer.grade,
        confidence=answer.confidence,
    )


def described(found: Cohort, least: int) -> dict[str, Any]:
    """Everything as plain values, for `studyapp cohort --json`; cards with enough answers, the worst first."""
    return {
        "module": found.module,
        "title": found.title,
        "day": found.day.isoformat(),
        "learners": [_member_values(member) for member in found.members],
        "cards": [_card_values(card, found.prompts) for card in cohort.hardest(found.cards, least)],
    }


def _member_values(member: Member) -> dict[str, Any]:
    standing = member.standing
    return {
        "learner": standing.learner,
        "cards": {"all": standing.cards, "seen": standing.seen, "known": standing.known, "due": standing.due},
        "last_day": member.last_day.isoformat() if member.last_day else None,
        "streak": member.streak,
        "recall": share_values(member.recall),
        "audit": {"statements": member.statements, "ticked": member.ticked, "solid": member.solid},
        "gate": {"items": member.items, "signed": member.signed, "open": member.open},
    }


def _card_values(card: CardSums, prompts: Mapping[str, str]) -> dict[str, Any]:
    low, high = card.interval
    return {
        "id": card.card_id,
        "prompt": prompts.get(card.card_id, ""),
        "answers": card.answers,
        "wrong": card.wrong,
        "rate": round(card.rate, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "sure_but_wrong": card.sure,
        "learners": card.learners,
    }
