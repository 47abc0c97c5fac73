"""Word documents: headings, lists, tables, code and footnotes.

Comments, deleted text, text formatted as hidden, headers and footers and embedded objects are not read; macros are
never looked at.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.html import read_html
from engine.knowledge.markdown import read_markdown
from engine.knowledge.reading.ooxml import checked, part, properties
from engine.knowledge.reading.page import Page

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MONOSPACED = re.compile(r"mono|courier|consol|menlo|typewriter|等宽|fixed|lucida sans typewriter", re.IGNORECASE)
_CODE = re.compile(r"code|html preformatted|preformatted text|macro text|plain text|source|listing|代码", re.IGNORECASE)
_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")


def read_docx(data: bytes, stem: str) -> Page:
    """The document; raises ``LoadFailed`` where it is damaged, a bomb or encrypted."""
    with checked(data) as archive:
        stated, dated = properties(archive)
        styles = _Styles(part(archive, "word/styles.xml"), part(archive, _PARTS[0]))
        shown = _without_hidden(archive, styles)
    import mammoth  # type: ignore[import-untyped]  # it has no types

    try:
        html = mammoth.convert_to_html(
            io.BytesIO(shown if shown is not None else data), style_map="\n".join(styles.map()), convert_image=_picture,
            transform_document=mammoth.transforms.paragraph(_code), external_file_access=False,
        ).value  # fmt: skip
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, OSError, zipfile.BadZipFile) as e:
        raise LoadFailed(f"the Word document is damaged: {e}") from e
    page = read_html(f"<body>{html}</body>")
    inner = read_markdown(page.markdown)
    return Page(page.title or inner.title or stated or stem, "", inner.sections, "", dated)


def _picture(image: Any) -> Any:
    """A picture as what its author says of it."""
    from mammoth import html

    return [html.text(image.alt_text)] if image.alt_text else []


def _code(paragraph: Any) -> Any:
    """A paragraph in a fixed-width font is code, whatever its style."""
    runs = [child for child in paragraph.children if getattr(child, "children", None) and hasattr(child, "font")]
    if runs and not paragraph.style_name and all(run.font and _MONOSPACED.search(run.font) for run in runs):
        return paragraph.copy(style_name="Source Code", style_id="SourceCode")
    return paragraph


class _Styles:
    """What the document's styles mean, whatever they are called in its author's language."""

    def __init__(self, xml: bytes, document: bytes):
        self._names: dict[str, str] = {}
        self._based: dict[str, str] = {}
        self._levels: dict[str, int] = {}
        self.hidden: set[str] = set()
        for style in _elements(xml, "style"):
            key = style.get(f"{_W}styleId", "")
            name, based, level = (style.find(f"{_W}{tag}") for tag in ("name", "basedOn", f"pPr/{_W}outlineLvl"))
            self._names[key] = name.get(f"{_W}val", "") if name is not None else ""
            self._based[key] = based.get(f"{_W}val", "") if based is not None else ""
            if level is not None and level.get(f"{_W}val", "").isdigit():
                self._levels[key] = int(level.get(f"{_W}val"))
            if _is_on(style.find(f"{_W}rPr/{_W}vanish")):
                self.hidden.add(key)
        titles = [key for key, name in self._names.items() if name.casefold() == "title"]
        self._has_title = any(f'pStyle w:val="{key}"'.encode() in document for key in titles)

    def map(self) -> Iterator[str]:
        """Lines of mammoth's style map."""
        yield "p[style-name='Title'] => h1:fresh"
        yield "p[style-name='Subtitle'] => p:fresh"
        yield "p[style-name='Source Code'] => pre:separator('\\n')"
        below = 1 + self._has_title  # what the title stands above goes one level down
        for key, name in self._names.items():
            if "'" in name or "\\" in name or not name:
                continue
            level = self._level(key)
            if level is not None and level < 6 and name.casefold() not in {"title", "subtitle"}:
                yield f"p[style-name='{name}'] => h{min(6, level + below)}:fresh"
            elif _CODE.search(name):
                yield f"p[style-name='{name}'] => pre:separator('\\n')"

    def _level(self, key: str) -> int | None:
        for _ in range(10):  # styles build on each other, in a circle where somebody is mean
            if key in self._levels or key not in self._based:
                break
            key = self._based[key]
        return self._levels.get(key)


def _without_hidden(archive: zipfile.ZipFile, styles: _Styles) -> bytes | None:
    """The document again without the text that Word does not show; None where all of it is shown."""
    texts = {name: part(archive, name) for name in _PARTS}
    if not styles.hidden and not any(b"vanish" in text for text in texts.values()):
        return None
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            if entry.filename in texts:
                copy.writestr(entry.filename, _shown(texts[entry.filename], styles.hidden))
            elif entry.filename.lower().endswith((".xml", ".rels")):
                copy.writestr(entry.filename, part(archive, entry.filename))
    return changed.getvalue()


def _shown(xml: bytes, hidden: set[str]) -> bytes:
    import lxml.etree  # type: ignore[import-untyped]  # it has no types

    root = _root(xml)
    for run in list(root.iter(f"{_W}r")):
        paragraph = next(run.iterancestors(f"{_W}p"), None)
        style = run.find(f"{_W}rPr/{_W}rStyle")
        above = paragraph.find(f"{_W}pPr/{_W}pStyle") if paragraph is not None else None
        named = {tag.get(f"{_W}val") for tag in (style, above) if tag is not None}
        if _is_on(run.find(f"{_W}rPr/{_W}vanish")) or named & hidden:
            run.getparent().remove(run)
    return bytes(lxml.etree.tostring(root))


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{_W}val", "1") not in {"0", "false", "off"}


def _elements(xml: bytes, tag: str) -> Iterator[Any]:
    if xml:
        yield from _root(xml).iter(f"{_W}{tag}")


def _root(xml: bytes) -> Any:
    import lxml.etree

    try:
        return lxml.etree.fromstring(xml, lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except lxml.etree.XMLSyntaxError as e:
        raise LoadFailed(f"the Word document is damaged: {e}") from e
