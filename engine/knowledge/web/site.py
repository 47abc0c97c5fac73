"""The pages of a whole site: those that its sitemap lists, or those that a crawl finds."""

from __future__ import annotations

import asyncio
import codecs
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from protego import Protego
from yarl import URL

from engine.errors import LoadFailed
from engine.knowledge.web.fetch import Answered, Fetched, Fetcher, Gone
from engine.knowledge.web.links import Endless, Read, read, same, tidy
from engine.knowledge.web.seen import Seen, digest, kept
from engine.knowledge.web.sitemap import Entry, entries, looks_like_a_sitemap

_SITEMAPS = 200  # files that a list of sitemaps may lead to
_ROBOTS = 500_000  # bytes of robots.txt that are read (RFC 9309, 2.5)
_SLOWEST_S = 30.0  # a robots.txt may ask for a longer pause; it is given this one
_SITEMAP = re.compile(r"/(?:[\w.-]*sitemap[\w.-]*)\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_HTML = {"text/html", "application/xhtml+xml"}


class Settings(Protocol):
    """What of ``[knowledge]`` is used here; see engine.config.KnowledgeSettings."""

    @property
    def crawl_pages(self) -> int: ...  # noqa: D102  # explained there
    @property
    def crawl_depth(self) -> int: ...  # noqa: D102  # explained there
    @property
    def sitemap_pages(self) -> int: ...  # noqa: D102  # explained there


@dataclass(frozen=True, slots=True)
class Address:
    """A page of a site.

    ``modified`` and ``dated`` (seconds since 1970, 0 unknown): what the sitemap says of its last change.  ``fetched``
    is the page where finding it took fetching it (a crawl).  ``failed`` says why a page that is linked or listed
    cannot be had; it is a ``Gone`` where the page is not there any more.
    """

    url: str
    modified: str = ""
    dated: float = 0.0
    fetched: Fetched | None = None
    failed: LoadFailed | None = None


def kind_of(url: str, data: bytes = b"") -> Literal["page", "sitemap"]:
    """What stands at ``url``, by its name, or by its bytes where they are known."""
    if data:
        return "sitemap" if looks_like_a_sitemap(data) else "page"
    return "sitemap" if _SITEMAP.search(url.partition("?")[0].partition("#")[0]) else "page"


class Listing:
    """The pages of a site, as they are found: ``async for address in listing``.

    Afterwards ``complete`` says whether these were all (a page that was known before and is not among them has
    vanished only then), and ``notes`` what was left out, in words.
    """

    def __init__(self, site: _Sitemaps | _Crawl):
        self._site = site

    def __aiter__(self) -> AsyncIterator[Address]:
        return self._site.pages()

    @property
    def complete(self) -> bool:
        """Whether every page of the site was found."""
        return self._site.complete

    @property
    def notes(self) -> tuple[str, ...]:
        """What an admin should know, such as a limit that was reached."""
        return tuple(self._site.notes)


class Site:
    """Finds the pages of sites, one site after the other or several at once."""

    def __init__(self, fetcher: Fetcher, settings: Settings):
        self._fetcher = fetcher
        self._settings = settings

    def pages(
        self, url: str, kind: str, options: Mapping[str, Any] | None = None, before: Mapping[str, Seen] | None = None
    ) -> Listing:
        """The pages of the sitemap (``kind`` "sitemap") or below the folder of the page ("crawl") at ``url``.

        ``options`` may hold ``pages`` and ``depth``, in place of the settings' limits.  ``before``: pages as an earlier
        crawl has seen them, by address; what their servers call unchanged comes with status 304, and the links that
        were on it are followed.  Iterating raises ``LoadFailed`` when the first page or sitemap cannot be had, or
        robots.txt cannot be asked.
        """
        options = options or {}
        if kind == "sitemap":
            return Listing(_Sitemaps(self._fetcher, url, int(options.get("pages") or self._settings.sitemap_pages)))
        pages = int(options.get("pages") or self._settings.crawl_pages)
        depth = int(options["depth"]) if options.get("depth") is not None else self._settings.crawl_depth
        return Listing(_Crawl(self._fetcher, url, pages, depth, before or {}))


class _Robots:
    """What robots.txt lets us fetch, read once for each scheme, host and port."""

    def __init__(self, fetcher: Fetcher):
        self._fetcher = fetcher
        self._known: dict[URL, Protego] = {}

    async def of(self, url: URL) -> Protego:
        origin = url.origin()
        if origin not in self._known:
            self._known[origin] = Protego.parse(await self._text(origin))
        return self._known[origin]

    async def allow(self, url: URL) -> bool:
        return bool((await self.of(url)).can_fetch(str(url), "Frontdesk"))

    async def pause_s(self, url: URL) -> float:
        rules = await self.of(url)
        rate = rules.request_rate("Frontdesk")
        asked = max(rules.crawl_delay("Frontdesk") or 0.0, rate.seconds / max(1, rate.requests) if rate else 0.0)
        return min(asked, _SLOWEST_S)

    async def _text(self, origin: URL) -> str:
        """robots.txt; nothing where the server says that there is none (RFC 9309, 2.3.1.3: any 4xx but 429)."""
        try:
            found = await self._fetcher.get(str(origin / "robots.txt"))
        except Answered as e:
            if 400 <= e.status < 500 and e.status != 429:
                return ""
            raise LoadFailed(f"the site's robots.txt cannot be asked for permission, try again later: {e}") from None
        except LoadFailed as e:
            raise LoadFailed(f"the site's robots.txt cannot be asked for permission: {e}") from None
        return found.data[:_ROBOTS].decode("utf-8", "replace") if found.media_type not in _HTML else ""


class _Sitemaps:
    """The pages that a sitemap lists, through lists of sitemaps."""

    def __init__(self, fetcher: Fetcher, url: str, most: int):
        self._fetcher, self._url, self._most = fetcher, url, most
        self._robots = _Robots(fetcher)
        self._seen: set[str] = set()
        self._elsewhere = self._kept_out = 0
        self.complete = False
        self.notes: list[str] = []

    async def pages(self) -> AsyncIterator[Address]:
        start = await self._fetcher.get(self._url)
        host = _bare(URL(start.url))
        first: Fetched | None = start
        waiting, files = deque([URL(self._url)]), {same(URL(self._url))}
        whole = True
        while waiting:
            url = waiting.popleft()
            try:
                found = first or await self._fetcher.get(str(url), pause_s=await self._robots.pause_s(url))
                listed = entries(found.data)
                async for entry in listed:
                    if entry.further:
                        further = self._further(entry.url, host)
                        if further and same(further) not in files:
                            if len(files) >= _SITEMAPS:
                                whole = False
                                continue
                            files.add(same(further))
                            waiting.append(further)
                        continue
                    async for address in self._of(entry, host):
                        if len(self._seen) > self._most:
                            self.notes.append(
                                f"the sitemap lists more than {self._most} pages, the rest was left out "
                                f"(sitemap_pages under [knowledge] in the settings)"
                            )
                            return
                        yield address
            except LoadFailed as e:
                if first:
                    raise
                whole = False
                self.notes.append(f"the sitemap {url} could not be read: {e}")
            first = None
        if self._elsewhere:
            self.notes.append(f"{self._elsewhere} listed addresses are of other hosts and were left out")
        if self._kept_out:
            self.notes.append(f"{self._kept_out} listed pages were left out as robots.txt asks")
        if len(files) >= _SITEMAPS:
            self.notes.append(f"only {_SITEMAPS} of the site's sitemaps were read")
        self.complete = whole

    async def _of(self, entry: Entry, host: str) -> AsyncIterator[Address]:
        """The page of an entry and its versions in other languages, where they may be fetched."""
        for n, text in enumerate((entry.url, *entry.alternates)):
            try:
                url = tidy(URL(text).with_fragment(None))
                mine = url.scheme in {"http", "https"} and _bare(url) == host
            except (ValueError, TypeError):
                continue
            if not mine:
                self._elsewhere += 1
            elif same(url) not in self._seen:
                self._seen.add(same(url))
                if await self._robots.allow(url):
                    yield Address(str(url), *((entry.modified, entry.dated) if n == 0 else ()))
                else:
                    self._kept_out += 1

    def _further(self, text: str, host: str) -> URL | None:
        try:
            url = URL(text).with_fragment(None)
        except (ValueError, TypeError):
            return None
        if url.scheme in {"http", "https"} and _bare(url) == host:
            return url
        self._elsewhere += 1
        return None


class _Crawl:
    """The pages that links lead to: on the same host, in the folder of the first page or below it."""

    def __init__(self, fetcher: Fetcher, url: str, most: int, depth: int, before: Mapping[str, Seen]):
        self._fetcher, self._url, self._most, self._depth = fetcher, url, most, depth
        self._before = before
        self._robots = _Robots(fetcher)
        self._endless = Endless()
        self._waiting: deque[tuple[URL, int]] = deque()
        self._known: set[str] = set()
        self._bodies: set[bytes] = set()
        self._home = URL()
        self._kept_out = 0
        self.complete = False
        self.notes: list[str] = []

    async def pages(self) -> AsyncIterator[Address]:
        start = tidy(self._fetcher.target(self._url).url)
        if not await self._robots.allow(start):
            raise LoadFailed("the site's robots.txt asks not to fetch this page")
        self._home = start
        self._known.add(same(start))
        self._waiting.append((start, 0))
        found = cut = 0
        while self._waiting:
            if found >= self._most:
                self.notes.append(
                    f"the crawl ended after {found} pages (crawl_pages under [knowledge] in the settings), "
                    f"with at least {len(self._waiting)} more to look at"
                )
                return
            url, depth = self._waiting.popleft()
            try:
                page = await self._page(url)
            except LoadFailed as e:
                if url is start:
                    raise
                cut += not isinstance(e, Gone)
                yield Address(str(url), failed=e)
                continue
            there = URL(page.url)
            if url is start:
                self._home = there
            elif same(there) != same(url) and not await self._fresh(there):
                continue  # it redirects out of the site, or to a page that is known
            self._known.add(same(there))
            before = self._before[page.url] if page.status == 304 else None
            seen = Read(before.links(there), None, True, True) if before else await asyncio.to_thread(_read, page)
            if depth < self._depth:
                for link in seen.links:
                    await self._queue(link, depth + 1)
            if not seen.index or await self._stands_elsewhere(seen, there, depth):
                continue
            body = before.body if before else digest(page.data)
            if body not in self._bodies:
                self._bodies.add(body)
                found += 1
                if not before:
                    inside = [link for link in seen.links if self._is_inside(link)]
                    page = replace(page, crawled=kept(there, page.data, inside))
                yield Address(page.url, page.modified, page.dated, page)
        if self._kept_out:
            self.notes.append(f"{self._kept_out} linked pages were left out as robots.txt asks")
        self.complete = not cut

    async def _page(self, url: URL) -> Fetched:
        """The page, or status 304 where it is as an earlier crawl has seen it."""
        pause_s, before = await self._robots.pause_s(url), self._before.get(str(url))
        if before and before.can_be_asked:
            page = await self._fetcher.get(str(url), etag=before.etag, modified=before.modified, pause_s=pause_s)
            if page.status != 304 or page.url == str(url):
                return page
        return await self._fetcher.get(str(url), pause_s=pause_s)

    async def _stands_elsewhere(self, seen: Read, there: URL, depth: int) -> bool:
        """Whether the page is a copy of one that is or will be looked at under its canonical address.

        Not when that is the site's first page: some sites name it on every page, by mistake.
        """
        canonical = seen.canonical
        if canonical is None or same(canonical) == same(there) or canonical.raw_path in {"", "/"}:
            return False
        if not self._is_inside(canonical) or not await self._robots.allow(canonical):
            return False
        await self._queue(canonical, depth)
        return same(canonical) in self._known

    async def _queue(self, url: URL, depth: int) -> None:
        if await self._fresh(url):
            self._known.add(same(url))
            self._waiting.append((url, depth))

    async def _fresh(self, url: URL) -> bool:
        """Whether this address is of the site, not known yet, worth a request, and allowed."""
        if same(url) in self._known or not self._is_inside(url) or not self._endless.takes(url):
            return False
        if await self._robots.allow(url):
            return True
        self._known.add(same(url))
        self._kept_out += 1
        return False

    def _is_inside(self, url: URL) -> bool:
        folder = self._home.raw_path.rpartition("/")[0] + "/"
        return (
            url.raw_host == self._home.raw_host
            and (url.port == self._home.port or {url.port, self._home.port} == {80, 443})
            and not (self._home.scheme == "https" and url.scheme == "http")
            and url.raw_path.startswith(folder)
        )


def _bare(url: URL) -> str:
    """The host and unusual port, the same with and without www."""
    port = "" if url.port in {80, 443} else f":{url.port}"
    return f"{(url.raw_host or '').lower().removeprefix('www.')}{port}"


def _read(page: Fetched) -> Read:
    """What a page says to crawlers.  What is no HTML has no links; the server may still ask not to keep it."""
    if page.media_type not in _HTML:
        asked = {word.strip() for word in page.robots.split(",")}
        return Read((), None, index=not {"noindex", "none"} & asked, follow=False)
    try:
        encoding = codecs.lookup(page.charset).name if page.charset else "utf-8"
        text = page.data.decode(encoding, "replace")
    except (LookupError, UnicodeError):
        text = page.data.decode("utf-8", "replace")
    return read(text, URL(page.url), page.robots)
