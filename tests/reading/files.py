"""Makes files of the kinds that are read: Word, PDF and ZIP by hand, so that each test sees what is in them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zipped(files: Mapping[str, str | bytes] | Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]) -> bytes:
    """A ZIP archive; names are written as they are given."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, data)
    return file.getvalue()


def docx(
    body: str, *, styles: str = "", numbering: str = "", head: str = "", parts: Mapping[str, str | bytes] = {}
) -> bytes:
    """A Word document; ``head`` stands above the XML of its text."""
    kinds = {"styles": styles, "numbering": numbering}
    related = "".join(
        f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{kind}.xml"/>' for kind, xml in kinds.items() if xml
    )
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/word/document.xml" ContentType="{_WORD}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        "word/document.xml": f"{head}<w:document {W}><w:body>{body}</w:body></w:document>",
        **{f"word/{kind}.xml": f"<w:{kind} {W}>{xml}</w:{kind}>" for kind, xml in kinds.items() if xml},
        **parts,
    })  # fmt: skip


def par(text: str, style: str = "", run: str = "", properties: str = "") -> str:
    """A paragraph of a Word document; ``run`` are the properties of its characters."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f"<w:p><w:pPr>{named}{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr>"
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def grid(rows: Sequence[Sequence[str]]) -> str:
    """A table of a Word document."""
    cells = ("".join(f"<w:tc>{par(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def style(key: str, name: str, *, level: int | None = None, based: str = "", run: str = "") -> str:
    """A style of a Word document; ``level`` is its place in the outline, from 0."""
    outline = f'<w:pPr><w:outlineLvl w:val="{level}"/></w:pPr>' if level is not None else ""
    on = f'<w:basedOn w:val="{based}"/>' if based else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>{on}{outline}'
        f"<w:rPr>{run}</w:rPr></w:style>"
    )


_FONTS = {"F": "Helvetica", "B": "Helvetica-Bold", "M": "Courier"}


class Pdf:
    """A PDF, page by page: text is put at places, in points from the lower left."""

    def __init__(self, *, info: str = "") -> None:
        self.pages: list[list[str]] = []
        self.marks: list[tuple[str, int]] = []
        self._info = info

    def page(self) -> Pdf:
        """A new page; what follows is put on it."""
        self.pages.append([])
        return self

    def put(self, x: float, y: float, text: str, size: float = 10, font: str = "F", matrix: str = "1 0 0 1") -> Pdf:
        """A piece of text; fonts are F, B(old), M(onospaced) and C(hinese, not embedded)."""
        if font == "C":
            shown = f"<{text.encode('utf-16-be').hex()}>"
        else:
            shown = "(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"
        self.pages[-1].append(f"BT /{font} {size} Tf {matrix} {x} {y} Tm {shown} Tj ET")
        return self

    def lines(
        self, x: float, y: float, lines: Iterable[str], size: float = 10, lead: float = 13, font: str = "F"
    ) -> float:
        """Lines below each other; returns the height of the next one."""
        for line in lines:
            if line:
                self.put(x, y, line, size, font)
            y -= lead
        return y

    def mark(self, title: str) -> Pdf:
        """A bookmark to this page."""
        self.marks.append((title, len(self.pages) - 1))
        return self

    def data(self) -> bytes:
        """The file."""
        fonts = "".join(f"/{key} << /Type /Font /Subtype /Type1 /BaseFont /{name} >> " for key, name in _FONTS.items())
        fonts += (
            "/C << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< "
            "/Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering "
            "(GB1) /Supplement 2 >> /DW 1000 >>] >>"
        )
        count = len(self.pages)
        first = 3
        kids = " ".join(f"{first + 2 * n} 0 R" for n in range(count))
        objects: dict[int, bytes] = {2: f"<< /Type /Pages /Count {count} /Kids [{kids}] >>".encode()}
        for n, parts in enumerate(self.pages):
            objects[first + 2 * n] = (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 2 * n + 1} 0 R "
                f"/Resources << /Font << {fonts} >> >> >>"
            ).encode()
            objects[first + 2 * n + 1] = stream("\n".join(parts).encode("latin-1"))
        at = first + 2 * count
        outlines = ""
        if self.marks:
            outlines = f"/Outlines {at} 0 R"
            ids = [at + 1 + n for n in range(len(self.marks))]
            objects[at] = f"<< /Type /Outlines /First {ids[0]} 0 R /Last {ids[-1]} 0 R /Count {len(ids)} >>".encode()
            for n, (title, page) in enumerate(self.marks):
                near = f"/Next {ids[n + 1]} 0 R " if n + 1 < len(ids) else ""
                place = f"/Dest [{first + 2 * page} 0 R /XYZ 0 800 0]"
                objects[ids[n]] = f"<< /Title ({title}) /Parent {at} 0 R {near}{place} >>".encode()
        objects[1] = f"<< /Type /Catalog /Pages 2 0 R {outlines} >>".encode()
        if self._info:
            at = max(objects) + 1
            objects[at] = f"<< {self._info} >>".encode()
        return pdf_of(objects, f"/Info {at} 0 R" if self._info else "")


def stream(data: bytes, *, filters: int = 0) -> bytes:
    """A stream, packed as often as is said."""
    for _ in range(filters):
        data = zlib.compress(data, 9)
    packed = f"/Filter [{' '.join(['/FlateDecode'] * filters)}] " if filters else ""
    return f"<< {packed}/Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def pdf_of(objects: Mapping[int, bytes], trailer: str = "") -> bytes:
    """A PDF of these objects, the first being the catalogue."""
    file, places = b"%PDF-1.7\n", {}
    for number, body in sorted(objects.items()):
        places[number] = len(file)
        file += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start, size = len(file), max(objects) + 1
    file += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    for number in range(1, size):
        file += f"{places.get(number, 0):010d} 00000 {'n' if number in places else 'f'} \n".encode()
    return file + f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
