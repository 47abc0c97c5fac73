"""Markdown to sections: the path of headings, and the text below each, character for character."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from engine.knowledge.components import without_components

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(```+|~~~+)")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(
    r"^(title|url|link|permalink|canonical_url|last_update|lastmod|updated|modified|date)[ \t]*:[ \t]*(\S.*?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESSES = ("url", "canonical_url", "link", "permalink")
_DATES = ("last_update", "lastmod", "updated", "modified", "date")
_ANCHOR = re.compile(r"\{#([^\s{}\"'<>]{1,100})\}|<a\s+(?:name|id)=[\"']([^\s\"'<>]{1,100})[\"']")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_STARTS_BLOCK = re.compile(r"[ \t]*(?:[-*+>|#]|\d+[.)]|```|~~~)")
_INLINE = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|`+([^`]*)`+|\*\*|__|<[^>]+>|\{#[^}]*\}")


@dataclass(frozen=True, slots=True)
class Section:
    """The text between two headings.

    ``heading`` is the path of headings above it (``Install > Linux``); ``url`` is set where it differs from the
    page's; an ``entry`` is one passage whatever its length; ``variants`` are other ways to ask for it; ``anchor`` is
    its place on the page, as it stands behind the ``#`` of an address (see ``Page.address``).
    """

    heading: str
    text: str
    url: str = ""
    entry: bool = False
    variants: tuple[str, ...] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """What a Markdown document says about itself (empty where it does not), and its sections."""

    title: str
    url: str
    sections: tuple[Section, ...]
    dated: str = ""


def read_markdown(text: str, *, slugs: bool = False) -> MarkdownPage:
    """Sections of ``text``; its title is the front matter's, else the first heading of the highest level.

    Where only the front matter has it, it stands above all headings.

    Comments outside fences are left out, as a reader would not see them, and so are the components of documentation
    sites.  A heading without any text below it becomes text itself, so that nothing gets lost.  A heading's anchor is
    the one it states (``## Title {#here}``); with ``slugs``, the one that GitHub, GitLab and Docusaurus make of its
    words where it states none.
    """
    fields: dict[str, str] = {}
    if front := _FRONT.match(text):
        fields = {name.lower(): value.strip("\"'") for name, value in _FIELD.findall(front.group(1))}
        text = text[front.end() :]
    text, canonical = without_components(_without_comments(text))
    sections: list[Section] = []
    path: list[tuple[int, str]] = []
    highest: tuple[int, str] | None = None
    anchor, seen = "", dict[str, int]()
    for level, written, body in _parts(text):
        heading = plain(written)
        if level:
            anchor = _anchor(written, heading, seen, slugs=slugs)
            if not sections and not path and not _ANCHOR.search(written):
                anchor = ""  # the top of the page
            while path and path[-1][0] >= level:
                path.pop()
            path.append((level, heading))
            if heading and (highest is None or level < highest[0]):
                highest = (level, heading)
        if body.strip():
            sections.append(Section(" > ".join(name for _, name in path if name), body, anchor=anchor))
    if not sections and highest:
        sections = [Section(highest[1], highest[1])]
    if (title := fields.get("title", "")) and (highest is None or highest[0] > 1):
        # Documentation sites show it above the page, and often only there is said what "Description" describes.
        sections = [
            one if (one.heading + " > ").startswith(title + " > ") else
            replace(one, heading=f"{title} > {one.heading}".removesuffix(" > ")) for one in sections
        ]  # fmt: skip
    address = next(
        (fields[name] for name in ("url", "canonical_url", "link", "permalink") if name in fields), canonical
    )
    dated = next((fields[name] for name in _DATES if name in fields), "")
    return MarkdownPage(title or (highest[1] if highest else ""), address, tuple(sections), dated)


def _anchor(written: str, heading: str, seen: dict[str, int], *, slugs: bool) -> str:
    """The anchor that a heading states, or its words joined by hyphens, numbered where it was ``seen`` before."""
    if found := _ANCHOR.search(written):
        return str(found.group(1) or found.group(2))
    if not slugs:
        return ""
    slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    number = seen.get(slug, 0)
    seen[slug] = number + 1
    return f"{slug}-{number}" if number and slug else slug


def _parts(text: str) -> list[tuple[int, str, str]]:
    """(level, heading as written, text below it); level 0 for what stands before the first heading."""
    parts: list[tuple[int, str, str]] = []
    level, heading, body, fence = 0, "", list[str](), ""
    lines = text.splitlines(keepends=True)
    for line in lines:
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line.strip(" \t>\n").strip(fence[0]):
                fence = ""
            body.append(line)
            continue
        if mark:
            fence = mark.group(1)
            body.append(line)
            continue
        if found := _HEADING.match(line.rstrip("\n")):
            parts.append((level, heading, "".join(body)))
            level, heading, body = len(found.group(1)), found.group(2) or "", []
        elif (found := _UNDERLINE.match(line.rstrip("\n"))) and _is_title(body, found.group(1)):
            above = body.pop()
            parts.append((level, heading, "".join(body)))
            level, heading, body = 1 if found.group(1)[0] == "=" else 2, above, []
        else:
            body.append(line)
    parts.append((level, heading, "".join(body)))
    return parts


def _is_title(body: list[str], line: str) -> bool:
    """Whether the last line of ``body``, with ``line`` below it, is a heading and not a paragraph before a rule."""
    if not body or not body[-1].strip() or _STARTS_BLOCK.match(body[-1]) or len(body[-1]) > 200:
        return False
    return (len(body) == 1 or not body[-2].strip()) and (line[0] == "=" or len(line) >= 2)


def plain(heading: str) -> str:
    """A heading without its markup."""
    return re.sub(r"\s+", " ", _INLINE.sub(lambda m: m.group(1) or m.group(2) or "", heading)).strip()


def _without_comments(text: str) -> str:
    if "<!--" not in text:
        return text
    kept, fence, prose = list[str](), "", list[str]()
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if not fence and mark and "".join(prose).count("<!--") <= "".join(prose).count("-->"):
            kept.append(_COMMENT.sub("", "".join(prose)))
            prose, fence = [], mark.group(1)
            kept.append(line)
        elif fence:
            kept.append(line)
            if mark and mark.group(1).startswith(fence) and not line.strip(" \t>\n").strip(fence[0]):
                fence = ""
        else:
            prose.append(line)
    kept.append(_COMMENT.sub("", "".join(prose)))
    return "".join(kept)
