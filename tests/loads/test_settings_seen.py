"""What has changed in the settings since the last start stands in the audit: names, never values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.archive import StoreArchive
from engine.config import by_name, load
from engine.store.audit import Audit
from engine.store.database import Database
from engine.store.keys import Keys
from engine.store.migrate import migrate
from engine.store.settings_seen import note_settings

FIRST = """
[model]
use = "vllm"
api_key = "$KEY"
[[channels]]
use = "bot.slack:Slack"
bot_token = "$TOKEN"
app_token = "$TOKEN"
admins = ["U1"]
"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.at(tmp_path / "var")
    await migrate(made)
    yield made
    await made.close()


def settings(folder: Path, text: str = FIRST, **secrets: str) -> dict[str, str]:
    file = folder / "frontdesk.toml"
    file.write_text(text)
    return by_name(load(file, {"KEY": "Sesame-1", "TOKEN": "xoxb-Sesame-2"} | secrets).settings)


async def told(database: Database) -> list[tuple[str, str]]:
    return [(row.action, row.details) for row in await Audit(database).rows()]


async def test_a_change_is_told_once_by_its_name(database: Database, tmp_path: Path) -> None:
    before = settings(tmp_path)
    assert await note_settings(database, "var", before) == ()
    assert await note_settings(database, "var", before) == ()
    [(action, _)] = await told(database)
    assert action == "settings first seen"

    after = settings(tmp_path, FIRST.replace('["U1"]', '["U1", "U2"]') + "[health]\nlisten = '127.0.0.1:9'\n",
                     KEY="Sesame-3")  # fmt: skip
    changed = ("channels[0].admins", "health.listen", "model.api_key")
    assert await note_settings(database, "var", after) == changed
    assert await note_settings(database, "var", after) == ()
    [_, (action, details)] = await told(database)
    assert action == "settings changed" and all(f'"{name}"' in details for name in changed)

    without = settings(tmp_path, FIRST.replace('admins = ["U1"]', "handoff = 'C1'"))
    assert set(await note_settings(database, "var", without)) == {*changed, "channels[0].handoff"}


async def test_no_value_is_in_the_database_or_its_audit(database: Database, tmp_path: Path) -> None:
    await note_settings(database, "var", settings(tmp_path))
    await note_settings(database, "var", settings(tmp_path, KEY="Sesame-4"))
    await database.wipe()

    held = b"".join(file.read_bytes() for file in (tmp_path / "var").iterdir() if file.is_file())
    assert b"model.api_key" in held and b"Sesame" not in held


async def test_each_worker_has_settings_of_its_own(database: Database, tmp_path: Path) -> None:
    await note_settings(database, "one", settings(tmp_path))
    assert await note_settings(database, "two", settings(tmp_path, KEY="other")) == ()
    assert await note_settings(database, "one", settings(tmp_path)) == ()


async def test_another_audit_key_changes_no_other_setting(database: Database, tmp_path: Path) -> None:
    await note_settings(database, "var", settings(tmp_path))
    database.keys = Keys((b"another key of the audit",))
    assert await note_settings(database, "var", settings(tmp_path)) == ()
    assert await note_settings(database, "var", settings(tmp_path, KEY="Sesame-5")) == ("model.api_key",)


async def test_who_signs_in_to_the_page_is_written_and_verified(database: Database) -> None:
    await StoreArchive(database).signed("sign-in", "web-1", "acme")
    [row] = await Audit(database).rows()
    assert (row.actor, row.action, row.workspace, row.subject) == ("web:web-1", "sign-in", "acme", "web page")
    assert (await Audit(database).verify()).problems == ()
