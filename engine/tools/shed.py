"""All tools there are, by name: those that plugins offer, and those that servers have and the settings allow."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.errors import FrontdeskError, SettingsError
from engine.store.wishes import accept_pin, pin
from engine.tools.contract import CallFailed, Offered, Tool
from engine.tools.schema import NotTaken, form_of, short
from engine.tools.server import Connection, Seen

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from engine.plugin import Plugin
    from engine.store.database import Database
    from engine.tool_settings import ToolServer
    from engine.types import Audience

#: So many seconds a question waits for a server that was not tried yet.
_FIRST_S: Final = 3.0
#: So many seconds a program that said nothing in time may take to end.
_END_S: Final = 10.0

State = Literal["ready", "away", "missing", "changed", "unusable"]


@dataclass(frozen=True, slots=True)
class Stand:
    """How it stands with one tool of a server; ``why`` for people, ``print`` the start of its description's hash."""

    name: str
    can: str
    state: State
    why: str = ""
    about: str = ""
    print: str = ""


class Tools:
    """The tools of one desk.  Their servers are connected from ``start`` to ``stop``."""

    def __init__(self, servers: Sequence[ToolServer], plugins: Sequence[Plugin], database: Database) -> None:
        """Raises ``SettingsError`` where two tools have one name, or a plugin uses one that there is not."""
        self.database = database
        self._connections = {one.name: Connection(one) for one in servers}
        if len(self._connections) < len(servers):
            raise SettingsError("two of [[tools]] have the same name: give each its own")
        self._forms: dict[tuple[str, str], Offered | str] = {}  # of servers, by name and description's hash
        self._pins: dict[str, str] = {}
        self._own = self.of_plugins(plugins)

    def of_plugins(self, plugins: Sequence[Plugin]) -> dict[str, Offered]:
        """The tools that these plugins offer, by name.  Raises ``SettingsError`` as making one does."""
        servers = [connection.settings for connection in self._connections.values()]
        own: dict[str, Offered] = {}
        for plugin in plugins:
            for tool in plugin.offers():
                made = _made(plugin.name, tool)
                if made.name in own:
                    raise SettingsError(f"two plugins offer a tool {made.name}")
                own[made.name] = made
        names = [*own, *(f"{s.name}.{tool}" for s in servers for tool in s.allow)]
        if twice := {_wire(n) for n in names if sum(_wire(n) == _wire(other) for other in names) > 1}:
            raise SettingsError(f"two tools would be called {min(twice)}: rename a server")
        for plugin in plugins:
            if unknown := [name for name in plugin.uses() if name not in names]:
                known = ", ".join(sorted(names)) or "none"
                raise SettingsError(f"plugin {plugin.name}: there is no tool {unknown[0]}; there are: {known}")
        return own

    def adopt(self, own: Mapping[str, Offered]) -> None:
        """Offer these of plugins from now on; those before stay for the answers that are under way with them."""
        self._own = {**self._own, **own}

    def start(self) -> None:
        """Begin to connect to the servers; nobody waits for it."""
        for connection in self._connections.values():
            connection.start()

    async def stop(self) -> None:
        """Let go of all servers."""
        await asyncio.gather(*(connection.stop() for connection in self._connections.values()))

    async def offered(self, names: Sequence[str], workspace: str, audience: Audience) -> tuple[Offered, ...]:
        """Those of these tools that can be called now, there, and whose results may be told to this audience."""
        found = await asyncio.gather(*(self.named(name) for name in names))
        return tuple(one for one in found if one and _is_for(one.tool, workspace, audience))

    async def named(self, name: str) -> Offered | None:
        """The tool with this name, if it can be called now; a server that is being reached is waited for a little."""
        if own := self._own.get(name):
            return own
        server, _, tool = name.partition(".")
        if connection := self._connections.get(server):
            await connection.tried(_FIRST_S)
        seen = connection.seen.get(tool) if connection and not connection.trouble else None
        if connection is None or seen is None or await self._accepted(name, seen) != seen.print:
            return None
        made = self._form(connection, name, seen)
        return made if isinstance(made, Offered) else None

    async def standing(self) -> list[Stand]:
        """How it stands with each tool of the servers, for `doctor` and `tools list`."""
        await asyncio.gather(*(c.tried(c.settings.connect_s + _END_S) for c in self._connections.values()))
        found = []
        for server, connection in self._connections.items():
            for tool, can in connection.settings.allow.items():
                name, seen = f"{server}.{tool}", connection.seen.get(tool)
                if connection.trouble:
                    found.append(Stand(name, can, "away", connection.trouble))
                elif seen is None:
                    found.append(Stand(name, can, "missing", f"{server} has no such tool"))
                elif await self._accepted(name, seen) != seen.print:
                    why = (
                        f"its description has changed: read it, then `frontdesk tools accept {name} {seen.print[:12]}`"
                    )
                    found.append(Stand(name, can, "changed", why, seen.about, seen.print[:12]))
                elif isinstance(made := self._form(connection, name, seen), str):
                    found.append(Stand(name, can, "unusable", made, seen.about, seen.print[:12]))
                else:
                    found.append(Stand(name, can, "ready", "", seen.about, seen.print[:12]))
        return found

    async def accept(self, name: str, print_: str, *, actor: str) -> None:
        """Take the description that a tool has now, where it is the one that was read: its hash begins so.

        Raises ``FrontdeskError`` where it is another, or there is no such tool.
        """
        server, _, tool = name.partition(".")
        connection = self._connections.get(server)
        if connection is None or tool not in connection.settings.allow:
            raise FrontdeskError(f"there is no tool {name} in the settings")
        await connection.tried(connection.settings.connect_s + _END_S)
        seen = connection.seen.get(tool)
        if seen is None:
            raise FrontdeskError(f"{name} is not there now: {connection.trouble or 'its server does not have it'}")
        if len(print_) < 12 or not seen.print.startswith(print_):
            raise FrontdeskError(f"the description of {name} is {seen.print[:12]} now: read it again with `tools list`")
        await self.database.write(lambda c: accept_pin(self.database, c, name, seen.print, actor=actor))
        self._pins[name] = seen.print

    async def _accepted(self, name: str, seen: Seen) -> str:
        """The description's hash that is accepted; asked again of the database where it is not the one of now."""
        if self._pins.get(name) != seen.print:
            self._pins[name] = await self.database.write(lambda c: pin(self.database, c, name, seen.print))
        return self._pins[name]

    def _form(self, connection: Connection, name: str, seen: Seen) -> Offered | str:
        """The tool as a model is offered it; else why it is not."""
        key = (name, seen.print)
        if key not in self._forms:
            settings = connection.settings
            tool = Tool(
                functools.partial(connection.call, seen.name, timeout_s=settings.timeout_s),
                settings.allow[seen.name], settings.audience, settings.timeout_s, settings.most_chars, settings.cost,
                settings.workspaces,
            )  # fmt: skip
            try:
                form = form_of(_wire(name), seen.about, seen.schema)
                self._forms[key] = Offered(name, _wire(name), tool, form, tool.run, seen.print)  # type: ignore[arg-type]  # a partial of `call`
            except NotTaken as e:
                self._forms[key] = str(e)
        return self._forms[key]


def _made(plugin: str, tool: Tool) -> Offered:
    """A plugin's tool, as a model is offered it."""
    from langchain_core.tools import BaseTool, StructuredTool

    if isinstance(tool.run, BaseTool):
        form: BaseTool = tool.run
        name = f"{plugin}.{form.name}"
    else:
        name = f"{plugin}.{getattr(tool.run, '__name__', 'tool')}"
        form = StructuredTool.from_function(coroutine=tool.run)
    form = form.model_copy(update={"name": _wire(name), "description": short(form.description)})

    async def call(arguments: Mapping[str, Any]) -> str:
        try:
            return str(await form.ainvoke(dict(arguments)))
        except FrontdeskError as e:
            raise CallFailed(short(e)) from e

    return Offered(name, _wire(name), tool, form, call)


def _is_for(tool: Tool, workspace: str, audience: Audience) -> bool:
    return audience.may_read(tool.grant) and (not tool.workspaces or workspace in tool.workspaces)


def _wire(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64]
