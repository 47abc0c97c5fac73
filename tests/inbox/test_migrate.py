"""Migrations run by themselves and lead to the tables of ``tables.py``."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.errors import SettingsError
from engine.store.database import Database
from engine.store.documents import Documents
from engine.store.migrate import HEAD, migrate
from engine.store.tables import metadata
from tests.postgresql import Server

_MIGRATIONS = Path(__file__).parents[2] / "engine" / "store" / "migrations"
_ALL = sorted(file.name[:4] for file in (_MIGRATIONS / "versions").glob("0*.py"))


def _squeezed(rows: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    """A table's columns without what stands before them, an index's statement whole."""
    for name, sql in rows:
        text = " ".join((sql or "").split())
        yield name, text.partition("( ")[2].rstrip(") ") if text.startswith("CREATE TABLE") else text


async def test_the_migrations_lead_to_the_tables_as_they_are_written(database: Database) -> None:
    def differences(connection: sa.Connection) -> list:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await database.read(differences) == []


async def test_on_sqlite_the_statements_are_the_same_to_the_letter(tmp_path: Path) -> None:
    """Alembic's comparison does not see everything, as the condition of an index."""
    migrated, made = Database(f"sqlite:///{tmp_path / 'a.db'}"), Database(f"sqlite:///{tmp_path / 'b.db'}")
    await migrate(migrated)
    await made.write(metadata.create_all)

    def schema(connection: sa.Connection) -> dict[str, set[str]]:
        """The parts of each statement: a column that was added later stands at the end of it."""
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'")
        return {name: {part.strip(" )") for part in re.split(r",(?![^(]*\))", sql)} for name, sql in _squeezed(rows)}

    assert await migrated.read(schema) == await made.read(schema)
    await migrated.close()
    await made.close()


async def test_on_postgresql_the_indexes_and_defaults_are_the_same(postgresql: Server) -> None:
    migrated, made = Database(postgresql.new_database()), Database(postgresql.new_database())
    await migrate(migrated)
    await made.write(metadata.create_all)

    def schema(connection: sa.Connection) -> set[tuple[str, ...]]:
        indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        columns = (
            "SELECT table_name || '.' || column_name, data_type || coalesce(column_default, '') || is_nullable "
            "FROM information_schema.columns WHERE table_schema = 'public'"
        )
        rows = [*connection.execute(sa.text(indexes)), *connection.execute(sa.text(columns))]
        return {tuple(row) for row in rows if "alembic" not in row[0]}

    assert await migrated.read(schema) == await made.read(schema)
    await migrated.close()
    await made.close()


def test_the_newest_version_is_the_one_that_the_start_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_second_start_changes_nothing(url: str) -> None:
    database = Database(url)
    assert await migrate(database) == _ALL
    assert await migrate(database) == []
    await database.close()


async def test_a_start_without_migrations_does_not_import_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    database = Database(url)
    await migrate(database)
    await database.close()
    script = (
        "import asyncio, sys\nfrom engine.store.database import Database\nfrom engine.store.migrate import migrate\n"
        f"assert asyncio.run(migrate(Database({url!r}))) == []\nassert 'alembic' not in sys.modules"
    )
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], check=True, cwd=_MIGRATIONS.parents[2])


async def test_two_workers_that_start_together_migrate_once(postgresql: Server) -> None:
    url = postgresql.new_database()
    one, two = Database(url), Database(url)
    assert sorted(await asyncio.gather(migrate(one), migrate(two))) == [[], _ALL]
    await one.close()
    await two.close()


async def test_a_database_of_a_later_version_is_refused(database: Database) -> None:
    await database.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match=r"9999.*newer Frontdesk"):
        await migrate(database)


async def test_what_an_older_version_kept_is_there_after_the_migration(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")

    def first_version(connection: sa.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(sa.text(
            "INSERT INTO documents VALUES ('d', 'acme', 'a.md', '/a.md', 'A', 'public', 'h', 1, 'searchable', '', 5.0)"
        ))  # fmt: skip

    await database.write(first_version)
    assert await migrate(database) == _ALL[1:]
    kept = await Documents(database).one("acme", "a.md")
    assert kept
    assert (kept.title, kept.grant, kept.loaded, kept.expires, kept.owner) == ("A", "public", 5.0, 0.0, "")
    await database.close()
