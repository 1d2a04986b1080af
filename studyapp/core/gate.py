"""The completion gate: one rule an item, each on facts of the log, each with its reason in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from studyapp.core import audit
from studyapp.core.course import GateItem
from studyapp.core.log import Event, EventKind
from studyapp.core.text import date_words, listed, plural

MOSTLY = 0.5
"""Share of a day's answers from which the day was answered aloud; a formula may be written down."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the log says of one item."""

    met: bool
    because: str
    progress: str
    """A few words for a line: `4 of 6 chapters`."""
    details: tuple[str, ...] = ()
    """Facts, one a line."""

    @property
    def reason(self) -> str:
        return f"true because {self.because}" if self.met else f"not yet, because {self.because}"


@dataclass(frozen=True, slots=True)
class SignOff:
    """The learner's signature under an item."""

    id: str
    """Of the event that holds it."""
    day: date
    evidence: str
    """In the learner's words; a path or link where the rule asks for one."""
    override: str
    """Why it was signed without the evidence; empty when the evidence was there."""
    reason: str
    """What the evidence said then."""
    content: str
    """Hash of the module's files at that moment; empty when it was not known."""
    met: bool
    """The evidence was there then."""

    @property
    def words(self) -> str:
        how = f"overridden on {date_words(self.day)}: {self.override}" if self.override else ""
        return how or f"signed on {date_words(self.day)}" + (f": {self.evidence}" if self.evidence else "")

    def changed(self, content: str) -> bool:
        """Whether the module is another one now, by the hash of its files as they are."""
        return bool(self.content) and self.content != content

    def content_words(self, content: str) -> str:
        """The content that was signed beside that of now; empty when it was not known."""
        state = "changed since" if self.changed(content) else "as it is now"
        return f"content {self.content}, {state}" if self.content else ""


def sign_off_of(event: Event) -> SignOff | None:
    """The signature that an event logged; None for a revision that was not signed or not closed book."""
    data, day = event.data, event.study_day
    evidence, override, reason, content = (
        str(data.get(name) or "") for name in ("evidence", "override", "reason", "content")
    )
    met = data.get("met", not override) is True
    if event.kind is EventKind.REVISION:
        one = revision_of(event)
        if not (one.signed and one.closed_book):
            return None
        evidence, reason, met = one.signed, one.words, not _lacking(one, one.questions)
    return SignOff(event.id, day, evidence, override, reason, content, met)


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """One item: what the evidence says, and whether it is signed."""

    item: GateItem
    evidence: Evidence
    signed: SignOff | None = None

    @property
    def done(self) -> bool:
        """Signed on evidence, or overridden with a reason. A sign-off stands, whatever comes after it."""
        return self.signed is not None

    @property
    def reason(self) -> str:
        """Why it is done or not; what came after an honest signature takes nothing from it."""
        if self.signed is None or self.evidence.met or not self.signed.met:
            return self.evidence.reason
        return f"signed on its evidence on {date_words(self.signed.day)}; since then: {self.evidence.because}"

    @property
    def disagreement(self) -> str:
        """Where a signature without evidence and the evidence part; empty when they agree."""
        if self.signed is None or self.evidence.met or self.signed.met:
            return ""
        verb = "overridden" if self.signed.override else "signed"
        return f"{verb}, but the evidence is not there: {self.evidence.because}"


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    read_on: date | None
    changed: bool = False
    """Its text is another since it was read."""


def chapters_read(document: str, chapters: Sequence[Chapter] | None) -> Evidence:
    """Every chapter was read to its end; None: the document is not there."""
    if not chapters:
        return gone(document)
    read = [chapter.read_on for chapter in chapters if chapter.read_on]
    progress = f"{len(read)} of {plural(len(chapters), 'chapter')}"
    details = tuple(_chapter_words(chapter) for chapter in chapters)
    if len(read) == len(chapters):
        because = f"all {plural(len(chapters), 'chapter')} were read, the last on {date_words(max(read))}"
        return Evidence(True, because, progress, details)
    first = next(chapter.title for chapter in chapters if not chapter.read_on)
    return Evidence(False, f"{progress} are read; the next is {first!r}", progress, details)


def _chapter_words(chapter: Chapter) -> str:
    if chapter.read_on is None:
        return f"{chapter.title}: not read yet"
    return f"{chapter.title}: read on {date_words(chapter.read_on)}" + ", changed since" * chapter.changed


def gone(document: str) -> Evidence:
    because = f"{document or 'its document'} is not in the module any more, so nothing can be counted"
    return Evidence(False, because, "document gone")


