"""Entries in a file, one a row: read whole, or refused with what is wrong in which line."""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from engine.errors import FrontdeskError, LoadFailed
from engine.knowledge.entries import Row, end_of_day, last_day, page_of
from engine.knowledge.loading import checked_grant
from engine.knowledge.reading.encodings import cleaned, decode
from engine.knowledge.reading.tables import ANSWER, QUESTION, VARIANTS
from engine.knowledge.values import Entry, KeptEntry, Wording

#: The fields, in the order in which they are written; those of the second language end with ``_2``.
FIELDS: Final = (
    "id", "question", "variants", "answer", "question_2", "variants_2", "answer_2", "owner", "expires", "audience",
)  # fmt: skip
#: What a spreadsheet takes for the beginning of a formula; behind ``_PLAIN`` it is text, and read without it again.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_PLAIN: Final = "'"
#: What a file must have besides questions and answers to be one of entries: any other is a document.
_TELLING: Final = frozenset({"question_2", "owner", "expires", "audience"})
_NAMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(QUESTION, "question"),
    **dict.fromkeys(ANSWER, "answer"),
    **dict.fromkeys(VARIANTS, "variants"),
    **dict.fromkeys(("owner", "负责人", "負責人"), "owner"),
    **dict.fromkeys(("expires", "expiry", "到期", "有效期", "有效期限"), "expires"),
    **dict.fromkeys(("audience", "受众", "受眾", "可见范围", "可見範圍"), "audience"),
    "id": "id",
}
_ENDINGS: Final = {".csv": "table", ".tsv": "table", ".jsonl": "lines", ".ndjson": "lines"}
_MOST_BYTES, _MOST_ROWS, _TOLD = 10_000_000, 10_000, 20


class Wrong(FrontdeskError):
    """The file cannot be taken; ``problems`` are sentences, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def may_be_entries(name: str) -> bool:
    """Whether a file with this name may hold entries."""
    return PurePosixPath(name).suffix.lower() in _ENDINGS


def read_entries(data: bytes, name: str) -> list[Row] | None:
    """The entries of a file; None where it is none of entries.

    It is one when its rows have, besides a question and an answer, one of the other fields.  Raises ``Wrong`` with
    every line that cannot be taken (the first twenty); ``LoadFailed`` when it is no table at all.
    """
    kind = _ENDINGS.get(PurePosixPath(name).suffix.lower())
    if kind is None or len(data) > _MOST_BYTES:
        return None
    text, _ = decode(data, "")
    problems: list[str] = []
    fields: set[str] = set()
    lines = list(_table(text, problems, fields) if kind == "table" else _objects(text, problems, fields))
    if not {"question", "answer"} <= fields or not fields & _TELLING:
        return None  # an id alone is anybody's column
    if len(lines) > _MOST_ROWS:
        raise Wrong([f"the file has more than {_MOST_ROWS} entries: cut it into parts"])
    rows: list[Row] = []
    asked: dict[str, int] = {}
    for number, said in lines:
        if problem := next((p for p in _problems(said)), ""):
            problems.append(f"line {number}: {problem}")
            continue
        row = _row(number, said)
        for one in row.entry.wordings:
            before = asked.setdefault(" ".join(one.question.split()).casefold(), number)
            if before != number:
                problems.append(f"line {number}: line {before} asks the same")
        rows.append(row)
    if problems:
        more = len(problems) - _TOLD
        raise Wrong([*problems[:_TOLD], *([f"and {more} more lines"] if more > 0 else [])])
    return rows


def as_fields(kept: KeptEntry) -> dict[str, Any]:
    """An entry as a line of a file, in which ``read_entries`` finds it again."""
    entry = kept.entry
    said: dict[str, Any] = {
        "id": kept.source, "question": entry.question, "variants": list(entry.variants), "answer": entry.answer,
    }  # fmt: skip
    if entry.second:
        said |= {
            "question_2": entry.second.question,
            "variants_2": list(entry.second.variants),
            "answer_2": entry.second.answer,
        }
    last = last_day(entry.expires)
    return said | {"owner": entry.owner, "expires": last.isoformat() if last else "", "audience": kept.grant}


def as_table(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of a comma separated file of such rows, the names first."""
    for row in ({name: name for name in FIELDS}, *rows):
        line = io.StringIO()
        cells = (row.get(name, "") for name in FIELDS)
        csv.writer(line, lineterminator="").writerow([_cell("|".join(c) if isinstance(c, list) else c) for c in cells])
        yield line.getvalue()


