"""A wire between one worker and PostgreSQL that can be cut: bytes stand in it for a while, and come late or never."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa


class Relay:
    """Listens on loopback and passes bytes on in both directions; ``url`` is the database as it is reached here."""

    def __init__(self, url: str) -> None:
        self._to = sa.make_url(url)
        self.url = url
        self._passing = asyncio.Event()
        self._passing.set()
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Relay]:
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        near = self._to.set(host="127.0.0.1", port=port).difference_update_query(["host", "port"])
        self.url = near.render_as_string(hide_password=False)
        try:
            yield self
        finally:
            server.close()
            await self._drop()

    async def cut(self, seconds: float, *, lose: bool) -> None:
        """Nothing passes for so long.  ``lose``: what stands in the wire then never arrives, all connections break."""
        self._passing.clear()
        try:
            await asyncio.sleep(seconds)
            if lose:
                await self._drop()
        finally:
            self._passing.set()

    async def _drop(self) -> None:
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connected(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            await self._passing.wait()
            far_reader, far_writer = await self._upstream()
            ends.append(far_writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer))
                both.create_task(self._pump(far_reader, writer))
        except* OSError:  # one end has hung up
            pass
        finally:
            for end in ends:
                end.transport.abort()

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = str(self._to.query.get("host") or self._to.host or "127.0.0.1")
        port = self._to.port or 5432
        if host.startswith("/"):
            return await asyncio.open_unix_connection(os.path.join(host, f".s.PGSQL.{port}"))  # noqa: PTH118 - an address
        return await asyncio.open_connection(host, port)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._passing.wait()
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()
