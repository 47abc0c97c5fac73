"""Bytes of a file to a page: its title, its address and its sections, as plain text that keeps its line breaks."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from engine.errors import LoadFailed
from engine.knowledge.html import HtmlPage, read_html
from engine.knowledge.markdown import MarkdownPage, Section, read_markdown

#: Changes whenever the same bytes would be read or cut differently: documents are then loaded again by ``kb add``.
READER = "1"
LARGEST = 20_000_000  # bytes of one file
_MARKDOWN, _TEXT = {".md", ".markdown", ".mdown", ".mdx"}, {".txt", ".text"}
_HTML, _TABLE = {".html", ".htm", ".xhtml"}, {".csv", ".tsv"}
_READABLE = "Markdown (.md), text (.txt), HTML (.html) and tables of questions and answers (.csv) can be loaded"

_QUESTION = {"question", "questions", "q", "问题", "问", "提问", "問題", "質問", "질문"}
_ANSWER = {"answer", "answers", "a", "答案", "回答", "答", "答复", "解答", "답변"}
_LINK = {"url", "link", "链接", "網址", "网址"}

#: Characters that nobody sees: controls, directions, joiners of words, tags (SECURITY, T6).  Joiners inside emoji and
#: Indic scripts (U+200C, U+200D) stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A document as it was read; ``url`` is where people can look at it, where the document says so."""

    title: str
    url: str
    sections: tuple[Section, ...]


def read(data: bytes, name: str) -> Page:
    """The page in ``data``; ``name`` is the file's name.

    Raises ``LoadFailed`` with a reason for the person who loads: unknown kind, too large, nothing in it, not text.
    """
    path = PurePosixPath(name)
    kind = path.suffix.lower()
    if kind not in _MARKDOWN | _TEXT | _HTML | _TABLE:
        raise LoadFailed(f"{kind or 'a file without an ending'} cannot be read: {_READABLE}")
    if not data.strip():
        raise LoadFailed("the file is empty")
    if len(data) > LARGEST:
        raise LoadFailed(f"the file has {len(data) / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f}: cut it into parts")
    text = decoded(data)
    if kind in _MARKDOWN:
        page = _from_markdown(read_markdown(text), path.stem)
    elif kind in _HTML:
        page = _from_html(read_html(text), path.stem)
    elif kind in _TABLE:
        page = _from_table(text, path.stem)
    else:
        page = _from_text(text, path.stem)
    if not any(section.text.strip() for section in page.sections):
        raise LoadFailed("no text was found in it")
    return page


def decoded(data: bytes) -> str:
    r"""``data`` as text with ``\\n`` line ends and without invisible characters.

    UTF-8 and UTF-16 are recognised by themselves, anything else is guessed (GB18030, Big5, ...).  Raises
    ``LoadFailed`` when it is no text or more than 1 % of it cannot be decoded.
    """
    text, encoding = _decode(data)
    if "\x00" in text or sum(map(_is_control, text[:100_000])) > 0.01 * len(text[:100_000]):
        raise LoadFailed("this is no text but binary data: " + _READABLE)
    if text.count("\ufffd") > 0.01 * len(text):
        raise LoadFailed(f"more than 1 % of the characters cannot be decoded as {encoding}: save the file as UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    return _UNSEEN.sub("", text.replace("\u2029", "\n\n"))


def _decode(data: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    if text.count("\ufffd") <= 0.001 * len(text):
        return text, "utf-8"  # a broken character or two
    import chardet

    encoding = str(chardet.detect(data[:200_000])["encoding"] or "utf-8")
    if encoding.lower() in {"gb2312", "gbk"}:
        encoding = "gb18030"  # which has them and more
    try:
        return data.decode(encoding, "replace"), encoding
    except LookupError:
        return text, "utf-8"


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\t\n\r\f\x0b\x1b\x85"


def _from_markdown(page: MarkdownPage, stem: str) -> Page:
    return Page(page.title or stem, web_address(page.url), page.sections)


def _from_html(page: HtmlPage, stem: str) -> Page:
    inner = read_markdown(page.markdown)
    return Page(page.title or inner.title or stem, web_address(page.url), inner.sections)


def _from_text(text: str, stem: str) -> Page:
    """A short first line that stands alone is the title."""
    first, _, rest = text.strip().partition("\n")
    if len(first) <= 80 and rest.strip() and (rest.startswith("\n") or set(rest.partition("\n")[0].strip()) <= {*"=-"}):
        if not rest.startswith("\n"):
            rest = rest.partition("\n")[2]
        return Page(first.strip(), "", (Section(first.strip(), rest.strip("\n") + "\n"),))
    return Page(stem, "", (Section("", text),))


def _from_table(text: str, stem: str) -> Page:
    """A row each: the question and its answer are one passage, the question is its heading."""
    rows = _rows(text)
    header = [_cell(cell).casefold().rstrip(":：?？") for cell in rows[0]] if rows else []
    question = next((i for i, cell in enumerate(header) if cell in _QUESTION), None)
    answer = next((i for i, cell in enumerate(header) if cell in _ANSWER), None)
    link = next((i for i, cell in enumerate(header) if cell in _LINK), None)
    if question is None or answer is None:
        raise LoadFailed("the first row must name a column question and a column answer (or 问题 and 答案)")
    sections = []
    for row in rows[1:]:
        cells = [_cell(cell) for cell in row] + [""] * len(header)
        if cells[question] and cells[answer]:
            address = web_address(cells[link]) if link is not None else ""
            sections.append(Section(cells[question], f"{cells[question]}\n{cells[answer]}", address, entry=True))
    if not sections:
        raise LoadFailed("no row has both a question and an answer")
    return Page(stem, "", tuple(sections))


def _rows(text: str) -> list[list[str]]:
    first = text.lstrip("\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return [row for row in csv.reader(io.StringIO(text.lstrip("\n")), delimiter=delimiter, strict=True) if any(row)]
    except csv.Error as e:
        raise LoadFailed(f"the table cannot be read: {e}") from e


def _cell(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def web_address(text: str) -> str:
    """``text`` when it is an http or https address without a password in it, else nothing."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return text if good and not re.search(r"[\s<>\"'`|\\]", text) else ""


def readable_ending(path: Path) -> bool:
    """Whether files with this ending can be loaded at all."""
    return path.suffix.lower() in _MARKDOWN | _TEXT | _HTML | _TABLE
