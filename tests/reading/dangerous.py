"""Files made to do harm, or broken: name, bytes, and what their reader says of them ("" when they are read)."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import openpyxl

from tests.reading.files import Pdf, docx, par, pdf_of, stream, zipped

_ROW = '<row><c r="XFD1"><v>1</v></c></row>'
Case = tuple[str, Callable[[], bytes], str]


def _sheet(cells: str) -> bytes:
    """A workbook whose only sheet has these cells, however odd."""
    made = io.BytesIO()
    openpyxl.Workbook().save(made)
    with zipfile.ZipFile(made) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    start, end = parts[sheet].split(b"<sheetData", 1)
    parts[sheet] = (
        start + b"<sheetData>" + cells.encode() + b"</sheetData>" + end.split(b">", 1)[1].removeprefix(b"</sheetData>")
    )
    return zipped(parts)


def _laughs() -> bytes:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return docx(par("&a9;").replace("&amp;", "&"), head=f'<!DOCTYPE x [<!ENTITY a0 "ha">{lines}]>')


def _xxe(encoding: str = "utf-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    made = docx(par("&f;").replace("&amp;", "&"), head=head)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].decode().encode(encoding)
    return zipped(parts)


def _page(contents: bytes) -> bytes:
    font = "<< /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font {font} >> >>"
    return pdf_of({
        1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", 3: page.encode(),
        4: contents,
    })  # fmt: skip


def _loop() -> bytes:
    return pdf_of({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"})


def _many_pages() -> bytes:
    return pdf_of({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 99999999 /Kids [3 0 R] >>",
                   3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"})  # fmt: skip


def _locked_pdf() -> bytes:
    """Encrypted for somebody else: the keys fit no password."""
    keys = f"/V 2 /R 3 /Length 128 /P -3904 /O <{'ab' * 32}> /U <{'cd' * 32}>"
    made = _page(stream(b"BT /F 10 Tf 1 0 0 1 72 700 Tm (secret) Tj ET"))
    return made.replace(b"trailer\n<< ", f"trailer\n<< /ID [<{'01' * 16}> <{'01' * 16}>] /Encrypt << /Filter /Standard "
                        f"{keys} >> ".encode())  # fmt: skip


def _compound(*names: str) -> bytes:
    """The beginning of a file in the format of old office programs, with these streams."""
    directory = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + directory


def _claiming(count: int) -> bytes:
    """An archive that says it has this many files."""
    record = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    body = b"PK\x03\x04" + bytes(26) + record * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, min(count, 65535), min(count, 65535), len(record) * count, 30, 0)
    return body + end


def _bomb() -> bytes:
    return zipped({"a.txt": bytes(50_000_000)})


CASES: list[Case] = [
    # Word
    ("bomb.docx", lambda: docx(par("x") + "<w:p/>" * 18_000_000), "too large"),
    ("grows.docx", lambda: docx(par("x") + " " * 50_000_000), "grows to"),
    ("laughs.docx", _laughs, "DTD"),
    ("xxe.docx", _xxe, "DTD"),
    ("xxe16.docx", lambda: _xxe("utf-16"), "DTD"),
    ("deep.docx", lambda: docx("<w:tbl><w:tr><w:tc>" * 3_000 + par("x") + "</w:tc></w:tr></w:tbl>" * 3_000), "deep"),
    ("cut.docx", lambda: docx(par("x" * 50_000))[:400], "damaged"),
    ("macro.docm", lambda: docx(par("Only text."), parts={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0 AutoOpen"}), ""),
    ("ole.docx", lambda: docx(par("Only text."), parts={"word/embeddings/oleObject1.bin": _compound("Package")}), ""),
    ("broken.docx", lambda: docx("<w:p><w:r>"), "damaged"),
    ("locked.docx", lambda: _compound("EncryptionInfo", "EncryptedPackage"), "password"),
    ("old.doc", lambda: _compound("WordDocument"), r"old office formats"),
    # PDF
    ("flate.pdf", lambda: _page(stream(bytes(150_000_000), filters=2)), "no text|broke down"),
    ("letters.pdf", lambda: _page(stream(b"BT /F 9 Tf " + b"(ab) Tj " * 30_000 + b"ET", filters=2)),
     ""),
    ("loop.pdf", _loop, "damaged|no text"),
    ("pages.pdf", _many_pages, "pages|damaged|no text"),
    ("locked.pdf", _locked_pdf, "password"),
    ("cut.pdf", lambda: Pdf().page().put(72, 700, "x" * 500).data()[:300], "damaged|no text"),
    ("noise.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, "damaged"),
    ("scan.pdf", lambda: _page(stream(b"q 1 0 0 1 0 0 cm Q")), "pictures"),
    # Excel
    ("far.xlsx", lambda: _sheet('<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row>'), ""),
    ("wide.xlsx", lambda: _sheet(_ROW * 99), "cells"),
    ("dtd.xlsx", lambda: zipped({"[Content_Types].xml": "<!DOCTYPE x []><x/>", "xl/workbook.xml": "<x/>"}), "DTD"),
    # HTML and JSON
    ("deep.html", lambda: b"<div>" * 200_000 + b"The canary is here." + b"</div>" * 200_000, ""),
    ("deep-empty.html", lambda: b"<div>" * 200_000, "no text"),
    ("deep.json", lambda: b"[" * 200_000 + b"]" * 200_000, "deep"),
    ("deeper.json", lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "deep"),
    ("attributes.html", lambda: b"<p " + b"a=b " * 50_000 + b">text</p>", ""),
    ("quotes.csv", lambda: b'a,b\n"' + b"x" * 5_000_000, "table|field"),
    ("cells.csv", lambda: b"a,b\n" + b"1," * 1_100_000, "cells"),
    # mail
    ("deep.eml", lambda: b"Subject: x\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1_100)) + b"\n\nx",
     "parts|deep|no text|damaged"),
    # archives
    ("bomb.zip", _bomb, "unpacked"),
    ("crowd.zip", lambda: _claiming(400_000), "files"),
    ("million.zip", lambda: _claiming(1_000_000), "47 MB"),
    ("cut.zip", lambda: zipped({"a.md": "# A\n\n" + "text " * 1000})[:60], "damaged"),
    ("headless.zip", lambda: zipped({"a.md": "# A"})[9:], "damaged"),
    ("empty.zip", lambda: zipped({}), "no files"),
    # not what they are called
    ("picture.md", lambda: b"GIF89a/*\x00\x01" + bytes(100) + b"*/=1;alert(1)", "picture"),
    ("program.txt", lambda: b"MZ\x90\x00" + bytes(200), "program"),
    ("text.pdf", lambda: b"just some text", r"\.pdf"),
    ("empty.docx", lambda: b"", "empty"),
    ("zip.docx", lambda: zipped({"a.txt": "x"}), r"\.docx"),
    ("nul.txt", lambda: b"a\x00b" * 300, "binary"),
    ("surrogates.txt", lambda: b"\xed\xa0\x80" * 300, "1 %"),
]  # fmt: skip


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, str]:
    """A symbolic link in an archive."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry, target
