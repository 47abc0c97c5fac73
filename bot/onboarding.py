"""The first steps: a demo without any account, settings written from a few questions, a model fetched."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import orjson
import typer

from bot.output import Output
from engine.errors import FrontdeskError

if TYPE_CHECKING:
    from bot.app import App
    from engine.config import Loaded

_SAMPLES = Path(__file__).parent / "samples"


async def demo(port: int) -> int:
    """Sample documents loaded, the page served; returns when it is told to stop."""
    from bot import logs, samples
    from bot.reach import reach
    from bot.service import serve

    settings = _demo_settings(port, samples.EXAMPLES)
    logs.set_up(settings.secrets)
    typer.echo("Frontdesk demo: a small company's help pages, in English and Chinese. Nothing leaves this machine.")
    async with reach(settings, "demo loading") as operate:
        arguments = {"sources": [str(samples.FOLDER)], "folder": str(Path.cwd()), "person": "demo"}
        failed = loaded = 0
        async for line in operate("kb.add", arguments):
            if "progress" in line:
                _bar(line["progress"])
            elif "row" in line:
                loaded += 1
                if line["row"]["status"] == "failed":
                    failed += 1
                    typer.echo(f"\r\x1b[K{line['row']['source']}: {line['row']['reason']}", err=True)
    typer.echo(f"\r{'' if not sys.stderr.isatty() else chr(27) + '[K'}{loaded - failed} documents are searchable.")

    def ready(app: App) -> None:
        writer = "quoting the documents (`frontdesk model get` fetches a model that writes)"
        if app.model is not None:
            writer = f"answers are written by {app.model.name or app.settings.model.use}"
        typer.echo(
            f"\n  In the browser   http://127.0.0.1:{port}\n  In a terminal    {_command()} chat\n"
            f"  Model            {writer}\n\nCtrl-C ends it; the conversation is still there when it starts again."
        )

    return await serve(settings, "demo", ready=ready)


def _demo_settings(port: int, examples: tuple[str, ...]) -> Loaded:
    """The embedded defaults and a web page.  An own settings file is left alone: the demo has a folder of its own."""
    from engine.config import load

    folder = Path("var/demo") if Path("frontdesk.toml").exists() else Path("var")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "demo.toml"
    listed = orjson.dumps(examples).decode()
    file.write_text(
        f'# Written by `frontdesk demo`.\n[data]\npath = "{folder}"\n\n[[channels]]\nuse = "bot.web:Web"\n'
        f'listen = "127.0.0.1:{port}"\ntitle = "Frontdesk demo"\nexamples = {listed}\n',
        encoding="utf-8",
    )
    return load(file)


def _command() -> str:
    """How the person can call us, as they see it."""
    return ".venv/bin/frontdesk" if Path(".venv/bin/frontdesk").exists() else "frontdesk"


def _bar(progress: dict[str, Any]) -> None:
    done = progress["searchable"] + progress["unchanged"] + progress["failed"]
    total = max(progress["found"], 1)
    if sys.stderr.isatty():
        filled = 30 * done // total
        sys.stderr.write(f"\r\x1b[K[{'#' * filled}{'.' * (30 - filled)}] {done}/{progress['found']}")
        sys.stderr.flush()
    elif progress["found"]:
        sys.stderr.write(f"loading {done}/{total}\n")


async def migrate(loaded: Loaded, out: Output) -> int:
    """Bring the database to this version."""
    from engine.store.database import Database
    from engine.store.migrate import migrate as bring

    settings = loaded.settings
    key = settings.audit.key.get_secret_value()
    database = Database.at(settings.data.path, settings.database.url.get_secret_value(), audit_key=key)
    try:
        for revision in await bring(database) or ["nothing to do"]:
            out.row({"migration": revision})
    finally:
        await database.close()
    return out.end()


async def get_model() -> int:
    """Fetch the small local model, with progress."""
    from engine.model import fetch_local_model

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            sys.stderr.write(f"\r\x1b[K{done / 2**20:,.0f} of {total / 2**20:,.0f} MiB")
            sys.stderr.flush()

    path = await fetch_local_model(progress)
    typer.echo(f'\n{path} is there: with [model] use = "local" (the default) it writes the answers.')
    return 0


def serve_model(
    loaded: Loaded,
    words: Sequence[str],
    *,
    host: str,
    port: int,
    length: int,
    share: float,
    loras: Sequence[str],
    python: Path | None,
) -> NoReturn:
    """Become vLLM; ``words``: the model, where one is named, and flags of vLLM.  Raises ``FrontdeskError``."""
    from engine.model.serving import MODEL, Serving, become, check

    loaded.require("model")
    settings = loaded.settings.model
    named = bool(words) and not words[0].startswith("-")
    place = urlsplit(settings.addresses[0])
    serving = Serving(
        model=words[0] if named else settings.name or MODEL,
        host=host,
        port=port or place.port or 8000,
        length=length,
        share=share,
        loras=tuple(loras),
    )
    key = settings.api_key.get_secret_value()
    program = check(serving, key=key, python=python)
    typer.echo(f"Starting vLLM with {serving.model}: it will answer at http://{host}:{serving.port}/v1", err=True)
    become(serving, program, key=key, extra=words[named:])


def init(file: Path, *, ask: bool) -> None:
    """Write the settings; print what Slack and Discord need.  Raises ``FrontdeskError`` when the file is there."""
    from bot.discord import invite_link
    from bot.slack import setting_up

    if file.exists():
        raise FrontdeskError(f"{file} is there already: move it away first, or edit it")

    def answer(text: str, default: str) -> str:
        return str(typer.prompt(text, default=default)) if ask else default

    def wanted(text: str) -> bool:
        return typer.confirm(text, default=True) if ask else True

    workspace = answer("A name for your organisation (documents are loaded for it once, for all channels)", "main")
    slack, address = wanted("Will people ask in Slack?"), ""
    if slack and ask and typer.confirm("In several workspaces, each of which installs the app itself?", default=False):
        address = setting_up.address_of(typer.prompt("Where people and Slack reach it (https://...)"))
    discord = wanted("Will people ask in Discord?")
    server = answer("Address of a model server such as vLLM (empty: the small local model)", "")
    application = answer("Discord application id (empty: later)", "") if discord else ""
    lines = [f"workspace = {_quoted(workspace)}", "", "[data]", 'path = "var"', "", "[model]"]
    lines += ['use = "vllm"', f"url = {_quoted(server)}"] if server else ['use = "local"']
    if slack:
        lines += setting_up.settings(workspace, address)
    if discord:
        lines += [
            "",
            "[[channels]]",
            'use = "bot.discord:Discord"',
            f"workspace = {_quoted(workspace)}",
            'token = "$DISCORD_TOKEN"',
        ]
    lines += [
        "",
        "[[channels]]",
        'use = "bot.web:Web"',
        f"workspace = {_quoted(workspace)}",
        'listen = "127.0.0.1:8080"',
        "",
        "[health]",
        'listen = "127.0.0.1:9090"',
        "",
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines), encoding="utf-8")
    typer.echo(f"Wrote {file}.")
    if slack:
        typer.echo("\n" + setting_up.steps(address))
    if discord:
        typer.echo(
            "\nDiscord: create an application at discord.com/developers/applications, switch on the message "
            "content\nintent (Bot), then\n  export DISCORD_TOKEN=...\nand invite it:\n  "
            + invite_link(application or "YOUR_APPLICATION_ID")
        )
    typer.echo(f"\nThen: {_command()} doctor, {_command()} kb add FOLDER, {_command()} run")


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
