"""Tables, JSON, reStructuredText, e-mail and the encodings of text."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import LoadFailed
from engine.knowledge.load import Page, read
from engine.knowledge.pieces import drafts
from engine.knowledge.reading.archive import members
from engine.knowledge.reading.encodings import decode
from engine.knowledge.reading.kinds import has_members, is_archive, kind_of, readable
from engine.knowledge.reading.page import moment
from tests.reading.files import docx, par, zipped


def page(text: str | bytes, name: str) -> Page:
    return read(text if isinstance(text, bytes) else text.encode(), name)


def headings(found: Page) -> list[str]:
    return [section.heading for section in found.sections]


def text(found: Page) -> str:
    return "\n".join(section.text for section in found.sections)


# tables


def test_any_table_is_records_that_name_their_columns() -> None:
    [section] = page("City,Desk\nBerlin,4\n上海,\n", "desks.csv").sections

    assert section.text == "City: Berlin | Desk: 4\nCity: 上海\n"


@pytest.mark.parametrize("column", ["variants", "相似问", "Similar questions"])
def test_a_table_of_questions_may_have_other_ways_to_ask(column: str) -> None:
    rows = f'Question;Answer;{column}\nWhere is it?;In the lobby.;"Where do I find it?|Where is it?\nwhere"\n'
    [draft] = drafts(page(rows, "faq.csv"))

    assert draft.text == "Where is it?\nIn the lobby."
    assert draft.variants == ("Where do I find it?", "where")
    assert set(draft.variants) <= set(draft.sentences)


def test_a_quoted_comma_does_not_decide_what_separates() -> None:
    [section] = page('"Name, first";Age\n"Doe, Jane, Dr.";4\n', "a.csv").sections

    assert section.text == "Name, first: Doe, Jane, Dr. | Age: 4\n"


# JSON


def test_json_questions_are_entries() -> None:
    value = {"question": "Where?", "answer": "Here.", "variants": ["Whereabouts?"], "url": "https://x.example/a"}
    for data, name in ((json.dumps([value]), "a.json"), (json.dumps(value) + "\n\n" + json.dumps(value), "a.jsonl")):
        first, *_ = page(data, name).sections
        assert (first.entry, first.text, first.variants) == (True, "Where?\nHere.", ("Whereabouts?",))
        assert first.url == "https://x.example/a"


def test_json_is_values_with_the_names_that_lead_to_them() -> None:
    value = {"service": {"name": "desk", "ports": [1, 2], "limits": {"cpu": 2.5, "note": None}}, "debug": False,
             "items": [{"title": "A", "text": "long"}, {"title": "B", "deep": {"x": [1, {"y": "z"}]}}]}  # fmt: skip
    found = page(json.dumps(value), "config.json")

    assert headings(found) == ["", "service", "service > limits", "items > A", "items > B"]
    lines = (
        "debug: false||name: desk|ports: 1, 2||cpu: 2.5|note: ||title: A|text: long||title: B|deep.x: 1|deep.x.y: z|"
    )
    assert text(found).split("\n") == lines.split("|")


@pytest.mark.parametrize(("data", "name", "reason"), [
    ("{", "a.json", "no valid JSON"), ('{"a":1}\n{', "a.jsonl", "line 2"), ("[]", "a.json", "no text"),
])  # fmt: skip
def test_broken_json_fails_with_a_reason(data: str, name: str, reason: str) -> None:
    with pytest.raises(LoadFailed, match=reason):
        page(data, name)


# reStructuredText


def test_restructured_text_keeps_headings_tables_code_and_anchors() -> None:
    found = page(
        "Desk\n====\n\nIntro with :ref:`a link <x>` and :func:`~engine.foo`.\n\n.. _setup:\n\n"
        "Install it\n----------\n\n"
        ".. code-block:: sh\n   :linenos:\n\n   make run\n\n+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+\n\n"
        ".. versionadded:: 2.0\n   Since now.\n\n.. tabs::\n\n   .. tab:: Linux\n\n      Use apt.\n",
        "desk.rst",
    )

    assert (found.title, headings(found)) == ("Desk", ["Desk", "Desk > Install it"])
    assert found.sections[1].anchor == "install-it"
    assert "a link and " in text(found) and "engine.foo" in text(found)
    assert "```sh\nmake run\n```" in text(found) and "| a | b |\n| --- | --- |\n| 1 | 2 |" in text(found)
    assert "Since now." in text(found) and "Use apt." in text(found)


def test_restructured_text_without_a_title_is_called_as_its_file() -> None:
    assert page("Some text.\n\nMore text.\n", "notes.rst").title == "notes"


def test_restructured_text_reads_and_runs_nothing() -> None:
    found = page(
        "Shown.\n\n.. include:: /etc/passwd\n\n.. raw:: html\n\n   <b>canary</b>\n\n"
        ".. raw:: html\n   :file: /etc/passwd\n\n"
        ".. csv-table::\n   :file: /etc/passwd\n\n.. csv-table::\n   :url: http://127.0.0.1/\n\n"
        ".. literalinclude:: /etc/passwd\n\n.. image:: file:///etc/passwd\n   :alt: A map\n",
        "a.rst",
    )

    assert "root:" not in text(found) and "canary" not in text(found)
    assert "Shown." in text(found) and "A map" in text(found)


# e-mail

MAIL = (
    b"From: =?utf-8?B?546L5LqU?= <wang@x.example>\r\nTo: desk@x.example\r\nSubject: =?gb2312?B?xOq82Q==?= rules\r\n"
    b"Date: Mon, 05 Jan 2026 10:00:00 +0800\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
    b"--B\r\nContent-Type: %s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n"
    b'--B\r\nContent-Type: text/markdown\r\nContent-Disposition: attachment; filename="../../notes.md"\r\n\r\n'
    b"# Notes\r\n"
    b"--B\r\nContent-Type: image/png; name=logo.png\r\nContent-Disposition: inline\r\n\r\nx\r\n"
    b"--B\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nforwarded text\r\n--B--\r\n"
)


def test_an_email_is_its_subject_who_wrote_it_when_and_its_text() -> None:
    found = page(MAIL % (b"text/plain; charset=gb2312", "年假须提前五天申请。".encode("gb2312")), "a.eml")
    [section] = found.sections

    assert (found.title, found.encoding, found.dated) == ("年假 rules", "GB18030", 1767578400.0)
    assert section.heading == "年假 rules"
    assert section.text.startswith("From: 王五 <wang@x.example>\nTo: desk@x.example\nDate: ")
    assert "年假须提前五天申请。" in section.text and "forwarded" not in section.text


def test_an_email_without_text_is_its_html() -> None:
    found = page(
        MAIL % (b"text/html; charset=utf-8", b"<h1>Leave</h1><p>Five <b>days</b>.</p><script>x()</script>"), "a.eml"
    )

    assert headings(found) == ["年假 rules", "Leave"]
    assert "Five **days**." in found.sections[1].text and "x()" not in text(found)


def test_attachments_of_an_email_are_its_members() -> None:
    data = MAIL % (b"text/plain; charset=x-unknown", b"text")
    found = list(members(data, "a.eml"))

    assert has_members(data, "a.eml") and not is_archive(data, "a.eml")
    assert [(name, wrong) for name, _, wrong in found] == [("notes.md", ""), ("forwarded-4.eml", "")]
    assert found[0][1].strip() == b"# Notes" and b"forwarded text" in found[1][1]
    assert read(data, "a.eml").sections[0].text.endswith("text")


@pytest.mark.parametrize("data", [b"just text\n", b"\xff\xfe\x00", b"From: a\nContent-Type: text/plain\n\n"])
def test_an_email_without_text_or_headers_fails_with_a_reason(data: bytes) -> None:
    with pytest.raises(LoadFailed, match=r"e-mail"):
        read(data, "a.eml")


# anchors


def test_a_link_leads_to_the_section_of_a_markdown_page() -> None:
    found = page(
        "---\nurl: https://x.example/docs#top\ndate: 2026-01-02\n---\n# Keys\n\na\n\n## Rotate a key!\n\nb\n\n"
        "## Rotate a key!\n\nc\n\n## 更换密钥\n\nd\n\n## Named {#here}\n\ne\n",
        "keys.md",
    )

    assert [found.address(s) for s in found.sections] == [
        "https://x.example/docs#top", "https://x.example/docs#rotate-a-key", "https://x.example/docs#rotate-a-key-1",
        "https://x.example/docs#%E6%9B%B4%E6%8D%A2%E5%AF%86%E9%92%A5", "https://x.example/docs#here",
    ]  # fmt: skip
    assert found.dated == moment("2026-01-02") > 0
    assert drafts(found)[-1].url == "https://x.example/docs#here"


def test_a_link_leads_to_the_section_of_a_web_page() -> None:
    found = page(
        "<html><head><link rel=canonical href=https://x.example/p><meta property='article:modified_time' "
        "content='2026-01-02T03:04:05Z'></head><body><main><h1>P</h1><p>a</p>"
        "<h2 id=two>Two<a class=headerlink href=#two>¶</a></h2><p>b</p><h2><a name=three></a>Three</h2><p>c</p>"
        "<section id=four><h2>Four</h2><p>d</p></section>"
        "<h2>Five</h2><p>e</p></main></body></html>",
        "p.html",
    )

    assert headings(found) == ["P", "P > Two", "P > Three", "P > Four", "P > Five"]
    assert [s.anchor for s in found.sections] == ["", "two", "three", "four", ""]
    assert (found.address(found.sections[1]), found.dated) == ("https://x.example/p#two", 1767323045.0)


def test_html_whose_author_left_out_end_tags_keeps_its_shape() -> None:
    found = text(
        page(
            "<h1>T</h1><p>one<p>two<ul><li>a<ul><li>b</ul><li>c</ul><table><tr><th>1<th>2<tr><td>3<td>4</table>end",
            "a.html",
        )
    )

    assert found.split("\n\n")[:2] == ["\none", "two"]
    assert "- a\n  + b\n- c" in found.replace("  - b", "  + b")
    assert "| 1 | 2 |\n| --- | --- |\n| 3 | 4 |" in found


# encodings

LANGUAGES = {
    "gb18030": "年假申请须提前五个工作日提交。",
    "big5": "年假申請須提前五個工作日提交。",
    "shift_jis": "年次休暇は五日前までに申請してください。",
    "euc_jp": "年次休暇は五日前までに申請してください。",
    "euc_kr": "연차 휴가는 닷새 전에 신청해야 합니다.",
    "cp1251": "Как сбросить пароль?",
    "cp1252": "Der Parkplatz ist ab sechs Uhr geöffnet.",
    "utf-16-le": "年假申请须提前。",
    "utf-16-be": "Leave: 年假申请",
}


@pytest.mark.parametrize("encoding", LANGUAGES)
def test_a_single_sentence_is_decoded_and_its_encoding_shown(encoding: str) -> None:
    found = page(LANGUAGES[encoding].encode(encoding), "a.txt")

    assert text(found) == LANGUAGES[encoding]
    assert found.encoding and page("plain", "a.txt").encoding == ""


@pytest.mark.parametrize(
    ("words", "encoding"), [("设置", "gb18030"), ("参数说明：", "gb18030"), ("設定", "big5"), ("설정", "euc_kr")]
)
def test_what_the_server_says_decides_where_the_bytes_do_not(words: str, encoding: str) -> None:
    assert decode(words.encode(encoding), encoding)[0] == words


def test_what_the_server_says_is_not_believed_against_the_bytes() -> None:
    assert decode("年假申请须提前。".encode(), "gb2312") == ("年假申请须提前。", "")
    assert (
        decode("年假申请须提前五个工作日提交。".encode("gb18030"), "iso-8859-1")[0] == "年假申请须提前五个工作日提交。"
    )
    assert decode(b"plain", "no-such-encoding") == ("plain", "")


def test_html_says_its_own_encoding() -> None:
    data = "<meta charset=gb2312><p>设置</p>".encode("gb2312")

    assert text(page(data, "a.html")).strip() == "设置"


# kinds


@pytest.mark.parametrize(("data", "name", "media", "kind"), [
    (b"# A", "a.md", "text/plain", "markdown"), (b"# A", "page", "text/markdown; charset=utf-8", "markdown"),
    (b"<p>A", "index.php", "text/html", "html"),
    (b"<!doctype html><p>", "readme.md", "text/html", "html"),
    (b" <!-- x -->\n<html><p>", "a.txt", "", "html"), (b"<div>x</div>\n# A", "a.md", "", "markdown"),
    (b"%PDF-1.7", "a.md", "", "pdf"), (b"\n\n%PDF-1.7", "page", "text/html", "pdf"),
    (b"{}", "x", "application/json", "json"),
])  # fmt: skip
def test_the_kind_is_told_by_the_bytes_then_the_name_then_the_server(
    data: bytes, name: str, media: str, kind: str
) -> None:
    assert kind_of(data, name, media) == kind


def test_archives_are_told_from_office_documents() -> None:
    word, archive = docx(par("x")), zipped({"a.md": "# A", "b.docx": docx(par("x"))})

    assert not is_archive(word, "a.docx") and not is_archive(word, "called.zip")
    assert is_archive(archive, "a.zip") and is_archive(archive, "download")
    assert all(map(readable, ("A.PDF", "a.docx", "b.xlsx", "c.pptx", "d.rst", "e.eml", "f.jsonl", "g.zip", "h.tsv")))
    assert not any(map(readable, ("a.png", "b", "c.doc", "d.exe")))


@pytest.mark.parametrize(("said", "seconds"), [
    ("2026-01-02", 1767312000), ("2026-01-02T03:04:05+08:00", 1767294245),
    ("Fri, 02 Jan 2026 03:04:05 GMT", 1767323045),
    ("D:20260102030405+08'00'", 1767323045), ("1604-01-01", 0), ("9999-01-01", 0), ("soon", 0), ("", 0),
])  # fmt: skip
def test_dates_are_understood_or_count_as_none(said: str, seconds: int) -> None:
    assert moment(said) == seconds


NAMES = ["a.md", "a.txt", "a.html", "a.csv", "a.json", "a.jsonl", "a.rst", "a.eml", "a.pdf", "a.docx", "a.zip", "a"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.binary(max_size=400) | st.text(max_size=200).map(lambda said: said.encode("utf-8", "replace")),
    name=st.sampled_from(NAMES),
    media=st.sampled_from(["", "text/html", "text/plain", "application/json"]),
)
def test_whatever_the_bytes_there_is_a_page_with_text_or_a_reason(data: bytes, name: str, media: str) -> None:
    try:
        found = read(data, name, media_type=media)
    except LoadFailed as e:
        assert str(e)
    else:
        assert text(found).strip() and found.title is not None
        text(found).encode()  # no lone surrogates: the database would not take them
        assert all(draft.text for draft in drafts(found))


# Markdown of documentation sites

MDX = """---
title: keys
---
<head>
  <link rel="canonical" href="https://x.example/keys" />
</head>

import Tabs from '@theme/Tabs';
import TabItem from '@theme/TabItem';

## Rotate

<Tabs
groupId="api"
values={[
{label: 'Admin API', value: 'admin'},
]}>

<TabItem value="admin">

Use `Vec<String>`, <T> and
import from 'here' with care.

```jsx
import Tabs from '@theme/Tabs';
<Tabs>
:::note
```

</TabItem>
<TabItem value="x" label="By hand">

:::warning

It is slow.

:::

:::tip[Faster]
Use a script.
:::

</TabItem>
</Tabs>
"""


def test_what_is_layout_in_markdown_goes_and_what_a_reader_sees_stays() -> None:
    found = page(MDX, "keys.md")
    shown = [line for line in text(found).splitlines() if line.strip()]

    assert (found.title, found.url, headings(found)) == ("keys", "https://x.example/keys", ["keys > Rotate"])
    assert shown == [
        "Admin API:", "Use `Vec<String>`, <T> and", "import from 'here' with care.", "```jsx",
        "import Tabs from '@theme/Tabs';", "<Tabs>", ":::note", "```", "By hand:", "Warning:", "It is slow.", "Faster",
        "Use a script.",
    ]  # fmt: skip
