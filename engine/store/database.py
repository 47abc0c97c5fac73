"""One database, SQLite or PostgreSQL: many readers, and one writer that commits what waits together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError

from engine.errors import Unavailable
from engine.store.keys import Keys

_log = structlog.get_logger()
T = TypeVar("T")
Query = Callable[[sa.Connection], T]
_Waiting = tuple[Query[Any], "asyncio.Future[Any]"]
#: SQLSTATE of PostgreSQL: serialization failure, deadlock.
_TRY_AGAIN = ("40001", "40P01")
#: So many changes that cannot wait, and so many others, are committed together: the next have to wait for them.
_BATCH = 100
#: A connection to PostgreSQL that was idle for so long (seconds) is tried before it is used.
_TRY_AFTER_S = 1.0
#: When a connection to PostgreSQL that has gone silent is given up, in seconds; what the address says goes before.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
#: The advisory lock of those who append to the feed and to the audit, so that both are in the order of commits.
_TURNS = 0x46445F66656564


def steady() -> float:
    """Seconds on a clock that only goes forward, also while the machine sleeps (where it can tell)."""
    return time.clock_gettime(_BOOT) if _BOOT is not None else time.monotonic()


_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", None)
_STARTED = time.time() - steady()


class Database:
    """Access to the tables: ``read`` and ``write`` take a function of a connection and run it in a thread.

    Changes that wait at the same time are committed together (one fsync for all of them); when one of them fails, all
    are done again, each in a transaction of its own: a change must be safe to run twice.  When ``write`` returns, the
    change is on disk.  Raises ``Unavailable`` when the database is locked, full or gone; errors of the function itself
    come out unchanged.
    """

    def __init__(self, url: str, *, readers: int = 4, busy_s: float = 5.0):
        """Connect lazily.

        Args:
            url: an SQLAlchemy address, ``sqlite:///path`` or ``postgresql+psycopg://...``.
            readers: how many queries run at the same time.
            busy_s: seconds to wait for another process's lock on an SQLite file.
        """
        self.url = url
        self.shared = not url.startswith("sqlite")  # whether other workers may be on it
        self.keys = Keys(())  # that sign the audit: none, unless it was made by ``at``
        connect: dict[str, Any] = {"timeout": busy_s, "check_same_thread": False}
        if self.shared:
            connect = {name: value for name, value in _PATIENCE.items() if name not in sa.make_url(url).query}
        self.engine = sa.create_engine(url, pool_size=readers + 1, max_overflow=2, connect_args=connect)
        (_set_up_postgresql if self.shared else _set_up_sqlite)(self.engine)
        self._for_writing = self.engine.execution_options(writes=True)
        # PostgreSQL shows each statement what is committed when it begins, in a transaction or not: without one a
        # query goes to it and back once instead of three times.
        alone = {"isolation_level": "AUTOCOMMIT"} if self.shared else {}
        self._for_reading = self.engine.execution_options(**alone)
        self._readers = ThreadPoolExecutor(readers, "db-read")
        self._writers = ThreadPoolExecutor(1, "db-write")
        self._waiting: list[_Waiting] = []
        self._first: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @classmethod
    def at(cls, folder: Path, url: str = "", *, audit_key: str = "") -> Database:
        """The database that the settings name: ``url``, else an SQLite file in ``folder``.

        ``audit_key`` signs the rows of the audit; empty: a key that is kept in ``folder``.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = cls(url or f"sqlite:///{folder / 'frontdesk.db'}")
        database.keys = Keys.of(audit_key, folder / "audit.key")
        return database

    def now(self) -> sa.ColumnElement[float]:
        """The time in seconds since 1970, by the clock that all workers share, when the statement runs."""
        if self.shared:
            return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float)
        return sa.bindparam(None, callable_=_clock, type_=sa.Float)

    def clock(self, c: sa.Connection) -> float:
        """``now`` as a number."""
        now = self.now()
        if isinstance(now, sa.BindParameter) and now.callable:  # SQLite: the value that would be sent and come back
            return float(now.callable())
        return float(c.scalar(sa.select(now)) or 0.0)

    def take_turns(self, c: sa.Connection) -> None:
        """Until this transaction ends nobody else appends to the feed or the audit (SQLite has one writer anyway)."""
        if self.shared:
            c.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURNS)))

    async def read(self, query: Query[T]) -> T:
        """Run a query on a connection that will not be committed."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    def _read(self, query: Query[T]) -> T:
        try:
            with self._for_reading.connect() as connection:
                return query(connection)
        except DBAPIError as e:
            raise _unavailable(e) from e

    async def write(self, change: Query[T], *, first: bool = False) -> T:
        """Run a change; when this returns it is committed.

        ``first``: before those that wait already, as somebody's lease runs out meanwhile.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        (self._first if first else self._waiting).append((change, done))
        self._wake.set()
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write_all(), name="db-writer")
        return await done

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._first or self._waiting:
                batch = self._first[:_BATCH] + self._waiting[:_BATCH]
                self._first, self._waiting = self._first[_BATCH:], self._waiting[_BATCH:]
                try:
                    results = await loop.run_in_executor(self._writers, self._commit, [change for change, _ in batch])
                except RuntimeError as e:  # the thread is gone: nobody may wait for it
                    results = [Unavailable(f"the database is closed: {e}") for _ in batch]
                for (_, done), result in zip(batch, results, strict=True):
                    if done.done():  # whoever waited was cancelled: the change stands all the same
                        continue
                    if isinstance(result, BaseException):
                        done.set_exception(result)
                    else:
                        done.set_result(result)

    def _commit(self, batch: list[Query[Any]]) -> list[Any]:
        """All of it in one transaction; where that fails, each change in one of its own."""
        try:
            return self._transaction(batch)
        except DBAPIError as e:
            unavailable = _unavailable(e)
            gone = isinstance(unavailable, Unavailable) and _sqlstate(e) is None
            if gone or (len(batch) == 1 and not _try_again(e)):
                return [unavailable for _ in batch]  # locked, full or gone: so it is for each of them
        except Exception as e:  # handed to whoever asked for the change
            if len(batch) == 1:
                return [e]
        return [self._alone(change) for change in batch]

    def _alone(self, change: Query[Any]) -> Any:
        for attempt in range(4):
            try:
                return self._transaction([change])[0]
            except DBAPIError as e:
                if not _try_again(e) or attempt == 3:
                    return _unavailable(e)
                time.sleep(0.01 * 2**attempt)
            except Exception as e:  # handed to whoever asked for the change
                return e
        raise AssertionError

    def _transaction(self, batch: list[Query[Any]]) -> list[Any]:
        with self._for_writing.begin() as connection:
            return [change(connection) for change in batch]

    async def wipe(self) -> None:
        """Take deleted text out of SQLite's log too (``secure_delete`` has overwritten it in the file itself)."""
        if not self.shared:
            await asyncio.to_thread(self._checkpoint)

    def _checkpoint(self) -> None:
        for attempt in range(20):  # a reader that began before the removal holds the log for as long as it reads
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                [busy, *_] = cursor.fetchone() or (0,)
                cursor.close()
            finally:
                connection.close()
            if not busy:
                return
            time.sleep(0.05 * (attempt + 1))
        _log.warning("the database's log could not be emptied: removed text stays in it until the next removal")

    async def close(self) -> None:
        """Commit what waits, then close every connection."""
        while (self._first or self._waiting) and self._writer and not self._writer.done():  # noqa: ASYNC110 - the writer says when each change is done, not when it has none left
            await asyncio.sleep(0.005)
        if self._writer:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self._writers, self.engine.dispose)
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)


