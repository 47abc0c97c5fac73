"""ZIP archives: their files one by one, under names that are only shown, within limits on count, size and ratio."""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from engine.errors import LoadFailed
from engine.knowledge.reading import kinds
from engine.knowledge.reading.encodings import UNSEEN, decode
from engine.knowledge.reading.page import LARGEST

MOST_FILES = 5_000  # in one archive: at two passages a second and core, hours of embedding
MOST_BYTES = 40_000_000  # of its files together, unpacked: the process that asks holds them in memory
RATIO = (
    100  # unpacked to packed, for files that are large enough to hurt: text packs to a tenth, a bomb to a thousandth
)
_LONGEST_NAME = 300  # characters; of a longer one the end is kept
_SMALL = 1_000_000  # bytes: below this the ratio does not matter


def members(data: bytes, name: str) -> Iterator[tuple[str, bytes, str]]:
    """(name, content, why it cannot be read) of each file in a ZIP archive, or attached to an e-mail.

    Nothing is written to disk.  Raises ``LoadFailed`` when the whole of it cannot be opened.
    """
    if kinds.is_archive(data, name):
        yield from _zipped(data)
        return
    if not name.lower().endswith(".eml"):
        raise LoadFailed("this is no archive, or it is damaged: its beginning is missing")
    from engine.knowledge.reading.mail import attachments

    total = 0
    for count, (inner, content, wrong) in enumerate(attachments(data)):
        total += len(content)
        if count >= MOST_FILES or total > MOST_BYTES:
            raise LoadFailed(f"there is more than {MOST_BYTES / 1e6:.0f} MB attached")
        yield inner, content, wrong or _nested(content, inner)


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive, its directory read; raises ``LoadFailed`` when it is damaged or has too many files."""
    if _claimed(data) > MOST_FILES or data.count(b"PK\x01\x02") > 2 * MOST_FILES:
        raise LoadFailed(f"the archive has more than {MOST_FILES:,} files: cut it into parts")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError) as e:
        raise LoadFailed(f"the archive is damaged: {e}") from e


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int = LARGEST, ratio: int = RATIO) -> bytes:
    """The bytes of one file, whatever size it claims.

    Raises ``LoadFailed`` when it is damaged, encrypted, larger than ``most`` or grows more than ``ratio`` times.
    """
    if entry.flag_bits & 1:
        raise LoadFailed("it is protected by a password")
    parts, size = [], 0
    try:
        with archive.open(entry) as file:
            while part := file.read(1 << 16):
                size += len(part)
                if size > most:
                    raise LoadFailed(f"it has more than {most / 1e6:.0f} MB unpacked")
                if size > _SMALL and size > ratio * max(1, entry.compress_size):
                    raise LoadFailed(f"it grows to more than {ratio} times its size when it is unpacked")
                parts.append(part)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError, RuntimeError) as e:
        raise LoadFailed(f"it is damaged or packed in a way that cannot be read: {e}") from e
    return b"".join(parts)


def safe_name(name: str) -> str:
    """A relative name to show: no way up, no drive, no root, no control characters; never used as a path on disk."""
    name = " ".join(UNSEEN.sub("", unicodedata.normalize("NFC", name)).replace("\\", "/").split())
    name = re.sub(r"\A[A-Za-z]:", "", name)
    parts = [part.strip() for part in name.split("/") if part.strip() not in {"", ".", ".."}]
    while len(parts) > 1 and len("/".join(parts)) > _LONGEST_NAME:
        del parts[0]
    return "/".join(parts)[-_LONGEST_NAME:].lstrip("./") or "unnamed"


def _zipped(data: bytes) -> Iterator[tuple[str, bytes, str]]:
    with opened(data) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _unimportant(entry.filename)]
        if not entries:
            raise LoadFailed("there are no files in the archive")
        if sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise LoadFailed(f"the archive has more than {MOST_BYTES / 1e6:.0f} MB unpacked: cut it into parts")
        total, seen = 0, dict[str, int]()
        for entry in entries:
            name = _unlike(safe_name(_name(entry)), seen)
            content, wrong = b"", ""
            if stat.S_ISLNK(entry.external_attr >> 16):
                wrong = "this is a link, no file"
            elif not kinds.readable(name):
                wrong = f"{PurePosixPath(name).suffix.lower() or 'a file without an ending'} cannot be read"
            else:
                try:
                    content = unpacked(archive, entry)
                except LoadFailed as e:
                    wrong = str(e)
            total += len(content)
            if total > MOST_BYTES:
                raise LoadFailed(f"the archive has more than {MOST_BYTES / 1e6:.0f} MB unpacked: cut it into parts")
            if inside := _nested(content, name):
                content, wrong = b"", inside
            yield name, content, wrong


def _nested(content: bytes, name: str) -> str:
    return "an archive inside an archive is not opened" if content and kinds.is_archive(content, name) else ""


def _claimed(data: bytes) -> int:
    """How many files the archive says it has (65,535 also when it says so elsewhere)."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    return int.from_bytes(data[end + 10 : end + 12], "little") if end >= 0 else 0


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as its author wrote it: without the mark for UTF-8 it is in the encoding of the author's system."""
    if entry.flag_bits & 0x800:
        return entry.filename
    raw = entry.orig_filename.encode("cp437", "replace")
    try:
        return decode(raw)[0]
    except LoadFailed:
        return entry.filename


def _unlike(name: str, seen: dict[str, int]) -> str:
    """``name``, numbered where another file of the archive is called the same."""
    count = seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
    if count == 1:
        return name
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem} ({count}){path.suffix}"))


def _unimportant(name: str) -> bool:
    """What systems leave in archives and people never mean: hidden files, resource forks."""
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or any(part.startswith(".") and part not in {".", ".."} for part in parts)
