"""Word, PowerPoint and Excel files."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pptx
from pptx.util import Inches

from engine.knowledge.load import Page, read
from tests.reading.files import docx, grid, par, style

BULLETS = (
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl><w:lvl w:ilvl="1">'
    '<w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
)
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>Stated</dc:title>'
    "<dcterms:modified>2026-01-02T03:04:05Z</dcterms:modified></cp:coreProperties>"
)
HEADINGS = style("1", "heading 1", level=0) + style("2", "heading 2", level=1) + style("T", "Title")


def headings(page: Page) -> list[str]:
    return [section.heading for section in page.sections]


def text(page: Page) -> str:
    return "\n".join(section.text for section in page.sections)


def point(words: str, level: int = 0) -> str:
    return par(words, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')


# Word


def test_a_word_document_keeps_its_headings() -> None:
    body = par("员工手册", "T") + par("请假", "1") + par("须提前申请。") + par("Sick leave", "2") + par("Call in.")
    found = read(docx(body, styles=HEADINGS, parts={"docProps/core.xml": CORE}), "handbook.docx")

    assert (found.title, found.dated) == ("员工手册", 1767323045.0)
    assert headings(found) == ["员工手册 > 请假", "员工手册 > 请假 > Sick leave"]


def test_headings_are_told_by_their_level_whatever_their_style_is_called() -> None:
    styles = (
        style("a", "Überschrift Eins", level=0) + style("b", "Mein Kapitel", based="c") + style("c", "Basis", level=1)
    )
    found = read(docx(par("One", "a") + par("x") + par("Two", "b") + par("y"), styles=styles), "a.docx")

    assert headings(found) == ["One", "One > Two"]


def test_styles_that_build_on_each_other_in_a_circle_are_survived() -> None:
    styles = style("a", "A", based="b") + style("b", "B", based="a")

    assert "text" in text(read(docx(par("text", "a"), styles=styles), "a.docx"))


def test_a_word_document_keeps_lists_tables_and_code() -> None:
    mono = '<w:rFonts w:ascii="Courier New"/>'
    body = (
        point("first") + point("inside", 1) + point("second") + grid([("Code", "Meaning"), ("E100", "expired")])
        + par("def f():", run=mono) + par("    return 1", run=mono) + par("make run", "S")
    )  # fmt: skip
    found = text(read(docx(body, styles=style("S", "HTML Preformatted"), numbering=BULLETS), "a.docx"))

    assert "- first\n  - inside\n- second\n" in found
    assert "| Code | Meaning |\n| --- | --- |\n| E100 | expired |" in found
    assert "```\ndef f():\n    return 1\n" in found and "make run" in found


def test_what_word_does_not_show_is_not_read() -> None:
    body = (
        par("Shown.") + par("canary one", run="<w:vanish/>") + par("kept", run='<w:vanish w:val="0"/>')
        + par("canary two", "H") + "<w:p><w:del><w:r><w:delText>canary three</w:delText></w:r></w:del></w:p>"
        + '<w:p><w:r><w:t>Noted.</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>'
    )  # fmt: skip
    comments = (
        '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:comment w:id="0">'
        + par("canary four") + "</w:comment></w:comments>"
    )  # fmt: skip
    found = text(
        read(
            docx(body, styles=style("H", "Secret", run="<w:vanish/>"), parts={"word/comments.xml": comments}), "a.docx"
        )
    )

    assert found.split() == ["Shown.", "kept", "Noted."]


def test_a_word_document_without_a_heading_is_called_as_it_says_or_as_its_file() -> None:
    assert read(docx(par("x"), parts={"docProps/core.xml": CORE}), "a.docx").title == "Stated"
    assert read(docx(par("x")), "报销.docx").title == "报销"


def test_a_word_document_is_told_by_its_bytes() -> None:
    assert text(read(docx(par("Text.")), "called.pdf")).strip() == "Text."


# PowerPoint


def slides(*made: Any) -> bytes:
    deck = pptx.Presentation()
    for make in made:
        make(deck)
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


def plain(deck: Any) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Key rotation"
    frame = slide.placeholders[1].text_frame
    frame.text = "Every 90 days"
    inner = frame.add_paragraph()
    inner.text, inner.level = "the old key lives an hour", 1
    slide.notes_slide.notes_text_frame.text = "Mention the overlap."


def tabular(deck: Any) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(5), Inches(1)).table
    for at, word in enumerate(("Code", "Meaning", "E100", "a | b")):
        table.cell(at // 2, at % 2).text = word
    group = slide.shapes.add_group_shape()
    box = group.shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1))
    box.text_frame.text = "In a group"


def hidden(deck: Any) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "canary"
    slide._element.set("show", "0")


def test_slides_are_sections_with_their_tables_and_notes() -> None:
    found = read(slides(plain, hidden, tabular), "deck.pptx")

    assert (found.title, headings(found)) == ("Key rotation", ["Key rotation", "Slide 3"])
    assert found.sections[0].text == "- Every 90 days\n  - the old key lives an hour\n\nNotes: Mention the overlap.\n"
    assert "In a group" in found.sections[1].text
    assert "| Code | Meaning |\n| --- | --- |\n| E100 | a \\| b |" in found.sections[1].text
    assert "canary" not in text(found)


# Excel


def book(*sheets: tuple[str, list[list[Any]]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_each_row_of_a_sheet_can_be_understood_alone() -> None:
    morning = datetime(2024, 5, 1, 9, 30)  # noqa: DTZ001 - cells have no time zone
    rows: list[list[Any]] = [["Desks of 2026"], [], ["City", "Desk", "Since", "Share", "Open"]]
    rows += [["Berlin", 4, date(2024, 5, 1), 0.25, True], ["上海", 7.5, morning, None, False]]
    made = book(("Desks", rows))
    made["Desks"]["D4"].number_format = "0%"
    [section] = read(saved(made), "desks.xlsx").sections

    assert section.heading == "Desks"
    assert section.text.splitlines() == [
        "Desks of 2026",
        "City: Berlin | Desk: 4 | Since: 2024-05-01 | Share: 25% | Open: TRUE",
        "City: 上海 | Desk: 7.5 | Since: 2024-05-01 09:30 | Open: FALSE",
    ]


def test_questions_in_a_sheet_are_entries_with_their_variants() -> None:
    rows = [
        ["问题", "答案", "相似问", "链接"],
        ["如何重设密码？", "在设置里。", "忘记密码|密码丢了怎么办", "https://x.example/p"],
        ["", "x"],
    ]
    [section] = read(saved(book(("Sheet1", rows))), "faq.xlsx").sections

    assert section.entry and section.text == "如何重设密码？\n在设置里。"
    assert (section.variants, section.url) == (("忘记密码", "密码丢了怎么办"), "https://x.example/p")


def test_hidden_sheets_and_comments_are_not_read() -> None:
    made = book(("Shown", [["a", "b"], [1, 2]]), ("Secret", [["c", "d"], ["canary", 3]]))
    made["Secret"].sheet_state = "hidden"
    made["Shown"]["A2"].comment = openpyxl.comments.Comment("canary", "somebody")

    assert text(read(saved(made), "a.xlsx")) == "a: 1 | b: 2\n"


def test_long_rows_have_a_line_for_each_cell() -> None:
    words = "word " * 80
    [section] = read(saved(book(("Sheet1", [["Name", "Text"], ["A", words], ["B", "short"]]))), "a.xlsx").sections

    assert section.text == f"Name: A\nText: {words.strip()}\n\nName: B | Text: short\n"
