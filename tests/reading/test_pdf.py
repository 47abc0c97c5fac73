"""PDF: headings, paragraphs, columns, tables and code are told from where the characters stand."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pytest

from engine.errors import LoadFailed
from engine.knowledge.load import Page, read
from tests.reading.files import Pdf

TEXT = (
    "Keys are rotated every ninety days by the platform team. The previous key stays valid for one hour, so that "
    "running jobs can finish. Whoever cannot read the new key in time restarts the service within that hour."
)


def page(pdf: Pdf, name: str = "handbook.pdf") -> Page:
    return read(pdf.data(), name)


def text(found: Page) -> str:
    return "\n".join(section.text for section in found.sections)


def paragraph(pdf: Pdf, x: float, y: float, words: str, width: int = 80, lead: float = 13) -> float:
    return pdf.lines(x, y, textwrap.wrap(words, width), lead=lead) - 8


def table(pdf: Pdf, y: float, rows: Sequence[Sequence[str]], places: Sequence[float] = (72, 200, 340)) -> float:
    for row in rows:
        for x, cell in zip(places, row, strict=True):
            if cell:
                pdf.put(x, y, cell)
        y -= 14
    return y


def test_larger_and_bold_lines_are_headings_and_lines_are_paragraphs() -> None:
    pdf = Pdf(info="/Title (Microsoft Word - draft.doc) /ModDate (D:20260102030405Z)").page()
    pdf.put(72, 780, "Operations handbook", 22).put(72, 740, "Rotating keys", 15)
    y = paragraph(pdf, 72, 715, TEXT)
    y = paragraph(pdf, 72, y, "Second. " + TEXT)
    pdf.put(72, y - 8, "Exceptions", 10, "B")
    paragraph(pdf, 72, y - 26, "There are none.")
    found = page(pdf)

    assert (found.title, found.dated) == ("Operations handbook", 1767323045.0)
    assert [s.heading for s in found.sections] == [
        "Operations handbook > Rotating keys",
        "Operations handbook > Rotating keys > Exceptions",
    ]
    assert found.sections[0].text == f"{TEXT}\n\nSecond. {TEXT}\n"


def test_a_section_says_on_which_page_it_stands() -> None:
    pdf = Pdf()
    for number in range(1, 4):
        pdf.page().put(72, 760, f"Chapter {number}", 18)
        paragraph(pdf, 72, 730, f"Number {number}. {TEXT}")
    found = page(pdf)

    assert [s.anchor for s in found.sections] == ["page=1", "page=2", "page=3"]
    at = Page(found.title, "https://x.example/handbook.pdf", found.sections)
    assert [at.address(s) for s in at.sections][2] == "https://x.example/handbook.pdf#page=3"


def test_a_paragraph_goes_on_over_the_end_of_a_page_and_running_titles_do_not() -> None:
    pdf = Pdf()
    start = "This sentence begins on the first page, which is nearly full by now, and goes"
    parts = [start, "on here. Next: the rules", "of the house are", "simple."]
    for number, part in enumerate(parts, 1):
        pdf.page().put(72, 810, "ACME handbook", 8).put(280, 30, f"Page {number} of 4", 8)
        pdf.put(72, 700, part)
    found = text(page(pdf))

    assert "nearly full by now, and goes on here." in found
    assert "ACME" not in found and "Page 2" not in found


def test_words_cut_at_the_end_of_a_line_are_whole_again() -> None:
    pdf = Pdf().page()
    pdf.lines(
        72, 700, ["The configura-", "tion of a well-known ser-", "vice is a long-", "term matter; long-term it is."]
    )

    assert "The configuration of a well-known service is a long-term matter" in text(page(pdf))


def test_two_columns_are_read_one_after_the_other() -> None:
    pdf = Pdf().page().put(150, 790, "A study of front desks", 20)
    y = paragraph(pdf, 72, 760, "Abstract. " + TEXT, 95) - 10
    for x, number in ((72, "1 Left"), (310, "2 Right")):
        pdf.put(x, y, number, 13)
        paragraph(pdf, x, y - 20, f"Begin of {number}. {TEXT} {TEXT} End of {number}.", 42, 12)
    found = page(pdf)

    assert [s.heading.rpartition(" > ")[2] for s in found.sections] == ["A study of front desks", "1 Left", "2 Right"]
    for section, number in zip(found.sections[1:], ("1 Left", "2 Right"), strict=True):
        assert section.text == f"Begin of {number}. {TEXT} {TEXT} End of {number}.\n"


def test_cells_that_stand_below_each_other_are_a_table() -> None:
    pdf = Pdf().page()
    y = paragraph(pdf, 72, 760, TEXT)
    rows = [("Code", "Meaning", "Action"), ("E100", "Key expired", "Rotate it now"), ("E200", "", "Ask for another"),
            ("E300", "Clock skew", "Check NTP")]  # fmt: skip
    y = table(pdf, y - 10, rows)
    paragraph(pdf, 72, y - 12, "After it. " + TEXT)
    found = text(page(pdf))

    assert "| Code | Meaning | Action |\n| --- | --- | --- |\n| E100 | Key expired | Rotate it now |" in found
    assert "| E200 |  | Ask for another |" in found
    assert f"\n\nAfter it. {TEXT}" in found


def test_code_keeps_its_lines_and_its_indentation() -> None:
    pdf = Pdf().page()
    y = paragraph(pdf, 72, 760, TEXT)
    code = ["def rotate(key):", "    if key.expired:", "        return new_key()", "", "    return key"]
    pdf.lines(72, y, code, 9, 11, "M")
    found = text(page(pdf))

    assert "```\n" + "\n".join(code) + "\n```" in found


def test_points_of_a_list_stay_apart() -> None:
    pdf = Pdf().page()
    pdf.lines(
        72,
        700,
        ["* first point that is so long that it goes on", "  in the next line", "* second", "1. third", "2. fourth"],
    )
    found = text(page(pdf))

    assert "goes on in the next line\n" in found
    assert "\n1. third\n2. fourth\n" in found


def test_chinese_lines_are_joined_without_spaces() -> None:
    lines = [
        "年假申请须提前五个工作日在系统中提交，会议室预订最长",
        "为两小时。员工离职前须归还笔记本电脑，访客须在前台登",
        "记并佩戴识别证。",
    ]
    pdf = Pdf().page().put(72, 780, "员工手册", 20, "C").put(72, 740, "年假", 14, "C")
    for number, line in enumerate(lines):
        pdf.put(72, 710 - 16 * number, line, 11, "C")
    found = page(pdf)

    assert found.title == "员工手册"
    assert [(s.heading, s.text) for s in found.sections] == [("员工手册 > 年假", "".join(lines) + "\n")]


def test_bookmarks_tell_headings_and_their_levels() -> None:
    pdf = Pdf().page().mark("Rotating keys")
    pdf.put(72, 780, "Rotating keys")
    paragraph(pdf, 72, 760, TEXT)
    found = page(pdf)

    assert [s.heading for s in found.sections] == ["Rotating keys"]


@pytest.mark.parametrize(("matrix", "x", "across", "up"), [
    ("0 1 -1 0", 200, 13, 0), ("0 -1 1 0", 300, -13, 0), ("-1 0 0 -1", 550, 0, 13),
])  # fmt: skip
def test_a_page_that_lies_on_its_side_is_read(matrix: str, x: float, across: float, up: float) -> None:
    pdf = Pdf().page()
    for number, line in enumerate(textwrap.wrap(TEXT, 60)):
        pdf.put(x + number * across, 500 + number * up, line, 10, "F", matrix)

    assert TEXT in text(page(pdf))


def test_what_nobody_sees_on_the_page_is_not_read() -> None:
    pdf = Pdf().page()
    paragraph(pdf, 72, 760, TEXT)
    pdf.put(72, 300, "tiny canary", 0.4).put(900, 300, "canary outside").put(
        200, 300, "CANARY MARK", 50, "F", ".7 .7 -.7 .7"
    )

    assert text(page(pdf)) == TEXT + "\n"


def test_a_title_that_is_only_stated_is_taken_when_no_heading_tells_one() -> None:
    pdf = Pdf(info="/Title (Rules of the house)").page()
    paragraph(pdf, 72, 760, TEXT)

    assert page(pdf).title == "Rules of the house"
    bare = Pdf().page()
    paragraph(bare, 72, 760, TEXT)
    assert page(bare, "rules.pdf").title == "rules"


def test_text_whose_characters_nobody_can_tell_is_refused() -> None:
    pdf = Pdf().page()
    paragraph(pdf, 72, 760, TEXT)
    for number in range(20):
        pdf.put(72, 500 - 14 * number, "\x00" * 40)

    with pytest.raises(LoadFailed, match="fonts"):
        read(
            pdf.data().replace(b"/BaseFont /Helvetica ", b"/BaseFont /Helvetica /Encoding << /Differences [0 /g1] >> "),
            "x.pdf",
        )
