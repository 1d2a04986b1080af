"""Parts of a lab's screen as styled text. Pure: what stands here depends on the arguments alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from labs.kit.spec import Lab, said, sizes_for
from studyapp.lab_runner import install
from studyapp.lab_runner.events import Check, Metric
from studyapp.lab_runner.report import check_line, params_words, value_words
from studyapp.lab_runner.results import (
    Compared,
    Results,
    duration,
    interval,
    marked,
    number,
    spoken_prediction,
    summary,
)
from studyapp.lab_runner.run import Run
from studyapp.services.lab_log import LabRun
from studyapp.tui.text import KEY, MUTED, STRONG, hanging, joined, lines, plain, short
from studyapp.tui.views import heading

LETTERS = "abcdefgh"
LEAST_BESIDE = 20
"""Cells that a metric's interval and unit need beside its number; with fewer they stand below it."""
VERDICT_STYLES = {"reproduced": "$success", "differs": "bold $warning", "not comparable": MUTED}
VERDICT_SIGNS = {"reproduced": "=", "differs": "≠", "not comparable": "·"}


def question(lab: Lab, width: int) -> Content:
    return lines(plain(lab.question, STRONG).wrap(width))


def prediction_form(lab: Lab, chosen: str, width: int, unmarkable: str = "") -> Content:
    """What the learner is asked to say first, and what was said; the choice is in brackets, not in colour alone."""
    if unmarkable:
        return hanging(Content.styled("No prediction  ", "bold $secondary"), plain(f"{unmarkable}."), width)
    asked = hanging(Content.styled("Predict first  ", "bold $secondary"), plain(lab.prediction.prompt), width)
    if not lab.prediction.choices:
        said = plain(f"Your prediction: {chosen}", "bold $success") if chosen else Content("Press p and type a number.")
        return lines([asked, said])
    entries = []
    for place, choice in enumerate(lab.prediction.choices):
        label = plain(f"[{LETTERS[place]} {choice.label}]", "bold $success")
        if chosen != str(place + 1):
            label = joined([Content.styled(f" {LETTERS[place]}", KEY), plain(f" {choice.label} ")])
        entries.append(label)
    widest = max(entry.cell_length for entry in entries) + 2
    columns = max(1, min(len(entries), width // widest))
    rows = [entries[at : at + columns] for at in range(0, len(entries), columns)]
    return lines([asked, *(joined(entry.truncate(widest, pad=True) for entry in row) for row in rows)])


def missing_block(missing: Sequence[str], words: str, width: int) -> Content:
    """Which libraries are not here, and how to get them; `words` is what an installation says that goes on."""
    if words:
        cancel = joined([Content.styled("c", KEY), " cancels"])
        return lines([Content.styled("Installing the libraries … ", "bold $warning"), short(words, width), cancel])
    press = joined([Content.styled("i", KEY), " installs them; it takes some minutes and gigabytes."])
    return lines([*plain(install.missing_words(missing) + ".", "bold $warning").wrap(width), press])


def progress_line(run: Run, width: int) -> Content:
    """A bar, its percentage, what the lab does now, and the time left in words."""
    share = run.progress.share
    long = max(8, min(30, width // 3))
    full = round(long * share)
    bar = joined([Content.styled("█" * full, "$primary"), Content.styled("░" * (long - full), MUTED)])
    head = joined([bar, f" {100 * share:3.0f} %  {duration(run.elapsed)}, {run.left_words}"])
    return lines([head, short(run.progress.text, width, MUTED)])


def verdict_block(lab: Lab, results: Results, prediction: str, found: Sequence[Compared], width: int) -> Content:
    """The prediction with its mark, and how the run stands beside the reference."""
    parts = []
    if prediction:
        right, words = marked(lab, prediction, results)
        style = {True: "bold $success", False: "bold $warning"}.get(bool(right)) if right is not None else MUTED
        parts.append(lines(plain(words, style or "").wrap(width)))
    if found and all(one.reference is None for one in found):
        parts.append(Content("There is no reference yet to compare it with."))
    elif found:
        parts.append(lines(plain(f"Beside the reference: {summary(list(found))}.").wrap(width)))
    return lines(parts)


def said_before(lab: Lab, prediction: str) -> Content:
    """The prediction while the run still measures."""
    words = f"You predicted: {spoken_prediction(lab, prediction)}" if prediction else "You made no prediction."
    return plain(words, MUTED)


def metric_table(found: Sequence[Compared], width: int) -> Content:
    """Metric by metric: measured, reference, verdict in words; below it the interval over seeds, where there is one."""
    verdicts = [f"{VERDICT_SIGNS[one.verdict]} {one.words.removeprefix('not comparable: ')}" for one in found]
    names = [f"{one.metric.name} ({one.metric.unit})" if one.metric.unit else one.metric.name for one in found]
    room = max(14, width - 2 * 10 - 2 - max(map(len, verdicts), default=0))
    name_width = min(max(map(len, names), default=0), room)
    rows = [Content.styled(f"{'Metric by metric':<{name_width}} {'measured':>9} {'reference':>9}", "bold $secondary")]
    for one, name, verdict in zip(found, names, verdicts, strict=True):
        numbers = f" {number(one.metric.value):>9} {number(one.reference):>9}  "
        rows += _named(name, name_width, width, joined([numbers, plain(verdict, VERDICT_STYLES[one.verdict])]))
        if interval(one.metric):
            rows.append(plain(f"  {interval(one.metric)} over seeds", MUTED))
    return lines([*rows, Content.styled("= within tolerance   ≠ outside   · not comparable, and why", MUTED)])


def metric_list(metrics: Sequence[Metric], width: int) -> Content:
    """Metrics without a reference beside them."""
    name_width = max(12, min(max((len(metric.name) for metric in metrics), default=0), width // 2))
    rows = [heading("Measured")]
    for metric in metrics:
        more = " ".join(part for part in (interval(metric), metric.unit) if part)
        *above, measured = _named(metric.name, name_width, width, Content(f" {number(metric.value):>9}  "))
        if width - measured.cell_length < LEAST_BESIDE:
            above, measured = [*above, measured], Content("  ")
        rows += [*above, hanging(measured, plain(more, MUTED), width)]
    return lines(rows)


def _named(name: str, name_width: int, width: int, rest: Content) -> list[Content]:
    """A name and what stands beside it; a name that is too long stands above."""
    shown = plain(name)
    above = shown.wrap(width) if shown.cell_length > name_width else []
    return [*above, joined([(Content("") if above else shown).truncate(name_width, pad=True), rest])]


def check_block(checks: Sequence[Check], width: int) -> Content:
    """Those that fail first, and in colour; then the others."""
    failed = [check for check in checks if not check.ok]
    head = f"Checks against known values: {len(checks) - len(failed)} of {len(checks)} hold"
    rows = [plain(check_line(check).strip(), "bold $error") for check in failed]
    for check in checks:
        if check.ok:
            verdict, _, numbers = check_line(check).strip().partition("  ")
            rows.append(hanging(plain(f"{verdict}  ", MUTED), plain(numbers, MUTED), width))
    return lines([heading(head), *rows])


def note_block(notes: Sequence[str], width: int) -> Content:
    return lines([heading("Notes"), *(hanging(Content("• "), plain(note), width) for note in notes)])


def provenance(results: Results, width: int) -> Content:
    """What is needed to repeat the run."""
    begun = results.started
    if begun is None:
        return Content("")
    versions = ", ".join(f"{name} {version}" for name, version in begun.versions.items())
    took = f", {results.seconds:.1f} s" if results.seconds is not None else ""
    date = f", {results.date}" if results.date else ""
    rows = [
        f"{begun.device}, seed {begun.seed}{took}{date}{', quick' if results.quick else ''}",
        params_words(begun.params),
    ]
    rows += [f"model {results.model}"] if results.model else []
    wrapped = [line for row in (*rows, versions, str(results.folder)) for line in plain(row, MUTED).wrap(width)]
    return lines([heading("How it was made"), *wrapped])


def history_row(lab: Lab, run: LabRun, width: int) -> Content:
    """When, how it stands, the prediction, how long it took, and what was set to other than its default."""
    data = run.data
    words = [f"{run.at.astimezone():%d %b %H:%M}", f"{run.outcome:<14}", f"{f'prediction {run.prediction}':<17}"]
    seconds = data.get("seconds")
    words.append(f"{duration(seconds) if isinstance(seconds, int | float) else '':>5}")
    words += [words_of for words_of in ("quick" * bool(data.get("quick")), _changed(lab, data)) if words_of]
    return plain("  ".join(words)).truncate(width, ellipsis=True)


def _changed(lab: Lab, data: Mapping[str, Any]) -> str:
    sizes = sizes_for(bool(data.get("quick")), str(data.get("device")), data.get("model"))
    usual = {knob.name: said(knob.default_of(sizes)) for knob in lab.knobs}
    params = dict(data.get("params") or {})
    other = {name: value for name, value in params.items() if value_words(value) != usual.get(name)}
    words = [params_words(other)] if other else []
    words += [f"seed {data['seed']}"] if data.get("seed") else []
    return " ".join(words)


def card_block(prompts: Sequence[str], width: int) -> Content:
    """The cards whose claim the lab shows."""
    return lines([heading("Cards of this lab"), *(short(f"• {prompt}", width) for prompt in prompts)])
