"""Alembic's entry: migrates over the connection that `db.migrate` opened."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from db.models import Base

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
