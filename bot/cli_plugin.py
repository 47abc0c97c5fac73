"""The verbs for people who write plugins: a few lines each; what they do stands in plugin_new and conformance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.output import Output
from bot.verbs import Json, loaded, run

plugin = typer.Typer(help="Plugins of your own: begin one, and check what each must keep.", no_args_is_help=True)


def add_to(cli: typer.Typer) -> None:
    """Give the command these verbs."""
    cli.add_typer(plugin, name="plugin")


@plugin.command("new")
def plugin_new(
    name: Annotated[str, typer.Argument(help="Its module and its command: first_aid.", metavar="NAME")],
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where to write it; else here.")] = Path(),
    json: Json = False,
) -> None:
    """Write a plugin that works, with a setting, a command and a test that passes."""
    from bot.plugin_new import new

    raise typer.Exit(new(name, folder, Output(json, "plugin")))


@plugin.command("check")
def plugin_check(
    use: Annotated[str, typer.Argument(help="The class, as settings name it: module:Class.", metavar="MODULE:CLASS")],
    ask: Annotated[list[str] | None, typer.Option("--ask", help="A question that is its own; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Try on a plugin what every plugin promises, over a few pages of its own and with a scripted model."""
    from bot.plugin_new import check

    run(check(use, ask or [], loaded(), Output(json, "check")))
