"""The learner's figures as sections: what matters in words, and what to draw. The same for every way of showing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from studyapp.charts.pictures import Bar, Bars, Columns, Heat, Picture, Section, Stacks
from studyapp.core.sm2 import GRADE_NAMES, PASSING_GRADE
from studyapp.core.statistics import AGES, Share, Statistics
from studyapp.core.text import one_line, plural

RECENT_DAYS = 30
LONGEST_LABEL = 40
DIFFICULTY_WORDS = {"green": "easy", "yellow": "medium", "red": "hard"}
PERIOD_WORDS: Mapping[int | None, str] = {7: "last 7 days", 30: "last 30 days", 365: "last year", None: "all days"}
RETENTION_AXIS = "recalled, % of the cards asked"
SCHEDULER_NAMES = {"sm2": "SM-2", "fsrs": "FSRS-6"}


def sections(figures: Statistics) -> list[Section]:
    """Everything about the learner's work, in the order of reading."""
    return [_days(figures), _due(figures), _retention(figures), _answers(figures), _topics(figures), _labs(figures)]


def _days(figures: Statistics) -> Section:
    streak, reviews = figures.streak, figures.reviews
    words = [
        f"{plural(streak.current, 'day')} in a row now, {streak.longest} at best, {plural(streak.days, 'study day')}."
    ]
    if reviews:
        timed = figures.timed
        pace = f" in {_duration(figures.seconds)}, {figures.seconds / timed:.0f} s each" if timed else ""
        words.append(f"{plural(reviews, 'answer')}{pace}.")
        words.append(f"{reviews / len(figures.days):.1f} answers on an average study day.")
        later = sum(total.day > figures.day for total in figures.days)
        if later:
            words.append(f"{plural(later, 'study day')} after today, which no streak counts: was the clock set back?")
    else:
        words.append("Nothing was answered yet; the first answer begins the calendar.")
    recent = figures.last_days(RECENT_DAYS)
    labels = tuple(_day(total.day.day, f"{total.day:%b}") for total in recent)
    answers = tuple(float(total.reviews) for total in recent)
    minutes = tuple(round(total.seconds / 60, 1) for total in recent)
    pictures = (
        Heat("Calendar", "answers a day", {total.day: total.reviews for total in figures.days}, figures.day),
        Columns("Answers a day", "day, up to today", "answers", labels, answers, newest_last=True),
        Columns("Time a day", "day, up to today", "minutes", labels, minutes, newest_last=True),
    )
    return Section("Days", tuple(words), pictures if reviews else ())


def _due(figures: Statistics) -> Section:
    days = [figures.day + timedelta(days=ahead) for ahead in range(len(figures.forecast))]
    labels = ("today", *(_day(day.day, f"{day:%b}") for day in days[1:]))
    cards = figures.cards
    words = [
        f"{figures.forecast[0]} due today, {sum(figures.forecast[1:8])} in the seven days after,"
        f" {sum(figures.forecast[1:])} in {len(figures.forecast) - 1}.",
        f"{cards['new']} new, {cards['young']} young (interval under three weeks), {cards['mature']} mature,"
        f" {cards['suspended']} suspended. Scheduler: {SCHEDULER_NAMES[figures.scheduler]}.",
    ]
    if not any(figures.forecast):
        return Section("Due", (*words, "Nothing is planned yet."))
    values = tuple(float(count) for count in figures.forecast)
    return Section("Due", tuple(words), (Columns("Cards that fall due", "day", "cards", labels, values),))


