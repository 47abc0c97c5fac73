"""The `frontdesk` command: a few lines a verb; what they do stands in operations, service, doctor, onboarding."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from bot.output import Output
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

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, and nothing else.")]
Workspace = Annotated[
    str,
    typer.Option(
        "--workspace",
        help="Whose documents: a Slack team's or Discord guild's id, or the name in the settings (the default).",
        metavar="NAME",
    ),
]
Audience = Annotated[
    str, typer.Option("--audience", metavar="WHO", help="Who may be told: public, workspace, room:ID or user:ID.")
]
_settings_file: list[Path | None] = [None]


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
    _settings_file[0] = config


def _run(work: Coroutine[Any, Any, int]) -> None:
    """Run to the end; the exit status is what the work returned."""
    import uvloop

    try:
        code = uvloop.run(work)
    except KeyboardInterrupt:
        code = 130
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # all of ours is closed; unloading the native libraries (Chroma, ONNX Runtime) would take seconds


async def _operate(verb: str, operation: str, out: Output, arguments: dict[str, Any]) -> int:
    """One operation on the data, wherever it is owned; returns the exit status."""
    from bot.reach import reach

    async with reach(_loaded(), verb) as operate:
        async for line in operate(operation, arguments):
            out.line(line)
    return out.end()


def _loaded(*, serving: bool = False) -> Any:
    import logging

    from bot import logs
    from engine.config import find, load

    loaded = load(find(_settings_file[0]))
    logs.set_up(loaded.secrets, level=logging.INFO if serving else logging.WARNING)
    return loaded


@cli.command()
def demo(port: Annotated[int, typer.Option(envvar="PORT", help="The port of the chat page.")] = 8080) -> None:
    """Everything on this machine, with sample documents: a chat page and `frontdesk chat`; no account, no GPU."""
    from bot.onboarding import demo as start

    _run(start(port))


@cli.command()
def init(yes: Annotated[bool, typer.Option("--yes", help="Take the defaults, ask nothing.")] = False) -> None:
    """Ask what is needed, write frontdesk.toml, print a Slack app manifest and a Discord invite link."""
    from bot.onboarding import init as write

    write(_settings_file[0] or Path("frontdesk.toml"), ask=not yes)


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


@cli.command("eval")
def evaluation(
    file: Annotated[Path, typer.Argument(help="JSON lines: questions with known answers.")],
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Leave the model out.")] = False,
    details: Annotated[Path | None, typer.Option(help="Write a line for each case.", metavar="FILE")] = None,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Run questions with known answers through the real path; print scores."""
    _run(
        _operate(
            "eval",
            "eval",
            Output(json, "scores", details),
            {"cases": _text_lines(file), "retrieval_only": retrieval_only, "workspace": workspace},
        )
    )


@model.command("get")
def model_get() -> None:
    """Fetch a small model (1.1 GB) that answers on this machine without a GPU."""
    from bot.onboarding import get_model

    _run(get_model())


def _text_lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as e:
        raise FrontdeskError(f"{file} cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise FrontdeskError(f"{file} is not UTF-8 text") from None


def _lines(file: Path) -> list[Any]:
    try:
        return [orjson.loads(line) for line in _text_lines(file)]
    except orjson.JSONDecodeError as e:
        raise FrontdeskError(f"{file} holds a line that is not JSON: {e}") from None


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