def _clock() -> float:
    """The time since 1970 as it was at the start, carried on by a clock that nobody sets: it never jumps."""
    return _STARTED + steady()


def _set_up_postgresql(engine: sa.Engine) -> None:
    """A worker that froze inside a transaction must not stop the others: it is thrown out, they wait briefly."""

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = '15s'")
            cursor.execute("SET lock_timeout = '10s'")
        connection.commit()

    @event.listens_for(engine, "checkin")
    def _(_connection: Any, record: Any) -> None:
        record.info["idle since"] = steady()

    @event.listens_for(engine, "checkout")
    def _(connection: Any, record: Any, _proxy: Any) -> None:
        if steady() - record.info.get("idle since", steady()) > _TRY_AFTER_S:
            try:
                engine.dialect.do_ping(connection)
            except Exception as e:  # whatever it is: the pool makes a new one
                raise DisconnectionError from e


def _set_up_sqlite(engine: sa.Engine) -> None:
    """WAL, fsync at every commit, deleted text overwritten, and writes that take their lock at the start."""

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        # A deferred transaction that reads and then writes fails at once, whatever the timeout (FACTS, 5).
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _sqlstate(e: DBAPIError) -> str | None:
    """PostgreSQL's code for the error; None where there is no server that could say one."""
    return getattr(e.orig, "sqlstate", None)


def _try_again(e: DBAPIError) -> bool:
    return _sqlstate(e) in _TRY_AGAIN


def _unavailable(e: DBAPIError) -> Exception:
    """What the caller can do something about: locked, full, gone.  Anything else is our mistake and stays as it is."""
    if isinstance(e, OperationalError) or e.connection_invalidated:
        return Unavailable(f"the database does not take this now: {e.orig}")
    return e
