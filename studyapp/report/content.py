"""What stands on the page: the sections of the statistics, and where each module stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from studyapp.charts.calibration import topic_bars
from studyapp.charts.pictures import Bar, Bars, Section
from studyapp.charts.schedulers import comparison_section
from studyapp.charts.sections import LONGEST_LABEL, sections
from studyapp.core.calibration import CONFIDENCE_NAMES
from studyapp.core.text import date_words, one_line, plural
from studyapp.services.calibration import SHOWN, Calibration, Surprise, calibration
from studyapp.services.library import Library
from studyapp.services.recall import Recall
from studyapp.services.schedulers import compare
from studyapp.services.standing import Standing, content_now, standing
from studyapp.services.statistics import gather

LONGEST_PROMPT = 160


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    day: date
    standings: tuple[Standing, ...]
    """Of every module with a gate or an audit."""
    contents: tuple[str, ...]
    """Hash of what each of them holds now; empty while nothing of it is signed."""
    sections: tuple[Section, ...]


def gather_report(recall: Recall, library: Library) -> Report:
    """Everything that the page shows, as it is now."""
    modules = library.modules()
    figures = gather(recall, modules)
    with_gate = [module.id for module in modules if module.body.get("gate") or module.body.get("audit")]
    found = [one for module in with_gate if (one := standing(recall, library, module))]
    parts = [
        *sections(figures),
        *_calibration(calibration(recall, library)),
        comparison_section(compare(recall), figures.scheduler),
    ]
    titles = [str(module.body.get("title", module.id)) for module in modules]
    return Report(
        title=" · ".join(titles) or "studyapp",
        day=figures.day,
        standings=tuple(found),
        contents=tuple(content_now(recall, library, one) for one in found),
        sections=tuple(parts),
    )


def _calibration(found: Calibration) -> list[Section]:
    """What the learner was sure of and did not know, and how sure he was against what came out."""
    total = found.total
    if total.brier is None:
        return [
            Section("Calibration", ("No answer says how sure you were; the review asks for it before the reveal.",))
        ]
    low, high = total.interval
    words = (
        f"{plural(total.answers, 'answer')} with a confidence, given before the answer was shown."
        f" Brier score {total.brier:.2f} ({low:.2f} to {high:.2f}); lower is better, 0.25 is what guessing gives.",
    )
    bars = []
    for level in total.levels:
        label = f"{CONFIDENCE_NAMES[level.confidence - 1]}, which says {level.stated:.0%}"
        low, high = (100 * end for end in level.interval)
        if level.share is None:
            bars.append(Bar(label, None, 0.0, 100.0, "never said"))
        else:
            rate = 100 * level.share
            bars.append(Bar(label, rate, low, high, f"{rate:.0f} % ({low:.0f}–{high:.0f}) of {level.answers}"))
    topics = topic_bars([(one_line(one.title, LONGEST_LABEL), one.found) for one in found.topics])
    pictures = (Bars("How sure, and how often right", "right answers, %", tuple(bars)), topics)
    surprises = (
        *map(_surprise, found.standing[:SHOWN]),
        *([f"{found.rest_words.capitalize()}."] if found.rest_words else []),
    )
    first = [Section("Sure but wrong", surprises)] if surprises else []
    return [*first, Section("Calibration", words, pictures)]


def _surprise(one: Surprise) -> str:
    times = f", {one.found.times} times" if one.found.times > 1 else ""
    sure = CONFIDENCE_NAMES[one.found.confidence - 1]
    return f"✗ {sure}, {date_words(one.found.day)}{times}: {one_line(one.prompt, LONGEST_PROMPT)}"
