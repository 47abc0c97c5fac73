"""The socket in the data folder through which the other verbs use a running `frontdesk run`: JSON, a line each."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from engine import errors
from engine.errors import FrontdeskError, Unavailable

Line = Mapping[str, Any]
#: An operation by its name and arguments: yields lines, each with one of the keys ``row``, ``progress``, ``state``.
Operate = Callable[[str, Mapping[str, Any]], AsyncIterator[Line]]

_NAME = "frontdesk.sock"
_LINE_BYTES = 64 * 2**20
_log = structlog.get_logger()


@contextlib.contextmanager
def _address(folder: Path) -> Iterator[str]:
    """A name for the socket that is short enough for the kernel (108 bytes), however deep the folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_NAME}" if Path("/proc/self/fd").exists() else str(folder / _NAME)
    finally:
        os.close(descriptor)


async def serve(folder: Path, operate: Operate) -> asyncio.Server:
    """Listen in ``folder``; only the owner of the folder can connect."""
    (folder / _NAME).unlink(missing_ok=True)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not (line := await reader.readline()):
                return  # somebody looked whether we are here
            request = orjson.loads(line)
            async for row in operate(request["operation"], request["arguments"]):
                writer.write(orjson.dumps(row) + b"\n")
                await writer.drain()
            writer.write(b'{"end":true}\n')
        except (ConnectionError, asyncio.CancelledError):
            return  # whoever asked has gone
        except FrontdeskError as e:
            writer.write(orjson.dumps({"error": str(e), "kind": type(e).__name__}) + b"\n")
        except Exception as e:  # told to the person who asked, with the details in our log
            _log.exception("operation failed")
            writer.write(
                orjson.dumps(
                    {
                        "error": f"it failed ({type(e).__name__}); the log of `frontdesk run` says more",
                        "kind": "FrontdeskError",
                    }
                )
                + b"\n"
            )
        finally:
            with contextlib.suppress(ConnectionError):
                writer.close()
                await writer.wait_closed()

    before = os.umask(0o177)
    try:
        with _address(folder) as path:
            return await asyncio.start_unix_server(talk, path, limit=_LINE_BYTES)
    finally:
        os.umask(before)


async def connect(folder: Path) -> Operate | None:
    """A way to the process that owns this folder; None when there is none."""
    if not (folder / _NAME).exists():
        return None
    try:
        async with _connection(folder):
            pass
    except (ConnectionError, FileNotFoundError):
        return None

    async def operate(operation: str, arguments: Mapping[str, Any]) -> AsyncIterator[Line]:
        async with _connection(folder) as (reader, writer):
            writer.write(orjson.dumps({"operation": operation, "arguments": arguments}) + b"\n")
            await writer.drain()
            while line := await reader.readline():
                said = orjson.loads(line)
                if "error" in said:
                    raise getattr(errors, said["kind"], FrontdeskError)(said["error"])
                if "end" in said:
                    return
                yield said
        raise Unavailable("`frontdesk run` ended before this was done: run the command again")

    return operate


@contextlib.asynccontextmanager
async def _connection(folder: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    with _address(folder) as path:
        reader, writer = await asyncio.open_unix_connection(path, limit=_LINE_BYTES)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
