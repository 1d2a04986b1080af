"""Parts of a card as styled text. Pure: what stands here depends on the arguments alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from textual.content import Content

from studyapp.core.course import Card, Difficulty
from studyapp.core.schedule import CardState
from studyapp.core.sm2 import DRILL_BELOW, GRADE_NAMES
from studyapp.tui.text import KEY, MUTED, STRONG, count, day_words, hanging, joined, lines, plain

DIFFICULTY_LOOK = {
    Difficulty.GREEN: ("○ easy", "$success"),
    Difficulty.YELLOW: ("◐ medium", "$warning"),
    Difficulty.RED: ("● hard", "$error"),
}
CONFIDENCE = ("guess", "unsure", "fairly", "certain")
LETTERS = "abcdef"
MARK_LOOK = {True: ("[x]", "bold $success"), False: ("[ ]", MUTED)}


def difficulty(level: str) -> Content:
    """Shape, word and colour say the same."""
    words, style = DIFFICULTY_LOOK[Difficulty(level)]
    return Content.styled(words, style)


def heading(text: str) -> Content:
    return Content.styled(text, "bold $secondary")


def rows(items: Sequence[str], mark: str, width: int) -> Content:
    return lines(hanging(Content.styled(mark, MUTED), plain(item), width) for item in items)


def key_points(card: Card, ticked: Collection[int], width: int) -> Content:
    """What a good answer says, as boxes to tick."""
    boxes = []
    for number, point in enumerate(card.key_points):
        box, style = MARK_LOOK[number in ticked]
        mark = joined([Content.styled(box, style), " ", Content.styled(LETTERS[number : number + 1], KEY), "  "])
        boxes.append(hanging(mark, plain(point), width))
    return lines([heading("A good answer says"), *boxes]) if boxes else Content("")


def formulas(card: Card) -> Content:
    return lines(plain("  " + formula.text, "$accent") for formula in card.formulas)


def background(card: Card, width: int, state: CardState | None = None) -> Content:
    """Common slips, lab, chapter, sources, and the learner's own note."""
    blocks: list[Content] = []
    if state is not None and state.note:
        blocks.append(lines([heading("Your note"), plain(state.note)]))
    if card.wrong_answers:
        slips = [
            hanging(Content.styled("✗ ", "$error"), joined([plain(s.answer), " → ", plain(s.why, MUTED)]), width)
            for s in card.wrong_answers
        ]
        blocks.append(lines([heading("Common slips"), *slips]))
    if card.lab:
        blocks.append(lines([heading("Lab"), hanging(Content("  "), plain(lab_command(card)), width)]))
    if card.explainer:
        key = Content.styled("r ", KEY)
        blocks.append(lines([heading("Read on"), hanging(key, plain(chapter_words(card.explainer)), width)]))
    if card.sources:
        blocks.append(lines([heading("Sources"), rows([source.words for source in card.sources], "• ", width)]))
    return Content("\n\n").join(blocks)


def lab_command(card: Card) -> str:
    settings = "".join(f" --set {key}={value}" for key, value in card.lab_params.items())
    return f"studyapp lab run {card.lab}{settings}"


def chapter_words(anchor: str) -> str:
    """`chapter-1-forward-diffusion` as `explainer, chapter 1: forward diffusion`."""
    first, _, rest = anchor.partition("-")
    number, _, words = rest.partition("-")
    if first == "chapter" and number.isdecimal():
        return f"explainer, chapter {number}: {words.replace('-', ' ')}"
    return f"explainer, {anchor.replace('-', ' ')}"


def standing(state: CardState, today: date) -> Content:
    """Where the card stands, in words."""
    facts = [plain(state.name(today), STRONG)]
    if state.due is not None and not state.suspended:
        facts.append(Content(f"next {day_words(state.due, today)}" if state.due > today else "due now"))
    if state.last_grade is not None:
        facts.append(Content(f"last grade {state.last_grade} {GRADE_NAMES[state.last_grade]}"))
    if state.reviews:
        facts.append(Content(f"answered {count(state.reviews, 'time')}"))
    if state.lapses:
        facts.append(Content(f"forgotten {count(state.lapses, 'time')}"))
    if state.flag:
        facts.append(Content.styled("⚑ flagged", "$warning"))
    return joined(facts, " · ")


def confidence_line(chosen: int | None, width: int) -> Content:
    """How sure before the answer is shown; the choice is in brackets, not in colour alone."""
    if width < 60:
        numbers = [f"[{n}]" if n == chosen else f" {n} " for n in range(1, len(CONFIDENCE) + 1)]
        return joined(
            ["How sure? ", Content.styled("".join(numbers), KEY), f" {CONFIDENCE[chosen - 1]}" if chosen else ""]
        )
    parts: list[Content | str] = ["How sure?"]
    for number, word in enumerate(CONFIDENCE, start=1):
        if number == chosen:
            parts.append(Content.styled(f"[{number} {word}]", "bold $success"))
        else:
            parts.append(joined([Content.styled(f" {number}", KEY), f" {word} "]))
    return joined(parts, " ")


def aloud_mark(told: bool | None) -> Content:
    """In the title, once the learner told whether an answer was said aloud."""
    return Content("") if told is None else Content(" · said aloud" if told else " · not aloud")


def grade_lines(days: Sequence[date | None], today: date, proposed: int | None, drill: bool, width: int) -> Content:
    """The six grades, and below each when the card would come again."""
    column = max(5, width // 6)
    names, dates = [], []
    for grade, day in enumerate(days):
        name = f" {GRADE_NAMES[grade]}" if column >= 12 else ""
        label = joined([Content.styled(str(grade), KEY), name])
        if grade == proposed:
            label = joined([Content.styled(f"{grade}{name}", "bold reverse"), "◂"])
        names.append(label.truncate(column, pad=True))
        dates.append(Content.styled(_when(day, grade, today, drill, column), MUTED).truncate(column, pad=True))
    return lines([joined(names), joined(dates)])


def _when(day: date | None, grade: int, today: date, drill: bool, column: int) -> str:
    if day is None:
        words = ("once more" if grade < DRILL_BELOW else "repaired") if drill else "as planned"
    else:
        words = day_words(day, today)
    if len(words) < column:
        return "  " + words if len(words) + 2 < column else words
    return f"{(day - today).days}d" if day else words[: column - 1]
