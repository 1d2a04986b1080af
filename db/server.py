"""A PostgreSQL server that several learners share, by way of psycopg 3.

The program holds one connection. Nothing is open on it while the learner thinks: a question is a statement of its own,
a change one short transaction that begins by taking the learner's lock, so that two programs of one learner take turns
and programs of different learners never wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from db.local import needs_migration
from db.reads import Desk, Execute
from db.rows import Row
from db.writer import Transaction, statement
from studyapp.errors import DataError, StudyError, UsageError

PATIENCE: dict[str, Any] = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}
"""A network that fell silent is noticed, and no key waits for minutes."""
LOCK_SECONDS = 5
"""How long another program of the same learner is waited for."""
STALL_SECONDS = 60
"""A program that stops in the middle of a change lets go of its locks after this time."""
OWN_TABLES = {"alembic_version", "reviews", "events", "schedule"}

T = TypeVar("T")


def server_url(text: str) -> URL:
    """The address of a server.

    Raises:
        UsageError: it is none, or not one of PostgreSQL. What was written is not repeated: it may hold a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise _unusable("it is no address of a database") from None
    dialect, _, driver = url.drivername.partition("+")
    if dialect == "sqlite":
        raise _unusable("a database in memory would be lost at once")
    if dialect not in ("postgresql", "postgres") or driver not in ("", "psycopg"):
        raise _unusable("studyapp knows SQLite and PostgreSQL by psycopg")
    if "@" in (url.host or "") or "@" in (url.username or ""):
        raise _unusable("an @ in a name or password is written %40")
    if not url.database:
        raise _unusable("it names no database")
    return url.set(drivername="postgresql+psycopg")


def _unusable(reason: str) -> UsageError:
    return UsageError(
        f"STUDYAPP_DB cannot be used ({reason}); write postgresql://NAME@HOST/DATABASE or sqlite:////folder/file.sqlite."
    )


def place_of(url: URL) -> str:
    """The server and database in words, without name and password."""
    host = url.host or str(url.query.get("host") or "localhost")
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database}"


def server_engine(url: URL, *, autocommit: bool = True) -> Engine:
    """An engine for one connection.

    Raises:
        UsageError: psycopg is not installed.
    """
    arguments = {"client_encoding": "utf8", "application_name": "studyapp", **PATIENCE}
    level: Any = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    try:
        engine = create_engine(url, connect_args=arguments, pool_size=1, max_overflow=0, **level)
    except (ImportError, NoSuchModuleError):
        raise UsageError(
            "A PostgreSQL server needs the driver psycopg, which is not installed; pip install 'studyapp[server]'."
        ) from None
    from db.server_text import register

    event.listen(engine, "connect", lambda connection, _record: register(connection))
    if autocommit:
        event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    """An answer that was acknowledged is on the server's disk, and nobody is waited for without end."""
    connection.execute(
        f"SET synchronous_commit = on; SET lock_timeout = '{LOCK_SECONDS}s';"
        f" SET idle_in_transaction_session_timeout = '{STALL_SECONDS}s'"
    )


def prepare(url: URL, place: str) -> None:
    """Makes or updates the tables; programs that start at once do it in turn.

    Raises:
        DataError: a database of another program, or a newer one; nothing was changed.
    """
    engine = server_engine(url, autocommit=False)
    try:
        with engine.connect() as connection:
            encoding = connection.connection.driver_connection.info.parameter_status("server_encoding")  # type: ignore[union-attr]
            if encoding != "UTF8":
                raise DataError(f"{place} keeps its texts as {encoding}; studyapp needs a database made with UTF8.")
            version = _version(connection, place)
        if needs_migration(version, place):
            from db.migrate import upgrade

            upgrade(engine)
    finally:
        engine.dispose()


def _version(connection: Connection, place: str) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    tables = {str(row[0]) for row in connection.execute(statement(names))}
    if not tables:
        return None
    if not tables >= OWN_TABLES:
        raise DataError(f"{place} belongs to another program; it was left untouched. Name another database.")
    found = connection.execute(statement("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


class Server:
    """The connection: reads and transactions, across a connection that was lost."""

    def __init__(self, engine: Engine, place: str, desk: Desk) -> None:
        self._engine = engine
        self._place = place
        self._desk = desk
        self._connection = engine.connect()
        key = int.from_bytes(sha256(desk.learner.encode()).digest()[:8], signed=True)
        self._lock = f"SELECT pg_advisory_xact_lock({key}), txid_current()"

    def read(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        return self._once_more(lambda: list(self._connection.execute(statement(sql), dict(parameters)).fetchall()))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        number = self._once_more(self._started)
        try:
            yield Transaction(self._connection, self._desk)
        except BaseException:
            self._connection.rollback()
            raise
        try:
            self._connection.commit()
        except DBAPIError as error:
            self._connection.rollback()
            if not (error.connection_invalidated and self._is_kept(number)):
                raise

    @contextmanager
    def snapshot(self) -> Iterator[Execute]:
        """Questions that are all answered as of one moment; nobody waits for them."""
        self._connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            yield lambda sql, parameters: list(self._connection.execute(statement(sql), dict(parameters)).fetchall())
        finally:
            self._connection.exec_driver_sql("ROLLBACK")

    def _started(self) -> int:
        """Begins, waits for the learner's other programs, and returns the transaction's number."""
        self._connection.exec_driver_sql("BEGIN")
        return int(self._connection.exec_driver_sql(self._lock).one()[1])

    def _is_kept(self, number: int) -> bool:
        """Whether a transaction was committed whose answer was lost with the connection."""
        for _ in range(LOCK_SECONDS * 10):
            try:
                status = self.read("SELECT txid_status(:number)", {"number": number})[0][0]
            except DBAPIError:
                break
            if status != "in progress":
                return bool(status == "committed")
            sleep(0.1)
        raise StudyError(
            f"The connection to {self._place} broke while the last change was being saved;"
            " look whether it is there before you make it again."
        )

    def _once_more(self, ask: Callable[[], T]) -> T:
        """Asks again on a fresh connection when the old one is gone; only for what changes nothing."""
        try:
            return ask()
        except DBAPIError as error:
            self._connection.rollback()
            if not error.connection_invalidated:
                raise
            return ask()

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()
