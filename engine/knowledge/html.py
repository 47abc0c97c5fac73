"""HTML to Markdown: what a reader sees of the page, without scripts, navigation and hidden parts."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.tidy import flat, tidied

_UNSEEN_TAGS = ["script", "style", "template", "noscript", "nav", "svg", "canvas", "iframe", "object", "form", "button",
                "select", "input", "head", "dialog"]  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)|font-size\s*:\s*0(?:px|em|pt|%)?\s*(?:;|$)",
    re.IGNORECASE,
)
_DATED = ("article:modified_time", "og:updated_time", "last-modified", "datemodified", "dcterms.modified")
_BLOCKS = {
    "p",
    "div",
    "li",
    "tr",
    "dt",
    "dd",
    "br",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "pre",
    "table",
}
_NAMES = {"toc", "table-of-contents", "sidebar", "sphinxsidebar", "breadcrumb", "breadcrumbs", "skip-link", "navbar",
          "skip-to-content", "site-footer", "page-footer", "site-header", "related", "pagination", "cookie-banner",
          "theme-doc-toc-desktop", "theme-doc-toc-mobile", "theme-doc-breadcrumbs", "theme-edit-this-page"}  # fmt: skip
_DEEP = 200  # nesting beyond this is read as plain text: converting recurses


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page's title and address as it states them, and its content as Markdown."""

    title: str
    url: str
    markdown: str
    dated: str = ""


