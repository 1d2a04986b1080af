"""Both schedulers side by side, as sections: over the learner's own history, and for a simulated learner."""

from __future__ import annotations

from studyapp.charts.pictures import Bar, Bars, Lines, Picture, Section
from studyapp.charts.sections import RETENTION_AXIS, SCHEDULER_NAMES
from studyapp.charts.terminal import Axis, Curve
from studyapp.core.scoring import Score
from studyapp.core.simulation import RUNS, STEP_DAYS, Estimate
from studyapp.core.text import plural
from studyapp.services.schedulers import Comparison
from studyapp.services.simulation import Simulated


def comparison_section(found: Comparison, now: str) -> Section:
    """How well each scheduler has expected the learner's own recalls.

    Args:
        now: the scheduler in use.
    """
    words = [f"In use: {SCHEDULER_NAMES[now]}. {found.verdict}"]
    pictures: list[Picture] = []
    if found.enough:
        sample = f"a sample of {plural(found.cards, 'card')}" if found.sampled else plural(found.cards, "card")
        words.append(f"{found.recalls} recalls of {sample}, {found.forgotten} forgotten.")
        for name, score in found.scores.items():
            words.append(
                f"{SCHEDULER_NAMES[name]}: log loss {score.log_loss:.3f} ({score.low:.3f} to {score.high:.3f});"
                " lower is better."
            )
            pictures.append(_calibration(SCHEDULER_NAMES[name], score))
        mean, low, high = found.difference
        words.append(f"SM-2 minus FSRS-6: {mean:+.3f} ({low:+.3f} to {high:+.3f}).")
        words.append(f"Always saying your own average would give {found.constant:.3f}.")
    return Section("Schedulers", tuple(words), pictures)


def _calibration(name: str, score: Score) -> Bars:
    bars = []
    for part in score.bins:
        rate, (low, high) = 100 * (part.recalled.rate or 0.0), part.recalled.interval
        words = f"{rate:.0f} % ({100 * low:.0f}–{100 * high:.0f}) of {part.recalled.total}"
        bars.append(Bar(f"expected {100 * part.expected:.0f} %", rate, 100 * low, 100 * high, words))
    return Bars(f"{name}: expected, and recalled", RETENTION_AXIS, tuple(bars))


def simulation_section(found: Simulated) -> Section:
    """A year (or any span) of the same simulated learners under both."""
    plan = found.plan
    words = [
        f"{RUNS} simulated learners, {plural(plan.cards, 'card')}, {plan.new_a_day} new a day, at most"
        f" {plan.due_a_day} due a day, {plural(plan.days, 'day')}, seed {found.seed}.",
        f"FSRS-6 aims at {found.retention} % recalled when due; SM-2 has no such aim.",
    ]
    for scheduler in found.runs:
        answers, minutes = found.figure(scheduler, "answers"), found.figure(scheduler, "minutes")
        recalled, known = found.figure(scheduler, "recalled"), found.figure(scheduler, "known_at_end")
        words.append(
            f"{SCHEDULER_NAMES[scheduler]}: {_range(answers)} answers, {_range(minutes, plan.days)} min a day,"
            f" {_range(recalled, 0.01)} % recalled when due, {_range(known, 0.01)} % known at the end."
        )
    difference = found.difference("minutes")
    if difference.low > 0 or difference.high < 0:
        less, share = ("SM-2", difference.mean) if difference.mean > 0 else ("FSRS-6", -difference.mean)
        words.append(f"{less} asked for {share / 60:.1f} h less over the whole time.")
    else:
        words.append("The time that they ask for cannot be told apart.")
    words.append(
        "The memory is a published model of neither scheduler; it says how the two differ, not how you will do."
    )
    weeks = {scheduler: found.weeks(scheduler) for scheduler in found.runs}
    curves = tuple(
        Curve(SCHEDULER_NAMES[name], [e.mean for e in week], [e.low for e in week], [e.high for e in week])
        for name, week in weeks.items()
    )
    xs = tuple(float(STEP_DAYS * number) for number in range(len(weeks["sm2"])))
    return Section(
        "Simulation", tuple(words), (Lines("Answers a week", Axis("day"), xs, Axis("answers a week"), curves),)
    )


def _range(found: Estimate, unit: float = 1.0) -> str:
    """`12.3 (11.9–12.8)`, in units."""
    digits = 0 if found.mean / unit >= 20 else 1
    return f"{found.mean / unit:.{digits}f} ({found.low / unit:.{digits}f}–{found.high / unit:.{digits}f})"
