"""`frontdesk mcp`: MCP at the standard streams, for an agent on this machine that starts us."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.reach import reach
from engine.errors import FrontdeskError, SettingsError

if TYPE_CHECKING:
    from bot.wire import Operate
    from engine.config import Loaded

#: The environment variable with the token; without it the owner's options say who may be told.
TOKEN: Final = "FRONTDESK_MCP_TOKEN"  # noqa: S105  # the name of a variable


async def serve(loaded: Loaded, *, audience: str, workspace: str) -> int:
    """Serve until standard input ends; returns the exit status.  Raises ``FrontdeskError`` for a token that is none."""
    from mcp.server.stdio import stdio_server

    from bot.mcp.server import server_of

    token = os.environ.get(TOKEN, "")
    if token and (audience or workspace):
        raise SettingsError(f"${TOKEN} says who may be told: leave --audience and --workspace out")
    who = {"token": token, "audience": audience, "workspace": workspace}
    async with reach(loaded, "mcp") as operate:
        await _row(operate, "mcp.tools", who)  # a token that opens nothing is told at once

        async def tools() -> list[str]:
            return list((await _row(operate, "mcp.tools", who))["tools"])

        async def call(_request: Any, tool: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
            return await _row(operate, "mcp.call", {**who, "tool": tool, "arguments": given})

        server = server_of(tools, call)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
    return 0


async def _row(operate: Operate, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    async for line in operate(operation, arguments):
        row: Mapping[str, Any] = line["row"]
        return row
    raise FrontdeskError("`frontdesk run` gave no answer")
