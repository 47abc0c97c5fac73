"""HTML with the end tags that its authors may leave out, since the parser behind ours does not know them."""

from __future__ import annotations

import html
import re

TOO_DEEP = 1_000  # open elements: no page for people; the time to parse it grows with the square of that
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<raw>script|style|textarea|title|xmp|template|noscript)\b[^<>]*>.*?(?:</(?P=raw)\s*>|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][\w:-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>",
    re.IGNORECASE | re.DOTALL,
)
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
_TABLE = {"td", "th", "tr", "thead", "tbody", "tfoot", "caption", "colgroup"}
_BLOCKS = {"address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset",
           "figure", "figcaption", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "menu",
           "nav", "ol", "p", "pre", "section", "summary", "table", "ul"}  # fmt: skip
_APART = _BLOCKS | _TABLE | {"li", "dt", "dd", "br", "body"}
#: A start tag to (what it ends, where to stop looking for it).
_ENDS: dict[str, tuple[set[str], set[str]]] = {
    "li": ({"li"}, {"ul", "ol", "menu", "dir"}),
    "dt": ({"dt", "dd"}, {"dl"}), "dd": ({"dt", "dd"}, {"dl"}),
    "td": ({"td", "th"}, {"tr", "table"}), "th": ({"td", "th"}, {"tr", "table"}),
    "tr": ({"tr", "td", "th", "caption"}, {"table", "tbody", "thead", "tfoot"}),
    **{name: (_TABLE, {"table"}) for name in ("thead", "tbody", "tfoot")},
    **{name: ({"p"}, (_BLOCKS | _TABLE | {"li", "dd", "dt", "object"}) - {"p"}) for name in _BLOCKS},
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_HIDDEN = re.compile(
    r"\bhidden\b|display\s*:\s*none|visibility\s*:\s*hidden|aria-hidden\s*=\s*[\"']?true", re.IGNORECASE
)
_UNSEEN = {"nav", "svg", "canvas", "iframe", "object", "form", "button", "select", "head", "dialog"}


def tidied(text: str) -> str:
    """The same page with every paragraph, point and cell closed; empty when it is nested more than ``TOO_DEEP``."""
    parts, opened, at = list[str](), list[str](), 0
    for token in _TOKEN.finditer(text):
        name = (token["name"] or "").lower()
        if not name or name in _VOID or token["rest"].endswith("/"):
            closing = _ended(opened, name) if name in _ENDS else []
        elif token["end"]:
            if name in opened:
                while opened.pop() != name:
                    pass
            continue
        else:
            closing = _ended(opened, name) if name in _ENDS else []
            opened.append(name)
            if len(opened) > TOO_DEEP:
                return ""
        if closing:
            parts += [text[at : token.start()], *(f"</{tag}>" for tag in closing)]
            at = token.start()
    return "".join([*parts, text[at:]])


def _ended(opened: list[str], name: str) -> list[str]:
    """What the start of ``name`` ends, innermost first; taken from ``opened``."""
    ends, stops = _ENDS[name]
    last = None
    for place in range(len(opened) - 1, -1, -1):
        if opened[place] in ends:
            last = place
        elif opened[place] in stops:
            break
    if last is None and name in _HEADINGS and opened and opened[-1] in _HEADINGS:
        last = len(opened) - 1
    if last is None:
        return []
    closing = opened[last:][::-1]
    del opened[last:]
    return closing


def flat(text: str) -> str:
    """The text of a page that is nested too deeply: without tags, scripts and what is hidden, blocks on their own."""
    parts, opened, at, hidden = list[str](), list[str](), 0, 0  # hidden: how many are open where it began
    for token in _TOKEN.finditer(text):
        if not hidden:
            parts.append(text[at : token.start()])
        at = token.end()
        name = (token["name"] or "").lower()
        if not hidden and name in _APART:
            parts.append("\n\n")
        if not name or name in _VOID or token["rest"].endswith("/"):
            continue
        if not token["end"]:
            opened.append(name)
            if not hidden and (name in _UNSEEN or _HIDDEN.search(token["rest"])):
                hidden = len(opened)
        elif opened and opened[-1] == name:  # what is not closed in order stays open: at worst, more is hidden
            opened.pop()
            hidden = hidden if len(opened) >= hidden else 0
    if not hidden:
        parts.append(text[at:])
    plain = re.sub(r"[^\S\n]+", " ", html.unescape("".join(parts)))
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", plain).strip() + "\n"
