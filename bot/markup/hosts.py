"""Addresses in text: whatever a platform might turn into a link by itself is found here, and can be made harmless."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

# A letter, digit or underscore of a host; Chinese, Japanese and Korean stand beside addresses without a space.
_L = r"[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_TAIL = r"[^\s<>\"'`|\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65‘’“”…]"
_URL = re.compile(
    rf"(?:[a-z][a-z0-9+.-]{{1,30}}:(?://|\\\\){_TAIL}*|(?<![a-z0-9])(?:javascript|vbscript|data|mailto):{_TAIL}+)",
    re.IGNORECASE,
)
_HOST = re.compile(
    rf"(?:(?<!{_L})(?<![.-])|(?<=\.\.))(?:(?:{_L}|[.+-]){{1,64}}@)?"
    rf"(?:(?:{_L}|-)+\.)+(?=[^\W\d_])((?:{_L}|-){{2,}})(?::\d{{1,5}})?(?:[/?#]{_TAIL}*)?"
)
_WEB = re.compile(r"https?://[^\s<>\x00-\x20]+", re.IGNORECASE)
#: Endings of file names that are no top-level domains: nothing makes a link of them.
_FILES = frozenset(
    re.findall(
        r"\w+",
        """bak bat bin bz2 cfg class conf cpp cs css csv db dll doc docx env exe gguf gif go gz html htm ini ipynb jar
        java jpeg jpg js json jsonl jsx kt lock log lua mp3 mp4 odt ogg onnx parquet patch pdf pem php png ppt pptx pyc
        pyi rb rtf scss sql sqlite svg tar tex tgz tmp toml ts tsv tsx txt vue wav webp whl xls xlsx xml yaml yml""",
    )
)
_END = ".,;:!?)]}*_~"


def defanged(address: str) -> str:
    """An address that a person can still read and nothing can follow: ``docs[.]example[.]com/page``.

    The scheme, a user name before the host, and what follows ``?`` or ``#`` are dropped.
    """
    scheme, colon, rest = address.partition(":")
    if colon and rest[:2] in ("//", "\\\\"):
        rest = re.split(r"[?#]", rest[2:], maxsplit=1)[0]
        host, slash, path = rest.partition("/")
        rest = without_dots(host.rpartition("@")[2] + slash + path)
        return re.sub(r":(?=[/\\])", "[:]", rest) or f"{scheme}[:]//"
    return f"{scheme}[:]{without_dots(rest)}" if colon else without_dots(address)


def without_dots(address: str) -> str:
    """``docs[.]example[.]com``."""
    return re.sub(r"(?<!\[)\.(?!\])", "[.]", address)


def addresses(text: str, allowed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The text in pieces ``(text, url)``: addresses with a scheme become an allowed url or are made harmless."""
    at = 0
    for match in _URL.finditer(text):
        whole = match.group()
        ours = _allowed(whole, allowed)
        if not ours:
            ours_len = len(whole.rstrip(_END)) or len(whole)
            piece, url = defanged(whole[:ours_len]), ""
        else:
            ours_len, piece, url = len(ours), ours, allowed[ours]
        if match.start() > at:
            yield text[at : match.start()], ""
        yield piece, url
        at = match.start() + ours_len
    if at < len(text):
        yield text[at:], ""


def _allowed(found: str, allowed: Mapping[str, str]) -> str:
    """The longest start of ``found`` that is an allowed address and where an address may end."""
    end = len(found)
    while end and allowed:
        if found[:end] in allowed:
            return found[:end]
        shorter = found[:end].rstrip(_END)
        if len(shorter) < end:
            end = max(len(shorter), end - 1)
        else:
            foreign = next((n for n, c in enumerate(found[:end]) if c > "\u2e7f"), end)
            if foreign == end:
                return ""
            end = foreign
    return ""


def rewrite_hosts(text: str, how: Callable[[str], str]) -> str:
    """The text with every bare host, e-mail address and host with a path replaced by ``how(it)``."""

    def one(match: re.Match[str]) -> str:
        whole, last = match.group(), match.group(1)
        if (
            last.lower() in _FILES
            and whole.endswith(last)
            and "@" not in whole
            and not whole.lower().startswith("www.")
        ):
            return whole
        kept = whole.rstrip(_END)
        return how(kept) + whole[len(kept) :]

    return _HOST.sub(one, text) if "." in text else text


def hosts_in(text: str) -> tuple[str, ...]:
    """The bare hosts and mail addresses in a text, as ``rewrite_hosts`` finds them."""
    found: list[str] = []
    rewrite_hosts(text, lambda host: found.append(host) or host)  # type: ignore[func-returns-value]  # noted in passing
    return tuple(found)


def is_link(url: str) -> bool:
    """Whether a link may be made of it: a web address without anything that could end it early."""
    return bool(_WEB.fullmatch(url))


def label(text: str, url: str) -> str:
    """The label of a link to ``url``: it names no other address than the one that it leads to."""
    if text == url:
        return text
    return rewrite_hosts(without_addresses(text), lambda host: host if host in url else without_dots(host))


def without_addresses(text: str) -> str:
    """The text in which no address with a scheme can become a link."""
    return "".join(piece for piece, _ in addresses(text, {})) if ":" in text else text


def without_hosts(text: str) -> str:
    """The text in which nothing can become a link, bare hosts included: their dots are bracketed."""
    return rewrite_hosts(without_addresses(text), without_dots)
