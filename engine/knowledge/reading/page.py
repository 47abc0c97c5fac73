"""A document as it was read: its title, its address and its sections."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

from engine.errors import LoadFailed
from engine.knowledge.markdown import Section

LARGEST = 20_000_000  # bytes of one file


def too_large(size: int) -> None:
    """Raises ``LoadFailed`` when a file of ``size`` bytes would not be read."""
    if size > LARGEST:
        raise LoadFailed(f"the file has {size / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f}: cut it into parts")


@dataclass(frozen=True, slots=True)
class Page:
    """A document as it was read.

    ``url`` is where people can look at it, where the document says so (empty otherwise); ``encoding`` is what its
    characters were decoded from (empty for UTF-8 and for files that are no text); ``dated`` is when it was last
    changed by its own account, in seconds since 1970 (0: it does not say).
    """

    title: str
    url: str
    sections: tuple[Section, ...]
    encoding: str = ""
    dated: float = 0.0

    def address(self, section: Section) -> str:
        """Where people can look at ``section``: its own address, else its place on the page, else the page."""
        if section.url or not (self.url and section.anchor):
            return section.url or self.url
        return f"{self.url.partition('#')[0]}#{quote(section.anchor, safe='=&-._~!$()*+,;:@/?')}"


def web_address(text: str) -> str:
    """``text`` when it is an http or https address without a password in it, else nothing."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return text if good and not re.search(r"[\s<>\"'`|\\]", text) else ""


_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?")


def moment(text: str) -> float:
    """The date in ``text`` (ISO 8601, RFC 5322 or PDF's ``D:20260102``), in seconds since 1970; 0 when there is none.

    A date without a zone is taken as UTC; one before 1990 or in the future is a mistake and counts as none.
    """
    text = text.strip().strip("\"'")
    found: datetime | None = None
    for parse in (datetime.fromisoformat, parsedate_to_datetime, _pdf_date):
        try:
            found = parse(text)
            break
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    if found is None:
        return 0.0
    try:
        seconds = found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return seconds if 631_152_000 < seconds < datetime.now(UTC).timestamp() + 86_400 else 0.0


def _pdf_date(text: str) -> datetime:
    found = _PDF_DATE.match(text)
    if not found:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
