"""Several learners on one server: each with a shelf of their own, and a keeper for every module.

The content is read anew after this, for no shelf knows a folder yet.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

IDS = {
    "reviews": {"id": False, "card_id": False},
    "events": {"id": False, "card_id": True, "subject": False},
    "schedule": {"card_id": False},
    "drafts": {"card_id": False},
    "modules": {"id": False},
    "cards": {"id": False, "module": False},
}
"""Columns that hold an id, and whether they may be empty."""


def upgrade() -> None:
    op.create_table(
        "shelves",
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("module", sa.String(length=64), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "place", "folder", name=op.f("pk_shelves")),
    )
    op.drop_table("broken_modules")
    # Not in a batch: that would make the table anew, and the cards point to it.
    op.add_column("modules", sa.Column("keeper", sa.String(length=64), nullable=False, server_default=""))
    op.drop_column("modules", "folder")
    op.drop_column("modules", "fingerprint")
    if op.get_bind().dialect.name == "postgresql":
        _as_sqlite_has_it()


def _as_sqlite_has_it() -> None:
    """SQLite orders texts by their bytes, and knows no longest text and no largest number."""
    op.drop_constraint("fk_cards_module", "cards", type_="foreignkey")
    for table, columns in IDS.items():
        for name, empty in columns.items():
            op.alter_column(table, name, type_=sa.Text(collation="C"), existing_nullable=empty)
    op.alter_column("shelves", "module", type_=sa.Text(collation="C"), existing_nullable=True)
    op.create_foreign_key("fk_cards_module", "cards", "modules", ["module"], ["id"])
    op.alter_column("reviews", "elapsed_ms", type_=sa.BigInteger(), existing_nullable=True)
    op.create_index("ix_reviews_learner_id", "reviews", ["learner", "id"])
    op.create_index("ix_events_learner_id", "events", ["learner", "id"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_events_learner_id", table_name="events")
        op.drop_index("ix_reviews_learner_id", table_name="reviews")
    op.add_column("modules", sa.Column("fingerprint", sa.Text(), nullable=False, server_default=""))
    op.add_column("modules", sa.Column("folder", sa.Text(), nullable=False, server_default=""))
    op.drop_column("modules", "keeper")
    op.create_table(
        "broken_modules",
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("folder", name=op.f("pk_broken_modules")),
    )
    op.drop_table("shelves")
