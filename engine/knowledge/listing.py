"""From what an admin named to the documents in it: files of folders, pages of sites, and what has vanished there."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LoadFailed
from engine.knowledge.web import Fetched, Gone, Seen, Site
from engine.store.kept import Document
from engine.store.loads import Item, Wanted

_TOGETHER = 200  # items written at a time; of a crawl, which takes a while, each by itself


@dataclass(frozen=True, slots=True)
class Found:
    """Documents that were found; ``pages`` are those that finding them has fetched already, by source.

    ``notes`` say what was left out; they come at the end.
    """

    items: tuple[Item, ...]
    pages: tuple[tuple[str, Fetched], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """What stands in a folder: its files, and the folders in it that could not be looked into or are empty."""

    files: tuple[tuple[str, Path], ...]  # source, path
    unknown: tuple[Path, ...]


async def listed(wanted: Wanted, known: Sequence[Document], site: Site, *, sync: bool,
                 without: frozenset[str] = frozenset(),
                 seen: Mapping[str, Seen] | None = None) -> AsyncIterator[Found]:  # fmt: skip
    """What there is to load.  With ``sync`` also what has vanished since: of ``known``, the source's documents.

    Raises ``LoadFailed`` when nothing can be said about the source: then nothing of it is taken for vanished.
    ``without``: sources of documents that were removed by hand; ``seen``: pages that a crawl need not fetch again when
    their server says that they are as they were.
    """
    match wanted.kind:
        case "path":
            items = await asyncio.to_thread(_of_path, wanted, known, sync)
            items = [item for item in items if item.source not in without]
            for start in range(0, len(items), _TOGETHER):
                yield Found(tuple(items[start : start + _TOGETHER]))
        case "page":
            yield Found((Item(0, "page", wanted.source, wanted.location or wanted.source, wanted.origin),))
        case "upload":
            yield Found((Item(0, "upload", wanted.source, wanted.location, wanted.origin),))
        case _:
            async for found in _of_site(wanted, known, site, sync, without, seen or {}):
                yield found


async def _of_site(
    wanted: Wanted, known: Sequence[Document], site: Site, sync: bool, without: frozenset[str],
    before: Mapping[str, Seen],
) -> AsyncIterator[Found]:  # fmt: skip
    """Pages as they are found; afterwards those that were known and are not among them: each is asked for itself."""
    pages = site.pages(wanted.location or wanted.source, wanted.kind, wanted.options, before)
    seen: set[str] = set()
    batch: list[Item] = []
    async for address in pages:
        if address.url in seen or address.url in without:
            continue
        seen.add(address.url)
        item = Item(0, "page", address.url, address.url, wanted.origin)
        if isinstance(address.failed, Gone) and not any(d.source == address.url for d in known):
            continue  # a dead link is no document
        if address.fetched:
            yield Found((item,), ((address.url, address.fetched),))
            continue
        batch.append(item)
        if len(batch) == _TOGETHER or wanted.kind == "crawl":
            yield Found(tuple(batch))
            batch = []
    left = [d for d in known if sync and d.source not in seen and d.location.startswith(("http://", "https://"))]
    batch.extend(Item(0, "page", d.source, d.location, wanted.origin) for d in left)
    if batch:
        yield Found(tuple(batch))
    if not seen:
        raise LoadFailed("no pages were found there" + "".join(f"; {note}" for note in pages.notes))
    yield Found((), notes=pages.notes)


def _of_path(wanted: Wanted, known: Sequence[Document], sync: bool) -> list[Item]:
    path = Path(wanted.location or wanted.source)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as e:
        if isinstance(e, FileNotFoundError):
            if sync and known:
                return _vanished(wanted, path, known)
            raise LoadFailed(f"there is no such file or folder: {path}") from None
        raise LoadFailed(getattr(e, "strerror", None) or str(e)) from None
    if not stat.S_ISDIR(mode):
        return [Item(0, "file", wanted.source, str(path), wanted.origin)]
    folder = _walked(wanted.source, path)
    if not folder.files:
        if sync and known:
            raise LoadFailed(f"there are no files in {path} any more: is its disk not there? What was loaded from it "
                             f"stays; `kb remove {wanted.source}` takes it out")  # fmt: skip
        raise LoadFailed("there are no files in this folder")
    items = [Item(0, "file", source, str(file), wanted.origin) for source, file in folder.files]
    return [*items, *_lost(wanted, folder, known)] if sync else items


def _vanished(wanted: Wanted, path: Path, known: Sequence[Document]) -> list[Item]:
    """A file, or a whole folder, is not there: gone if others stand beside it, else its disk may be missing."""
    try:
        beside = any(path.parent.iterdir())
    except OSError:
        beside = False
    if not beside or not _is_file(path, known):
        raise LoadFailed(f"{path} is not there any more: is its disk not there? What was loaded from it stays; "
                         f"`kb remove {wanted.source}` takes it out")  # fmt: skip
    return [Item(0, "lost", d.source, d.location, wanted.origin) for d in known]


def _is_file(path: Path, known: Sequence[Document]) -> bool:
    """Whether what was loaded from here was one file (or an archive), not a folder."""
    return all(not Path(d.location).is_relative_to(path) or Path(d.location) == path for d in known)


def _lost(wanted: Wanted, folder: Folder, known: Sequence[Document]) -> list[Item]:
    """Documents whose file is not there; where a folder cannot be looked into or is empty, nothing is known."""
    there = {str(file) for _, file in folder.files}
    items, doubtful = [], dict[Path, int]()
    for document in known:
        if document.location in there or not document.location:
            continue
        unknown = next((f for f in folder.unknown if Path(document.location).is_relative_to(f)), None)
        if unknown is None:
            items.append(Item(0, "lost", document.source, document.location, wanted.origin))
        else:
            doubtful[unknown] = doubtful.get(unknown, 0) + 1
    for place, count in doubtful.items():
        why = f"this folder is empty or cannot be read: is a disk not there? {count} documents from it stay as they are"
        items.append(Item(0, "file", str(place), str(place), wanted.origin, state="failed", reason=why))
    return items


def _walked(source: str, path: Path) -> Folder:
    """All files below a folder, sorted, without hidden ones."""
    files: list[tuple[str, Path]] = []
    unknown: list[Path] = []
    for below, folders, names in os.walk(path, onerror=lambda e: unknown.append(Path(e.filename))):
        if not folders and not names:
            unknown.append(Path(below))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                inside = Path(below) / name
                files.append((os.path.join(source, os.path.relpath(inside, path)), inside))  # noqa: PTH118 - keeps "./"
    return Folder(tuple(files), tuple(unknown))
