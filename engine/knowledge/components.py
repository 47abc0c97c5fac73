"""Markdown as documentation sites write it (MDX, Docusaurus): what is layout goes, what a reader sees stays."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(```+|~~~+)")
_IMPORT = re.compile(r"(?:import|export)\s[^'\"]*\bfrom\s+['\"][^'\"]+['\"];?\s*\Z|import\s+['\"][^'\"]+['\"];?\s*\Z")
_HEAD = re.compile(r"\s*<head>", re.IGNORECASE)
_CANONICAL = re.compile(r"<link\s[^>]*rel=[\"']canonical[\"'][^>]*href=[\"']([^\"'\s]+)[\"']", re.IGNORECASE)
_COMPONENT = re.compile(r"[ \t]*</?(?:[A-Z][\w.]*)(?:[\s/>]|\Z)")
_LABEL = re.compile(r"\blabel=[\"']([^\"']{1,80})[\"']")
_VALUE = re.compile(r"\bvalue=[\"']([^\"']{1,80})[\"']")
_NAMED = re.compile(r"label:\s*[\"']([^\"']{1,80})[\"'],\s*value:\s*[\"']([^\"']{1,80})[\"']")
_ADMONITION = re.compile(r"[ \t]*:::+\s*(\w+)?\s*(?:\[(.*?)\]|(.*?))\s*\Z")
_SERIOUS = {"warning", "caution", "danger", "important"}
_LONGEST_TAG = 40  # lines: what has no end by then was no tag


def without_components(text: str) -> tuple[str, str]:
    """``text`` without imports, tags of components and marks of notes, and the address the page says it has.

    A tab becomes its label on a line of its own.  Only whole lines outside fences are touched.
    """
    if not re.search(r"^[ \t]*(?:</?[A-Z]|<head>|:::|import\s)", text, re.MULTILINE):
        return text, ""
    kept, names, canonical, fence = list[str](), dict[str, str](), "", ""
    lines = text.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        line = lines[at]
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line.strip(" \t>\n").strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark.group(1)
        elif _HEAD.match(line) and (end := _end(lines, at, "</head>")):
            found = _CANONICAL.search("".join(lines[at:end]))
            canonical = canonical or (found.group(1) if found else "")
            at = end
            continue
        elif _COMPONENT.match(line) and (end := _end(lines, at, ">")):
            tag = "".join(lines[at:end])
            names |= {value: label for label, value in _NAMED.findall(tag)}
            if tag.lstrip().startswith("<TabItem") and (label := _label(tag, names)):
                kept.append(f"{label}:\n")
            at = end
            continue
        elif _IMPORT.match(line):
            at += 1
            continue
        elif found := _ADMONITION.match(line.rstrip("\n")):
            kind, title = (found.group(1) or "").lower(), found.group(2) or found.group(3) or ""
            said = ": ".join(filter(None, (kind.capitalize() if kind in _SERIOUS else "", title)))
            kept.append(f"{said}{'' if title or not said else ':'}\n")
            at += 1
            continue
        kept.append(line)
        at += 1
    return "".join(kept), canonical


def _end(lines: list[str], at: int, mark: str) -> int:
    """The number of the line after the one that ends with ``mark``; 0 when none does."""
    for number in range(at, min(at + _LONGEST_TAG, len(lines))):
        if lines[number].rstrip().lower().endswith(mark):
            return number + 1
        if number > at and not lines[number].strip() and mark == ">":
            return 0  # a paragraph ended: it was no tag
    return 0


def _label(tag: str, names: dict[str, str]) -> str:
    if found := _LABEL.search(tag):
        return found.group(1)
    value = _VALUE.search(tag)
    return names.get(value.group(1), value.group(1)) if value else ""
