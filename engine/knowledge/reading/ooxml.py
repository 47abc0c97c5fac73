"""What Word, PowerPoint and Excel files have in common: archives of XML that are checked before a parser sees them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from engine.errors import LoadFailed
from engine.knowledge.reading.archive import opened, unpacked
from engine.knowledge.reading.page import moment

MOST_XML = 100_000_000  # bytes of one XML part unpacked: its tree is several times larger, and the process has 1 GB
_MOST_BYTES = 200_000_000  # of all parts, pictures included; they are not read
_RATIO = 300  # unpacked to packed: equal rows of a sheet pack well, but what is made to grow packs to 1 : 1,000
_SMALL = 20_000_000  # bytes: below this the ratio does not matter
_XML = (".xml", ".rels", ".vml")
_TITLE = re.compile(rb"<dc:title[^>]*>([^<]{1,300})</dc:title>")
_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>([^<]{1,60})</dcterms:modified>")


def checked(data: bytes) -> zipfile.ZipFile:
    """The archive; raises ``LoadFailed`` where it is a bomb, damaged, encrypted or its XML declares entities."""
    archive = opened(data)
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if total > _MOST_BYTES or any(entry.file_size > MOST_XML for entry in entries if _is_xml(entry)):
        raise LoadFailed(f"it is too large: {total / 1e6:.0f} MB when it is unpacked")
    if total > _SMALL and total > _RATIO * len(data):
        raise LoadFailed(f"it grows to {total // len(data)} times its size when it is unpacked: no document does")
    for entry in entries:
        if _is_xml(entry):
            part = unpacked(archive, entry, MOST_XML, _RATIO)
            if b"\x00" in part[:200]:
                part = part.replace(b"\x00", b"")  # UTF-16
            if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
                raise LoadFailed("its XML declares entities (a DTD), which no office program writes")
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part of it, empty when there is none."""
    try:
        return unpacked(archive, archive.getinfo(name), MOST_XML, _RATIO)
    except KeyError:
        return b""


def properties(archive: zipfile.ZipFile) -> tuple[str, float]:
    """The title it states (programs often write nonsense there), and when it was last changed."""
    core = part(archive, "docProps/core.xml")
    title, modified = _TITLE.search(core), _MODIFIED.search(core)
    return (
        " ".join(title.group(1).decode("utf-8", "replace").split()) if title else "",
        moment(modified.group(1).decode("ascii", "replace")) if modified else 0.0,
    )


def markdown_table(rows: Iterator[list[str]] | list[list[str]]) -> str:
    """Rows as a Markdown table whose first row names the columns."""
    written = [[" ".join(cell.replace("|", "\\|").split()) for cell in row] for row in rows]
    if not written:
        return ""
    lines = ["| " + " | ".join(row) + " |" for row in written]
    return "\n".join([lines[0], "|" + " --- |" * len(written[0]), *lines[1:]]) + "\n"


def _is_xml(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith(_XML)
