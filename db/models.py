"""The tables. `reviews` and `events` are the log and are only ever added to; `schedule`,
`cards`, `modules` and `shelves` are derived (from the log and from the content) and can be rebuilt."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

ID = Text(collation="C")
"""On a server: ordered by bytes as in SQLite, and of any length."""

DUE = ("learner", "due", "askable", "suspended", "buried_until", "interval_days", "position", "card_id")
"""What is asked of cards that are due; an index holds it all, so that the rows need not be looked up."""


def _id(length: int) -> TypeEngine[str]:
    return String(length).with_variant(ID, "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, list[int]: JSON, list[str]: JSON}


class ReviewRow(Base):
    """One answer. Times are microseconds since 1970 UTC; days are proleptic ordinals."""

    __tablename__ = "reviews"

    id: Mapped[str] = mapped_column(_id(36), primary_key=True)
    learner: Mapped[str] = mapped_column(String(64))
    card_id: Mapped[str] = mapped_column(_id(200))
    reviewed_at: Mapped[int] = mapped_column(BigInteger)
    study_day: Mapped[int] = mapped_column(Integer)
    grade: Mapped[int] = mapped_column(Integer)
    mode: Mapped[str] = mapped_column(String(16))
    elapsed_ms: Mapped[int | None] = mapped_column(Integer().with_variant(BigInteger(), "postgresql"))
    confidence: Mapped[int | None] = mapped_column(Integer)
    aloud: Mapped[bool]
    answer: Mapped[str] = mapped_column(Text)
    key_points: Mapped[list[int]]

    __table_args__ = (
        Index(None, "learner", "card_id", "reviewed_at"),
        Index(None, "learner", "study_day"),
        Index(None, "learner", "id").ddl_if(dialect="postgresql"),  # a local file is one learner's
    )


class EventRow(Base):
    """Any other fact: void, suspend, bury, flag, note, session."""

    __tablename__ = "events"

    id: Mapped[str] = mapped_column(_id(36), primary_key=True)
    learner: Mapped[str] = mapped_column(String(64))
    at: Mapped[int] = mapped_column(BigInteger)
    study_day: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    card_id: Mapped[str | None] = mapped_column(_id(200))
    subject: Mapped[str] = mapped_column(_id(200))
    data: Mapped[dict[str, Any]]

    __table_args__ = (
        Index(None, "learner", "card_id"),
        Index(None, "learner", "id").ddl_if(dialect="postgresql"),
    )


class ScheduleRow(Base):
    """Derived: where each card of a learner stands. New cards have a row too, with `due` empty."""

    __tablename__ = "schedule"

    learner: Mapped[str] = mapped_column(String(64), primary_key=True)
    card_id: Mapped[str] = mapped_column(_id(200), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    """Order of introduction, from the content."""
    askable: Mapped[bool]
    """False for drafts and for cards no longer in the content."""
    repetitions: Mapped[int] = mapped_column(Integer)
    interval_days: Mapped[int] = mapped_column(Integer)
    ease: Mapped[float] = mapped_column(Float)
    due: Mapped[int | None] = mapped_column(Integer)
    introduced: Mapped[int | None] = mapped_column(Integer)
    scheduled_on: Mapped[int | None] = mapped_column(Integer)
    seen_on: Mapped[int | None] = mapped_column(Integer)
    last_grade: Mapped[int | None] = mapped_column(Integer)
    reviews: Mapped[int] = mapped_column(Integer)
    lapses: Mapped[int] = mapped_column(Integer)
    suspended: Mapped[bool]
    buried_until: Mapped[int | None] = mapped_column(Integer)
    flag: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("ix_schedule_due", *DUE),
        Index(None, "learner", "seen_on"),
        # The migration makes it partial on PostgreSQL too; saying so here would load that dialect.
        Index("ix_schedule_new", "learner", "position", sqlite_where=text("due IS NULL")),
        Index("ix_schedule_note", "learner", sqlite_where=text("note <> ''")),
    )


class ModuleRow(Base):
    """Derived: a module of the content as last read."""

    __tablename__ = "modules"

    id: Mapped[str] = mapped_column(_id(64), primary_key=True)
    keeper: Mapped[str] = mapped_column(String(64), server_default="")
    """The learner whose files it is equal to."""
    position: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(Integer)
    """Cards that can be asked."""
    body: Mapped[dict[str, Any]]


class ShelfRow(Base):
    """Derived: a module folder that a learner has in one place, as last read; it is read again only when it changes."""

    __tablename__ = "shelves"

    learner: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[str] = mapped_column(Text, primary_key=True)
    """Which machine and home; empty for a local file."""
    folder: Mapped[str] = mapped_column(Text, primary_key=True)
    module: Mapped[str | None] = mapped_column(_id(64))
    """Its id; of a broken folder the one that it had when it was whole, if it ever was."""
    fingerprint: Mapped[str] = mapped_column(Text)
    problems: Mapped[list[str]]
    """`file:line: key: what and how to mend`; empty for a whole module."""


class CardRow(Base):
    """Derived: a card of the content as last read."""

    __tablename__ = "cards"

    id: Mapped[str] = mapped_column(_id(200), primary_key=True)
    module: Mapped[str] = mapped_column(_id(64), ForeignKey("modules.id"))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(String(64))
    difficulty: Mapped[str] = mapped_column(String(8))
    lab: Mapped[str] = mapped_column(String(64))
    prompt: Mapped[str] = mapped_column(Text)
    needs: Mapped[list[str]]
    retired: Mapped[bool]
    """No longer in the content; kept while its history may be looked at."""
    draft: Mapped[bool]
    place: Mapped[str] = mapped_column(Text)
    """File and line, for the editor."""

    __table_args__ = (Index(None, "module", "position"),)


class CardBodyRow(Base):
    """Derived: all of a card, apart from what lists and plans need of it, which is a tenth as long."""

    __tablename__ = "card_bodies"

    card_id: Mapped[str] = mapped_column(_id(200), primary_key=True)
    body: Mapped[dict[str, Any]]


class CardWordsRow(Base):
    """Derived: what the search looks through."""

    __tablename__ = "card_words"

    card_id: Mapped[str] = mapped_column(_id(200), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    """The question and what else is in the content's lists, casefolded."""


class DigestRow(Base):
    """Derived: sums over a learner's log in a local file up to a record, so that figures need not read it all again."""

    __tablename__ = "digests"

    learner: Mapped[str] = mapped_column(String(64), primary_key=True)
    up_to: Mapped[str] = mapped_column(Text)
    """What was counted; when the file does not hold it in this place any more, the sums are made anew."""
    sums: Mapped[str] = mapped_column(Text)


class SettingRow(Base):
    __tablename__ = "settings"

    learner: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class DraftRow(Base):
    """An answer being typed: it outlives a closed terminal."""

    __tablename__ = "drafts"

    learner: Mapped[str] = mapped_column(String(64), primary_key=True)
    card_id: Mapped[str] = mapped_column(_id(200), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
