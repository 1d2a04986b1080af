"""Words for the search, and sums over the log for the figures.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

AT_ONCE = 1000


def upgrade() -> None:
    shared = op.get_bind().dialect.name == "postgresql"
    words = op.create_table(
        "card_words",
        sa.Column("card_id", sa.Text(collation="C") if shared else sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_card_words")),
    )
    with_note = sa.text("note <> ''")
    op.create_index("ix_schedule_note", "schedule", ["learner"], sqlite_where=with_note, postgresql_where=with_note)
    op.create_table(
        "digests",
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("up_to", sa.Text(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("learner", name=op.f("pk_digests")),
    )
    cards = op.get_bind().execute(
        sa.text("SELECT id, prompt, module, topic, lab, difficulty, kind FROM cards"),
        execution_options={"yield_per": AT_ONCE},
    )
    for some in cards.partitions(AT_ONCE):
        op.bulk_insert(words, [{"card_id": row[0], "words": _folded(*row)} for row in some])


def _folded(card_id: str, prompt: str, module: str, topic: str, lab: str, difficulty: str, kind: str) -> str:
    kinds = kind.replace("_", "-"), kind.replace("_", " ")
    return "\n".join((prompt, card_id, module, topic, lab, difficulty, *kinds)).casefold()


def downgrade() -> None:
    op.drop_index("ix_schedule_note", table_name="schedule")
    op.drop_table("digests")
    op.drop_table("card_words")
