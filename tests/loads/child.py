"""A process that loads, removes and regrants, and is killed at it: ``python -m tests.loads.child FOLDER``."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from engine.knowledge import Knowledge, Wanted, wanted_of
from engine.store.database import Database
from engine.store.loads import LoadTables
from engine.store.migrate import migrate
from tests.knowledge.conftest import Words

LOAD = "a" * 32


async def work(folder: Path) -> None:
    """Whatever was done before is not done again."""
    database = Database.at(folder / "var")
    await migrate(database)
    knowledge = Knowledge(database, folder / "var", Words())
    await knowledge.open(warm=False)
    wanted = [wanted_of("wiki", folder=folder / "docs")]
    async with knowledge.loads.working():
        await knowledge.loads.start(wanted, workspace="acme", grant="workspace", actor="child", id_=LOAD)
        async for _ in knowledge.loads.watch(LOAD):
            pass
        if await LoadTables(database).one("b" * 32) is None:
            if len(await knowledge.named("acme", "wiki/page0.md")) == 1:
                await knowledge.remove("acme", "wiki/page0.md", purge=True, actor="child")
            await knowledge.regrant("acme", "wiki", "room:C1", actor="child")
        (folder / "docs/wiki/page1.md").unlink(missing_ok=True)
        (folder / "docs/wiki/page2.md").write_text("# Page 2\n\nThe code of page 2 is CODE-22.\n")
        sources = await knowledge.sources("acme")
        again = [Wanted(s.kind, s.source, s.location, s.options, s.id) for s in sources]
        await knowledge.loads.start(again, workspace="acme", grant="room:C1", actor="child", kind="sync", id_="b" * 32)
        async for _ in knowledge.loads.watch("b" * 32):
            pass
    await knowledge.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
    os._exit(0)
