"""PDF: what pdfium says of each character becomes pieces of lines, and those a page (``layout.py``).

Text that lies outside the page, is smaller than one point or stands askew (watermarks) is not read; text in the colour
of the paper is, since nothing tells it from a light heading on a dark ground.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.reading.encodings import UNSEEN
from engine.knowledge.reading.layout import Piece, sections_of
from engine.knowledge.reading.page import Page, moment

MOST_PAGES = 3_000  # a book has 1,000; beyond it the time runs out anyway
MOST_CHARACTERS = 4_000_000  # of one document: pdfium is asked four things of each, 6 microseconds together
_UNKNOWN = 0.1  # of the characters may be unknown (formulas, symbols); more, and words are missing
_GAP = 1.2  # widths of an em between two characters that belong to different pieces (cells, columns)
_LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st",
              "\ufb06": "st", "\uf0b7": "•", "\uf0a7": "▪", "\u2028": " ", "\u00a0": " "}  # fmt: skip
_JUNK = re.compile(
    r"\.(?:docx?|indd|tex|dvi|pptx?|xlsx?|qxd|p65)\Z|\Amicrosoft \w+ -|\Auntitled|\A无标题", re.IGNORECASE
)
_MONOSPACED = re.compile(r"mono|courier|consol|menlo|typewriter|cmtt|inconsolata|fira ?code", re.IGNORECASE)
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|\bbd\b|cmbx", re.IGNORECASE)


def read_pdf(data: bytes, stem: str) -> Page:
    """The document; raises ``LoadFailed`` where it is damaged, encrypted, scanned or too long."""
    import pypdfium2  # type: ignore[import-untyped]  # it has no types

    try:
        document: Any = pypdfium2.PdfDocument(data)
        count = len(document)
        title, dated = _properties(document)
    except pypdfium2.PdfiumError as e:
        if "password" in str(e).lower():
            raise LoadFailed("it is protected by a password: save it without one") from e
        raise LoadFailed("the PDF is damaged") from e
    if count > MOST_PAGES:
        raise LoadFailed(f"the PDF has more than {MOST_PAGES:,} pages: cut it into parts")
    pages, total, unknown, broken = list[list[Piece]](), 0, 0, 0
    for number in range(count):
        try:
            page = _Text(document[number])
        except pypdfium2.PdfiumError:
            broken += 1
            pages.append([])
            continue
        pages.append(list(page.pieces()))
        total += page.count
        unknown += page.unknown
        if total > MOST_CHARACTERS:
            raise LoadFailed(f"the PDF has more than {MOST_CHARACTERS / 1e6:.0f} million characters: cut it into parts")
    if not any(pages):
        if broken:
            raise LoadFailed("the PDF is damaged: none of its pages can be read")
        raise LoadFailed("there is no text in it, only pictures (a scan?): run text recognition over it first")
    if unknown > _UNKNOWN * total:
        raise LoadFailed("its fonts do not say which characters they show: export it again, with its text")
    heading, sections = sections_of(pages, _outline(document))
    return Page(heading or title or stem, "", sections, "", dated)


def _properties(document: Any) -> tuple[str, float]:
    said = document.get_metadata_dict(skip_empty=True)
    title = " ".join(UNSEEN.sub("", str(said.get("Title", ""))).split())
    dated = moment(str(said.get("ModDate", ""))) or moment(str(said.get("CreationDate", "")))
    return ("" if _JUNK.search(title) else title[:200]), dated


def _outline(document: Any) -> dict[tuple[int, str], int]:
    """(page, title without spaces and case) of each bookmark, to its level from 1."""
    found: dict[tuple[int, str], int] = {}
    for mark in document.get_toc(max_depth=6):
        target = mark.get_dest()
        page = target.get_index() if target else None
        if page is not None:
            found[page, "".join(mark.get_title().casefold().split())] = mark.level + 1
        if len(found) >= 5_000:
            break
    return found


@dataclass(slots=True)
class _Font:
    """How a run of text is set: size in points, direction in quarter turns (None: askew)."""

    size: float
    turn: int | None
    bold: bool
    mono: bool


@dataclass(slots=True)
class _Run:
    """Characters next to each other in one line, growing."""

    font: _Font
    x0: float
    x1: float
    y: float
    text: list[str] = field(default_factory=list)
    sizes: Counter[float] = field(default_factory=Counter)
    bold: int = 0
    mono: int = 0


class _Text:
    """The characters of one page, with their places."""

    def __init__(self, page: Any):
        import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # it has no types

        self._pdfium = pdfium
        self._page = page
        self._text = page.get_textpage()
        self._fonts: dict[int, _Font] = {}
        self.count = max(0, pdfium.FPDFText_CountChars(self._text.raw))
        self.unknown = 0
        self._width, self._height = page.get_size()
        left, bottom, right, top = page.get_cropbox()
        self._box = (left - 5, bottom - 5, right + 5, top + 5)

    def pieces(self) -> Iterator[Piece]:
        """Pieces of lines in the order of the file, turned so that the lines run from left to right."""
        runs = [run for run in self._runs() if "".join(run.text).strip()]
        turns = Counter[int]()
        for run in runs:
            if run.font.turn is not None:
                turns[run.font.turn] += len(run.text)
        upright = max(turns, key=lambda turn: turns[turn], default=0)
        for run in runs:
            if run.font.turn == upright:
                long = len("".join("".join(run.text).split()))
                yield Piece(
                    "".join(run.text).strip() if run.mono <= 0.9 * long else "".join(run.text).rstrip(),
                    run.x0, run.x1, run.y, max(run.sizes, key=lambda size: run.sizes[size]),
                    run.bold > 0.8 * long, run.mono > 0.9 * long,
                )  # fmt: skip

    def _runs(self) -> Iterator[_Run]:
        pdfium, raw = self._pdfium, self._text.raw
        unicode_of, origin_of, box_of = (
            pdfium.FPDFText_GetUnicode,
            pdfium.FPDFText_GetCharOrigin,
            pdfium.FPDFText_GetCharBox,
        )
        object_of = pdfium.FPDFText_GetTextObject
        x, y, x0, x1, y0, y1 = (ctypes.c_double() for _ in range(6))
        run: _Run | None = None
        blanks = 0
        for index in range(min(self.count, MOST_CHARACTERS)):
            code = unicode_of(raw, index)
            if code in {0xD, 0xA}:
                blanks += 1
                continue
            if code in {0x20, 0xA0, 0x9, 0x3000}:
                blanks += 1
                continue
            owner = object_of(raw, index)
            font = self._font(ctypes.cast(owner, ctypes.c_void_p).value or 0, index)
            if code in {0, 0xFFFD, 0xFFFE, 0xFFFF}:
                self.unknown += code in {0, 0xFFFD}
                if code == 0xFFFE and run:  # pdfium's sign for a hyphen at the end of a line
                    run.text.append("-")
                continue
            if font.size < 1:
                continue
            origin_of(raw, index, x, y)
            box_of(raw, index, x0, x1, y0, y1)
            if not (self._box[0] <= x.value <= self._box[2] and self._box[1] <= y.value <= self._box[3]):
                continue
            start, end, line = self._turned(font.turn, x.value, y.value, x0.value, x1.value, y0.value, y1.value)
            if run is not None and (
                font.turn != run.font.turn
                or abs(line - run.y) > 0.6 * max(font.size, run.font.size)
                or start < run.x1 - 1.0 * font.size - 1
                or (start - run.x1 > _GAP * font.size and not (font.mono and run.font.mono))
            ):
                yield run
                run = None
            if run is None:
                run = _Run(font, start, end, line)
            elif blanks or start - run.x1 > 0.3 * font.size:
                wide = max(1, round((start - run.x1) / (0.6 * font.size))) if font.mono and run.font.mono else 1
                if blanks or not (_is_wide(code) and run.text and _is_wide(ord(run.text[-1][-1]))):
                    run.text.append(" " * min(wide, 80))
            blanks = 0
            character = UNSEEN.sub("", _LIGATURES.get(chr(code), chr(code))) if code <= 0x10FFFF else ""
            if character:
                run.text.append(character)
                run.sizes[round(font.size * 2) / 2] += 1
                run.bold += font.bold
                run.mono += font.mono
            run.x1 = max(run.x1, end)
            run.font = font if abs(line - run.y) < 0.05 * font.size else run.font
        if run is not None:
            yield run

    def _turned(
        self, turn: int | None, x: float, y: float, x0: float, x1: float, y0: float, y1: float
    ) -> tuple[float, float, float]:
        """(start, end, height of the base line) along the direction of the text, larger heights above."""
        if turn == 1:  # upwards
            return y0, y1, -x
        if turn == 2:
            return -x1, -x0, -y
        if turn == 3:  # downwards
            return -y1, -y0, x
        return min(x0, x), x1, y

    def _font(self, owner: int, index: int) -> _Font:
        font = self._fonts.get(owner)
        if font is None:
            font = self._described(index)
            self._fonts[owner] = font
        return font

    def _described(self, index: int) -> _Font:
        pdfium, raw = self._pdfium, self._text.raw
        matrix = pdfium.FS_MATRIX()
        scale, turn = 1.0, 0
        if pdfium.FPDFText_GetMatrix(raw, index, matrix):
            a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
            scale = max((c * c + d * d) ** 0.5, 1e-6)
            along, across = abs(a), abs(b)
            if across <= 0.1 * along:
                turn = 0 if a >= 0 else 2
            elif along <= 0.1 * across:
                turn = 1 if b >= 0 else 3
            else:
                turn = -1
        flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(200)
        pdfium.FPDFText_GetFontInfo(raw, index, buffer, 200, flags)
        name = buffer.value.decode("utf-8", "replace")
        weight = pdfium.FPDFText_GetFontWeight(raw, index)
        return _Font(
            pdfium.FPDFText_GetFontSize(raw, index) * scale, None if turn < 0 else turn,
            bool(_BOLD.search(name)) or weight >= 600 or bool(flags.value & 1 << 18),
            bool(_MONOSPACED.search(name)) or bool(flags.value & 1),
        )  # fmt: skip


def _is_wide(code: int) -> bool:
    return 0x2E80 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7AF or 0xF900 <= code <= 0xFAFF or 0xFF00 <= code <= 0xFF60
