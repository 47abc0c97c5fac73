"""`frontdesk reload` and SIGHUP: the settings file is read again, and what can change at runtime changes at once.

Everything is read, checked and made before anything is exchanged, and the exchange itself waits for nothing: an answer
is made with all of the old settings or all of the new ones.  What cannot change is named, and stays as it was.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot import logs
from bot.parts import plugins_of
from bot.writing import Writer
from engine.config import Settings, by_name, load
from engine.errors import FrontdeskError, SettingsError
from engine.store.settings_seen import note_settings

if TYPE_CHECKING:
    from bot.app import App
    from engine.config import Loaded
    from engine.setup import Setup

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did: settings by their names, never their values."""

    applied: tuple[str, ...]
    needs_restart: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is printed."""
        return asdict(self)


class Reloading:
    """Reloads the settings of a running desk, one after the other."""

    def __init__(self, app: App, loaded: Loaded, environment: Mapping[str, str] = os.environ) -> None:
        self._app, self._loaded = app, loaded
        self.environment = environment
        self._one_by_one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def reload(self) -> Reloaded:
        """Read the file again and work by it.  Raises ``SettingsError`` when it is wrong: then nothing has changed."""
        async with self._one_by_one:
            return await self._reload()

    async def _reload(self) -> Reloaded:
        app, file = self._app, self._loaded.file
        if file is None:
            raise SettingsError("there is no settings file that could be read again: `frontdesk init` writes one")
        importlib.invalidate_caches()  # a plugin's file may be new; one that was imported stays as it is
        loaded = await asyncio.to_thread(load, file, self.environment)
        loaded.require("model", "plugins")
        before, wanted = app.settings, loaded.settings
        settings = _possible(before, wanted)
        plugins = plugins_of(loaded)
        same_model = settings.model == before.model
        writer = app.writer if same_model else Writer(settings.model)
        tools = app.tools.of_plugins(plugins)
        old, claimed = app.writer, dict(app.reception.claimed)
        was, now, said = by_name(before), by_name(settings), by_name(wanted)
        place = str(before.data.path.absolute())
        await note_settings(app.database, place, now, actor="reload")

        left = app.exchange(settings, plugins, writer, tools)  # from here on new answers go by them

        logs.set_up((*self._loaded.secrets, *loaded.secrets), level=logging.INFO)
        if not same_model:
            old.retire()
            self._beside(self._let_go(left, old))
            self._beside(writer.take_up(app.assistant))
        notes = []
        if claimed != dict(app.reception.claimed):
            notes.append("commands changed: Discord shows them after a restart, typed they work at once")
        found = Reloaded(_differing(was, now), _differing(said, now), tuple(notes))
        _log.info("settings reloaded", applied=found.applied, needs_restart=found.needs_restart)
        return found

    def by_signal(self) -> None:
        """SIGHUP: what came of it stands in the log."""

        async def reload() -> None:
            try:
                await self.reload()
            except FrontdeskError as e:
                _log.error("settings were not reloaded, the old ones stay", why=str(e))
            except Exception:
                _log.exception("settings were not reloaded, the old ones stay")

        self._beside(reload())

    async def stop(self) -> None:
        """End what goes on beside."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _let_go(self, setup: Setup, writer: Writer) -> None:
        """Close the model once the last answer that is made with it has ended."""
        try:
            await setup.idle()
        finally:
            writer.stop()
            await writer.close()

    def _beside(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _possible(before: Settings, wanted: Settings) -> Settings:
    """The settings as they are wanted, where they can change at runtime: all others as before."""
    return before.model_copy(
        update={
            "model": wanted.model,
            "plugins": wanted.plugins,
            "attachments": wanted.attachments,
            "desk": before.desk.model_copy(update={"share": wanted.desk.share}),
            "audit": before.audit.model_copy(update={"tell": wanted.audit.tell}),
        }
    )


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))
