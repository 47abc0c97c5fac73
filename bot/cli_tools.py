"""The verbs for tools of servers: `tools list`, `tools accept`."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.output import Output
from bot.verbs import Json, operate, run

if TYPE_CHECKING:
    from bot.wire import Line
    from engine.tools.shed import Tools

tools = typer.Typer(help="Tools of servers (MCP) that the settings name.", no_args_is_help=True)


def add_to(cli: typer.Typer) -> None:
    """Give the command these verbs."""
    cli.add_typer(tools, name="tools")


@tools.command("list")
def tools_list(json: Json = False) -> None:
    """How it stands with each tool: what it may do, whether it is there, and how its server describes it."""
    run(operate("tools", "tools.list", _Listed(json), {}))


@tools.command("accept")
def tools_accept(
    name: Annotated[str, typer.Argument(help="The tool, for example ops.status.")],
    print_: Annotated[str, typer.Argument(metavar="HASH", help="Of the description that you have read.")],
    json: Json = False,
) -> None:
    """Take a tool's new description, as `tools list` shows it: until then a tool that has changed is not offered."""
    arguments = {"name": name, "print": print_, "person": getpass.getuser()}
    run(operate("tools", "tools.accept", _Listed(json), arguments))


class _Listed(Output):
    def words(self, row: Any) -> str:
        """A tool in two lines."""
        why = f": {row['why']}" if row["why"] else ""
        return f"{row['name']}  {row['can']}  {row['state']}{why}\n    {row['print']}  {row['about']}".rstrip()

    def end(self) -> int:
        """Say so where there are none."""
        if not self._rows and not self._json:
            print("No tools of servers are in the settings: see [[tools]].")  # noqa: T201 - the verb's output
        return super().end()


class ToolOperations:
    """The operations behind them; in a process that answers nothing, the servers are connected for the moment."""

    def __init__(self, there: Tools) -> None:
        self._tools = there

    @property
    def all(self) -> Mapping[str, Callable[[Mapping[str, Any]], AsyncIterator[Line]]]:
        """The operations by name."""
        return {"tools.list": self.list, "tools.accept": self.accept}

    async def list(self, arguments: Mapping[str, Any]) -> AsyncIterator[Line]:
        """A row for each tool that the settings allow."""
        del arguments
        self._tools.start()
        for one in await self._tools.standing():
            yield {"row": asdict(one)}

    async def accept(self, arguments: Mapping[str, Any]) -> AsyncIterator[Line]:
        """Take a description; the row is how it stands then.  Raises ``FrontdeskError``."""
        self._tools.start()
        name = str(arguments["name"])
        await self._tools.accept(name, str(arguments["print"]), actor=str(arguments.get("person") or "terminal"))
        for one in await self._tools.standing():
            if one.name == name:
                yield {"row": asdict(one)}
