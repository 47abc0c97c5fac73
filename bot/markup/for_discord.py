"""A document as Discord shows it: its Markdown, built by us; whatever else could mean something is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

from bot.markup.characters import size
from bot.markup.flow import Piece, Run, flow, pack
from bot.markup.hosts import rewrite_hosts, without_dots
from bot.markup.tree import Document

#: Written where code holds backticks that would end it.
BACKTICK = "\u02cb"
_SPECIAL = re.compile(r"[\\*]|~(?=~)|\|(?=\|)|<(?=\S)|(?<=<)[@#]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|\](?=\()")
_LINE_START = re.compile(r"(?m)^(\s*\d{0,9})(?=(?:#{1,3}|-#|-|>|>>>|(?<=\d)\.)(?:\s|$))")
_EVERYONE = re.compile(r"@(?:everyone|here)")


def discord_messages(doc: Document, *, limit: int = 1_900) -> list[str]:
    """The texts of one message after the other, each at most ``limit`` characters (astral ones count twice).

    Links are masked and in angle brackets, so that nothing unfolds; a fence is closed where a message ends and opened
    again, with its language, in the next.
    """
    messages = pack(flow(doc), limit, lambda piece: size(_piece(piece)) + 2)
    return [text for text in map(_message, messages) if text]


def _message(pieces: list[Piece]) -> str:
    out = ""
    before = ""
    for piece in pieces:
        shown = _piece(piece)
        if not shown:
            continue
        tight = piece.kind == before in ("item", "quote") or before == "heading" or "code" in (piece.kind, before)
        out += ("\n" if tight else "\n\n") + shown if out else shown
        before = piece.kind
    return out.strip("\n")


def _piece(piece: Piece) -> str:
    if piece.kind == "code":
        return f"```{piece.language}\n" + re.sub("`{3,}", lambda m: BACKTICK * len(m.group()), piece.code) + "\n```"
    if piece.kind == "rule":
        return "———"
    text = _inline(piece.runs)
    if piece.kind == "item":
        return (
            "  " * min(piece.indent, 8)
            + ("- " if piece.number is None else f"{piece.number}. ")
            + _indented(text, piece)
        )
    if piece.kind == "quote":
        return "\n".join("> " + line for line in text.split("\n"))
    if piece.kind == "heading" and text:
        return "#" * min(piece.level + 1, 3) + " " + text.replace("\n", " ")
    return text


def _indented(text: str, piece: Piece) -> str:
    return text.replace("\n", "\n" + "  " * (min(piece.indent, 8) + 1))


def _inline(runs: Iterable[Run]) -> str:
    """Runs with the marks of their styles between them; space stands outside the marks, or Discord ignores them."""
    out: list[str] = []
    styles: list[str] = []
    last = ""  # the last character, closing marks apart
    space = ""  # not written yet: it may belong behind closing marks
    for run in runs:
        shown = _run(run)
        body = shown.strip()
        if not body:
            space += shown
            continue
        space += shown[: len(shown) - len(shown.lstrip())]
        wanted = [mark for mark, on in (("~~", run.strike), ("**", run.bold), ("*", run.italic)) if on]
        same = 0
        while same < min(len(wanted), len(styles)) and wanted[same] == styles[same]:
            same += 1
        between = " " if last == body[0] == "`" and not space else space
        out += [*reversed(styles[same:]), between, *wanted[same:], body]
        last, styles = body[-1], wanted
        space = shown[len(shown.rstrip()) :]
    return _LINE_START.sub(r"\1\\", "".join([*out, *reversed(styles), space]))


def _run(run: Run) -> str:
    if run.person and re.fullmatch(r"\d{1,20}", run.person):
        return f"<@{run.person}>"
    if run.url:
        url = _url(run.url)
        if run.marker:
            return f"[{run.text}](<{url}>)"
        if run.text == run.url or "://" in run.text:
            return f"<{url}>"
        label = rewrite_hosts(run.text.replace("[", "(").replace("]", ")").replace("`", BACKTICK), without_dots)
        return f"[{_escaped(_EVERYONE.sub(lambda m: m.group()[1:], label))}](<{url}>)"
    if run.code:
        return _code(run.text)
    # What must not come alive stands in code from here on: every second part between backticks.
    parts = rewrite_hosts(run.text.replace("`", BACKTICK), _host).split("`")
    parts[::2] = [_EVERYONE.sub(r"`\g<0>`", part) for part in parts[::2]]
    parts = "`".join(parts).split("`")
    parts[::2] = map(_escaped, parts[::2])
    return "`".join(parts)


@lru_cache(maxsize=256)
def _url(url: str) -> str:
    """The address with what would end it, or its angle brackets, percent-encoded."""
    return quote(url, safe="%/:?#[]@!$&'*+,;=~-._")


def _host(host: str) -> str:
    """Readable, copied with one click, and no link; an invitation would unfold even so."""
    return without_dots(host) if "discord" in host.lower() else f"`{host}`"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda m: "\\" + m.group(), text)


def _code(text: str) -> str:
    """Code inside a line: with doubled delimiters where it holds backticks in pairs, else with look-alikes of them."""
    if "`" not in text:
        return f"`{text}`" if text.strip() else text
    if text.count("`") % 2 or "``" in text or re.search(r"[<@#]|://|\w\.\w", text):
        return f"`{text.replace('`', BACKTICK)}`"
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"``{space}{text}{space}``"
