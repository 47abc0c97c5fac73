"""JSON to sections: entries for questions and answers, else every value with the path of names that leads to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.markdown import Section
from engine.knowledge.reading.encodings import cleaned
from engine.knowledge.reading.page import web_address
from engine.knowledge.reading.tables import ANSWER, LINK, QUESTION, VARIANTS, entry

_TITLES = ("title", "name", "heading", "subject", "标题", "名称", "id", "key")
_LONG = 80  # characters: a longer text is a paragraph of its own
_DEEP_HEADINGS = 3  # names that become headings; deeper ones stand before the value
_MOST_VALUES = 1_000_000  # of one file, as of a table


def read_json(text: str) -> list[Section]:
    """The sections of a JSON document; raises ``LoadFailed`` where it is none."""
    try:
        return _sections(json.loads(text))
    except ValueError as e:
        raise LoadFailed(f"this is no valid JSON: {e}") from e
    except RecursionError as e:
        raise LoadFailed("the JSON is nested too deeply to be read") from e


def read_json_lines(text: str) -> list[Section]:
    """The sections of a file with a JSON value in each line."""
    values = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except ValueError as e:
                raise LoadFailed(f"line {number} is no valid JSON: {e}") from e
            except RecursionError as e:
                raise LoadFailed(f"line {number} is nested too deeply to be read") from e
    return _sections(values)


def _sections(value: Any) -> list[Section]:
    return _Writer().sections(value)


class _Writer:
    """Counts what it writes, so that a file cannot grow without end."""

    def __init__(self) -> None:
        self._count = 0

    def sections(self, value: Any, path: tuple[str, ...] = ()) -> list[Section]:
        """Sections of ``value``; ``path`` are the names that lead to it."""
        heading = " > ".join(path)
        if entries := _entries(value):
            return entries
        if isinstance(value, dict) and len(path) < _DEEP_HEADINGS:
            found: list[Section] = []
            plain = {name: inner for name, inner in value.items() if not _nested(inner)}
            if plain:
                found.append(Section(heading, "\n".join(self._lines(plain, "")) + "\n"))
            for name, inner in value.items():
                if _nested(inner):
                    found += self.sections(inner, (*path, _word(name)))
            return found
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            return [section for item in value for section in self._record(item, path)]
        lines = list(self._lines(value, ""))
        return [Section(heading, "\n".join(lines) + "\n")] if lines else []

    def _record(self, item: Any, path: tuple[str, ...]) -> list[Section]:
        """One of a list of objects: under its own name where it has one."""
        title, address = "", ""
        if isinstance(item, dict):
            lowered = {str(name).casefold(): inner for name, inner in item.items()}
            named = (lowered[name] for name in _TITLES if isinstance(lowered.get(name), str | int))
            title = _word(str(next(named, "")))[:_LONG]
            address = next((web_address(v) for k, v in lowered.items() if k in LINK and isinstance(v, str)), "")
        lines = list(self._lines(item, ""))
        return [Section(" > ".join(filter(None, (*path, title))), "\n".join(lines) + "\n", address)] if lines else []

    def _lines(self, value: Any, name: str) -> Iterator[str]:
        """``name: value`` for each value, ``a.b`` for one inside another."""
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self._lines(inner, f"{name}.{_word(key)}" if name else _word(key))
            return
        if isinstance(value, list):
            if all(not _nested(item) for item in value):
                if value:
                    yield self._line(name, ", ".join(filter(None, map(_text, value))))
            else:
                for item in value:
                    yield from self._lines(item, name)
            return
        yield self._line(name, _text(value))

    def _line(self, name: str, text: str) -> str:
        self._count += 1
        if self._count > _MOST_VALUES:
            raise LoadFailed(f"the file has more than {_MOST_VALUES:,} values: cut it into parts")
        if not name:
            return text
        return f"{name}:\n{text}\n" if "\n" in text else f"{name}: {text}"


def _entries(value: Any) -> list[Section]:
    """A list of objects with a question and an answer each, or an object that is one; else nothing."""
    items = value if isinstance(value, list) else [value]
    found = []
    for item in items:
        if not isinstance(item, dict):
            return []
        named = {str(name).casefold(): inner for name, inner in item.items()}
        question, answer = (next((named[n] for n in meaning if n in named), None) for meaning in (QUESTION, ANSWER))
        if not isinstance(question, str) or not isinstance(answer, str):
            return []
        others = next((named[n] for n in VARIANTS if n in named), ())
        others = (
            others
            if isinstance(others, str)
            else [v for v in others if isinstance(v, str)]
            if isinstance(others, list)
            else ()
        )
        link = next((web_address(named[n]) for n in LINK if isinstance(named.get(n), str)), "")
        if made := entry(cleaned(question), cleaned(answer), others, link):
            found.append(made)
    return found


def _nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict | list) for v in value))


def _word(name: str) -> str:
    return " ".join(cleaned(str(name)).split())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return cleaned(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
