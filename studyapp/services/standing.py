"""Where a module stands: its audit and its gate, from the log and the content; ticking and signing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studyapp.core import audit, gate
from studyapp.core.course import AuditStatement, Connection, GateItem, Revisit
from studyapp.core.log import Event, EventKind, voided
from studyapp.core.revision import stands
from studyapp.errors import StudyError, UsageError
from studyapp.services import lab_log, reading
from studyapp.services.module_text import content_hash, document_text, lab_links

if TYPE_CHECKING:
    from studyapp.services.library import Library
    from studyapp.services.ports import ModuleListing
    from studyapp.services.recall import Recall

FACTS = (
    EventKind.VOID,
    EventKind.SESSION,
    EventKind.AUDIT_TICK,
    EventKind.EXPLAIN,
    EventKind.SIGN_OFF,
    EventKind.CHECKLIST,
    EventKind.REVISION,
)
REVISED = ("self_check", "trap")
"""Kinds of the cards that a revision asks."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A module's audit and gate."""

    module: str
    title: str
    week: int
    findings: tuple[audit.Finding, ...]
    items: tuple[gate.ItemStanding, ...]
    bridge: Connection | None

    @property
    def done(self) -> int:
        return sum(item.done for item in self.items)

    @property
    def open(self) -> bool:
        """Every gate item is signed."""
        return bool(self.items) and self.done == len(self.items)

    @property
    def ready(self) -> tuple[gate.ItemStanding, ...]:
        """Items whose evidence is there and that are not signed yet."""
        return tuple(item for item in self.items if item.evidence.met and not item.done)

    def finding(self, statement_id: str) -> audit.Finding:
        """Raises UsageError: the audit has no such statement."""
        for finding in self.findings:
            if finding.statement.id == statement_id:
                return finding
        there = ", ".join(finding.statement.id for finding in self.findings) or "none"
        raise UsageError(f"The audit has no statement {statement_id!r}; there are: {there}.")

    def item(self, item_id: str) -> gate.ItemStanding:
        """Raises UsageError: the gate has no such item."""
        for item in self.items:
            if item.item.id == item_id:
                return item
        there = ", ".join(item.item.id for item in self.items) or "none"
        raise UsageError(f"The gate has no item {item_id!r}; there are: {there}.")


def standing(recall: Recall, library: Library, module_id: str = "") -> Standing | None:
    """Where a module stands: the named one, else the first whose gate is not open yet, else the last with a gate.

    None when no module has an audit or a gate.

    Raises:
        UsageError: no such module.
    """
    modules = with_gate(library)
    if module_id:
        modules = [module for module in modules if module.id == module_id]
        if not modules:
            raise UsageError(f"There is no module {module_id!r} with a gate or an audit.")
    found: Standing | None = None
    facts = Facts.read(recall) if modules else None
    for module in modules:
        assert facts is not None
        found = _standing(recall, library, module, facts)
        if not found.open:
            break
    return found


def content_now(recall: Recall, library: Library, now: Standing) -> str:
    """Hash of the module as it is, to be compared with what was signed; empty while nothing is."""
    return content_hash(recall, library, now.module) if now.done else ""


