"""Bytes to text: which encoding they are in, and what nobody can see taken out."""

from __future__ import annotations

import codecs
import re

from engine.errors import LoadFailed

#: Characters that nobody sees: controls, directions, joiners of words, tags (SECURITY, T6).  Joiners inside emoji and
#: Indic scripts (U+200C, U+200D) stay.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
#: An encoding's name to the one that has all its characters and more.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932", "ascii": "utf-8",
          "iso8859-1": "cp1252", "big5": "big5hkscs"}  # fmt: skip
_SHOWN = {"gb18030": "GB18030", "cp949": "EUC-KR", "cp932": "Shift-JIS", "big5hkscs": "Big5", "euc_jp": "EUC-JP",
          "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32",
          "cp1252": "Windows-1252"}  # fmt: skip
#: Encodings in which any bytes at all are text: that a page claims one of them proves nothing.
_TAKES_ANYTHING = re.compile(r"cp125\d|iso8859|latin|koi8|mac|cp4\d\d|cp8\d\d")
_LOOKED_AT = 200_000  # bytes that are looked at to guess
_UNREADABLE = 0.01  # of the characters; more, and the document is refused

_HAN, _KANA, _HANGUL = (re.compile(f"[{span}]") for span in ("\u4e00-\u9fff", "\u3041-\u30fa", "\uac00-\ud7a3"))


def decoded(data: bytes, charset: str = "") -> str:
    """``decode`` without the name of the encoding."""
    return decode(data, charset)[0]


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    r"""``data`` as text with ``\\n`` line ends and without invisible characters, and its encoding as people call it.

    The name is empty for UTF-8.  ``charset`` is what the server or the document claims; it is believed where the
    bytes allow.  Raises ``LoadFailed`` when it is no text or more than 1 % of it cannot be decoded.
    """
    encoding = _encoding(data, _name(charset))
    text = data.decode(encoding, "replace")
    start = text[:100_000]
    if "\x00" in text or len(_CONTROL.findall(start)) > _UNREADABLE * len(start):
        raise LoadFailed("this is no text but binary data, of a kind that cannot be read")
    shown = "" if encoding in {"utf-8", "utf-8-sig"} else _SHOWN.get(encoding, encoding.upper())
    if text.count("\ufffd") > _UNREADABLE * len(text):
        raise LoadFailed(
            f"more than 1 % of the characters cannot be decoded as {shown or 'UTF-8'}: save the file as UTF-8"
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    return UNSEEN.sub("", text.replace("\u2029", "\n\n")), shown


def cleaned(text: str) -> str:
    r"""``text`` from inside a document: without invisible characters and lone surrogates, with ``\\n`` line ends."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\u2028", "\n")
    return UNSEEN.sub("", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _name(charset: str) -> str:
    try:
        name = codecs.lookup(charset.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return ""
    name = _WIDER.get(name, name)
    return name if name in _SHOWN or name == "utf-8" or _TAKES_ANYTHING.match(name) else ""


def _encoding(data: bytes, claimed: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if sixteen := _utf_16(data):
        return sixteen
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    text = data[:_LOOKED_AT].decode("utf-8", "replace")
    if text.count("\ufffd") <= 0.001 * len(text):
        return "utf-8"  # a broken character or two
    if claimed and not _TAKES_ANYTHING.match(claimed) and _clean(data, claimed) and _plausible(data, claimed):
        return claimed
    import chardet

    guess = _name(str(chardet.detect(data[:_LOOKED_AT])["encoding"] or "")) or claimed or "utf-8"
    if not _plausible(data, guess) and _clean(data, "gb18030"):
        return "gb18030"
    return guess


def _clean(data: bytes, encoding: str) -> bool:
    """Whether all of it can be decoded (the last character may have been cut in two)."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(data[:_LOOKED_AT])
    except UnicodeDecodeError:
        return False
    return True


def _plausible(data: bytes, encoding: str) -> bool:
    """Korean is mostly Hangul and Japanese has kana; text of which this is not so is more likely Chinese."""
    text = data[:_LOOKED_AT].decode(encoding, "replace")
    han, kana, hangul = len(_HAN.findall(text)), len(_KANA.findall(text)), len(_HANGUL.findall(text))
    if encoding == "cp949":
        return hangul >= 2 * (han + kana)
    if encoding in {"euc_jp", "cp932"}:
        return kana >= 0.1 * han or not han
    return True


def _utf_16(data: bytes) -> str:
    """UTF-16 without a mark: every second byte is alike (0 in Latin text, 4E to 9F in Chinese)."""
    if len(data) < 4 or len(data) % 2:
        return ""
    start = data[: _LOOKED_AT // 10]
    sides = {"utf-16-be": start[::2], "utf-16-le": start[1::2]}
    for encoding, high in sides.items():
        low = sides["utf-16-le" if encoding == "utf-16-be" else "utf-16-be"]
        zeros = high.count(0)
        if zeros > 0.02 * len(high) and low.count(0) <= 0.01 * len(low) and _reads(start, encoding):
            return encoding
    # Chinese, Japanese or Korean without a single space or digit: told by the ranges of its characters
    for encoding in sides:
        if _reads(start, encoding) and not _reads(start, "utf-8") and not _ascii(start):
            text = start.decode(encoding, "ignore")
            common = len(re.findall("[\u4e00-\u9fff\u3000-\u30ff\uac00-\ud7a3\uff00-\uff60]", text))
            marks = len(re.findall("[\u3001\u3002\uff0c\uff1f\uff01\uff1a的一是不在有了请請のはをにが]", text))
            if common >= 0.95 * len(text) and marks:
                return encoding
    return ""


def _ascii(data: bytes) -> bool:
    """Whether many of the bytes are line ends and spaces, as in text of one byte a character."""
    return sum(data.count(byte) for byte in b"\n ") > 0.08 * len(data)


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data[: len(data) // 4 * 4].decode(encoding)
    except UnicodeDecodeError as e:
        return e.start >= len(data) - 6
    return True
