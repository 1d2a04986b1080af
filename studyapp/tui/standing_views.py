"""Audit and gate as styled text. Shape and word say what the colour says."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from studyapp.core.audit import CardFinding, Finding, Verdict
from studyapp.core.gate import ItemStanding, SignOff
from studyapp.services.standing import Standing
from studyapp.tui.text import MUTED, STRONG, flowing, hanging, joined, lines, plain

VERDICT_LOOK = {
    Verdict.SOLID: ("■", "$success"),
    Verdict.SHAKY: ("◧", "$warning"),
    Verdict.UNTESTED: ("□", MUTED),
}
BOX_LOOK = {True: ("[x]", "bold $success"), False: ("[ ]", MUTED)}
DOUBT = "bold $warning"
LABEL = 10
"""Cells of the labels on Today."""


def verdict(kind: Verdict) -> Content:
    glyph, style = VERDICT_LOOK[kind]
    return Content.styled(f"{glyph} {kind}", style)


def box(ticked: bool) -> Content:
    return Content.styled(*BOX_LOOK[ticked])


def item_box(one: ItemStanding) -> Content:
    """`[x]` signed on evidence, `[o]` overridden, `[ ]` open."""
    if one.signed and one.signed.override:
        return Content.styled("[o]", DOUBT)
    return box(one.done)


def doubt(words: str, width: int) -> Content | None:
    """Where tick or signature and evidence part; None when they agree."""
    return hanging(Content.styled("! ", DOUBT), plain(words, DOUBT), width) if words else None


# -- rows of the lists


def statement_row(finding: Finding, width: int) -> Content:
    words = joined([verdict(finding.verdict), "  ", plain(finding.statement.text, STRONG)])
    body = [
        hanging(joined([box(finding.ticked), " "]), words, width),
        hanging(Content("    "), plain(finding.reason, MUTED), width),
    ]
    if finding.explained:
        body.append(hanging(Content("    "), plain(finding.explained.words, MUTED), width))
    return lines([*body, _indented_doubt(finding.disagreement, width), ""])


def _indented_doubt(words: str, width: int) -> Content | None:
    found = doubt(words, width - 4)
    return hanging(Content("    "), found, width) if found else None


def card_row(card: CardFinding, prompt: str, width: int) -> Content:
    latest = card.latest
    words = f"{latest.words}, {latest.how}" if latest else "not asked yet"
    head = hanging(joined([verdict(card.verdict), "  "]), plain(prompt, STRONG), width)
    return lines([head, hanging(Content("    "), plain(words, MUTED), width), ""])


def item_row(one: ItemStanding, content: str, width: int) -> Content:
    """An item in the list; `content` as in `item_details`."""
    body = [hanging(joined([item_box(one), " "]), plain(one.item.text, STRONG), width)]
    if one.signed:
        words = [plain(one.signed.words, DOUBT if one.signed.override else ""), signed_content(one.signed, content)]
        body.append(hanging(Content("    "), joined([part for part in words if part], " · "), width))
    if not one.disagreement:
        body.append(hanging(Content("    "), plain(one.reason, MUTED), width))
    if one.evidence.met and not one.done:
        body.append(Content("    ready to sign: s"))
    return lines([*body, _indented_doubt(one.disagreement, width), ""])


def signed_content(signed: SignOff, content: str) -> Content:
    """What was signed beside what is there now; empty when it was not known."""
    return plain(signed.content_words(content), DOUBT if signed.changed(content) else MUTED)


def item_details(one: ItemStanding, content: str, width: int) -> Content:
    """Everything about a gate item.

    Args:
        content: hash of the module's files as they are now.
    """
    blocks = [
        hanging(joined([item_box(one), " "]), plain(one.item.text, STRONG), width),
        lines(plain(one.reason).wrap(width)),
    ]
    if one.signed:
        signed = [plain(one.signed.words)]
        if one.signed.reason:
            signed.append(plain(f"the evidence then: {one.signed.reason}", MUTED))
        signed.append(signed_content(one.signed, content))
        blocks.append(lines(line for part in signed if part for line in part.wrap(width)))
    doubts = doubt(one.disagreement, width)
    if doubts:
        blocks.append(doubts)
    details = [line for line in one.evidence.details if not line.startswith("[")]
    blocks.append(lines(hanging(Content.styled("· ", MUTED), plain(line), width) for line in details))
    return Content("\n\n").join([block for block in blocks if block])


# -- lines of Today


def labelled(label: str, parts: Sequence[Content], between: str, width: int) -> Content:
    """Parts beside a label; those that do not fit go to the next line."""
    head = Content.styled(f"{label:<{LABEL}}", "bold $secondary")
    return hanging(head, flowing(parts, between, width - LABEL), width)


def audit_lines(findings: Sequence[Finding], width: int) -> Content:
    """Each statement with its glyph, and below them in words where a tick has no evidence."""
    marks = []
    for finding in findings:
        glyph, style = VERDICT_LOOK[finding.verdict]
        sign = Content.styled(" !", DOUBT) if finding.disagreement else Content("")
        tick = Content.styled(" ✓", "bold $success") if finding.ticked else Content("")
        marks.append(joined([Content.styled(glyph, style), " ", plain(finding.name), tick, sign]))
    shaky = [finding.name for finding in findings if finding.verdict is Verdict.SHAKY]
    rows = [labelled("Audit", marks, "   ", width)]
    doubts = [f"{finding.name}: {finding.disagreement}" for finding in findings if finding.disagreement]
    indent = Content(" " * LABEL)
    if shaky and not doubts:
        rows.append(hanging(indent, plain(f"shaky: {', '.join(shaky)}", MUTED), width))
    rows += [hanging(indent, doubt(words, width - LABEL) or Content(""), width) for words in doubts]
    return lines(rows)


SHORT_NAMES = {
    "chapters_read": "explainer",
    "recall_days": "recall",
    "lab_shipped": "lab",
    "audit_complete": "audit",
    "revision_done": "revision",
}


def gate_lines(now: Standing, width: int) -> Content:
    """How many items are done, and what each of the others has so far."""
    state = "open" if now.open else f"{now.done} of {len(now.items)}"
    parts = [Content.styled(state, "bold $success" if now.open else STRONG)]
    for one in now.items:
        if not one.done:
            words = f"{SHORT_NAMES[one.item.rule]} {one.evidence.progress}"
            parts.append(plain(f"{words}, ready to sign" if one.evidence.met else words))
    rows = [labelled("Gate", parts, " · ", width)]
    for one in now.items:
        if one.disagreement:
            words = f"{SHORT_NAMES[one.item.rule]} {one.disagreement}"
            rows.append(hanging(Content(" " * LABEL), doubt(words, width - LABEL) or Content(""), width))
    return lines(rows)
