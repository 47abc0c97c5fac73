"""What kind of file it is, told from its bytes; the name decides only between kinds of text."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal

from engine.errors import LoadFailed

Kind = Literal[
    "markdown", "text", "html", "table", "json", "lines", "rst", "mail", "pdf", "docx", "pptx", "xlsx", "archive"
]

#: Text has no mark of its own: the name's ending tells what is written in it.
_TEXTS: dict[str, Kind] = {
    ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown", ".mdx": "markdown", ".txt": "text",
    ".text": "text", ".html": "html", ".htm": "html", ".xhtml": "html", ".csv": "table", ".tsv": "table",
    ".json": "json", ".jsonl": "lines", ".ndjson": "lines", ".rst": "rst", ".rest": "rst", ".eml": "mail",
}  # fmt: skip
_BINARIES: dict[str, Kind] = {
    ".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".pptx": "pptx", ".pptm": "pptx", ".ppsx": "pptx",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".zip": "archive",
}  # fmt: skip
_MEDIA: dict[str, Kind] = {
    "text/html": "html", "application/xhtml+xml": "html", "text/markdown": "markdown", "text/x-markdown": "markdown",
    "text/plain": "text", "text/csv": "table", "text/tab-separated-values": "table", "application/json": "json",
    "application/x-ndjson": "lines", "application/jsonl": "lines", "text/x-rst": "rst",
    "message/rfc822": "mail",
}  # fmt: skip

READABLE = (
    "Markdown, text, reStructuredText, HTML, PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), tables (.csv, .tsv),"
    " JSON, e-mail (.eml) and ZIP archives of these can be loaded"
)
_OFFICE: tuple[tuple[bytes, Kind], ...] = (
    (b"word/document", "docx"), (b"ppt/presentation", "pptx"), (b"xl/workbook", "xlsx"),
)  # fmt: skip
#: What files that cannot be read begin with, and what to say of them.
_OTHERS = (
    (b"\x89PNG", "a picture"), (b"GIF8", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"BM", "a picture"),
    (b"II*\0", "a picture"), (b"MM\0*", "a picture"), (b"\0\0\1\0", "a picture"), (b"8BPS", "a picture"),
    (b"\x1f\x8b", "a gzip archive (pack it as ZIP)"), (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive (pack it as ZIP)"),
    (b"Rar!", "a RAR archive (pack it as ZIP)"), (b"BZh", "a bzip2 archive (pack it as ZIP)"),
    (b"\xfd7zXZ\0", "an xz archive (pack it as ZIP)"), (b"\x28\xb5\x2f\xfd", "a zstd archive (pack it as ZIP)"),
    (b"MZ", "a program"), (b"\x7fELF", "a program"), (b"\xca\xfe\xba\xbe", "a program"), (b"\0asm", "a program"),
    (b"ID3", "a sound"), (b"OggS", "a sound"), (b"fLaC", "a sound"), (b"RIFF", "a sound, a film or a picture"),
    (b"\x1aE\xdf\xa3", "a film"), (b"SQLite format 3", "a database"), (b"%!PS", "PostScript (save it as PDF)"),
    (b"{\\rtf", "RTF (save it as .docx)"), (b"AT&TFORM", "DjVu (save it as PDF)"),
)  # fmt: skip
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_NUL = re.compile(rb"\x00{4}")


def kind_of(data: bytes, name: str, media_type: str = "") -> Kind:
    """The kind of ``data``; raises ``LoadFailed`` saying what it is when it cannot be read.

    ``media_type`` is what a server said; it counts where the name has no ending that is known.
    """
    ending = PurePosixPath(name).suffix.lower()
    media = media_type.partition(";")[0].strip().lower()
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _zipped(data, ending)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise LoadFailed(_compound(data, ending))
    for mark, what in _OTHERS:
        if data.startswith(mark) and (len(mark) > 3 or _NUL.search(data[:2000]) or _binary(data)):
            raise LoadFailed(f"this is {what}, whatever it is called: {READABLE}")
    if data[4:8] == b"ftyp":
        raise LoadFailed(f"this is a film or a sound, whatever it is called: {READABLE}")
    if ending in _BINARIES:
        raise LoadFailed(f"it is called {ending}, but there is something else in it, or it is damaged")
    kind = _TEXTS.get(ending)
    if (kind in {None, "text", "html"} or media in {"text/html", "application/xhtml+xml"}) and _ROOT.match(data[:4096]):
        return "html"
    kind = kind or _MEDIA.get(media)
    if kind is None:
        raise LoadFailed(f"{ending or 'a file without an ending'} cannot be read: {READABLE}")
    return kind


def readable(name: str) -> bool:
    """Whether files with this ending can be loaded at all."""
    return PurePosixPath(name).suffix.lower() in _TEXTS | _BINARIES


def is_archive(data: bytes, name: str) -> bool:
    """Whether ``data`` is a ZIP archive of files (not an office document, which is one inside)."""
    try:
        return data[:4] in {b"PK\x03\x04", b"PK\x05\x06"} and kind_of(data, name) == "archive"
    except LoadFailed:
        return False


def has_members(data: bytes, name: str) -> bool:
    """Whether there are files inside it: a ZIP archive, or an e-mail, which may have attachments."""
    return is_archive(data, name) or (PurePosixPath(name).suffix.lower() == ".eml")


def _zipped(data: bytes, ending: str) -> Kind:
    """An office document by the name of its main part in the archive's directory, else an archive."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    if end < 0 or len(data) < end + 22:
        if ending == ".zip":
            return "archive"
        raise LoadFailed(f"this {ending or 'file'} is damaged: its end is missing")
    size, start = (
        int.from_bytes(data[end + 12 : end + 16], "little"),
        int.from_bytes(data[end + 16 : end + 20], "little"),
    )
    names = data[start : start + min(size, 10_000_000)]
    if b"[Content_Types].xml" in names:
        if kind := next((kind for mark, kind in _OFFICE if mark in names), None):
            return kind
        raise LoadFailed(f"this is an office document of a kind that cannot be read: {READABLE}")
    if data[30:38] == b"mimetype":
        raise LoadFailed("OpenDocument and EPUB cannot be read: save it as .docx, .pptx, .xlsx or PDF")
    if ending in _BINARIES and ending != ".zip":
        raise LoadFailed(f"it is called {ending}, but it is an archive without a document in it")
    return "archive"


def _compound(data: bytes, ending: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        return "it is protected by a password: save it without one"
    if ending == ".msg":
        return "Outlook's .msg cannot be read: save it as .eml"
    return "the old office formats (.doc, .xls, .ppt) cannot be read: save it as .docx, .xlsx or .pptx"


def _binary(data: bytes) -> bool:
    return data[:2000].count(0) > 0
