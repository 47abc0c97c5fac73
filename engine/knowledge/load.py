"""Bytes of a file to a page: its title, its address and its sections, as plain text that keeps its line breaks.

This runs in the limited child process (``engine/knowledge/reading``), never in the process that answers.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

from engine.errors import LoadFailed
from engine.knowledge.html import HtmlPage, read_html
from engine.knowledge.markdown import MarkdownPage, Section, read_markdown
from engine.knowledge.reading.encodings import decode, decoded
from engine.knowledge.reading.kinds import Kind, kind_of, readable
from engine.knowledge.reading.page import LARGEST, Page, moment, too_large, web_address
from engine.knowledge.reading.tables import read_table

__all__ = ["LARGEST", "READER", "Page", "decoded", "read", "readable_ending", "web_address"]

#: Changes whenever the same bytes would be read or cut differently: documents are then loaded again by ``kb add``.
READER = "3"
LONGEST = 10_000_000  # characters of one document's text: 12,000 passages, more than anybody reads
#: What is imported late, by kind.
_HTML = ("bs4", "markdownify")
_MODULES: dict[str, tuple[str, ...]] = {
    "light": (*_HTML, "chardet", "engine.knowledge.reading.mail", "engine.knowledge.reading.records"),
    "rst": ("engine.knowledge.reading.rst", "docutils.core", "docutils.parsers.rst", "docutils.writers.html5_polyglot"),
    "pdf": ("engine.knowledge.reading.pdf", "pypdfium2", "pypdfium2.raw"),
    "docx": (*_HTML, "engine.knowledge.reading.docx", "mammoth", "lxml.etree"),
    "pptx": ("engine.knowledge.reading.pptx", "pptx"),
    "xlsx": ("engine.knowledge.reading.xlsx", "openpyxl"),
    "archive": ("engine.knowledge.reading.archive", "zipfile"),
}
_LONGEST_TITLE = 300  # characters: it stands above answers
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)


def read(data: bytes, name: str, *, media_type: str = "", charset: str = "") -> Page:
    """The page in ``data``; ``name`` is the file's name.

    ``media_type`` and ``charset`` are what the server said of it, where it came from one.  Raises ``LoadFailed`` with a
    reason for the person who loads: unknown kind, too large, nothing in it, damaged, not text.
    """
    too_large(len(data))
    if not data.strip():
        raise LoadFailed("the file is empty")
    page = _read(data, PurePosixPath(name).stem, kind_of(data, name, media_type), charset)
    if not any(section.text.strip() for section in page.sections):
        raise LoadFailed("no text was found in it")
    if sum(len(section.text) for section in page.sections) > LONGEST:
        raise LoadFailed(f"it has more than {LONGEST / 1e6:.0f} million characters of text: cut it into parts")
    return replace(page, title=" ".join(page.title.split())[:_LONGEST_TITLE])


def prepare(kind: str) -> None:
    """Import what reads this kind, before the process that does it is locked up."""
    for module in _MODULES.get(kind, ()):
        importlib.import_module(module)


def _read(data: bytes, stem: str, kind: Kind, charset: str) -> Page:
    if kind == "pdf":
        from engine.knowledge.reading.pdf import read_pdf

        return read_pdf(data, stem)
    if kind == "docx":
        from engine.knowledge.reading.docx import read_docx

        return read_docx(data, stem)
    if kind == "pptx":
        from engine.knowledge.reading.pptx import read_pptx

        return read_pptx(data, stem)
    if kind == "xlsx":
        from engine.knowledge.reading.xlsx import read_xlsx

        return read_xlsx(data, stem)
    if kind == "archive":
        raise LoadFailed("an archive is no document: its files are loaded one by one")
    if kind == "mail":
        from engine.knowledge.reading.mail import read_mail

        return read_mail(data, stem)
    if kind == "html" and (found := _META.search(data[:4096])):
        charset = charset or found.group(1).decode("ascii")
    text, encoding = decode(data, charset)
    return _of_text(text, stem, kind, encoding)


def _of_text(text: str, stem: str, kind: Kind, encoding: str) -> Page:
    if kind == "markdown":
        return from_markdown(read_markdown(text, slugs=True), stem, encoding)
    if kind == "html":
        return from_html(read_html(text), stem, encoding)
    if kind == "table":
        return Page(stem, "", tuple(read_table(text)), encoding)
    if kind in {"json", "lines"}:
        from engine.knowledge.reading.records import read_json, read_json_lines

        return Page(stem, "", tuple(read_json(text) if kind == "json" else read_json_lines(text)), encoding)
    if kind == "rst":
        from engine.knowledge.reading.rst import read_rst

        return from_html(read_rst(text), stem, encoding)
    return _from_text(text, stem, encoding)


def from_markdown(page: MarkdownPage, stem: str, encoding: str = "") -> Page:
    """A Markdown document, called ``stem`` where it has no title."""
    return Page(page.title or stem, web_address(page.url), page.sections, encoding, moment(page.dated))


def from_html(page: HtmlPage, stem: str, encoding: str = "") -> Page:
    """An HTML document, called ``stem`` where it has no title."""
    inner = read_markdown(page.markdown)
    return Page(page.title or inner.title or stem, web_address(page.url), inner.sections, encoding, moment(page.dated))


def _from_text(text: str, stem: str, encoding: str) -> Page:
    """A short first line that stands alone is the title."""
    first, _, rest = text.strip().partition("\n")
    if len(first) <= 80 and rest.strip() and (rest.startswith("\n") or set(rest.partition("\n")[0].strip()) <= {*"=-"}):
        if not rest.startswith("\n"):
            rest = rest.partition("\n")[2]
        return Page(first.strip(), "", (Section(first.strip(), rest.strip("\n") + "\n"),), encoding)
    return Page(stem, "", (Section("", text),), encoding)


def readable_ending(path: Path) -> bool:
    """Whether files with this ending can be loaded at all."""
    return readable(path.name)
