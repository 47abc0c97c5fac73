"""From an item of a load to its bytes: a file, a page, what was attached to a message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson

from engine.errors import LoadFailed
from engine.knowledge.loading import Got, Loader, file_bytes
from engine.knowledge.web import Fetched, Fetcher
from engine.store.documents import Document
from engine.store.loads import Item
from engine.types import File

#: The bytes of an uploaded file: (name of the channel, file).  Raises ``LoadFailed``.
Upload = Callable[[str, File], Awaitable[bytes]]


class Getting:
    """Gets them where they are; ``upload`` is missing where no channel runs."""

    def __init__(self, fetcher: Fetcher, loader: Loader, upload: Upload | None):
        self._fetcher, self._loader, self._upload = fetcher, loader, upload

    async def got(self, item: Item, known: Document | None, page: Fetched | None) -> Got | None:
        """The bytes of an item; None: a page that has not changed since it was loaded.

        ``page``: as it was fetched already.  Raises ``LoadFailed`` and ``OSError``.
        """
        match item.kind:
            case "file":
                path = Path(item.location)
                data, modified = await asyncio.to_thread(file_bytes, path)
                return Got(data, path.name, str(path), dated=modified)
            case "upload":
                return await self._uploaded(item)
            case _:
                return await self._page(item, known, page)

    async def _page(self, item: Item, known: Document | None, page: Fetched | None) -> Got | None:
        if page is None or (page.status == 304 and known is None):  # it was removed meanwhile, or asked for again
            current = known if known and self._loader.is_current(known) else None
            page = await self._fetcher.get(
                item.location, etag=current.etag if current else "", modified=current.modified if current else ""
            )
        if page.status == 304:
            return None
        return Got(page.data, page.name, item.location, page.url, page.media_type, page.charset, page.etag,
                   page.modified, page.dated, page.crawled)  # fmt: skip

    async def _uploaded(self, item: Item) -> Got:
        channel, _, said = item.location.partition(":")
        if self._upload is None:
            raise LoadFailed("files that were attached to messages are loaded only by `frontdesk run`")
        file = File(**orjson.loads(said))
        return Got(await self._upload(channel, file), file.name, item.location)