def _retention(figures: Statistics) -> Section:
    words = [
        "Of the cards that were due, the share recalled at the first try of the day (grade 3 or better);"
        " a card's first answer, drills, quizzes and early practice do not count."
    ]
    everything = figures.retention[None]
    if not everything.all.total:
        return Section("Retention", (*words, "No card has come back yet, so there is nothing to tell."))
    periods = [_share(PERIOD_WORDS[days], aged.all) for days, aged in figures.retention.items()]
    ages = [
        _share("young, under 21 days", everything.young),
        _share("mature, 21 days or more", everything.mature),
    ]
    levels = [_share(DIFFICULTY_WORDS[level], share) for level, share in figures.by_difficulty.items()]
    topics = [_share(one_line(topic.title, LONGEST_LABEL), topic.recall) for topic in figures.topics]
    pictures: list[Picture] = [
        Bars("True retention by period", RETENTION_AXIS, tuple(periods)),
        Bars("By time since the recall before", RETENTION_AXIS, tuple(ages)),
        Bars("By difficulty", RETENTION_AXIS, tuple(levels)),
        *([Bars("By topic", RETENTION_AXIS, tuple(topics))] if topics else []),
    ]
    return Section("Retention", tuple(words), pictures)


def _share(label: str, share: Share) -> Bar:
    if share.rate is None:
        return Bar(label, None, 0.0, 100.0, "nothing yet")
    low, high = (100 * end for end in share.interval)
    rate = 100 * share.rate
    return Bar(label, rate, low, high, f"{rate:.0f} % ({low:.0f}–{high:.0f}) of {share.total}")


def _answers(figures: Statistics) -> Section:
    ages = [figures.answers[age] for age in AGES]
    asked = sum(map(sum, ages))
    if not asked:
        none = "No card was answered in a recall yet; quizzes, interviews and revisions do not count here."
        return Section("Answers", (none,))
    repeated = [young + mature for young, mature in zip(*ages[1:], strict=True)]
    words = [f"{plural(asked, 'first answer')} of a day, {sum(ages[0])} of them to new cards."]
    if sum(repeated):
        words.append(f"{sum(repeated[:PASSING_GRADE])} of {sum(repeated)} cards that came back were forgotten.")
    rows = tuple((f"{grade} {name}", tuple(age[grade] for age in ages)) for grade, name in enumerate(GRADE_NAMES))
    ease = tuple(f"{low:.1f}" for low in figures.ease), tuple(float(count) for count in figures.ease.values())
    pictures: list[Picture] = [
        Stacks("Grades", "first answers of a day", AGES, rows),
        *([Columns("Ease of the cards", "ease, 1.3 hard to 2.5 and more", "cards", *ease)] if figures.ease else []),
    ]
    return Section("Answers", tuple(words), pictures)


def _topics(figures: Statistics) -> Section:
    if not figures.topics:
        return Section("Topics", ("There are no cards yet.",))
    done, shaky, untouched = (
        sum(counts) for counts in zip(*((t.done, t.shaky, t.untouched) for t in figures.topics), strict=True)
    )
    words = (
        f"{done} cards done, {shaky} shaky, {untouched} untouched.",
        "Done: recalled twice or more in a row, the last time well (4 or 5). Shaky: met, and not there yet.",
    )
    rows = tuple((one_line(t.title, LONGEST_LABEL), (t.done, t.shaky, t.untouched)) for t in figures.topics)
    return Section("Topics", words, (Stacks("Map of the module", "cards", ("done", "shaky", "untouched"), rows),))


def _labs(figures: Statistics) -> Section:
    if not figures.labs:
        return Section("Labs", ("No card has a lab, and none was run.",))
    run = sum(lab.runs > 0 for lab in figures.labs)
    reproduced = sum(lab.reproduced > 0 for lab in figures.labs)
    words = (f"{run} of {plural(len(figures.labs), 'lab')} run, {reproduced} with the reference reproduced.",)
    rows = tuple(
        (one_line(lab.name, LONGEST_LABEL), (lab.reproduced, lab.runs - lab.reproduced)) for lab in figures.labs
    )
    return Section("Labs", words, (Stacks("Runs of the labs", "runs", ("reproduced", "other"), rows),))


def _day(day: int, month: str) -> str:
    return f"{day} {month}"


def _duration(seconds: int) -> str:
    """`45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
