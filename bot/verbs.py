"""What every verb of the `frontdesk` command needs: shared options, the settings, a way to run to the end."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from bot.output import Output
from engine.errors import FrontdeskError

if TYPE_CHECKING:
    from engine.config import Settings

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
#: What ``--config`` named; set before any verb runs.
settings_file: list[Path | None] = [None]


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run to the end; the exit status is what the work returned."""
    import uvloop

    try:
        code = uvloop.run(work)
    except KeyboardInterrupt:
        code = 130
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # all of ours is closed; unloading the native libraries (Chroma, ONNX Runtime) would take seconds


async def operate(verb: str, operation: str, out: Output, arguments: dict[str, Any]) -> int:
    """One operation on the data, wherever it is owned; returns the exit status."""
    from bot.reach import reach

    async with reach(loaded(), verb) as operation_on:
        async for line in operation_on(operation, arguments):
            out.line(line)
    return out.end()


def loaded(*, serving: bool = False) -> Any:
    """The settings, with logging set up for them."""
    import logging

    from bot import logs
    from engine.config import find, load

    found = load(find(settings_file[0]))
    logs.set_up(found.secrets, level=logging.INFO if serving else logging.WARNING)
    return found


def fingerprint(settings: Settings) -> str:
    """The same for settings that answer alike: channels, addresses and places of data are left out."""
    kept = settings.model_dump(mode="json", include={"model", "plugins", "knowledge"})
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def text_lines(file: Path) -> list[str]:
    """The lines of a file that hold something."""
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as e:
        raise FrontdeskError(f"{file} cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise FrontdeskError(f"{file} is not UTF-8 text") from None


def json_lines(file: Path) -> list[Any]:
    """The values of a file with one a line."""
    try:
        return [orjson.loads(line) for line in text_lines(file)]
    except orjson.JSONDecodeError as e:
        raise FrontdeskError(f"{file} holds a line that is not JSON: {e}") from None