def read_html(text: str) -> HtmlPage:
    """The page; raises ``LoadFailed`` when it cannot be parsed."""
    from bs4 import BeautifulSoup, Comment, XMLParsedAsHTMLWarning

    tidy = tidied(text)
    if not tidy:
        return HtmlPage("", "", flat(text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        try:
            soup: Any = BeautifulSoup(tidy, "html.parser")
        except (RecursionError, AssertionError, ValueError) as e:
            raise LoadFailed(f"the HTML cannot be parsed: {e}") from e
    title = " ".join(soup.title.get_text(" ").split()) if soup.title else ""
    canonical = soup.find("link", rel="canonical", href=True)
    meta = soup.find("meta", property="og:url", content=True)
    url = str(canonical["href"] if canonical else meta["content"] if meta else "")
    dated = _dated(soup)
    for comment in soup.find_all(string=lambda string: isinstance(string, Comment)):
        comment.extract()
    hidden = [tag for tag in soup.find_all(True) if tag.name in _UNSEEN_TAGS or _is_hidden(tag)]
    for tag in hidden:
        tag.extract()
    body = soup.find("main") or _only_article(soup) or soup.body or soup
    if not body.get_text(strip=True):
        body = soup
    _drop_furniture(body)
    heading = body.find("h1")
    if not title and heading:
        title = " ".join(heading.get_text(" ").split())
    return HtmlPage(title, url, _markdown(body), dated)


def _drop_furniture(body: Any) -> None:
    """Take out what stands on every page of a site, and lists of what is further down on this one.

    It is told by the names that site makers give it and by links that lead nowhere else; never more than a third of
    the text, so that a page of an unusual make is not emptied.
    """
    allowed = len(body.get_text()) / 3
    frames = {"footer"} if body.name in {"main", "article"} else {"footer", "aside"}  # inside, an aside is a note
    named = body.find_all(lambda tag: tag.name in frames or not _NAMES.isdisjoint(_names(tag)))
    lists = [tag for tag in body.find_all(["ul", "ol"]) if _is_contents(tag)]
    for tag in (*named, *lists):
        if tag.find("h1") is None and len(tag.get_text()) <= allowed:
            tag.extract()


def _names(tag: Any) -> set[str]:
    return {str(name).lower() for name in (*(tag.get("class") or ()), tag.get("id") or "")}


def _is_contents(tag: Any) -> bool:
    """Whether a list is nothing but links to places on its own page."""
    links = tag.find_all("a", href=True)
    if len(links) < 3 or not all(str(link["href"]).startswith("#") for link in links):
        return False
    return sum(len(link.get_text(strip=True)) for link in links) > 0.8 * len(tag.get_text(strip=True))


def _dated(soup: Any) -> str:
    """When the page was last changed, as pages say it to search engines."""
    said = {}
    for meta in soup.find_all("meta", content=True):
        name = next((meta[key] for key in ("property", "name", "http-equiv", "itemprop") if meta.get(key)), "")
        said[str(name).lower()] = str(meta["content"])
    found = next((said[name] for name in _DATED if name in said), "")
    shown = None if found else soup.find("time", attrs={"itemprop": "dateModified", "datetime": True})
    return str(shown["datetime"]) if shown else found


def _only_article(soup: Any) -> Any:
    """The page's article; None when it has several, each as much its content as the others."""
    articles = soup.find_all("article", limit=2)
    return articles[0] if len(articles) == 1 else None


def _is_hidden(tag: Any) -> bool:
    attributes = tag.attrs
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if tag.get("role") == "navigation":
        return True
    return bool(_HIDDEN.search(str(attributes.get("style", ""))))


def _markdown(body: Any) -> str:
    if _depth(body) > _DEEP:
        return _plain(body)
    from markdownify import MarkdownConverter

    _write_anchors(body)
    for link in body.find_all("a"):
        if not str(link.get("href", "")).startswith(("http://", "https://")):
            link.unwrap()  # leads nowhere outside the page
    for image in body.find_all("img"):
        image.replace_with(str(image.get("alt", "")))
    converter = MarkdownConverter(
        heading_style="ATX", bullets="-", escape_asterisks=False, escape_underscores=False, escape_misc=False,
        autolinks=False, table_infer_header=True, code_language_callback=_language,
    )  # fmt: skip
    try:
        converted: str = converter.convert_soup(body)
    except RecursionError:
        return _plain(body)
    return re.sub(r"\n{3,}", "\n\n", converted).strip() + "\n"


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_GOOD_ANCHOR = re.compile(r"[^\s{}\"'<>]{1,100}\Z")


def _write_anchors(body: Any) -> None:
    """Each heading's place on the page, behind its words, as ``read_markdown`` understands it.

    It is the heading's own ``id``, else that of a link target inside it, else that of the section it opens.
    """
    for heading in body.find_all(_HEADINGS):
        tags = [tag for tag in heading.descendants if getattr(tag, "name", None)]
        inside = [tag.get("id") or (tag.get("name") if tag.name == "a" else None) for tag in tags]
        around = heading.parent if heading.parent and heading.parent.name in {"section", "div", "article"} else None
        opens = around is not None and around.get("id") and around.find(_HEADINGS) is heading
        for anchor in (heading.get("id"), *inside, around.get("id") if around is not None and opens else None):
            if anchor and _GOOD_ANCHOR.match(str(anchor)):
                for mark in heading.find_all("a", class_=("headerlink", "hash-link", "anchor", "anchorjs-link")):
                    mark.extract()  # the sign that shows a link to here
                heading.append(f" {{#{anchor}}}")
                break


def _language(pre: Any) -> str | None:
    """The language of a code block, as highlighters mark it (``class="language-sh"``), or docutils (``lang="sh"``)."""
    classes = [str(name) for tag in (pre, pre.find("code")) if tag for name in tag.get("class") or ()]
    marked = next((name.partition("-")[2] for name in classes if name.startswith(("language-", "lang-"))), None)
    return marked or str(pre.get("lang") or "") or None


def _depth(body: Any) -> int:
    """How deep tags are nested, counted without recursion."""
    deepest, stack = 0, [(body, 0)]
    while stack:
        tag, depth = stack.pop()
        deepest = max(deepest, depth)
        if depth > _DEEP:
            break
        stack.extend((child, depth + 1) for child in getattr(tag, "children", ()) if getattr(child, "name", None))
    return deepest


def _plain(body: Any) -> str:
    """The text alone, a paragraph for each block; written without recursion."""
    parts: list[str] = []
    for node in body.descendants:
        if getattr(node, "name", None):
            if node.name in _BLOCKS:
                parts.append("\n\n")
        else:
            parts.append(re.sub(r"\s+", " ", str(node)))
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", "".join(parts)).strip() + "\n"
