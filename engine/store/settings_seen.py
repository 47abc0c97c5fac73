"""Settings as they were at the last start: what has changed since is written into the audit, by name."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.tables import settings_seen


async def note_settings(
    database: Database, place: str, values: Mapping[str, str], *, actor: str = "run"
) -> tuple[str, ...]:
    """Compare the settings with those of the last start at this place (``data.path``), and keep them for the next.

    ``values`` by their names, secrets too: what is kept is a mac of each under the audit's key, and the audit's row
    holds names alone.  Returns the names of those that were changed, added or taken out.
    """

    def mac(key: str, name: str, value: str) -> str:
        return database.keys.mac(key, "setting", f"{place}\0{name}\0{value}".encode()) or ""

    def write(c: sa.Connection) -> tuple[str, ...]:
        database.take_turns(c)
        mine, key = settings_seen.c.place == place, database.keys.id
        known = c.execute(sa.select(settings_seen.c.name, settings_seen.c.mac).where(mine)).all()
        before = {str(row.name): str(row.mac) for row in known}
        changed = sorted(name for name in values.keys() & before.keys() if _differs(before[name], name))
        added, gone = sorted(values.keys() - before.keys()), sorted(before.keys() - values.keys())
        if not before:
            record(database, c, actor=actor, action="settings first seen", workspace="", subject=place,
                   settings=len(values))  # fmt: skip
        elif changed or added or gone:
            told = {"changed": changed, "added": added, "removed": gone}
            record(database, c, actor=actor, action="settings changed", workspace="", subject=place,
                   **{what: names for what, names in told.items() if names})  # fmt: skip
        c.execute(sa.delete(settings_seen).where(mine))
        rows = [
            {"place": place, "name": name, "mac": f"{key}:{mac(key, name, value)}"} for name, value in values.items()
        ]
        if rows:
            c.execute(sa.insert(settings_seen), rows)
        return (*changed, *added, *gone) if before else ()

    def _differs(said: str, name: str) -> bool:
        key, _, then = said.partition(":")
        now = mac(key, name, values[name])
        return bool(now) and now != then  # a key that is not here any more: nobody can tell

    return await database.write(write)
