"""Questions, verdicts and scores of a quiz as styled text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from studyapp.core.quiz import Kind, Question
from studyapp.core.quiz_words import number_text, right_words, verdict, why_not
from studyapp.services.quiz import Answer, PastQuiz, Quiz, Score
from studyapp.tui.text import KEY, MUTED, STRONG, count, hanging, joined, lines, plain, short
from studyapp.tui.views import LETTERS, heading

BAR = 20
GOOD, BAD = "bold $success", "bold $error"


def question_parts(question: Question, chosen: Sequence[int], width: int) -> list[Content]:
    """The question before its answer: what is chosen stands in brackets, not in colour alone."""
    parts = _asked(question, width)
    if question.kind is Kind.MATCH:
        parts.append(lines(_row(question, n, chosen, width) for n in range(len(question.rows))))
    options = []
    for n, option in enumerate(question.options):
        picked = n in chosen
        place = f"{chosen.index(n) + 1}." if picked and question.kind is Kind.ORDER else ""
        mark = joined([f"[{LETTERS[n]}] " if picked else f" {LETTERS[n]}  ", f"{place:<3}"])
        style = "bold $primary" if picked else KEY
        options.append(hanging(mark.stylize(style), plain(option, STRONG if picked else ""), width))
    if options:
        parts.append(lines(options))
    if question.number is not None:
        unit = f"Unit: {question.number.unit}. " if question.number.unit else ""
        parts.append(plain(f"{unit}Type it as 0.068, 6.8e-2, 1/3 or 50 %.", MUTED))
    return parts


def _asked(question: Question, width: int) -> list[Content]:
    parts = [plain(question.prompt, STRONG)]
    if question.given:
        label = "Formula: " if question.kind is Kind.GAP else "Claim: "
        parts.append(hanging(Content.styled(label, MUTED), plain(question.given, "$accent"), width))
    parts.append(Content.styled(question.kind.task, MUTED))
    return parts


def _row(question: Question, n: int, chosen: Sequence[int], width: int) -> Content:
    letter = LETTERS[chosen[n]] if n < len(chosen) else "?" if n == len(chosen) else " "
    pointer = "▸ " if n == len(chosen) else "  "
    return hanging(Content.styled(f"{pointer}[{letter}] ", KEY), plain(question.rows[n]), width)


def marked_parts(answer: Answer, width: int) -> list[Content]:
    """The question after its answer: verdict, the right answer, why, and the card's own answer."""
    from studyapp.tui.markdown import rendered

    question, right = answer.question, answer.marked.right
    parts = _asked(question, width)[:-1]
    words = verdict(question, answer.marked)
    missed = answer.marked.parts.count(False)
    drill = f" {'Its card comes' if missed == 1 else f'{missed} cards come'} again today." if missed else ""
    parts.append(joined([Content.styled(f"{'✓' if right else '✗'} {words}", GOOD if right else BAD), drill]))
    if question.kind.ordered or question.number is not None:
        if answer.typed or not right:
            parts.append(_yours(answer, width))
        shown = [plain(line) for line in right_words(question)]
        parts.append(lines([heading("The right answer"), *(hanging(Content("  "), line, width) for line in shown)]))
    else:
        rows = [_marked_option(answer, n, width) for n in range(len(question.options))]
        trap = why_not(question, answer.letters) if question.kind is Kind.TRAP else ""
        parts.append(lines([*rows, hanging(Content("  → "), plain(trap, MUTED), width) if trap else None]))
    if question.explanation:
        parts.append(lines([heading("Why"), rendered(question.explanation, width)]))
    return parts


def _yours(answer: Answer, width: int) -> Content:
    question = answer.question
    if question.number is not None:
        value = plain(f"{answer.typed} {question.number.unit}".strip())
        return hanging(Content.styled("You said: ", MUTED), value, width)
    if question.kind is Kind.ORDER:
        given = [(f"{place}. ", question.options[n]) for place, n in enumerate(answer.letters, start=1)]
    else:
        pairs = zip(question.rows, answer.letters, answer.marked.parts, strict=False)
        given = [("✓ " if right else "✗ ", f"{row}: {question.options[n]}") for row, n, right in pairs]
    return lines([heading("You said"), *(hanging(Content(f"  {mark}"), plain(said), width) for mark, said in given)])