def with_gate(library: Library) -> list[ModuleListing]:
    """The modules that have a gate or an audit."""
    return [module for module in library.modules() if module.body.get("gate") or module.body.get("audit")]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the log holds beside answers; newest first, without what was undone."""

    events: tuple[Event, ...]

    @classmethod
    def read(cls, recall: Recall, kinds: Collection[EventKind] = FACTS) -> Facts:
        events = recall.store.facts(recall.learner, kinds)
        signed = any(event.kind is EventKind.REVISION for event in events)
        # A revision stands while its answers stand, and what undoes an answer concerns its card.
        undone = voided(recall.store.events_of_kind(recall.learner, EventKind.VOID) if signed else events)
        standing = tuple(event for event in events if stands(event, undone) and event.kind is not EventKind.VOID)
        return cls(standing)

    def until(self, day: date) -> Facts:
        """Those of that study day and before."""
        return Facts(tuple(event for event in self.events if event.study_day <= day))

    def of(self, kind: EventKind, subject: str = "") -> list[Event]:
        return [e for e in self.events if e.kind is kind and subject in ("", e.subject)]


def _standing(recall: Recall, library: Library, module: ModuleListing, facts: Facts) -> Standing:
    body = module.body
    statements = [statement_of(values) for values in body.get("audit") or ()]
    findings = tuple(finding(recall, module.id, statement, facts, recall.day) for statement in statements)
    items = []
    for values in body.get("gate") or ():
        item = GateItem(**values)
        evidence = _evidence(recall, library, module.id, item, findings, facts)
        items.append(gate.ItemStanding(item, evidence, signature(module.id, item, facts)))
    bridge = Connection(**body["bridge"]) if body.get("bridge") else None
    return Standing(module.id, str(body["title"]), int(body["week"]), findings, tuple(items), bridge)


def statement_of(values: Mapping[str, Any]) -> AuditStatement:
    revisit = Revisit(**values["revisit"]) if values.get("revisit") else None
    return AuditStatement(values["id"], values["text"], tuple(values["cards"]), revisit)


def finding(recall: Recall, module_id: str, statement: AuditStatement, facts: Facts, day: date) -> audit.Finding:
    """A statement as it stood at the end of a study day."""
    store, learner = recall.store, recall.learner
    known = store.listings(learner, statement.cards)
    askable = {card.id for card in known if not (card.retired or card.draft)}
    reviews = []
    for card_id in askable:
        undone = voided(store.events_of(learner, card_id))
        reviews += [review for review in store.reviews_of(learner, card_id) if review.id not in undone]
    subject = f"{module_id}/{statement.id}"
    events = [*facts.of(EventKind.AUDIT_TICK, subject), *facts.of(EventKind.EXPLAIN, subject)]
    return audit.assess(statement, askable, reviews, events, day)


def signature(module_id: str, item: GateItem, facts: Facts) -> gate.SignOff | None:
    events = facts.of(EventKind.SIGN_OFF, f"{module_id}/{item.id}")
    if item.rule == "revision_done":  # its own signature is the item's
        events += facts.of(EventKind.REVISION, module_id)
    return next((signed for event in events if (signed := gate.sign_off_of(event))), None)


def _evidence(
    recall: Recall,
    library: Library,
    module_id: str,
    item: GateItem,
    findings: Sequence[audit.Finding],
    facts: Facts,
) -> gate.Evidence:
    match item.rule:
        case "chapters_read":
            return gate.chapters_read(item.document, _chapters(recall, library, module_id, item.document))
        case "recall_days":
            return gate.recall_days(_recall_days(recall, module_id, facts), item.days, item.within, recall.day)
        case "lab_shipped":
            text = document_text(library, module_id, item.document)
            labs = _labs(recall, text or "")
            lines = None if text is None else gate.checklist(text, _ticked(module_id, item.id, facts))
            return gate.lab_shipped(item.document, labs, lines)
        case "audit_complete":
            return gate.audit_complete(findings)
        case _:
            rounds = [gate.revision_of(event) for event in facts.of(EventKind.REVISION, module_id)]
            kinds = recall.store.kind_totals(recall.learner, module_id)
            return gate.revision_done(rounds, sum(kinds.get(kind, 0) for kind in REVISED), recall.day)


def _chapters(recall: Recall, library: Library, module_id: str, document: str) -> list[gate.Chapter] | None:
    try:
        found = reading.chapters(recall, library, module_id, document)
    except StudyError:
        return None
    return [gate.Chapter(chapter.title, chapter.read_on, chapter.changed) for chapter in found]


def _recall_days(recall: Recall, module_id: str, facts: Facts) -> list[gate.RecallDay]:
    finished = {event.study_day for event in facts.of(EventKind.SESSION) if event.data.get("complete") is True}
    days = recall.store.recall_days(recall.learner, module_id)
    return [gate.RecallDay(day, answers, aloud, day in finished) for day, (answers, aloud) in days.items()]


def _labs(recall: Recall, text: str) -> list[gate.LabFact]:
    """The labs that a document sends the reader to."""
    last: dict[str, lab_log.LabRun] = {}
    for run in lab_log.history(recall):
        last.setdefault(run.lab, run)
    found = []
    for name in lab_links(text):
        if name not in last:
            found.append(gate.LabFact(name, None))
            continue
        run = last[name]
        quick = ", quick" if run.data.get("quick") else ""
        found.append(gate.LabFact(name, recall.settings.calendar.day_of(run.at), run.outcome + quick))
    return found


def _ticked(module_id: str, item_id: str, facts: Facts) -> dict[str, bool]:
    start = f"{module_id}/{item_id}#"
    lines: dict[str, bool] = {}
    for event in facts.of(EventKind.CHECKLIST):
        if event.subject.startswith(start):
            lines.setdefault(event.subject.removeprefix(start), event.data.get("ticked") is True)
    return lines


# -- what the learner does


def tick(recall: Recall, now: Standing, statement_id: str, ticked: bool) -> None:
    """Ticks a box of the audit, or takes the tick away.

    Raises:
        UsageError: no such statement.
    """
    if now.finding(statement_id).ticked is not ticked:
        recall.log_event(EventKind.AUDIT_TICK, f"{now.module}/{statement_id}", {"ticked": ticked})


def lines_of(recall: Recall, library: Library, now: Standing, item_id: str) -> tuple[gate.ChecklistLine, ...]:
    """The checklist of a gate item's document; empty when it has none.

    Raises:
        UsageError: no such item.
    """
    item = now.item(item_id).item
    text = document_text(library, now.module, item.document) if item.rule == "lab_shipped" else None
    return gate.checklist(text or "", _ticked(now.module, item_id, Facts.read(recall)))


def check_lines(
    recall: Recall, library: Library, now: Standing, item_id: str, numbers: Sequence[int], ticked: bool
) -> None:
    """Ticks lines of an item's checklist by their numbers, from 1; nothing is changed when one of them is wrong.

    Raises:
        UsageError: no such item or line.
    """
    lines = {line.number: line for line in lines_of(recall, library, now, item_id)}
    wrong = [number for number in numbers if number not in lines]
    if wrong:
        there = f"its lines are 1 to {len(lines)}" if lines else "it has no checklist"
        raise UsageError(f"{item_id} has no line {wrong[0]}; {there}.")
    for number in dict.fromkeys(numbers):
        if lines[number].ticked is not ticked:
            subject = f"{now.module}/{item_id}#{lines[number].key}"
            recall.log_event(EventKind.CHECKLIST, subject, {"ticked": ticked, "text": lines[number].text})


def sign(recall: Recall, library: Library, now: Standing, item_id: str, evidence: str, override: str = "") -> None:
    """Signs a gate item: on its evidence, or without it for a written reason.

    Raises:
        UsageError: no such item, or nothing that could be looked at is named where the rule asks for it.
        StudyError: the evidence is not there and no reason was given.
    """
    one, evidence, override = now.item(item_id), _written(evidence), _written(override)
    lab = one.item.rule == "lab_shipped"
    if one.evidence.met and lab and not gate.place_in(evidence, _exists):
        raise UsageError(
            f"{item_id} needs a path or a link in its evidence: where can others see it? Say it like report.md or"
            " https://example.org/report."
        )
    if not one.evidence.met and not override:
        raise StudyError(
            f"{item_id} cannot be signed yet: {one.evidence.because}."
            " To sign it all the same, say why: --override REASON."
        )
    data = {
        "evidence": evidence,
        "override": "" if one.evidence.met else override,
        "met": one.evidence.met,
        "reason": one.evidence.because,
        "content": content_hash(recall, library, now.module),
    }
    recall.log_event(EventKind.SIGN_OFF, f"{now.module}/{item_id}", data)


def unsign(recall: Recall, now: Standing, item_id: str) -> None:
    """Takes the signature of an item back; that of a revision opens its signing again.

    Raises:
        UsageError: no such item.
        StudyError: it is not signed.
    """
    signed = now.item(item_id).signed
    if signed is None:
        raise StudyError(f"{item_id} has no sign-off that could be taken back.")
    recall.log_event(EventKind.VOID, signed.id, {})


def _exists(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # a name that no file can have
        return False


def _written(text: str) -> str:
    """Raises UsageError: a shell handed over bytes that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("This text holds a character that cannot be stored; write it anew in UTF-8.") from None
    return text.strip()


