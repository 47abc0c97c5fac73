"""What a crawler reads on a page: links, canonical address, what is asked of it; and which addresses are equal."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from yarl import URL

from engine.knowledge.web.guard import LONGEST

_READ = 1_000_000  # characters of a page that are looked at
_TAGS = 20_000  # of a page that are looked at
_MOST = 2_000  # links of one page
_PASSED_OVER = re.compile(r"<!--|<(script|style|template|textarea)\b", re.IGNORECASE)
_TAG = re.compile(r"<(a|area|link|meta|base)\b([^<>]{1,5000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])([a-zA-Z][\w:-]{0,20})\s{0,5}=\s{0,5}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))"""
)
#: Where visitors came from and who they are: the page is the same without.
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|phpsessid|jsessionid|sessionid|sid|spm", re.IGNORECASE)
_SESSION = re.compile(r";jsessionid=[^/?]*", re.IGNORECASE)
_NO_DOCUMENT = frozenset(
    ".png .jpg .jpeg .gif .svg .webp .avif .ico .bmp .tif .tiff .css .js .mjs .map .wasm .woff .woff2 .ttf .otf .eot"
    " .mp3 .mp4 .m4a .wav .ogg .webm .avi .mov .mkv .gz .tgz .bz2 .xz .7z .rar .tar .exe .msi .dmg .deb .rpm .apk"
    " .jar .iso .bin .so .dll .whl .rss .atom".split()
)
_QUERIES = 20  # different queries of one path that are followed
_NUMBERED = 60  # addresses that differ only in two or more numbered parts: calendars


@dataclass(frozen=True, slots=True)
class Read:
    """``links`` and ``canonical`` as full addresses; ``index`` and ``follow``: what the page lets crawlers do."""

    links: tuple[URL, ...]
    canonical: URL | None
    index: bool
    follow: bool


def read(text: str, url: URL, robots: str = "") -> Read:
    """What stands on an HTML page at ``url``; ``robots`` is the server's X-Robots-Tag.

    A scan for a handful of tags: never slow, whatever the page is.  Links with rel="nofollow" are left out, and so is
    the language version for everybody else (hreflang x-default), which repeats another.
    """
    links: dict[URL, None] = {}
    canonical, base, said = None, url, {word.strip() for word in robots.split(",")}
    for tag, attributes in _tags(text[:_READ]):
        rel = attributes.get("rel", "").lower().split()
        there = attributes.get("href", "").strip()
        if len(there) > LONGEST:
            continue
        if tag == "base" and base is url and there:
            base = _joined(url, there) or url
        elif tag == "meta" and attributes.get("name", "").lower() in {"robots", "frontdesk"}:
            said |= {word.strip() for word in attributes.get("content", "").lower().split(",")}
        elif tag == "link" and "canonical" in rel and there:
            canonical = _joined(base, there)
        elif there and "nofollow" not in rel and len(links) < _MOST and (tag != "link" or _leads_on(rel, attributes)):
            found = _joined(base, there)
            if found is not None:
                links[found] = None
    closed = "none" in said
    follow = not closed and "nofollow" not in said
    return Read(tuple(links) if follow else (), canonical, not closed and "noindex" not in said, follow)


def _leads_on(rel: list[str], attributes: dict[str, str]) -> bool:
    """Whether a <link> names a page for readers: the next one, or this one in another language."""
    language = attributes.get("hreflang", "").lower()
    return bool({"next", "prev"} & {*rel}) or ("alternate" in rel and language not in {"", "x-default"})


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Tags that say something to crawlers, outside comments and scripts."""
    parts, at = [], 0
    while opened := _PASSED_OVER.search(text, at):
        parts.append(text[at : opened.start()])
        end = re.compile(f"</{opened[1]}" if opened[1] else "-->", re.IGNORECASE).search(text, opened.end())
        at = end.end() if end else len(text)
    parts.append(text[at:])
    for tag in islice(_TAG.finditer("".join(parts)), _TAGS):
        yield tag[1].lower(), {one[1].lower(): _value(one) for one in _ATTRIBUTE.finditer(tag[2])}


def _value(attribute: re.Match[str]) -> str:
    return html.unescape(attribute[2] or attribute[3] or attribute[4] or "")


def _joined(base: URL, there: str) -> URL | None:
    """The full address without its fragment, where it is one of the web's."""
    try:
        url = base.join(URL(there.replace("\n", "").replace("\t", ""))).with_fragment(None)
    except (ValueError, TypeError):
        return None
    return tidy(url) if url.scheme in {"http", "https"} and url.raw_host else None


def tidy(url: URL) -> URL:
    """The address without what only says where a visitor comes from."""
    kept = [(name, value) for name, value in url.query.items() if not _TRACKING.fullmatch(name)]
    if len(kept) != len(url.query):
        url = url.with_query(kept)
    if ";" in url.raw_path:
        url = url.with_path(_SESSION.sub("", url.raw_path), encoded=True, keep_query=True)
    return url


def same(url: URL) -> str:
    """The same text for addresses that surely are the same page: order of the query, case of the host, scheme."""
    path = url.raw_path or "/"
    query = "&".join(sorted(url.raw_query_string.split("&")))
    return f"{url.raw_authority.lower().removesuffix(':80').removesuffix(':443')}{path}?{query}"


class Endless:
    """Tells addresses that a page can make without end: calendars, filters, folders inside themselves."""

    def __init__(self) -> None:
        self._queries: Counter[str] = Counter()
        self._shapes: Counter[str] = Counter()

    def takes(self, url: URL) -> bool:
        """Whether this address, seen for the first time, is worth a request."""
        parts = [part for part in url.path.split("/") if part]
        if len(str(url)) > 1_000 or len(parts) > 15 or PurePosixPath(url.path).suffix.lower() in _NO_DOCUMENT:
            return False
        if parts and max(Counter(parts).values()) > 3:
            return False
        if url.raw_query_string:
            self._queries[url.raw_path] += 1
            if self._queries[url.raw_path] > _QUERIES:
                return False
        shape = re.sub(r"\d+", "0", url.raw_path)
        if len(re.findall(r"(?<=/)[0-9-]+(?=/|$)", shape)) >= 2 or "0-0-0" in shape:
            self._shapes[shape] += 1
            return self._shapes[shape] <= _NUMBERED
        return True