@dataclass(frozen=True, slots=True)
class RecallDay:
    day: date
    answers: int
    """Recall answers to the module's cards."""
    aloud: int
    finished: bool
    """Nothing was left for the day."""

    @property
    def counts(self) -> bool:
        return self.finished and self.answers > 0 and self.aloud >= MOSTLY * self.answers

    @property
    def words(self) -> str:
        facts = [
            f"{self.aloud} of {plural(self.answers, 'answer')} aloud",
            "finished" if self.finished else "left open",
        ]
        return f"{date_words(self.day)}: {', '.join(facts)}{'' if self.counts else '; does not count'}"


def recall_days(days: Sequence[RecallDay], needed: int, within: int, today: date) -> Evidence:
    """Enough study days within a span, each finished and mostly aloud. A span that was good once stays good.

    Days after today do not count: they are of a clock that was set back since.
    """
    known = [day for day in days if day.day <= today]
    counted = sorted(day.day for day in known if day.counts)
    best = max((_span(counted, end, within) for end in counted), key=len, default=[])
    recent = _span(counted, today, within)
    details = [day.words for day in known if day.day > today - timedelta(days=within) or day.day in best]
    ahead = len(days) - len(known)
    if ahead:
        details.append(f"{plural(ahead, 'day')} dated after today {'does' if ahead == 1 else 'do'} not count")
    if len(best) >= needed:
        because = f"{len(best)} study days from {date_words(best[0])} to {date_words(best[-1])} were finished aloud"
        return Evidence(True, because, f"{len(best)} days within {within}", tuple(details))
    because = f"{len(recent)} of {needed} study days within the last {within} were finished aloud"
    return Evidence(False, because, f"{len(recent)} of {needed} days", tuple(details))


def _span(days: Sequence[date], end: date, within: int) -> list[date]:
    return [day for day in days if end - timedelta(days=within) < day <= end]


@dataclass(frozen=True, slots=True)
class LabFact:
    name: str
    day: date | None
    """Study day of the last run; None: not run."""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    number: int
    """From 1."""
    key: str
    """The line as it stands in the log: from its words, so that a change of order loses nothing."""
    text: str
    ticked: bool


_CHECKLIST = re.compile(r"^#+\s+.*\bchecklist\b.*$", re.IGNORECASE)
_HEADING = re.compile(r"^#+\s")
_POINT = re.compile(r"^[-*+]\s+(?:\[[ xX]\]\s+)?(.+)$")


def checklist(text: str, ticked: Mapping[str, bool]) -> tuple[ChecklistLine, ...]:
    """The points below a document's heading `Checklist`, and which of them are ticked."""
    found: list[str] = []
    inside = False
    for line in text.splitlines():
        if _HEADING.match(line):
            inside = bool(_CHECKLIST.match(line))
        elif inside and (point := _POINT.match(line)):
            found.append(point[1].strip())
        elif inside and found and line.startswith("  ") and line.strip():
            found[-1] += f" {line.strip()}"
    return tuple(
        ChecklistLine(number, line_key(words), words, ticked.get(line_key(words), False))
        for number, words in enumerate(found, start=1)
    )


def line_key(words: str) -> str:
    return re.sub(r"[^\w]+", "-", words.lower()).strip("-")[:80]


_LINK = re.compile(r"[a-z][a-z0-9+.-]*://\S+|\b(?:[a-z0-9-]+\.)+[a-z]{2,24}/\S+", re.IGNORECASE)
_FILE = re.compile(
    r".*\w\.(?:7z|csv|docx?|gif|gz|html?|ipynb|jpe?g|json|key|log|md|mp4|odp|ods|odt|org|pdf|png|pptx?|py|rst|svg|tar"
    r"|te?xt?|tgz|toml|tsv|webm|webp|xlsx?|ya?ml|zip)",
    re.IGNORECASE,
)
_PATH = re.compile(r"\w[./\\]|[./\\]\w")


def place_in(evidence: str, exists: Callable[[str], bool]) -> str:
    """The first path or link in a text; empty when it names none.

    Args:
        exists: whether a word is the path of a file that is there; one that is elsewhere needs an ending of a document.
    """
    link = _LINK.search(evidence)
    if link is not None:
        return link[0].rstrip(".,;:)")
    words = [word.strip("\"'`<>()[],;:").rstrip(".") for word in evidence.split()]
    return next((word for word in words if _FILE.fullmatch(word) or (_PATH.search(word) and exists(word))), "")


