"""Rows to sections: an entry for each question and answer, else records that name their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from engine.errors import LoadFailed
from engine.knowledge.markdown import Section
from engine.knowledge.reading.page import web_address

QUESTION = {"question", "questions", "q", "问题", "问", "提问", "問題", "質問", "질문", "标准问", "标准问题"}
ANSWER = {"answer", "answers", "a", "答案", "回答", "答", "答复", "解答", "답변", "标准答案"}
VARIANTS = {"variants", "variant", "similar questions", "similar", "aliases", "also asked", "相似问", "相似问题",
            "相似問", "同义问", "扩展问", "类似问题", "類似質問", "유사 질문"}  # fmt: skip
LINK = {"url", "link", "链接", "連結", "網址", "网址", "リンク", "링크"}

MOST_CELLS = 1_000_000  # of one file; SECURITY 3d
_LONGEST_CELL = 20_000  # characters kept of one cell of a record
_WIDE = 300  # characters: a record longer than this has a line for each cell


def sections(rows: Sequence[Sequence[str]], heading: str = "") -> list[Section]:
    """The sections of a table, whose first row with more than one cell names the columns.

    A table with a column for questions and one for answers gives an entry a row.  Any other gives one section, in which
    each row can be understood alone: ``City: Berlin | Desk: 4``.  What stands above the names of the columns (a title)
    stands above the records.
    """
    kept = [[_cell(cell) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    width = max((_filled(row) for row in kept), default=0)
    at = next((i for i, row in enumerate(kept[:20]) if _filled(row) >= min(2, width)), 0)
    if not kept:
        return []
    header, body = kept[at], kept[at + 1 :]
    names = [cell.casefold().rstrip(":：?？") for cell in header]
    question, answer = _column(names, QUESTION), _column(names, ANSWER)
    if question is not None and answer is not None:
        return _entries(body, question, answer, _column(names, VARIANTS), _column(names, LINK), heading)
    above = [" ".join(filter(None, row)) for row in kept[:at]]
    if not body:  # names alone, or a single row
        return [Section(heading, "\n".join([*above, _record(header, [])]) + "\n")]
    if _filled(header) < 2:
        return [Section(heading, "\n".join(" ".join(filter(None, row)) for row in kept) + "\n")]
    return [Section(heading, "\n".join([*above, *(_record(row, header) for row in body)]) + "\n")]


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _column(names: list[str], meaning: set[str]) -> int | None:
    return next((i for i, name in enumerate(names) if name in meaning), None)


def _entries(
    rows: Iterable[Sequence[str]], question: int, answer: int, variants: int | None, link: int | None, heading: str
) -> list[Section]:
    """Rows of the same question directly below each other with an empty answer are its variants."""
    found = []
    for row in rows:
        cells = [*row, *[""] * (1 + max(question, answer, variants or 0, link or 0))]
        others = cells[variants] if variants is not None else ""
        address = web_address(cells[link]) if link is not None else ""
        if made := entry(cells[question], cells[answer], others, address):
            found.append(made)
    if not found:
        where = f" of {heading}" if heading else ""
        raise LoadFailed(f"no row{where} has both a question and an answer")
    return found


def entry(question: str, answer: str, variants: str | Sequence[str] = (), url: str = "") -> Section | None:
    """A question with its answer; None when one is missing.

    ``variants`` are other ways to ask: a list, or a text that separates them by line ends or ``|``, ``;`` and ``；``.
    """
    question, answer = _cell(question), _cell(answer)
    if not question or not answer:
        return None
    if isinstance(variants, str):
        for mark in "|;；":
            variants = variants.replace(mark, "\n")
        variants = variants.splitlines()
    others = tuple(dict.fromkeys(v for variant in variants if (v := " ".join(variant.split())) and v != question))
    return Section(question, f"{question}\n{answer}", url, entry=True, variants=others)


def _record(row: Sequence[str], header: Sequence[str]) -> str:
    """One row as a line, or as a line for each cell when it is long."""
    cells = []
    for number, cell in enumerate(row):
        if cell:
            name = header[number].replace("\n", " ") if number < len(header) else ""
            cells.append(f"{name}: {cell[:_LONGEST_CELL]}" if name else cell[:_LONGEST_CELL])
    if sum(map(len, cells)) > _WIDE or any("\n" in cell for cell in cells):
        return "\n".join(cells) + "\n"
    return " | ".join(cells)


def read_table(text: str) -> list[Section]:
    """The sections of a file of comma, semicolon or tab separated values."""
    rows, cells = [], 0
    text = text.lstrip("\n")
    try:
        for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True):
            cells += len(row)
            if cells > MOST_CELLS:
                raise LoadFailed(f"the table has more than {MOST_CELLS:,} cells: cut it into parts")
            if any(row):
                rows.append(row)
    except csv.Error as e:
        raise LoadFailed(f"the table cannot be read: {e}") from e
    return sections(rows)


def _delimiter(text: str) -> str:
    """The mark that is found most often in the first lines, outside quotes."""
    lines = ["".join(line.split('"')[::2]) for line in text.splitlines()[:20]]
    marks = ",;\t|"
    first = max(marks, key=(lines[0] if lines else "").count)
    return first if lines and first in lines[0] else max(marks, key="".join(lines).count)


def _cell(text: str) -> str:
    text = text.strip()
    return text if text.isprintable() else "\n".join(line.strip() for line in text.splitlines())