UNDONE_WORDS = {
    EventKind.AUDIT_TICK: "the tick of {}",
    EventKind.EXPLAIN: "the explanation of {}",
    EventKind.SIGN_OFF: "the sign-off of {}",
    EventKind.CHECKLIST: "a line in the checklist of {}",
    EventKind.REVISION: "the signature of the revision",
    EventKind.ASK_TODAY: "the cards asked for today",
}


def take_back(recall: Recall, module_id: str = "", item: GateItem | None = None) -> str | None:
    """Undoes the newest tick, explanation, signature, checklist line or wish for today; says which, None if none.

    Args:
        item: only what was done with this item of the module's gate.
    """
    event = _last_deed(recall, module_id, item)
    if event is None:
        return None
    recall.log_event(EventKind.VOID, event.id, {})
    return UNDONE_WORDS[event.kind].format(event.subject.partition("/")[2].partition("#")[0])


def undoable(recall: Recall, module_id: str = "", item: GateItem | None = None) -> bool:
    """Whether `take_back` finds anything."""
    return _last_deed(recall, module_id, item) is not None


def _last_deed(recall: Recall, module_id: str, item: GateItem | None) -> Event | None:
    """The newest tick, explanation and so on that stands."""
    deeds = Facts.read(recall, (EventKind.VOID, *UNDONE_WORDS)).events
    return next((event for event in deeds if item is None or _concerns(event, module_id, item)), None)


def _concerns(event: Event, module_id: str, item: GateItem) -> bool:
    if event.kind is EventKind.REVISION:
        return item.rule == "revision_done" and event.subject == module_id
    own = event.kind in (EventKind.SIGN_OFF, EventKind.CHECKLIST)
    return own and event.subject.partition("#")[0] == f"{module_id}/{item.id}"
