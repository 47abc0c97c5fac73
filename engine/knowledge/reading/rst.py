"""reStructuredText: what docutils makes of it, without reading or running anything that the text names.

Sphinx's directives and roles are not known to docutils: what is inside them is kept, their effect is not.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]  # it has no types
from docutils.core import publish_parts  # type: ignore[import-untyped]  # it has no types
from docutils.parsers.rst import Directive, directives, roles  # type: ignore[import-untyped]  # it has no types
from docutils.utils import SystemMessage  # type: ignore[import-untyped]  # it has no types

from engine.errors import LoadFailed
from engine.knowledge.html import HtmlPage, read_html

_DIRECTIVE = re.compile(r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([\w:.+-]+)::(?:\s|$)", re.MULTILINE)
_ROLE = re.compile(r":([\w:.+-]+):`")
_TARGET = re.compile(r"(.*?)\s*<[^<>]*>\Z", re.DOTALL)
_FOR_CODE = {"code-block", "sourcecode", "highlight", "prompt", "parsed-literal", "doctest", "testcode", "testoutput",
             "literal"}  # fmt: skip
_FOR_NOTHING = {"toctree", "include", "literalinclude", "raw", "index", "meta", "automodule", "autoclass",
                "autofunction", "contents", "currentmodule", "module", "tabularcolumns", "highlightlang",
                "graphviz"}  # fmt: skip
_SETTINGS = {
    "file_insertion_enabled": False, "raw_enabled": False, "_disable_config": True, "report_level": 5, "halt_level": 5,
    "traceback": False, "embed_stylesheet": False, "stylesheet_path": "", "syntax_highlight": "none",
    "line_length_limit": 1_000_000, "doctitle_xform": True, "sectsubtitle_xform": False, "math_output": "LaTeX",
    "input_encoding": "unicode", "output_encoding": "unicode", "smart_quotes": False, "toc_backlinks": False,
}  # fmt: skip


def read_rst(text: str) -> HtmlPage:
    """The page; raises ``LoadFailed`` where it cannot be parsed."""
    for name in set(_DIRECTIVE.findall(text)):
        if _unknown(name):
            directives.register_directive(name, _Unknown)
    for name in set(_ROLE.findall(text)):
        if name not in roles._roles and name not in roles._role_registry:  # noqa: SLF001 - it has no other way to ask
            roles.register_local_role(name, _role)
    try:
        parts = publish_parts(text, writer="html5", settings_overrides=dict(_SETTINGS))
    except (SystemMessage, ValueError, AttributeError, IndexError, AssertionError) as e:
        raise LoadFailed(f"the reStructuredText cannot be parsed: {e}") from e
    return read_html(f"<title>{parts['title']}</title><body>{parts['html_body']}</body>")


def _unknown(name: str) -> bool:
    from docutils.parsers.rst.languages import en  # type: ignore[import-untyped]  # it has no types

    return name in _FOR_CODE | _FOR_NOTHING or name.lower() not in en.directives


class _Every(dict[str, Any]):
    """Options of a directive: any, unread."""

    def __missing__(self, name: str) -> Any:
        return directives.unchanged


class _Unknown(Directive):  # type: ignore[misc]  # it has no types
    """A directive of Sphinx or of somebody else."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = _Every()

    def run(self) -> list[Any]:
        if self.name in _FOR_NOTHING:
            return []
        if self.name in _FOR_CODE:
            code = "\n".join(self.content)
            classes = [
                "code",
                *(f"language-{a.split()[0]}" for a in self.arguments if self.name != "prompt" and a.split()),
            ]
            return [nodes.literal_block(code, code, classes=classes)]
        holder = nodes.container()
        if self.arguments:
            argument = self.arguments[0]
            holder += nodes.paragraph(argument, argument)
        self.state.nested_parse(self.content, self.content_offset, holder)
        return [holder]


def _role(_name: str, rawtext: str, text: str, *_: Any) -> tuple[list[Any], list[Any]]:
    """The text of a reference, without its target."""
    found = _TARGET.match(text)
    shown = (found.group(1) if found else text.lstrip("~!")).replace("\x00", "")
    return [nodes.literal(rawtext, shown)], []
