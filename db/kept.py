"""What is kept beside the log and the content so that it need not be made again for every look: sums of the log, what
lists need of a card and the words that it is searched by, how many cards a module has, and each card's place in the
order of introduction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from db import rows
from studyapp.core.text import plural

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.reads import Reads

AT_ONCE = 5_000
"""Cards that are looked at together."""
COLUMNS = ("id", "kind", "topic", "difficulty", "lab", "prompt", "draft", "needs")
WORDED = ("id", "prompt", "module", "topic", "lab", "difficulty", "kind")
SIZE = "(SELECT count(*) FROM cards c WHERE c.module = m.id AND NOT c.retired AND NOT c.draft)"
SIZES = f"SELECT m.id FROM modules m WHERE m.size <> {SIZE} AND EXISTS (SELECT 1 FROM shelves f WHERE f.module = m.id)"


def kept_errors(reads: Reads, learner: str, longest_ms: int) -> list[str]:
    """What does not follow from the log and the content.

    Args:
        longest_ms: as for `log_sums`.
    """
    from db.sums import digest_holds

    found = [] if digest_holds(reads, learner, longest_ms) else ["sums of the log"]
    for what, kind, names in (
        ("lists", "card", [card_id for card_id, _ in _wrong_cards(reads)]),
        ("search words", "card", [card_id for card_id, _ in _wrong_words(reads)]),
        ("places in the order", "card", _misplaced(reads, learner)),
        ("numbers of cards", "module", [str(row[0]) for row in reads._execute(SIZES, {})]),
    ):
        if names:
            found.append(f"{what} of {plural(len(names), kind)} ({names[0]}{', …' * (len(names) > 1)})")
    return found


def rebuild_kept(reads: Reads, connection: Connection, learner: str, longest_ms: int) -> None:
    """Makes anew what is wrong, inside a transaction."""
    from sqlalchemy import delete, text, update

    from db import content
    from db.sums import rebuild_digest

    for card_id, values in _wrong_cards(reads):
        own = content.CARDS.c.id == card_id
        connection.execute(
            update(content.CARDS).where(own).values(values) if values else delete(content.CARDS).where(own)
        )
    words = [{"card_id": card_id, "words": words} for card_id, words in _wrong_words(reads)]
    content.upsert(connection, content.WORDS, ["card_id"], words)
    content.enrol(connection, learner)
    connection.execute(text(f"UPDATE modules AS m SET size = {SIZE} WHERE m.id IN ({SIZES})"))
    rebuild_digest(reads, learner, longest_ms)


def _wrong_cards(reads: Reads) -> Iterator[tuple[str, dict[str, Any]]]:
    """Cards that lists do not show as they are, and how they should; nothing for one that is not there any more."""
    from db.content import columns_of

    columns = ", ".join(f"c.{name}" for name in COLUMNS)
    for row in _by_card(reads, f"{columns}, b.body FROM cards c LEFT JOIN card_bodies b ON b.card_id = c.id"):
        *stored, needs, body = row
        try:
            values = columns_of(rows.card(body))
            is_so = dict(zip(COLUMNS, (*stored, rows.decoded(needs)), strict=True)) == values
        except Exception:  # whatever a spoilt body leads to
            values, is_so = {}, False
        if not is_so:
            yield row[0], values


def _wrong_words(reads: Reads) -> Iterator[tuple[str, str]]:
    """Cards whose search words are not theirs, and what they are."""
    from db.content import words_of

    columns = ", ".join(f"c.{name}" for name in WORDED)
    for row in _by_card(reads, f"{columns}, w.words FROM cards c LEFT JOIN card_words w ON w.card_id = c.id"):
        words = words_of(dict(zip(WORDED, row, strict=False)))
        if words != row[-1]:
            yield row[0], words


def _by_card(reads: Reads, what: str) -> Iterator[rows.Row]:
    """Rows that begin with a card's id, some thousands at a time."""
    last = ""
    while some := reads._execute(f"SELECT {what} WHERE c.id > :last ORDER BY c.id LIMIT {AT_ONCE}", {"last": last}):
        yield from some
        last = some[-1][0]


def _misplaced(reads: Reads, learner: str) -> list[str]:
    """Cards that do not stand where the content has them, or are asked or left out against it."""
    from db.reads import ASKED, HELD

    differs = f"s.askable <> ({ASKED}) OR s.position <> c.position"
    sql = (
        "SELECT c.id FROM cards c LEFT JOIN schedule s ON s.card_id = c.id AND s.learner = :learner"
        f" WHERE CASE WHEN s.card_id IS NULL THEN {HELD} ELSE {differs} END ORDER BY c.id"
    )
    return [str(row[0]) for row in reads._execute(sql, {"learner": learner})]
