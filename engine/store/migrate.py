"""Brings the database to this version, by itself, at every start.

Another version comes as ``migrations/versions/000N_what.py`` written out by hand (``down_revision`` the one before),
with ``HEAD`` set to it; a test compares the result with ``tables.py`` on both databases.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from engine.errors import SettingsError
from engine.failpoints import reach
from engine.store.database import Database

#: The newest version; kept here because importing Alembic to ask it takes longer than everything else at a start.
HEAD = "0013"

_VERSIONS = sa.table("alembic_version", sa.column("version_num", sa.Text))
#: Two workers that start together on one PostgreSQL take turns; the number means nothing.
_TURN = 7_230_114


async def migrate(database: Database) -> list[str]:
    """Apply what is missing, in one transaction; returns the versions that were applied, none when all was well.

    Raises ``SettingsError`` when the database was made by a later Frontdesk.
    """
    if await database.read(_version) == HEAD:
        return []
    return await database.write(_upgrade)


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSIONS.name):
        return None
    return connection.execute(sa.select(_VERSIONS.c.version_num)).scalar()


def _upgrade(connection: sa.Connection) -> list[str]:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
    before = _version(connection)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    known = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    if before is not None and before not in known:
        raise SettingsError(
            f"the database is of version {before}, this Frontdesk knows {', '.join(known)}: "
            "run the newer Frontdesk that made it, or restore a backup from before"
        )
    command.upgrade(config, "head")
    reach("migrating")
    return known[known.index(before) + 1 :] if before else known
