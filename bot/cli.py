"""The `frontdesk` command: a few lines a verb; what they do stands in operations, service, doctor, onboarding."""

from __future__ import annotations

import gc
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_eval, cli_kb, cli_mcp, cli_plugin, cli_tools
from bot.output import Output
from bot.verbs import Audience, Json, Workspace
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
model = typer.Typer(help="The model that writes the answers.", no_args_is_help=True)
cli_kb.add_to(cli)
cli.add_typer(model, name="model")
cli_eval.add_to(cli, cli_kb.kb)
cli_plugin.add_to(cli)
cli_tools.add_to(cli)
cli_mcp.add_to(cli)


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
def doctor(
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write down what the platforms send, with everything that people said or are called taken out.",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long to record.", min=1, max=3600)] = 60,
    json: Json = False,
) -> None:
    """Try everything that the settings name, and say for each: works, or what to do."""
    from bot.doctor import examine

    _run(examine(_loaded(), Output(json, "found"), file=record, seconds=seconds))


@cli.command()
def run() -> None:
    """Run all channels; prints `ready` when they are connected; SIGTERM ends it within 20 seconds."""
    from bot.service import serve

    _run(serve(_loaded(serving=True), "run"))


@cli.command()
def reload(json: Json = False) -> None:
    """Have `frontdesk run` read its settings again, as SIGHUP does: says what changed, and what needs a restart."""
    from bot.service import reload as again

    _run(again(_loaded(), Output(json, "reloaded")))


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


@model.command("get")
def model_get() -> None:
    """Fetch a small model (1.1 GB) that answers on this machine without a GPU."""
    from bot.onboarding import get_model

    _run(get_model())


@model.command("serve")
def model_serve(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL] [-- FLAG...]",
            help="A name at a model hub or a folder; else model.name.  After `--`: flags of vLLM, which win over ours.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen; not loopback: only with model.api_key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; else the one in model.url.", min=0, max=65535)] = 0,
    length: Annotated[int, typer.Option(help="The longest prompt and answer together, in tokens.", min=256)] = 8192,
    share: Annotated[float, typer.Option(help="How much of the GPU's memory it may take.", min=0.05, max=1)] = 0.9,
    lora: Annotated[list[str] | None, typer.Option(help="A LoRA adapter to serve too.", metavar="NAME=PATH")] = None,
    python: Annotated[Path | None, typer.Option(help="The Python that has vLLM, if it is not this one.")] = None,
) -> None:
    """Start vLLM with the flags that Frontdesk wants, on this machine's GPU; runs until it is told to stop."""
    from bot.onboarding import serve_model

    serve_model(
        _loaded(), words or [], host=host, port=port, length=length, share=share, loras=lora or [], python=python
    )


def main() -> None:
    """Run the command; what goes wrong is one line for a person: exit 2 for usage and settings, else 1."""
    gc.set_threshold(100_000)  # starting makes 100,000 objects that stay: 700 walked through them again and again
    try:
        cli()
    except SettingsError as e:
        print(f"frontdesk: {e}", file=sys.stderr)
        sys.exit(2)
    except FrontdeskError as e:
        print(f"frontdesk: {e}", file=sys.stderr)
        sys.exit(1)
