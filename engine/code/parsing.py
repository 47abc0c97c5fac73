"""Parses code without running it: Python by ``ast`` and pyflakes, others by their tree-sitter grammars.

Runs in a process of its own (``child.py``): a parser written in C can be brought down by what it reads.
"""

from __future__ import annotations

import ast
import importlib
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from engine.code.languages import Language

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

#: Characters of code that are looked at; what is longer is said not to be checked.
MOST: Final = 200_000
#: Faults that are told of one piece of code.
_TOLD: Final = 5
_SHOWN: Final = 40
#: What pyflakes finds that keeps code from working; what is only untidy (an import that nobody uses) is left alone.
_FAULTY: Final = frozenset({
    "UndefinedName", "UndefinedLocal", "UndefinedExport", "DuplicateArgument", "ReturnOutsideFunction",
    "YieldOutsideFunction",
    "ContinueOutsideLoop", "BreakOutsideLoop", "DefaultExceptNotLast", "TwoStarredExpressions",
    "ImportShadowedByLoopVar",
    "TooManyExpressionsInStarredAssignment", "AssertTuple", "IfTuple", "IsLiteral", "InvalidPrintSyntax",
    "RaiseNotImplemented",
    "MultiValueRepeatedKeyLiteral", "PercentFormatInvalidFormat", "PercentFormatMixedPositionalAndNamed",
    "PercentFormatMissingArgument", "PercentFormatPositionalCountMismatch", "PercentFormatExpectedMapping",
    "PercentFormatExpectedSequence", "StringDotFormatMissingArgument", "StringDotFormatInvalidFormat",
    "StringDotFormatMixingAutomatic", "ForwardAnnotationSyntaxError", "LateFutureImport", "FutureFeatureNotDefined",
})  # fmt: skip
_warnings = threading.Lock()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line (from 1): ``what`` names a phrase; without, ``detail`` is a parser's own words."""

    line: int
    detail: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Code with its tree: ``python`` or ``tree``; neither where it cannot be parsed at all.

    ``faults`` is why it does not parse, ``lint`` what is faulty although it parses (Python alone).
    """

    code: str
    language: Language
    python: ast.Module | None = None
    tree: Tree | None = None
    faults: tuple[Fault, ...] = ()
    lint: tuple[Fault, ...] = ()


def parse(code: str, language: Language) -> Parsed | None:
    """The code parsed; None where there is no parser for the language, or far too much code."""
    if len(code) > MOST:
        return None
    if language.name == "python":
        return _python(code, language)
    if not language.grammar:
        return None
    return _by_grammar(code, language)


def nodes(parsed: Parsed) -> Iterator[Node]:
    """Every node of a tree-sitter tree, parents before children."""
    waiting = [parsed.tree.root_node] if parsed.tree else []
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def text_of(node: Node | None) -> str:
    """What stands at a node."""
    return (node.text or b"").decode("utf-8", "replace") if node else ""


def _python(code: str, language: Language) -> Parsed:
    # Warnings about escapes are neither printed nor errors; filters belong to the whole process, hence one at a time.
    with _warnings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(code)
        except SyntaxError as e:
            return Parsed(code, language, faults=(Fault(e.lineno or 1, str(e.msg)),))
        except (ValueError, RecursionError, MemoryError) as e:
            return Parsed(code, language, faults=(Fault(1, str(e) or "too deeply nested"),))
        try:
            return Parsed(code, language, tree, lint=tuple(_linted(tree)))
        except RecursionError:
            return Parsed(code, language, tree)


def _linted(tree: ast.Module) -> Iterator[Fault]:
    from pyflakes.checker import Checker  # type: ignore[import-untyped]  # it has no stubs

    found = [one for one in Checker(tree).messages if type(one).__name__ in _FAULTY]
    told = sorted({(one.lineno, one.message % one.message_args) for one in found})
    for line, said in told[:_TOLD]:
        yield Fault(line, said)


def _by_grammar(code: str, language: Language) -> Parsed:
    name = language.grammar
    if language.name == "php" and "<?" not in code:
        name = "php:language_php_only"
    tree = _parser(name).parse(code.encode("utf-8", "replace"))
    parsed = Parsed(code, language, tree=tree)
    return Parsed(code, language, tree=tree, faults=tuple(_broken(parsed)) if tree.root_node.has_error else ())


def _broken(parsed: Parsed) -> Iterator[Fault]:
    count = 0
    seen: set[int] = set()
    for node in nodes(parsed):
        line = node.start_point[0] + 1
        if line in seen or not (node.is_missing or node.is_error):
            continue
        seen.add(line)
        if node.is_missing:
            yield Fault(line, node.type, "code_missing")
        else:
            at = " ".join(text_of(node).split("\n")[0].split())[:_SHOWN]
            yield Fault(line, at, "code_near") if at else Fault(line, "", "code_broken")
        count += 1
        if count == _TOLD:
            return
    if not count:
        yield Fault(1, "", "code_broken")


def _parser(grammar: str) -> Parser:
    from tree_sitter import Parser

    return Parser(_grammar(grammar))  # of its own each time: one is not for several threads


@cache
def _grammar(grammar: str) -> Any:
    from tree_sitter import Language as Grammar

    package, _, function = grammar.partition(":")
    return Grammar(getattr(importlib.import_module(f"tree_sitter_{package}"), function or "language")())
