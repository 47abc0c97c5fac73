"""Texts for people, in Fluent (projectfluent.org): a folder with a file for each language is a catalogue.

The one place that imports Fluent, and only when something is said: with its rules of plurals and numbers it takes
longer than a verb should take to start.  A language is a file, ``zh-TW.ftl``; whoever speaks none of them is spoken to
in English.
"""

from __future__ import annotations

import re
import secrets
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fluent.runtime import FluentBundle
    from fluent.syntax import ast

ENGLISH: Final = "en"
#: Fluent refuses a value of more than 2,500 characters; what is longer than this is put in when it is done.
_LONG: Final = 2_000
#: Stands for a long value meanwhile; no text from outside can hold it.
_MARK: Final = f"\ue000{secrets.token_hex(8)}:"
_MARKED: Final = re.compile(_MARK + "(\\w+)\ue001")


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a value stands in a text."""

    name: str


class Catalogue:
    """The texts of one folder, each with a name; a language is parsed when it is first spoken.

    A text that a language lacks, or that cannot be made of the values given, is taken from the next best language, at
    last from English; a name that English lacks, too, stands for itself.  Each is also a ``RuntimeWarning``: our tests
    fail by it, nobody who asked does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parsed: dict[str, FluentBundle] = {}

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages spoken here, as their files are named."""
        return frozenset(file.stem for file in self._folder.glob("*.ftl"))

    def say(self, name: str, language: str, values: Mapping[str, object]) -> str:
        """The text ``name`` in the language nearest to ``language`` (``zh-TW``, then ``zh``, then English).

        Numbers are counted and written by the rules of the language; all else is put in as text, as it is.
        """
        said = name
        for spoken in self._nearest(language):
            said, wrong = self._said(name, spoken, values)
            if not wrong:
                return said
            warnings.warn(f"{self._folder.name}/{spoken}.ftl, {name}: {wrong}", RuntimeWarning, stacklevel=3)
        return said

    def has(self, name: str) -> bool:
        """Whether there is a text of this name."""
        return bool(self._bundle(ENGLISH).has_message(name))

    def prepare(self) -> None:
        """Parse every language now."""
        for language in self.languages:
            self._bundle(language)

    def nearest(self, language: str) -> str:
        """The language that somebody is spoken to in who speaks this one."""
        return next(self._nearest(language))

    def pieces(self, language: str) -> dict[str, tuple[str | Gap, ...]]:
        """By name, all texts of a language that are made of words and values alone."""
        from fluent.syntax import ast

        made: dict[str, tuple[str | Gap, ...]] = {}
        for entry in self._entries(language).body:
            if isinstance(entry, ast.Message) and entry.value:
                parts = tuple(map(_piece, entry.value.elements))
                if None not in parts:
                    made[entry.id.name] = tuple(part for part in parts if part is not None)
        return made

    def _nearest(self, language: str) -> Iterator[str]:
        wanted = dict.fromkeys((language, language.partition("-")[0], ENGLISH))
        return (tag for tag in wanted if tag in self.languages)

    def _said(self, name: str, language: str, values: Mapping[str, object]) -> tuple[str, str]:
        """The text, and what is wrong with it."""
        bundle = self._bundle(language)
        pattern = bundle.get_message(name).value if bundle.has_message(name) else None
        if pattern is None:
            return name, "there is no such text"
        long = {key: value for key, value in values.items() if isinstance(value, str) and len(value) > _LONG}
        given = {key: f"{_MARK}{key}\ue001" if key in long else _given(value) for key, value in values.items()}
        made, errors = bundle.format_pattern(pattern, given)
        said = _MARKED.sub(lambda found: long[found[1]], str(made)) if long else str(made)
        return said, "; ".join(str(error) for error in errors)

    def _bundle(self, language: str) -> FluentBundle:
        found = self._parsed.get(language)
        if found is None:
            from fluent.runtime import FluentBundle

            # Marks of direction around each value would stand in what people copy, and no language of ours needs them.
            found = FluentBundle([language], use_isolating=False)
            found.add_resource(self._entries(language))
            self._parsed[language] = found
        return found

    def _entries(self, language: str) -> ast.Resource:
        from fluent.syntax import FluentParser

        text = (self._folder / f"{language}.ftl").read_text(encoding="utf-8")
        return FluentParser(with_spans=False).parse(text)


def _given(value: object) -> object:
    """A number or a text: Fluent knows no more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return value


def _piece(element: ast.TextElement | ast.Placeable) -> str | Gap | None:
    """A part of a text; None for what depends on a value, or stands elsewhere."""
    from fluent.syntax import ast

    if isinstance(element, ast.TextElement):
        return str(element.value)
    said = element.expression
    if isinstance(said, ast.StringLiteral):
        return str(said.parse()["value"])
    return Gap(said.id.name) if isinstance(said, ast.VariableReference) else None