def lab_shipped(document: str, labs: Sequence[LabFact], lines: Sequence[ChecklistLine] | None) -> Evidence:
    """Every lab of the document was run, its checklist is ticked; the place of the report comes with the sign-off."""
    if lines is None:
        return gone(document)
    runs = [lab for lab in labs if lab.day]
    ticked = sum(line.ticked for line in lines)
    parts = [f"{len(runs)} of {plural(len(labs), 'lab')} run"] if labs else []
    parts += [f"{ticked} of {len(lines)} checklist lines ticked"] if lines else []
    progress = (
        f"{len(runs)}/{len(labs)} labs, list {ticked}/{len(lines)}" if lines else parts[0] if parts else "no list"
    )
    details = (
        *(_lab_words(lab) for lab in labs),
        *(f"[{'x' if s.ticked else ' '}] {s.number} {s.text}" for s in lines),
    )
    if len(runs) < len(labs) or ticked < len(lines):
        return Evidence(False, " and ".join(parts), progress, details)
    named = listed([f"{lab.name} ({date_words(lab.day)}, {lab.outcome})" for lab in runs if lab.day])
    because = [f"the runs are {named}"] if runs else []
    because += [f"all {plural(len(lines), 'checklist line')} are ticked"] if lines else []
    return Evidence(True, " and ".join(because) or "the module asks for no run", progress, details)


def _lab_words(lab: LabFact) -> str:
    return f"{lab.name}: last run on {date_words(lab.day)}, {lab.outcome}" if lab.day else f"{lab.name}: not run yet"


def audit_complete(findings: Sequence[audit.Finding]) -> Evidence:
    """Every statement is solid and ticked."""
    if not findings:
        return Evidence(False, "the module has no audit statements", "no statements")
    solid = [finding for finding in findings if finding.verdict is audit.Verdict.SOLID]
    open_ones = [finding for finding in findings if not finding.complete]
    progress = f"{len(solid)} of {len(findings)} solid"
    details = tuple(f"{finding.name}: {finding.disagreement or finding.reason}" for finding in findings)
    if not open_ones:
        return Evidence(True, f"all {len(findings)} statements are solid and ticked", progress, details)
    words = [f"{one.name} {one.verdict}{_but(one)}" for one in open_ones]
    return Evidence(False, f"{progress}; {listed(words, most=4)}", progress, details)


def _but(one: audit.Finding) -> str:
    if not one.disagreement:
        return ""
    return " but ticked" if one.ticked else " but not ticked"


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision round, as it was logged."""

    day: date
    questions: int
    passed: int
    brier: float | None
    closed_book: bool
    signed: str
    """The learner's name or words; empty when nobody signed."""

    @property
    def words(self) -> str:
        brier = f", Brier score {self.brier:.2f}" if self.brier is not None else ""
        return f"{date_words(self.day)}, {self.passed} of {self.questions} passed{brier}"


def revision_of(event: Event) -> Revision:
    """A round from its event; what is missing or of another kind counts as not done."""
    data = event.data
    brier = data.get("brier")
    return Revision(
        event.study_day,
        _whole(data.get("questions")),
        _whole(data.get("passed")),
        float(brier) if isinstance(brier, int | float) else None,
        data.get("closed_book") is True,
        str(data.get("signed") or "").strip(),
    )


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def revision_done(rounds: Sequence[Revision], needed: int, today: date) -> Evidence:
    """A closed-book round over every question, with a confidence before each answer, signed. A bad result completes it.

    Args:
        rounds: newest first.
        needed: self-checks and traps of the module.
    """
    counted = [one for one in rounds if one.day <= today]
    details = tuple(f"{one.words}{_lacking(one, needed)}" for one in counted)
    whole = next((one for one in counted if not _lacking(one, needed)), None)
    if whole is not None:
        progress = f"{whole.day.day} {whole.day:%b} · {whole.passed} of {whole.questions}"
        progress += f" · Brier {whole.brier:.2f}" if whole.brier is not None else ""
        return Evidence(True, f"the revision was completed: {whole.words}", progress, details)
    if not counted:
        return Evidence(False, "no revision was completed", "not done yet")
    because = f"the last revision ({counted[0].words}) does not count{_lacking(counted[0], needed)}"
    return Evidence(False, because, "not complete", details)


def _lacking(one: Revision, needed: int) -> str:
    lacks = ["not closed book"] * (not one.closed_book)
    lacks += [f"{one.questions} of {needed} questions"] * (one.questions < needed)
    lacks += ["no confidence before the answers"] * (one.brier is None)
    lacks += ["not signed"] * (not one.signed)
    return f": {listed(lacks)}" if lacks else ""
