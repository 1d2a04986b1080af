"""What a passed module came to, as Markdown: dates, figures, signatures, and what comes next."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from studyapp.core.audit import Verdict
from studyapp.core.gate import ItemStanding
from studyapp.core.log import Mode, voided
from studyapp.core.sm2 import PASSING_GRADE
from studyapp.core.text import date_words, plural
from studyapp.errors import StudyError
from studyapp.services import lab_log
from studyapp.services.new_file import write_new
from studyapp.services.standing import Standing, content_hash

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
    overridden = sum(bool(one.signed and one.signed.override) for one in now.items)
    head = f"All {len(now.items)} gate items are signed, the last on {date_words(max(signed))}."
    if overridden:
        head += f" {plural(overridden, 'item')} without the evidence, for a written reason."
    parts = [
        f"# {now.title}: completed",
        head,
        "## Gate",
        *("\n".join(_item(one, content)) for one in now.items),
        "## Foundation-gap audit",
        "\n".join(_audit(now)),
        "## Figures",
        "\n".join(_figures(recall, now, max(signed))),
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
    if one.disagreement:
        lines.append(f"  - the evidence now: {one.evidence.because}")
    if one.signed.content:
        state = "as it is now" if one.signed.content == content else "the module has changed since"
        lines.append(f"  - content {one.signed.content}, {state}")
    return lines


def _audit(now: Standing) -> list[str]:
    lines = []
    for finding in now.findings:
        doubt = f" ({finding.disagreement})" if finding.disagreement else ""
        lines.append(f"- [{'x' if finding.ticked else ' '}] {finding.statement.text} **{finding.verdict}**{doubt}")
        if finding.explained:
            lines.append(f"  - {finding.explained.words}")
    return lines or ["- none"]


def _figures(recall: Recall, now: Standing, until: date) -> list[str]:
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
    runs = [run for run in lab_log.history(recall) if calendar.day_of(run.at) <= until]
    reproduced = sum(run.outcome == "reproduced" for run in runs)
    solid = sum(finding.verdict is Verdict.SOLID for finding in now.findings)
    lines = [f"- {sum(card.state.due is not None for card in cards)} of {plural(len(cards), 'card')} met"]
    if answers:
        lines += [
            f"- {plural(len(days), 'study day')} from {date_words(min(days))} to {date_words(max(days))}",
            f"- {plural(len(answers), 'recall answer')}, {100 * right / len(answers):.0f} % right,"
            f" {sum(answer.aloud for answer in answers)} aloud",
        ]
    lines.append(f"- {plural(len(runs), 'lab run')}, {reproduced} reproduced")
    lines.append(f"- {solid} of {plural(len(now.findings), 'audit statement')} solid now")
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
