"""A candidate's settings tried on a copy of the data, in this process, while `frontdesk run` goes on with its own."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.knowledge.aside import own_folder
from engine.store.copying import copy_documents, copy_questions
from engine.store.database import Database
from engine.store.migrate import migrate

if TYPE_CHECKING:
    from bot.wire import Line
    from engine.config import Loaded

#: Questions from before the ones that are asked again: a follow-up refers to them.  Seconds.
_BEFORE_S = 7 * 86400.0


async def replay_candidate(loaded: Loaded, arguments: Mapping[str, Any]) -> AsyncIterator[Line]:
    """`replay` as ``Operations`` has it, with these settings; the data of the desk that runs is only read.

    The copy lies below ``data.path`` while this goes on, and is gone afterwards.
    """
    from bot.app import App  # only now: the parts behind it take seconds to import
    from bot.kb_operations import renewing
    from bot.operations import Operations

    settings = loaded.settings
    workspace = str(arguments.get("workspace") or settings.workspace)
    since = time.time() - float(arguments.get("days", 7)) * 86400 - _BEFORE_S
    with own_folder(settings.data.path) as own:
        live, copy = Database.at(settings.data.path, settings.database.url.get_secret_value()), Database.at(own)
        try:
            await migrate(copy)
            await copy_documents(live, copy, workspace)
            await copy_questions(live, copy, workspace, since)
        finally:
            await live.close()
            await copy.close()
        data = settings.data.model_copy(update={"path": own})
        database = type(settings.database)()
        there = settings.model_copy(update={"data": data, "database": database, "workspace": workspace})
        async with App(dataclasses.replace(loaded, settings=there)).opened() as app:
            if waiting := await renewing(app.knowledge):  # the candidate names another embedder
                yield {"notice": f"the copy is embedded anew first: {waiting[0]}"}
                await app.knowledge.renewal.renew(workspace)
            async for line in Operations(app)("replay", arguments):
                yield line