def _cell(text: str) -> str:
    """The text so that a spreadsheet shows it and works nothing out of it; ``_uncell`` undoes it."""
    return _PLAIN + text if text.lstrip(_PLAIN).startswith(_FORMULA) else text


def _uncell(text: str) -> str:
    return text[1:] if text.startswith(_PLAIN) and text.lstrip(_PLAIN).startswith(_FORMULA) else text


def _table(text: str, problems: list[str], fields: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a table by the fields that its first row names, with the line each begins in."""
    text = text.lstrip("\ufeff")
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    names: list[str] | None = None
    begins = 1
    try:
        for cells in rows:
            said = [cleaned(_uncell(cell)).strip() for cell in cells]
            if names is None:
                names = [_field(cell) for cell in said]
                fields.update(names)
                problems += [_unknown(1, cell) for cell, name in zip(said, names, strict=True) if cell and not name]
            elif any(said):
                if len(said) > len(names):
                    problems.append(f"line {begins}: it has {len(said)} cells, the first line {len(names)}: put "
                                    "quotes around a cell that holds a comma")  # fmt: skip
                else:
                    yield begins, {name: cell for name, cell in zip(names, said, strict=False) if name}
            begins = rows.line_num + 1
    except csv.Error as e:
        problems.append(f"line {rows.line_num}: the table cannot be read: {e}")


def _objects(text: str, problems: list[str], fields: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON lines by their fields."""
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            problems.append(f"line {number}: this is no valid JSON")
            continue
        if not isinstance(said, dict):
            problems.append(f"line {number}: this is no JSON object")
            continue
        found: dict[str, Any] = {}
        for name, value in said.items():
            if field := _field(str(name)):
                found[field] = value
            else:
                problems.append(_unknown(number, str(name)))
        fields.update(found)
        yield number, found


def _field(name: str) -> str:
    """The field that is called so; empty where there is none."""
    name = name.strip().casefold().rstrip(":：?？")
    stem, mark, _ = name.rpartition("_2")
    if mark and name.endswith("_2"):
        found = _NAMES.get(stem, "")
        return f"{found}_2" if found in ("question", "answer", "variants") else ""
    return _NAMES.get(name, "")


def _unknown(line: int, name: str) -> str:
    near = difflib.get_close_matches(name.casefold(), FIELDS, 1)
    fields = near[0] if near else ", ".join(FIELDS)
    return f"line {line}: there is no field {name[:40]}, but {fields}"


def _problems(said: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one line."""
    for name, value in said.items():
        several = name.startswith("variants") and isinstance(value, list) and all(isinstance(v, str) for v in value)
        if not isinstance(value, str) and not several and value is not None:
            yield f"{name} must be a text"
            return
    if not _text(said, "question"):
        yield "there is no question"
    if not _text(said, "answer"):
        yield "there is no answer"
    if bool(_text(said, "question_2")) != bool(_text(said, "answer_2")):
        yield "its second language needs both question_2 and answer_2"
    if expires := _text(said, "expires"):
        try:
            end_of_day(expires)
        except ValueError:
            yield f"{expires[:40]} is no day: write it as 2027-12-31"
    if audience := _text(said, "audience"):
        try:
            checked_grant(audience)
        except FrontdeskError:
            yield f"there is no audience {audience[:40]}: write public, workspace, room:ID or user:ID"
    if _text(said, "question") and _text(said, "answer"):
        try:
            page_of(_row(0, {**said, "expires": ""}).entry)
        except LoadFailed as e:
            yield str(e)


def _row(line: int, said: Mapping[str, Any]) -> Row:
    second = None
    if _text(said, "question_2"):
        second = Wording(_text(said, "question_2"), _text(said, "answer_2"), _several(said.get("variants_2")))
    expires = _text(said, "expires")
    entry = Entry(
        _text(said, "question"), _text(said, "answer"), _several(said.get("variants")), _text(said, "owner"),
        end_of_day(expires) if expires else 0.0, second,
    )  # fmt: skip
    return Row(line, entry, _text(said, "id"), _text(said, "audience"))


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return cleaned(value).strip() if isinstance(value, str) else ""


def _several(value: Any) -> tuple[str, ...]:
    """A list, or a text that separates them by line ends or ``|``."""
    items = value.replace("|", "\n").splitlines() if isinstance(value, str) else value or ()
    return tuple(way for item in items if (way := cleaned(item).strip()))
