"""Excel files: each visible sheet as records that name their columns, or as entries of questions and answers.

Hidden sheets, comments and formulas are not read, only what their cells show; macros are never looked at.
"""

from __future__ import annotations

import io
import re
import warnings
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.reading.encodings import cleaned
from engine.knowledge.reading.ooxml import checked, properties
from engine.knowledge.reading.page import Page
from engine.knowledge.reading.tables import MOST_CELLS, sections

_MOST_ROWS = 1_100_000  # a sheet has 1,048,576; all sheets together, empty rows counted
_UNNAMED = re.compile(r"(?:sheet|table|tabelle|feuil|hoja|工作表|表|シート)\s*\d*", re.IGNORECASE)


def read_xlsx(data: bytes, stem: str) -> Page:
    """The workbook; raises ``LoadFailed`` where it is damaged, a bomb, encrypted or has more than a million cells."""
    with checked(data) as archive:
        stated, dated = properties(archive)
    import openpyxl  # type: ignore[import-untyped]  # it has no types

    found, counted = [], _Count()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that it does not know
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            for sheet in sheets:
                sheet.reset_dimensions()  # what the file says of its size may be wrong
                rows = [row for cells in sheet.iter_rows() if (row := counted.row(cells))]
                named = len(sheets) > 1 or not _UNNAMED.fullmatch(sheet.title)
                found += sections(rows, cleaned(sheet.title) if named else "")
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, OSError, SyntaxError, EOFError) as e:
        raise LoadFailed(f"the Excel file is damaged: {e}") from e
    if not found:
        raise LoadFailed("there is nothing in its visible sheets")
    return Page(stated or stem, "", tuple(found), "", dated)


class _Count:
    """Rows and cells read so far."""

    def __init__(self) -> None:
        self._rows = self._cells = 0

    def row(self, cells: tuple[Any, ...]) -> list[str]:
        """What a row shows, nothing when it is empty; raises ``LoadFailed`` when it is too much."""
        self._rows += 1
        shown = [_text(cell) for cell in cells]
        while shown and not shown[-1]:
            shown.pop()
        self._cells += len(shown)
        if self._cells > MOST_CELLS or self._rows > _MOST_ROWS:
            raise LoadFailed(f"it has more than {MOST_CELLS:,} cells: cut it into parts")
        return shown


def _text(cell: Any) -> str:
    """A cell as Excel shows it, nearly."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return (
            "" if value.startswith("#") and value.rstrip("!?").isupper() and cell.data_type == "e" else cleaned(value)
        )
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time | timedelta):
        return str(value)
    if isinstance(value, float | int):
        form = str(cell.number_format or "")
        if form.endswith("%"):
            return f"{value * 100:.10g}%"
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    return cleaned(str(value))
