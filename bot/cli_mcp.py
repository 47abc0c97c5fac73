"""`frontdesk mcp` and its tokens: a few lines each; what they do stands in bot/mcp."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.output import Output
from bot.verbs import Audience, Json, Workspace, loaded, operate, run

mcp = typer.Typer(help="Frontdesk for other agents: an MCP server with search, ask and draft.")
token = typer.Typer(help="Tokens of agents that come over HTTP.", no_args_is_help=True)
mcp.add_typer(token, name="token")


def add_to(cli: typer.Typer) -> None:
    """Give the command these verbs."""
    cli.add_typer(mcp, name="mcp")


@mcp.callback(invoke_without_command=True)
def mcp_stdio(context: typer.Context, audience: Audience = "", workspace: Workspace = "") -> None:
    """MCP at the standard streams, for an agent that starts us; $FRONTDESK_MCP_TOKEN: for that token's audience."""
    if context.invoked_subcommand is None:
        from bot.mcp.stdio import serve

        run(serve(loaded(), audience=audience, workspace=workspace))


@token.command("new")
def token_new(
    name: Annotated[str, typer.Option("--name", help="What the agent is called, for the list.", metavar="N")],
    audience: Annotated[str, typer.Option("--audience", metavar="WHO", help="public, workspace or room:ID.")],
    workspace: Workspace = "",
    days: Annotated[float, typer.Option("--days", help="It ends after so many days; else never.", min=0)] = 0,
    json: Json = False,
) -> None:
    """Make a token for an agent; it is shown once."""
    arguments = {"name": name, "audience": audience, "workspace": workspace, "days": days}
    run(operate("mcp token", "mcp.token.new", Output(json, "token"), arguments))


@token.command("list")
def token_list(workspace: Workspace = "", json: Json = False) -> None:
    """The tokens there are, without what is secret of them."""
    run(operate("mcp token", "mcp.token.list", Output(json, "token"), {"workspace": workspace}))


@token.command("revoke")
def token_revoke(
    which: Annotated[str, typer.Argument(metavar="ID", help="As `mcp token list` shows it.")], json: Json = False
) -> None:
    """End a token: it opens nothing from this moment on."""
    run(operate("mcp token", "mcp.token.revoke", Output(json, "token"), {"id": which}))
