"""Brings a database to the newest version of the tables. The only importer of Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from db.engine import make_engine

TURN = 0x73747564  # "stud": of the locks of a server the one for this


def upgrade(engine: Engine) -> None:
    """Runs the missing migrations in one transaction; on a server one program at a time, the next finds them made."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def upgrade_file(path: Path) -> None:
    """Brings a SQLite file, which may be empty, to the newest version."""
    engine = make_engine(path)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
