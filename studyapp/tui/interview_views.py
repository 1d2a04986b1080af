"""The turns and the scorecard of an interview as styled text. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual.content import Content

from studyapp.core.interview import Round, Scorecard, clock
from studyapp.services.interview import Turn
from studyapp.tui.quiz_views import choices, history
from studyapp.tui.text import KEY, MUTED, STRONG, hanging, joined, lines, plain
from studyapp.tui.views import LETTERS, MARK_LOOK, heading


def question_parts(turn: Turn, typing: bool) -> list[Content]:
    """The question as the interviewer puts it."""
    hint = "Your answer stands below." if typing else "Say it aloud, as you would in the room; space ends the answer."
    parts = [plain(turn.prompt, STRONG), Content.styled(hint, MUTED)]
    return [Content.styled("And then:", MUTED), *parts] if turn.follow_up else parts


def rubric_parts(turn: Turn, said: Collection[int], typed: str, seconds: int, width: int) -> list[Content]:
    """What a good answer says, to be ticked against what was said."""
    from studyapp.tui.markdown import rendered

    boxes = []
    for number, point in enumerate(turn.points):
        box, style = MARK_LOOK[number in said]
        mark = joined([Content.styled(box, style), " ", Content.styled(LETTERS[number : number + 1], KEY), "  "])
        boxes.append(hanging(mark, plain(point), width))
    late = f", {clock(seconds - turn.limit)} too long" if seconds > turn.limit else ""
    parts = [
        plain(turn.prompt, STRONG),
        Content.styled(f"You took {clock(seconds)} of {clock(turn.limit)}{late}.", MUTED),
    ]
    if typed.strip():
        parts.append(lines([Content.styled("You wrote", MUTED), plain(typed)]))
    return [
        *parts,
        lines([heading("Did you say"), *boxes]),
        lines([heading("A good answer"), rendered(turn.answer, width)]),
    ]


def scorecard_parts(card: Scorecard, width: int) -> list[Content]:
    """Figures first, then what to say better, question by question."""
    share = f", {card.said / card.points:.0%}" if card.points else ""
    head = [plain(f"{card.said} of {card.points} key points{share}", STRONG)]
    if card.follow_ups:
        head.append(plain(f"{card.follow_ups_said} of {len(card.follow_ups)} follow-ups answered"))
    late = sum(one.late for one in card.rounds)
    over = f", {late} of {len(card.rounds)} answers over time" if late else ", every answer in time"
    head.append(plain(clock(card.seconds) + " in all" + over))
    return [lines(head), *(_round(number, one, width) for number, one in enumerate(card.rounds, start=1))]


def _round(number: int, one: Round, width: int) -> Content:
    figures = f"{len(one.said)} of {one.points} key points · {clock(one.seconds)}"
    advice = one.advice()
    rows = [
        hanging(Content.styled(f"{number}. ", KEY), plain(one.prompt, STRONG), width),
        plain(f"   {figures}", MUTED),
        *(hanging(Content.styled("   → ", "$warning"), plain(words), width) for words in advice),
    ]
    if not advice:
        rows.append(Content.styled("   ✓ nothing was missing", "$success"))
    return lines(rows)


def setup_parts(rows: Sequence[tuple[str, str, str]], past: Sequence[Scorecard], width: int) -> list[Content]:
    """The choices before the start, and how the last rounds went."""
    parts = [choices(rows, width)]
    if past:
        told = [f"{one.at:%d %b %Y} · {one.said} of {one.points} key points in {clock(one.seconds)}" for one in past]
        parts.append(history("Your last interviews", told, width))
    return parts
