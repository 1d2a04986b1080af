"""First tables.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "card_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("study_day", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("card_id", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_learner_card_id"), "events", ["learner", "card_id"], unique=False)
    op.create_table(
        "modules",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modules")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.String(length=200), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=False),
        sa.Column("study_day", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("elapsed_ms", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("aloud", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("key_points", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(
        op.f("ix_reviews_learner_card_id_reviewed_at"), "reviews", ["learner", "card_id", "reviewed_at"], unique=False
    )
    op.create_index(op.f("ix_reviews_learner_study_day"), "reviews", ["learner", "study_day"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("askable", sa.Boolean(), nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("ease", sa.Float(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=True),
        sa.Column("introduced", sa.Integer(), nullable=True),
        sa.Column("scheduled_on", sa.Integer(), nullable=True),
        sa.Column("seen_on", sa.Integer(), nullable=True),
        sa.Column("last_grade", sa.Integer(), nullable=True),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("lapses", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("buried_until", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "card_id", name=op.f("pk_schedule")),
    )
    op.create_index(op.f("ix_schedule_learner_due"), "schedule", ["learner", "due"], unique=False)
    op.create_index(op.f("ix_schedule_learner_seen_on"), "schedule", ["learner", "seen_on"], unique=False)
    op.create_index(
        "ix_schedule_new",
        "schedule",
        ["learner", "position"],
        unique=False,
        sqlite_where=sa.text("due IS NULL"),
        postgresql_where=sa.text("due IS NULL"),
    )
    op.create_table(
        "settings",
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "name", name=op.f("pk_settings")),
    )
    op.create_table(
        "cards",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("module", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("difficulty", sa.String(length=8), nullable=False),
        sa.Column("lab", sa.String(length=64), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["module"], ["modules.id"], name=op.f("fk_cards_module")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
    )
    op.create_index(op.f("ix_cards_module_position"), "cards", ["module", "position"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_cards_module_position"), table_name="cards")
    op.drop_table("cards")
    op.drop_table("settings")
    op.drop_index(
        "ix_schedule_new",
        table_name="schedule",
        sqlite_where=sa.text("due IS NULL"),
        postgresql_where=sa.text("due IS NULL"),
    )
    op.drop_index(op.f("ix_schedule_learner_seen_on"), table_name="schedule")
    op.drop_index(op.f("ix_schedule_learner_due"), table_name="schedule")
    op.drop_table("schedule")
    op.drop_index(op.f("ix_reviews_learner_study_day"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_learner_card_id_reviewed_at"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_table("modules")
    op.drop_index(op.f("ix_events_learner_card_id"), table_name="events")
    op.drop_table("events")
    op.drop_table("drafts")
