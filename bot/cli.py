"""The `frontdesk` command: a few lines a verb; what they do stands in operations, service, doctor, onboarding."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_eval
from bot.output import Output
from bot.verbs import Audience, Json, Workspace
from bot.verbs import json_lines as _lines
from bot.verbs import loaded as _loaded
from bot.verbs import operate as _operate
from bot.verbs import run as _run
from bot.verbs import settings_file as _given
from engine.errors import FrontdeskError, SettingsError

cli = typer.Typer(
    help="Frontdesk: an AI front desk for Slack and Discord that answers from your own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
kb = typer.Typer(
    help="The knowledge base: load documents, see what is there, search, take out, check.", no_args_is_help=True
)
model = typer.Typer(help="The model that writes the answers.", no_args_is_help=True)
cli.add_typer(kb, name="kb")
cli.add_typer(model, name="model")
cli_eval.add_to(cli, kb)


@cli.callback()
def settings_file(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="The settings; else $FRONTDESK_CONFIG, else ./frontdesk.toml, else embedded defaults.",
        ),
    ] = None,
) -> None:
    """Frontdesk: an AI front desk for Slack and Discord that answers from your own documents."""
    _given[0] = config


@cli.command()
def demo(port: Annotated[int, typer.Option(envvar="PORT", help="The port of the chat page.")] = 8080) -> None:
    """Everything on this machine, with sample documents: a chat page and `frontdesk chat`; no account, no GPU."""
    from bot.onboarding import demo as start

    _run(start(port))


@cli.command()
def init(yes: Annotated[bool, typer.Option("--yes", help="Take the defaults, ask nothing.")] = False) -> None:
    """Ask what is needed, write frontdesk.toml, print a Slack app manifest and a Discord invite link."""
    from bot.onboarding import init as write

    write(_given[0] or Path("frontdesk.toml"), ask=not yes)


@cli.command()
def doctor(json: Json = False) -> None:
    """Try everything that the settings name, and say for each: works, or what to do."""
    from bot.doctor import examine

    _run(examine(_loaded(), Output(json, "found")))


@cli.command()
def run() -> None:
    """Run all channels; prints `ready` when they are connected; SIGTERM ends it within 20 seconds."""
    from bot.service import serve

    _run(serve(_loaded(serving=True), "run"))


@cli.command()
def migrate(json: Json = False) -> None:
    """Bring the database to this version (`run` does it too)."""
    from bot.onboarding import migrate as bring

    _run(bring(_loaded(), Output(json)))


@cli.command()
def ask(
    text: Annotated[str, typer.Argument(help="The question.")],
    audience: Audience = "workspace",
    workspace: Workspace = "",
    conversation: Annotated[str, typer.Option(help="Continue this conversation.", metavar="ID")] = "",
    json: Json = False,
) -> None:
    """Ask one question, through the same path as a channel."""
    _run(
        _operate(
            "ask",
            "ask",
            Output(json, "answer"),
            {"text": text, "audience": audience, "workspace": workspace, "conversation": conversation},
        )
    )


@cli.command()
def chat(
    audience: Audience = "workspace",
    workspace: Workspace = "",
    conversation: Annotated[str, typer.Option(help="Continue this conversation.", metavar="ID")] = "",
) -> None:
    """Talk in the terminal: streamed, with history."""
    from bot.talking import chat as talk

    _run(
        talk(
            _loaded(), {"audience": audience, "workspace": workspace, "conversation": conversation or uuid.uuid4().hex}
        )
    )


@kb.command("add")
def kb_add(
    sources: Annotated[list[str], typer.Argument(help="Files and folders.", metavar="SOURCE...")],
    audience: Audience = "workspace",
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Load files and folders; the same source again updates it."""
    _run(
        _operate(
            "kb add",
            "kb.add",
            Output(json, "loaded"),
            {"sources": sources, "audience": audience, "workspace": workspace, "folder": str(Path.cwd())},
        )
    )


@kb.command("list")
def kb_list(workspace: Workspace = "", json: Json = False) -> None:
    """What is loaded."""
    _run(_operate("kb list", "kb.list", Output(json, "documents"), {"workspace": workspace}))


@kb.command("show")
def kb_show(
    id: Annotated[str, typer.Argument(help="A document's id or source.")], workspace: Workspace = "", json: Json = False
) -> None:
    """One document with its passages."""
    _run(_operate("kb show", "kb.show", Output(json, "document"), {"id": id, "workspace": workspace}))


@kb.command("remove")
def kb_remove(
    id: Annotated[str, typer.Argument(help="A document's id or source.", metavar="ID-or-SOURCE")],
    purge: Annotated[bool, typer.Option("--purge", help="Take its vectors off the disk too.")] = False,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Take a document out: gone from answers at once, its text from the disk when this returns."""
    _run(
        _operate("kb remove", "kb.remove", Output(json, "removed"), {"id": id, "purge": purge, "workspace": workspace})
    )


@kb.command("search")
def kb_search(
    text: Annotated[str, typer.Argument(help="What to look for.")] = "",
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    batch: Annotated[
        Path | None, typer.Option(help='JSON lines {"id", "query"}; each is answered with one line.', metavar="FILE")
    ] = None,
    audience: Audience = "workspace",
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Passages with their scores."""
    if bool(text) == bool(batch):
        raise typer.BadParameter("give a text to look for, or --batch FILE")
    queries = [{"query": text}] if text else _lines(batch)  # type: ignore[arg-type]  # one of them is there
    if wrong := next((q for q in queries if not isinstance(q, dict) or not isinstance(q.get("query"), str)), None):
        raise typer.BadParameter(f'each line is {{"id", "query"}}, this one is not: {str(wrong)[:80]}')
    _run(
        _operate(
            "kb search",
            "kb.search",
            Output(json, "results"),
            {"queries": queries, "k": k, "audience": audience, "workspace": workspace},
        )
    )


@kb.command("rebuild")
def kb_rebuild(workspace: Workspace = "", json: Json = False) -> None:
    """Rebuild the index from the database; embeds nothing again."""
    _run(_operate("kb rebuild", "kb.rebuild", Output(json, "rebuilt"), {"workspace": workspace}))


@kb.command("check")
def kb_check(workspace: Workspace = "", json: Json = False) -> None:
    """Compare index and database, and say every difference (exit 1 when there is one)."""
    _run(_operate("kb check", "kb.check", Output(json, "differences"), {"workspace": workspace}))


@model.command("get")
def model_get() -> None:
    """Fetch a small model (1.1 GB) that answers on this machine without a GPU."""
    from bot.onboarding import get_model

    _run(get_model())


def main() -> None:
    """Run the command; what goes wrong is one line for a person: exit 2 for usage and settings, else 1."""
    try:
        cli()
    except SettingsError as e:
        print(f"frontdesk: {e}", file=sys.stderr)
        sys.exit(2)
    except FrontdeskError as e:
        print(f"frontdesk: {e}", file=sys.stderr)
        sys.exit(1)
