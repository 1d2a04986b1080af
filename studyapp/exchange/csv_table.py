"""Tables for a spreadsheet: the reviews, and the cards, which can come back as a module.

Text that a spreadsheet would take for a formula (it begins with = + - @ or a control code) gets an apostrophe in
front, as OWASP advises against CSV injection; reading cards takes it away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from studyapp.core.course import Card, CardKind, Difficulty
from studyapp.core.log import Review
from studyapp.errors import StudyError
from studyapp.exchange.card_module import MOST_CARDS, Row
from studyapp.exchange.jsonl import instant_text

FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet may run, also behind apostrophes, so that one is taken away exactly where one was put."""
REVIEWS = (
    *("id", "reviewed_at", "study_day", "card_id", "module", "topic", "prompt", "grade", "mode", "seconds"),
    *("confidence", "aloud", "key_points", "answer", "undone"),
)
CARDS = ("prompt", "answer", "topic", "kind", "difficulty", "key_points", "sources", "card_id")
NAMES = {
    "prompt": ("prompt", "front", "question"),
    "answer": ("answer", "back"),
    "topic": ("topic", "deck", "chapter"),
    "kind": ("kind",),
    "difficulty": ("difficulty",),
    "key_points": ("key_points", "key points"),
    "sources": ("sources", "source"),
}
"""Columns that are read, and what else they may be called."""
LARGEST = 50_000_000
"""Bytes of a table of cards."""


def safe(value: Any) -> Any:
    """A cell that no spreadsheet runs."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def _unsafe(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


# -- writing


def write_reviews(
    file: BinaryIO, reviews: Iterable[Review], cards: Mapping[str, Sequence[str]], undone: set[str]
) -> Iterator[int]:
    """Writes a line for each review, and tells how many there are so far.

    Args:
        cards: id to module, topic and prompt.
    """
    write = _writer(file)
    write(REVIEWS)
    for number, review in enumerate(reviews, start=1):
        seconds = "" if review.elapsed_ms is None else round(review.elapsed_ms / 1000, 1)
        points = " ".join(str(point + 1) for point in review.key_points)
        head = review.id, instant_text(review.reviewed_at), review.study_day.isoformat(), review.card_id
        about = cards.get(review.card_id, ("", "", ""))
        rest = _or_empty(review.confidence), _yes(review.aloud), points, review.answer, _yes(review.id in undone)
        write((*head, *about, review.grade, review.mode.value, seconds, *rest))
        yield number


def write_cards(file: BinaryIO, cards: Iterable[Card]) -> int:
    """Writes a line for each card and returns how many."""
    write = _writer(file)
    write(CARDS)
    count = 0
    for card in cards:
        lists = "\n".join(card.key_points), "\n".join(source.words for source in card.sources)
        write((card.prompt, card.answer, card.topic, card.kind.value, card.difficulty.value, *lists, card.id))
        count += 1
    return count


def _writer(file: BinaryIO) -> Any:
    """Writes one row, each at once and in UTF-8."""
    line = io.StringIO(newline="")
    row = csv.writer(line).writerow

    def write(cells: Sequence[Any]) -> None:
        row([safe(cell) for cell in cells])
        file.write(line.getvalue().encode())
        line.seek(0)
        line.truncate()

    return write


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


# -- reading


def read_cards(stream: BinaryIO, place: str) -> tuple[list[Row], list[str]]:
    """The cards of a table whose first line names its columns, and the columns that have no place in a card.

    Commas, semicolons or tabs part the cells; key points and sources stand on a line each, or between semicolons.

    Raises:
        StudyError: it is no such table; it names file and line.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise StudyError(f"{place} is larger than {LARGEST // 1_000_000} MB; split it into several.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StudyError(f"{place}:{line}: the text is not UTF-8; save the table as “CSV UTF-8”.") from error
    head = text.split("\n", 1)[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    rows: list[Row] = []
    try:
        columns = [cell.strip().casefold() for cell in next(table, [])]
        used = _columns(columns, place)
        for cells in table:
            if any(cell.strip() for cell in cells):
                rows.append(_row(cells, used, f"{place}:{table.line_num}"))
            if len(rows) > MOST_CARDS:
                raise StudyError(f"{place} has more than {MOST_CARDS} cards; split it into several.")
    except csv.Error as error:
        raise StudyError(
            f"{place}:{max(1, table.line_num)}: this is no table ({error}); nothing was written."
        ) from error
    if not rows:
        raise StudyError(f"{place} has no cards below its first line; nothing was written.")
    return rows, [name for number, name in enumerate(columns) if name and number not in used.values()]


def _columns(columns: Sequence[str], place: str) -> dict[str, int]:
    if "reviewed_at" in columns:
        raise StudyError(
            f"{place} is a table of reviews. They come in with `studyapp import jsonl`; a table makes cards: its"
            " columns are prompt, answer, topic."
        )
    found: dict[str, int] = {}
    for name, aliases in NAMES.items():
        for alias in aliases:
            with suppress(ValueError):
                found.setdefault(name, columns.index(alias))
    if "prompt" not in found:
        raise StudyError(f"{place}:1: the first line should name the columns: prompt, answer and, if you like, topic.")
    return found


def _row(cells: Sequence[str], used: Mapping[str, int], place: str) -> Row:
    values = {name: _unsafe(cells[number]) if number < len(cells) else "" for name, number in used.items()}
    kind, difficulty = values.get("kind", "").strip().lower(), values.get("difficulty", "").strip().lower()
    if kind and kind not in list(CardKind):
        raise StudyError(f"{place}: kind {kind[:40]!r} is not known; use one of: {', '.join(CardKind)}.")
    if difficulty and difficulty not in list(Difficulty):
        raise StudyError(f"{place}: difficulty {difficulty[:40]!r} is not known; use one of: {', '.join(Difficulty)}.")
    return Row(
        values["prompt"],
        values.get("answer", ""),
        values.get("topic", ""),
        CardKind(kind or "concept"),
        Difficulty(difficulty or "yellow"),
        _listed(values.get("key_points", "")),
        _listed(values.get("sources", "")),
    )


def _listed(cell: str) -> tuple[str, ...]:
    lines = cell.splitlines() if "\n" in cell.strip() else cell.split(";")
    return tuple(line.strip() for line in lines if line.strip())
