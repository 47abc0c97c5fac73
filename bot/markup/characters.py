"""Characters: which ones may be shown, where text may be cut between them, and how wide they are."""

from __future__ import annotations

import re
import unicodedata

ZWNJ, ZWJ = "\u200c", "\u200d"
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls but tab and line feed; soft hyphen, grapheme joiner, Arabic letter mark, Hangul and Khmer fillers, Mongolian
# separators, zero-width space, direction marks, embeddings, isolates, invisible operators, byte order mark, annotation
# marks, lone surrogates, noncharacters, musical controls, Unicode tags.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# A variation selector too many, or one at the start or after an ASCII character that is no part of an emoji.
_VARIATION = re.compile(
    "(?:^|(?<=[\\s\x21-\x22\x24-\x29\x2b-\x2f\x3a-\x7e]))[\ufe00-\ufe0f]+|([\ufe00-\ufe0f])[\ufe00-\ufe0f]+"
)
_JOINERS = re.compile(f"([{ZWNJ}{ZWJ}]+)")
# Scripts whose spelling uses the joiners: Arabic and its relatives, the Indic scripts, Myanmar, Khmer, Mongolian.
_JOINING = re.compile("[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc\ua8e0-\ua9ff]")
_PICTURE = re.compile("[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
_SENTENCE_END = re.compile(r"[.!?…][)\]\"'”’*_]*(?=\s)|[。！？；][」』”’）]*|\n")
_WORD_END = re.compile(r"\s+|(?<=[\u2e80-\u9fff\uac00-\ud7af\uff00-\uff65])(?![，。、；：？！）】」』》〉”’…])")


def clean(text: str) -> str:
    """The text in NFC without what cannot be seen, but could change what is read.

    Controls but tab and line feed, direction controls, zero-width characters (joiners stay where a script or an emoji
    needs them) and Unicode tags are gone.  Also for text that comes in.  Doing it twice changes nothing.
    """
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", _LINE_ENDS.sub("\n", text)))
    return unicodedata.normalize("NFC", _VARIATION.sub(r"\1", _with_needed_joiners(text)))


def _with_needed_joiners(text: str) -> str:
    """Without the joiners but those between two letters or two pictures that are spelt with them."""
    parts = _JOINERS.split(text)
    base = ""  # the last character that is no mark: normalising does not move it
    for n in range(1, len(parts), 2):
        base = next((c for c in reversed(parts[n - 1]) if not unicodedata.category(c).startswith("M")), base)
        joiner, after = parts[n][0], parts[n + 1][:1]
        pictures = joiner == ZWJ and _PICTURE.match(base) and _PICTURE.match(after)
        letters = _JOINING.match(base) and _JOINING.match(after) and not unicodedata.category(after).startswith("M")
        parts[n] = joiner if pictures or letters else ""
    return "".join(parts)


def size(text: str) -> int:
    """Length in UTF-16 units: what the strictest of the platforms' counters counts."""
    return len(text) + sum(1 for c in text if c > "\uffff") if not text.isascii() else len(text)


def _glued(text: str, at: int) -> bool:
    """Whether the characters around this place belong to one visible character (after UAX 29, without its tables)."""
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return False
    if (
        after in (ZWJ, ZWNJ)
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    ):
        return True
    if before == ZWJ:
        return True
    if "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff":
        start = at
        while start > 0 and "\U0001f1e6" <= text[start - 1] <= "\U0001f1ff":
            start -= 1
        return (at - start) % 2 == 1
    if "\u1100" <= before <= "\u11ff":
        return "\u1100" <= after <= "\u11ff"
    return "\uac00" <= before <= "\ud7a3" and "\u1161" <= after <= "\u11ff"


def boundary(text: str, at: int) -> int:
    """The last place at or before ``at`` that does not cut a visible character; ``at`` itself if there is none."""
    if at >= len(text):
        return len(text)
    place = at
    while place > 0 and _glued(text, place):
        place -= 1
    return place or at


def good_cut(text: str, at: int) -> int:
    """The best place at or before ``at`` to end one message: a line, a sentence, a word, a visible character."""
    if at >= len(text):
        return len(text)
    window = text[: at + 1]
    for ends, least in ((_SENTENCE_END, at // 2), (_WORD_END, at // 4)):
        places = [m.end() for m in ends.finditer(window, least) if m.end() <= at]
        if places:
            return boundary(text, places[-1])
    return boundary(text, at)


def columns(text: str) -> int:
    """Columns that the text takes on a terminal or in a monospaced block."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(c) or c in "\u200c\u200d\ufe0e\ufe0f"
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )
