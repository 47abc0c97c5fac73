"""The verbs of `frontdesk mcp`, once: run in the process that owns the data, called from it or through its socket."""

from __future__ import annotations

import getpass
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.grants import grants_of
from engine.errors import FrontdeskError, NotFound
from engine.store.mcp_tokens import McpToken, all_tokens, make_token, revoke_token
from engine.types import WORKSPACE

if TYPE_CHECKING:
    from bot.app import App
    from bot.mcp.agents import Caller
    from bot.wire import Line

Arguments = Mapping[str, Any]
_NAME = re.compile(r"[\w .@-]{1,60}")
_NO_TOKEN = "this token opens nothing: it is unknown, revoked or has expired"  # noqa: S105  # a sentence, no secret


class McpOperations:
    """Each yields lines, as those of ``bot.operations`` do."""

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def all(self) -> Mapping[str, Callable[[Arguments], AsyncIterator[Line]]]:
        """The operations by name."""
        return {
            "mcp.tools": self.tools,
            "mcp.call": self.call,
            "mcp.token.new": self.new,
            "mcp.token.list": self.list,
            "mcp.token.revoke": self.revoke,
        }

    async def tools(self, arguments: Arguments) -> AsyncIterator[Line]:
        """What is offered to whoever has this token, or to the owner."""
        await self._caller(arguments)
        yield {"row": {"tools": list(self._app.agents.tools)}}

    async def call(self, arguments: Arguments) -> AsyncIterator[Line]:
        """One call of a tool."""
        caller = await self._caller(arguments)
        yield {"row": await self._app.agents.call(caller, arguments["tool"], arguments["arguments"])}

    async def _caller(self, arguments: Arguments) -> Caller:
        from bot.mcp.agents import Caller

        if token := arguments.get("token"):
            caller = await self._app.agents.caller(token)
            if caller is None:
                raise FrontdeskError(_NO_TOKEN)
            return caller
        audience = arguments.get("audience") or WORKSPACE
        grants_of(audience)
        return Caller("", self._workspace(arguments), audience)

    async def new(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Make a token; the only time that it is told."""
        name, audience, database = arguments["name"], arguments["audience"], self._app.database
        if not _NAME.fullmatch(name):
            raise FrontdeskError(f"--name {name!r}: letters, digits, blanks, dots and hyphens, at most 60")
        if audience.startswith("user:"):
            raise FrontdeskError("--audience: a token is for public, workspace or room:ID; no agent is a person")
        grants_of(audience)
        workspace, by = self._workspace(arguments), arguments.get("person") or getpass.getuser()
        made, token = await database.write(
            lambda c: make_token(
                database, c, name=name, workspace=workspace, audience=audience, days=arguments.get("days") or 0, by=by
            )
        )
        yield {"row": {**_told(made), "token": token}}

    async def list(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Every token, without what is secret of it."""
        workspace = str(arguments.get("workspace") or "")
        for token in await self._app.database.read(lambda c: all_tokens(c, workspace)):
            yield {"row": _told(token)}

    async def revoke(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A token opens nothing any more, questions that wait for their answers included."""
        database, by = self._app.database, arguments.get("person") or getpass.getuser()
        gone = await database.write(lambda c: revoke_token(database, c, arguments["id"], by))
        if gone is None:
            raise NotFound(f"there is no token {arguments['id']} (any more): frontdesk mcp token list")
        yield {"row": _told(gone)}

    def _workspace(self, arguments: Arguments) -> str:
        return str(arguments.get("workspace") or self._app.settings.workspace)


def _told(token: McpToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "workspace": token.workspace,
        "audience": token.audience,
        "made": _day(token.made),
        "expires": _day(token.expires),
        "revoked": _day(token.revoked),
        "used": _day(token.used),
    }


def _day(at: float) -> str | None:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M") if at else None
