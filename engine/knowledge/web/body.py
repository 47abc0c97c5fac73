"""What a server sent, decoded within limits, and what it is: told by its bytes, not by what the server calls it."""

from __future__ import annotations

import re
import zlib
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from urllib.parse import unquote

from yarl import URL

from engine.errors import LoadFailed

_STEP = 65_536  # bytes that are decoded at once

#: How files begin, and what they are.  Those without a type cannot be loaded; what they are is for the reason.
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "application/pdf", ""),
    (b"PK\x03\x04", "application/zip", ""),  # DOCX, PPTX, XLSX and EPUB too: the reader looks inside
    (b"\x1f\x8b", "application/gzip", ""),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", ""),
    (b"\x89PNG", "", "an image"), (b"\xff\xd8\xff", "", "an image"), (b"GIF8", "", "an image"), (b"BM", "", "an image"),
    (b"\x00\x00\x01\x00", "", "an image"), (b"RIFF", "", "an image, sound or film"), (b"ID3", "", "sound"),
    (b"OggS", "", "sound or film"), (b"fLaC", "", "sound"), (b"\x1aE\xdf\xa3", "", "a film"),
    (b"MZ", "", "a program"), (b"\x7fELF", "", "a program"), (b"wOF", "", "a font"), (b"\x00asm", "", "a program"),
    (b"7z\xbc\xaf", "", "an archive that is not ZIP"), (b"Rar!", "", "an archive that is not ZIP"),
    (b"\xfd7zXZ", "", "an archive that is not ZIP"), (b"BZh", "", "an archive that is not ZIP"),
)  # fmt: skip
#: What text may be called; anything else that is text is plain text.
_ENDINGS = {
    "text/html": ".html", "application/xhtml+xml": ".html", "text/markdown": ".md", "text/x-markdown": ".md",
    "text/csv": ".csv", "text/tab-separated-values": ".tsv", "application/json": ".json", "text/x-rst": ".rst",
    "text/prs.fallenstein.rst": ".rst", "message/rfc822": ".eml", "text/plain": ".txt",
    "application/xml": ".xml", "application/pdf": ".pdf", "application/zip": ".zip", "application/gzip": ".gz",
}  # fmt: skip
#: Endings that say more than the type: kept where they fit what the bytes are.
_TEXTS = {".md", ".markdown", ".mdown", ".mdx", ".txt", ".text", ".csv", ".tsv", ".json", ".jsonl", ".rst", ".eml"}
_ZIPS = {".docx", ".pptx", ".xlsx", ".zip", ".docm", ".pptm", ".xlsm"}
_HTML = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Decoder:
    """Undoes a server's compression while the page comes in; raises ``LoadFailed`` as soon as it grows too large.

    ``encoding`` is the Content-Encoding; ``most`` bytes decoded, ``ratio`` decoded to received once there are more
    than ``unjudged``.
    """

    def __init__(self, encoding: str, *, most: int, ratio: int, unjudged: int):
        self._most, self._ratio, self._unjudged = most, ratio, unjudged
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise LoadFailed(f"the page is compressed in a way that was not asked for ({encoding[:40]})")
        self._packed = encoding not in {"", "identity"}
        self._gzip = "gzip" in encoding
        self._inflate = self._fresh(b"")
        self._received = 0
        self._data = bytearray()

    def _fresh(self, start: bytes) -> zlib._Decompress:
        """For a gzip member; or for deflate, which comes with a header or, wrongly, without."""
        raw = start and not (start[0] & 0x0F == 8 and start[0] >> 4 <= 7)
        return zlib.decompressobj(31 if self._gzip else -15 if raw else 15)

    def feed(self, chunk: bytes) -> None:
        """The next bytes from the server."""
        if not self._gzip and self._packed and not self._received and chunk:
            self._inflate = self._fresh(chunk)
        self._received += len(chunk)
        if not self._packed:
            self._grow(chunk)
            return
        try:
            while chunk:
                if self._inflate.eof:
                    if not self._gzip or not chunk.strip(b"\0"):
                        return  # padding
                    self._inflate = self._fresh(b"")
                self._grow(self._inflate.decompress(chunk, _STEP))
                chunk = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            while not self._inflate.eof and (more := self._inflate.decompress(b"", _STEP)):
                self._grow(more)
        except zlib.error:
            raise LoadFailed("the page cannot be decompressed") from None

    def finished(self) -> bytes:
        """All of the page; raises ``LoadFailed`` when it broke off."""
        if self._packed and self._received and not self._inflate.eof:
            raise LoadFailed("the page broke off before its end")
        return bytes(self._data)

    def _grow(self, more: bytes) -> None:
        self._data += more
        if len(self._data) > self._most:
            raise LoadFailed(f"the page has more than {self._most / 1e6:.0f} MB")
        if self._packed and len(self._data) > max(self._unjudged, self._ratio * self._received):
            raise LoadFailed(
                f"the page is packed more than {self._ratio} times smaller than it is: it looks like a bomb"
            )


def kind(data: bytes, said: str) -> str:
    """The media type that the bytes have; ``said`` is the server's word, used where it makes a finer point of text.

    Raises ``LoadFailed`` for what is no document: images, sound, programs.
    """
    for magic, media_type, what in _MAGIC:
        if data.startswith(magic) and (media_type or magic[0] >= 0x7F or not _is_text(data)):
            if not media_type:
                raise LoadFailed(f"this is {what}, no document")
            return media_type
    if data[4:8] == b"ftyp":
        raise LoadFailed("this is a film or an image, no document")
    if not _is_text(data):
        raise LoadFailed("this is binary data of no kind that can be read")
    start = data[3:5_000] if data.startswith(_MARKS[0]) else data[:5_000]
    if data.startswith(_MARKS[1:]):
        start = start.replace(b"\0", b"").lstrip(b"\xff\xfe")
    said = said.partition(";")[0].strip().lower()
    if _HTML.match(start):
        return "text/html"
    if start.lstrip().startswith(b"<?xml"):
        return "application/xhtml+xml" if b"<html" in start else "application/xml"
    if said == "message/rfc822" or (said in _ENDINGS and said.startswith(("text/", "application/j", "application/xh"))):
        return said
    return "text/plain"


def _is_text(data: bytes) -> bool:
    return data.startswith(_MARKS) or b"\0" not in data[:10_000]


def name_of(url: URL, media_type: str) -> str:
    """A file name for the page: the last part of its address, with an ending that fits what it is."""
    path = PurePosixPath(unquote(url.path.rstrip("/")))
    ending = path.suffix.lower()
    stem = re.sub(r"[^\w.-]+", "-", path.name).strip("-.")[:80] or url.raw_host or "page"
    zipped = media_type == "application/zip" and ending in _ZIPS
    if zipped or (media_type == "text/plain" and ending in _TEXTS):
        return stem
    return stem.removesuffix(path.suffix) + _ENDINGS.get(media_type, ".txt")


def seconds_since_1970(http_date: str) -> float:
    """An HTTP date as seconds since 1970; 0 where there is none or it cannot be read."""
    try:
        return max(0.0, parsedate_to_datetime(http_date).timestamp()) if http_date else 0.0
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
