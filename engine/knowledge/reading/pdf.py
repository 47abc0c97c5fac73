"""PDF: what pdfium says of each character becomes pieces of lines, and those a page (``layout.py``).

Text that lies outside the page, is smaller than one point or stands askew (watermarks) is not read; text in the colour
of the paper is, since nothing tells it from a light heading on a dark ground.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.reading.encodings import UNSEEN, cleaned
from engine.knowledge.reading.layout import Piece, sections_of
from engine.knowledge.reading.page import Page, moment

MOST_PAGES = 3_000  # beyond it the time runs out anyway
MOST_CHARACTERS = 4_000_000  # of one document, for the same reason
_UNKNOWN = 0.1  # of the characters may be unknown (formulas, symbols); more, and words are missing
_GAP = 1.2  # widths of an em between two characters that belong to different pieces (cells, columns)
_LIGATURES = str.maketrans({
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
    "\uf0b7": "•", "\uf0a7": "▪",
})  # fmt: skip
_BLANK, _NO_CHARACTER = {0xD, 0xA, 0x20, 0xA0, 0x9, 0x3000}, {0, 0xFFFD, 0xFFFF}
_HYPHEN = {0x2, 0xFFFE}  # what pdfium makes of one at the end of a line, by version
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
        pages.append(page.pieces())
        total += page.count
        unknown += page.unknown
        if total > MOST_CHARACTERS:
            raise LoadFailed(f"the PDF has more than {MOST_CHARACTERS / 1e6:.0f} million characters: cut it into parts")
    if not any(pages):
        if broken:
            raise LoadFailed("the PDF is damaged: none of its pages can be read")
        raise LoadFailed(
            "no text was found in it: if its pages are pictures (a scan), run text recognition over it first"
        )
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


class _Run:
    """Characters next to each other in one line, growing."""

    __slots__ = ("end", "first", "fonts", "text", "y")

    def __init__(self, start: float, y: float):
        self.first, self.end, self.y = start, start, y
        self.text: list[str] = []
        self.fonts: list[tuple[int, _Font]] = []  # with the place in the text where each begins

    def piece(self) -> Piece | None:
        """What it says, nothing when that is nothing."""
        sizes, bold, mono, total = Counter[float](), 0, 0, 0
        for (start, font), (end, _) in pairwise([*self.fonts, (len(self.text), self.fonts[-1][1])]):
            count = len("".join("".join(self.text[start:end]).split()))
            sizes[round(font.size * 2) / 2] += count
            bold, mono, total = bold + count * font.bold, mono + count * font.mono, total + count
        text = cleaned("".join(self.text).translate(_LIGATURES))
        is_mono = mono > 0.9 * total
        text = text.rstrip() if is_mono else text.strip()
        if not text:
            return None
        return Piece(
            text, self.first, self.end, self.y, max(sizes, key=lambda s: sizes[s]), bold > 0.8 * total, is_mono
        )


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
        left, bottom, right, top = page.get_cropbox()
        self._box = (left - 5, bottom - 5, right + 5, top + 5)

    def pieces(self) -> list[Piece]:
        """Pieces of lines in the order of the file, turned so that the lines run from left to right."""
        found: dict[int, list[Piece]] = {}
        for turn, run in self._runs():
            if piece := run.piece():
                found.setdefault(turn, []).append(piece)
        upright = max(found, key=lambda turn: sum(len(piece.text) for piece in found[turn]), default=0)
        return found.get(upright, [])

    def _runs(self) -> Iterator[tuple[int, _Run]]:
        """(direction, run) of all text that has one of four directions; this loop is where the time of a PDF goes."""
        pdfium = self._pdfium
        handle = ctypes.cast(self._text.raw, ctypes.c_void_p).value
        number, pointer = ctypes.c_int, ctypes.c_void_p
        unicode_of = _plain(pdfium.FPDFText_GetUnicode, ctypes.c_uint, pointer, number)
        owner_of = _plain(pdfium.FPDFText_GetTextObject, pointer, pointer, number)
        origin_of = _plain(pdfium.FPDFText_GetCharOrigin, number, pointer, number, pointer, pointer)
        x_at, y_at = ctypes.c_double(), ctypes.c_double()
        x_place, y_place = ctypes.addressof(x_at), ctypes.addressof(y_at)
        left, bottom, right, top = self._box
        end_of = self._ends()
        run: _Run | None = None
        blanks, last, owner, font = False, -1, -1, _Font(0, None, False, False)
        turn, before = 0, 0.0
        for index in range(min(self.count, MOST_CHARACTERS)):
            code = unicode_of(handle, index)
            if code in _BLANK:
                blanks = True
                continue
            if code in _NO_CHARACTER:
                self.unknown += 1
                continue
            if code in _HYPHEN:
                code = 0x2D
            its_owner = owner_of(handle, index)
            changed = its_owner != owner
            if not changed and not blanks and run is not None and font is run.fonts[-1][1]:
                run.text.append(chr(code) if code <= 0x10FFFF else "")  # one object has one line
                last = index
                continue
            if changed:
                owner = its_owner
                font = self._fonts.get(owner) or self._described(owner, index)
            if font.turn is None or font.size < 1:
                continue
            origin_of(handle, index, x_place, y_place)
            along, line = x_at.value, y_at.value
            if not (left <= along <= right and bottom <= line <= top):
                continue
            if font.turn:
                along, line = _turned(font.turn, along, line)
            size = font.size
            if run is not None:
                end = end_of(last, turn, before)
                gap = along - end
                elsewhere = font.turn != turn or abs(line - run.y) > 0.6 * size or gap < -size
                both_mono = font.mono and run.fonts[-1][1].mono
                if elsewhere or (gap > _GAP * size and not both_mono):
                    run.end = end
                    yield turn, run
                    run = None
                elif blanks or gap > 0.3 * size:
                    wide = round(gap / (0.6 * size)) if font.mono else 1
                    run.text.append(" " * max(1, min(80, wide)))
            if run is None:
                run, turn = _Run(along, line), font.turn
                run.fonts.append((0, font))
            elif changed and font is not run.fonts[-1][1]:
                run.fonts.append((len(run.text), font))
            run.text.append(chr(code) if code <= 0x10FFFF else "")
            before, last, blanks = along, index, False
        if run is not None:
            run.end = end_of(last, turn, before)
            yield turn, run

    def _ends(self) -> Callable[[int, int, float], float]:
        """A function that says where a character ends along its line, given its number, direction and start."""
        number, pointer = ctypes.c_int, ctypes.c_void_p
        box_of = _plain(self._pdfium.FPDFText_GetCharBox, number, pointer, number, *[pointer] * 4)
        handle = ctypes.cast(self._text.raw, pointer).value
        x0, x1, y0, y1 = (ctypes.c_double() for _ in range(4))
        places = [ctypes.addressof(place) for place in (x0, x1, y0, y1)]

        def end(index: int, turn: int, otherwise: float) -> float:
            if not box_of(handle, index, *places):
                return otherwise
            return max(otherwise, x1.value if not turn else (0.0, y1.value, -x0.value, -y0.value)[turn])

        return end

    def _described(self, owner: int, index: int) -> _Font:
        """How the text that this character belongs to is set."""
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
        font = self._fonts[owner] = _Font(
            pdfium.FPDFText_GetFontSize(raw, index) * scale, None if turn < 0 else turn,
            bool(_BOLD.search(name)) or weight >= 600 or bool(flags.value & 1 << 18),
            bool(_MONOSPACED.search(name)) or bool(flags.value & 1),
        )  # fmt: skip
        return font


def _plain(function: Any, result: Any, *arguments: Any) -> Any:
    """The same function of the library, called without the conversions that make a call cost ten times its work."""
    return ctypes.CFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def _turned(turn: int, x: float, y: float) -> tuple[float, float]:
    """(place along the line, height of the line) of text that runs upwards, upside down or downwards."""
    return {1: (y, -x), 2: (-x, -y), 3: (-y, x)}[turn]
