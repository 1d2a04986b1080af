"""What a passed module came to, as Markdown: dates, figures, signatures, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from studyapp.core.audit import Finding, Verdict
from studyapp.core.gate import ItemStanding
from studyapp.core.log import Mode, voided
from studyapp.core.sm2 import PASSING_GRADE
from studyapp.core.text import date_words, plural
from studyapp.errors import StudyError
from studyapp.services import lab_log
from studyapp.services.module_text import content_hash, document_text, lab_links
from studyapp.services.new_file import write_new
from studyapp.services.standing import Facts, Standing, finding

if TYPE_CHECKING:
    from studyapp.services.library import Library
    from studyapp.services.recall import Recall


def certificate(recall: Recall, library: Library, now: Standing) -> str:
    """The report of an open gate.

    Raises:
        StudyError: the gate is not open.
    """
    if not now.open:
        missing = ", ".join(one.item.id for one in now.items if not one.done) or "the module has no gate"
        raise StudyError(f"The gate is not open yet ({missing}); `studyapp gate` tells what each item needs.")
    content = content_hash(recall, library, now.module)
    signed = [one.signed.day for one in now.items if one.signed]
    until = max(signed)
    overridden = sum(bool(one.signed and one.signed.override) for one in now.items)
    head = f"All {len(now.items)} gate items are signed, the last on {date_words(until)}."
    if overridden:
        head += f" {plural(overridden, 'item')} without the evidence, for a written reason."
    facts = Facts.read(recall).until(until)
    findings = [finding(recall, now.module, one.statement, facts, until) for one in now.findings]
    parts = [
        f"# {now.title}: completed",
        head,
        "## Gate",
        *("\n".join(_item(one, content)) for one in now.items),
        f"## Foundation-gap audit on {date_words(until)}",
        "\n".join(_audit(findings)),
        f"## Figures until {date_words(until)}",
        "\n".join(_figures(recall, library, now, findings, until)),
    ]
    if now.bridge:
        parts += ["## Next", now.bridge.text]
    parts.append(f"Module {now.module}, content {content}.")
    return "\n\n".join(parts) + "\n"


def _item(one: ItemStanding, content: str) -> list[str]:
    assert one.signed is not None
    lines = [f"- **{one.item.text}**", f"  - {one.signed.words}"]
    if one.signed.reason:
        lines.append(f"  - the evidence then: {one.signed.reason}")
    if not one.evidence.met:
        lines.append(f"  - the evidence now: {one.evidence.because}")
    if one.signed.content:
        lines.append(f"  - {one.signed.content_words(content)}")
    return lines


def _audit(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for one in findings:
        doubt = f" ({one.disagreement})" if one.disagreement else ""
        lines.append(f"- [{'x' if one.ticked else ' '}] {one.statement.text} **{one.verdict}**{doubt}")
        if one.explained:
            lines.append(f"  - {one.explained.words}")
    return lines or ["- none"]


def _figures(recall: Recall, library: Library, now: Standing, findings: Sequence[Finding], until: date) -> list[str]:
    store, learner = recall.store, recall.learner
    cards = [card for card in store.listing(learner) if card.module == now.module and not (card.retired or card.draft)]
    answers = []
    for card in cards:
        undone = voided(store.events_of(learner, card.id))
        own = store.reviews_of(learner, card.id)
        answers += [r for r in own if r.mode is Mode.RECALL and r.id not in undone and r.study_day <= until]
    days = {answer.study_day for answer in answers}
    right = sum(answer.grade >= PASSING_GRADE for answer in answers)
    calendar = recall.settings.calendar
    labs = {card.lab for card in cards}
    for item in now.items:
        labs |= {*lab_links(document_text(library, now.module, item.item.document) or "")}
    runs = [run for run in lab_log.history(recall) if run.lab in labs and calendar.day_of(run.at) <= until]
    reproduced = sum(run.outcome == "reproduced" for run in runs)
    solid = sum(one.verdict is Verdict.SOLID for one in findings)
    lines = [f"- {len({answer.card_id for answer in answers})} of {plural(len(cards), 'card')} met"]
    if answers:
        lines += [
            f"- {plural(len(days), 'study day')} from {date_words(min(days))} to {date_words(max(days))}",
            f"- {plural(len(answers), 'recall answer')}, {100 * right / len(answers):.0f} % right,"
            f" {sum(answer.aloud for answer in answers)} aloud",
        ]
    lines.append(f"- {plural(len(runs), 'lab run')}, {reproduced} reproduced")
    lines.append(f"- {solid} of {plural(len(findings), 'audit statement')} solid")
    return lines


def write_certificate(text: str, file: Path) -> None:
    """Writes it to a file that is not there yet.

    Raises:
        StudyError: there is one, or it cannot be written.
    """
    try:
        write_new(file, text)
    except FileExistsError:
        raise StudyError(f"There is a file {file} already; choose another name.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(f"{file} cannot be written ({reason}); choose another place.") from error
