"""PowerPoint files: a section for each slide, under its title, with tables and the speaker's notes.

Hidden slides, comments and embedded objects are not read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.markdown import Section
from engine.knowledge.reading.encodings import cleaned
from engine.knowledge.reading.ooxml import checked, markdown_table, properties
from engine.knowledge.reading.page import Page

_DEEP = 20  # groups inside groups


def read_pptx(data: bytes, stem: str) -> Page:
    """The presentation; raises ``LoadFailed`` where it is damaged, a bomb or encrypted."""
    with checked(data) as archive:
        stated, dated = properties(archive)
    import pptx
    from pptx.exc import PythonPptxError

    sections, title = [], ""
    try:
        for number, slide in enumerate(pptx.Presentation(io.BytesIO(data)).slides, 1):
            if slide._element.get("show") == "0":  # noqa: SLF001 - python-pptx has no name for it
                continue
            heading = " ".join(cleaned(slide.shapes.title.text_frame.text).split()) if slide.shapes.title else ""
            title = title or heading
            text = "\n".join(_blocks(slide)).strip()
            if text or heading:
                sections.append(
                    Section(heading or f"Slide {number}", re.sub(r"\n{3,}", "\n\n", cleaned(text or heading)) + "\n")
                )
    except (PythonPptxError, KeyError, ValueError, AttributeError, TypeError, IndexError, SyntaxError) as e:
        raise LoadFailed(f"the PowerPoint file is damaged: {e}") from e
    generic = stated.casefold() in {"", "powerpoint presentation", "powerpoint 演示文稿", "presentation", "演示文稿"}
    return Page((title if generic else stated) or stem, "", tuple(sections), "", dated)


def _blocks(slide: Any) -> Iterator[str]:
    """What stands on the slide, from the top left to the bottom right, and the notes."""
    title = slide.shapes.title
    for shape in sorted(_shapes(slide.shapes, 0), key=lambda shape: ((shape.top or 0) // 100_000, shape.left or 0)):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False):
            yield markdown_table([[cell.text for cell in row.cells] for row in shape.table.rows])
        elif shape.has_text_frame:
            yield from _paragraphs(shape.text_frame)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        if notes:
            yield f"\nNotes: {notes}"


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if shape.shape_type == 6 and depth < _DEEP:  # a group
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _paragraphs(frame: Any) -> Iterator[str]:
    """Lines of a text box; several are a list, as they are shown."""
    lines = [(paragraph.level, " ".join(paragraph.text.split())) for paragraph in frame.paragraphs]
    lines = [(level, text) for level, text in lines if text]
    for level, text in lines:
        yield f"{'  ' * level}- {text}" if len(lines) > 1 else text
    if lines:
        yield ""