def _marked_option(answer: Answer, n: int, width: int) -> Content:
    question = answer.question
    right, chosen = n in question.right, n in answer.letters
    sign, style = ("✓", GOOD) if right else ("✗", BAD) if chosen else (" ", MUTED)
    mark = Content.styled(f"{sign} {LETTERS[n]}  ", style)
    yours = " (yours)" if chosen and not right else ""
    why = "" if question.kind is Kind.TRAP else why_not(question, [n])
    body = [plain(question.options[n] + yours, STRONG if right else "")]
    if why:
        body.append(plain(f" → {why}", MUTED))
    return hanging(mark, joined(body), width)


# -- the end


def result_parts(quiz: Quiz, width: int) -> list[Content]:
    """The score with its interval, by topic, and what is repaired today."""
    score, left = quiz.score, len(quiz.paper) - quiz.score.answered
    why = "answered: enter goes on, esc ends the quiz." if quiz.current is not None else "reached in time."
    head = lines([plain(score.words, STRONG), bar(score), f"{count(left, 'question')} not {why}" if left else None])
    topics = [
        joined([short(quiz.course.topic_title(topic), 28).truncate(28, pad=True), f" {part.right} of {part.answered}"])
        for topic, part in quiz.by_topic().items()
        if part.answered
    ]
    parts = [head, lines([heading("By topic"), *(joined(["  ", row]) for row in topics)])]
    missed = quiz.missed_cards()
    if missed:
        prompts = {card.id: card.prompt for card in quiz.course.cards}
        rows = [joined(["  · ", short(prompts.get(card, card), width - 4)]) for card in missed]
        parts.append(lines([heading(f"Comes again today: {count(len(missed), 'card')}"), *rows]))
    elif score.answered:
        parts.append(Content("Nothing to repair."))
    parts.append(plain(f"The same quiz again: {quiz.command}", MUTED))
    return parts


def bar(score: Score) -> Content:
    """The share as a bar, and below it where it may lie."""
    low, high = score.interval
    filled = round(BAR * (score.share or 0.0))
    first, last = round(BAR * low), max(round(BAR * low) + 1, round(BAR * high))
    span = " " * first + "├" + "─" * max(0, last - first - 2) + "┤" * (last - first > 1)
    return lines(
        [
            joined([Content.styled("█" * filled, "$primary"), Content.styled("░" * (BAR - filled), MUTED)]),
            Content.styled(span, MUTED),
        ]
    )


def setup_parts(rows: Sequence[tuple[str, str, str]], past: Sequence[PastQuiz], width: int) -> list[Content]:
    """The choices before the start, each with its key, and how the last quizzes went."""
    parts = [choices(rows, width)]
    if past:
        parts.append(history("Your last quizzes", [f"{one.at:%d %b %Y} · {one.score.words}" for one in past], width))
    return parts


def history(title: str, rows: Sequence[str], width: int) -> Content:
    """The newest few."""
    return lines([heading(title), *(joined(["  ", short(row, width - 2)]) for row in rows[:5])])


def choices(rows: Sequence[tuple[str, str, str]], width: int) -> Content:
    """`n  Questions  10`, and how to start."""
    chosen = [
        hanging(joined([Content.styled(f"  {key}  ", KEY), f"{name:<12}"]), plain(value, STRONG), width)
        for key, name, value in rows
    ]
    start = joined([Content.styled("▸ ", KEY), Content.styled("Start", STRONG), "   ", Content.styled("enter", KEY)])
    return lines([start, "", *chosen])


def number_words(question: Question, typed: str) -> str:
    """What stands in the box, as it will be read."""
    from studyapp.core.quiz import read_number

    value = read_number(typed, question.number.unit if question.number else "")
    return "" if value is None else number_text(value)
