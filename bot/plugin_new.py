"""`frontdesk plugin new` and `frontdesk plugin check`: the first plugin of somebody's own, and what each must keep."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.output import Output
from engine.errors import FrontdeskError, SettingsError

if TYPE_CHECKING:
    from engine.config import Loaded
    from engine.plugin import Plugin

_NAME: Final = re.compile(r"[a-z][a-z_]{1,30}[a-z]")
_PLUGIN: Final = '''\
"""Lists what the documents say on a topic: change this sentence and the class below to what your plugin does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from engine import Plugin, Reply, Turn

INSTRUCTIONS = """\\
You list what the documents say on a topic: a short sentence for each fact, the most important one first."""


class {made}(Plugin):
    """Answers `/frontdesk {command} TOPIC` (Discord: `/{command} TOPIC`) from the documents, with their sources."""

    commands: ClassVar[Mapping[str, str]] = {{"{command}": "List what the documents say on a topic"}}

    passages: int = Field(default=5, ge=1, le=20)  # a setting: how many passages it may be written from

    def claims(self, turn: Turn) -> bool:
        """Messages that are for it without the command; cheap, since every message comes by here."""
        return turn.question.lower().startswith("list everything on ")

    async def answer(self, turn: Turn) -> Reply | None:
        """The reply, or None: then the next plugin is asked."""
        found = await turn.search(limit=self.passages)
        if not found.passages:
            return turn.hand_off("no document is about this topic", found)
        return await turn.generate(INSTRUCTIONS, found)
'''
_TEST: Final = '''\
"""The plugin as the desk runs it, over a few pages about a workshop; `says` is what the model writes."""

import asyncio

from {name} import {made}

from bot.conformance import conform
from bot.trying import ask


def test_it_answers_its_command_with_a_source():
    reply = ask({made}(), "opening hours", command="{command}", says="It is open from 10:00 to 18:00 [1].")

    assert "10:00 to 18:00" in reply.text
    assert [source.title for source in reply.sources] == ["Opening hours"]


def test_what_stands_in_no_document_is_not_said():
    reply = ask({made}(), "opening hours", command="{command}", says="It is open at midnight, at 23:59 [1].")

    assert "23:59" not in reply.text


def test_it_keeps_what_every_plugin_promises():
    broken = [check for check in asyncio.run(conform({made}())) if not check.ok]

    assert broken == []
'''


def new(name: str, folder: Path, out: Output) -> int:
    """Write the plugin and its test; returns the exit status.  Raises ``SettingsError`` for a name that will not do."""
    made = _class_of(name)
    files = {folder / f"{name}.py": _PLUGIN, folder / f"test_{name}.py": _TEST}
    for file in files:
        if file.exists():
            raise SettingsError(f"{file} is there already: choose another name, or another --folder")
    values = {"name": name, "made": made, "command": name.replace("_", "-")}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            file.write_text(text.format(**values), encoding="utf-8")
    except OSError as e:
        raise FrontdeskError(f"{folder} cannot be written to: {e.strerror}") from None
    out.row({"files": [str(file) for file in files], "use": f"{name}:{made}", "folder": str(folder)})
    return out.end()


def _class_of(name: str) -> str:
    """The class's name, ``FirstAid`` of ``first_aid``."""
    from bot.conformance import TAKEN

    if not _NAME.fullmatch(name) or "__" in name:
        raise SettingsError(f"{name!r} is no name for a plugin: lower-case letters and single underscores, 3 to 32")
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or importlib.util.find_spec(name):
        raise SettingsError(f"{name!r} is a module of Python, of a package or of ours already: choose another name")
    command = name.replace("_", "-")
    if command in TAKEN or command in _shipped():
        raise SettingsError(f"the command {command!r} is taken already: choose another name")
    return "".join(part.capitalize() for part in name.split("_"))


def _shipped() -> set[str]:
    """The names of our own plugins, whose commands mostly are these."""
    spec = importlib.util.find_spec("plugins")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return {path.stem for place in places for path in Path(place).iterdir() if not path.name.startswith("_")}


def plugin_of(use: str, loaded: Loaded) -> Plugin:
    """The plugin that ``module:Class`` names, with its settings where the settings have it.

    Modules in the current folder are found too.  Raises ``SettingsError`` where there is no such plugin.
    """
    from engine.config import made
    from engine.plugin import Plugin

    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    for table, plugin in zip(loaded.settings.plugins, loaded.plugins, strict=True):
        if table.get("use") == use and isinstance(plugin, Plugin):
            return plugin
    plugin = made(use, {}, use)
    if not isinstance(plugin, Plugin):
        raise SettingsError(f"{use} is no plugin: derive the class from engine.Plugin")
    return plugin


async def check(use: str, asks: Sequence[str], loaded: Loaded, out: Output) -> int:
    """Run the conformance suite on a plugin; returns 1 when it breaks a promise."""
    from bot.conformance import conform

    plugin = plugin_of(use, loaded)
    checks = await conform(plugin, asks=asks)
    for one in checks:
        out.row(asdict(one))
    return out.end()
