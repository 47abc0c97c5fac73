"""Reads sitemaps: the pages and further sitemaps that they list, without building a tree and without entities."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.parsers import expat

from engine.errors import LoadFailed
from engine.knowledge.web.body import Decoder

_SLICE = 65_536  # bytes that are parsed without letting others work
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex)\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a sitemap: a page, or another sitemap (``further``); ``modified`` as it is written there."""

    url: str
    modified: str = ""
    further: bool = False
    alternates: tuple[str, ...] = ()

    @property
    def dated(self) -> float:
        """``modified`` in seconds since 1970; 0 where it says nothing that can be read."""
        try:
            date = datetime.fromisoformat(self.modified)
        except ValueError:
            return 0.0
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())


def looks_like_a_sitemap(data: bytes) -> bool:
    """Whether the bytes begin as a sitemap or a list of sitemaps does."""
    return bool(data.lstrip()[:1] == b"<" and _ROOT.search(data[:2_000]))


async def entries(data: bytes) -> AsyncIterator[Entry]:
    """The lines of a sitemap: XML, packed with gzip or not, or text with an address a line.

    Raises ``LoadFailed`` when it is none, or none that can be trusted.
    """
    if data.startswith(b"\x1f\x8b"):
        decoder = Decoder("gzip", most=60_000_000, ratio=100, unjudged=1_000_000)  # the protocol allows 50 MB
        for start in range(0, len(data), _SLICE):
            decoder.feed(data[start : start + _SLICE])
            await asyncio.sleep(0)
        data = decoder.finished()
    if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"http"):
        for n, line in enumerate(data.decode("utf-8", "replace").splitlines()):
            if line.strip().startswith(("http://", "https://")):
                yield Entry(line.strip())
            if n % 1_000 == 0:
                await asyncio.sleep(0)
        return
    if not looks_like_a_sitemap(data):
        raise LoadFailed("this is no sitemap: give the address of a sitemap.xml, or crawl the site")
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reading.refuse
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.CharacterDataHandler = reading.characters
    try:
        for start in range(0, len(data), _SLICE):
            parser.Parse(data[start : start + _SLICE], start + _SLICE >= len(data))
            for entry in reading.done:
                yield entry
            reading.done.clear()
            await asyncio.sleep(0)
    except expat.ExpatError as e:
        raise LoadFailed(f"the sitemap is not proper XML ({expat.ErrorString(e.code)}, line {e.lineno})") from None


@dataclass(slots=True)
class _Reading:
    """The parser's place in the sitemap."""

    done: list[Entry] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    text: str = ""
    found: dict[str, str] = field(default_factory=dict)
    alternates: list[str] = field(default_factory=list)

    def refuse(self, *_: object) -> None:
        raise LoadFailed("the sitemap has a DOCTYPE, which sitemaps have not")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name.rpartition(" ")[2])
        if len(self.path) > 50:
            raise LoadFailed("the sitemap is nested too deeply")
        self.text = ""
        if len(self.path) == 2:
            self.found, self.alternates = {}, []
        elif self.path[-1] == "link" and attributes.get("hreflang", "x-default").lower() != "x-default":
            self.alternates.append(attributes.get("href", "").strip())

    def characters(self, more: str) -> None:
        if len(self.text) < 5_000:
            self.text += more

    def end(self, _: str) -> None:
        local = self.path.pop()
        if len(self.path) == 2 and local in {"loc", "lastmod"}:
            self.found[local] = self.text.strip()
        elif len(self.path) == 1 and local in {"url", "sitemap"} and self.found.get("loc"):
            alternates = tuple(filter(None, self.alternates[:50]))
            self.done.append(Entry(self.found["loc"], self.found.get("lastmod", ""), local == "sitemap", alternates))
