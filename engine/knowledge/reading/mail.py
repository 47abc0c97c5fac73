"""An e-mail file: its subject is the title, then who wrote it when, then its text; attachments are members."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from engine.errors import LoadFailed
from engine.knowledge.html import read_html
from engine.knowledge.markdown import Section, read_markdown
from engine.knowledge.reading.archive import safe_name
from engine.knowledge.reading.encodings import cleaned, decode
from engine.knowledge.reading.page import Page, moment

_MOST_PARTS = 500  # of one e-mail, counted with those inside forwarded ones


def read_mail(data: bytes, stem: str) -> Page:
    """The e-mail in ``data``; raises ``LoadFailed`` where it has no text."""
    message = _message(data)
    subject = _header(message, "subject") or stem
    head = [f"{name}: {value}" for name in ("From", "To", "Date") if (value := _header(message, name))]
    sections, encoding = _body(message)
    if not sections:
        raise LoadFailed("the e-mail has no text (attachments are read on their own)")
    first = sections[0]
    if not first.heading:  # so that "who wrote that?" finds it
        sections[0] = Section(subject, "\n".join(head) + "\n\n" + first.text)
    else:
        sections.insert(0, Section(subject, "\n".join(head) + "\n"))
    return Page(subject, "", tuple(sections), encoding, moment(_header(message, "date")))


def attachments(data: bytes) -> Iterator[tuple[str, bytes, str]]:
    """(name, content, why it cannot be read) of each file that is attached."""
    message = _message(data)
    for number, part in enumerate(_parts(message)):
        name = part.get_filename()
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            yield safe_name(name or f"forwarded-{number}.eml"), _bytes_of(inner), ""
        elif part.get_content_maintype() == "image" and not part.is_attachment():
            continue  # a picture in the text, mostly somebody's signature
        elif name and not part.is_multipart():
            yield safe_name(cleaned(str(name))), _payload(part), ""


def _message(data: bytes) -> EmailMessage:
    if data.lower().count(b"boundary=") > _MOST_PARTS:  # the time to parse parts in parts grows with their square
        raise LoadFailed(f"the e-mail has more than {_MOST_PARTS} parts")
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError) as e:  # its parser's bugs on broken input
        raise LoadFailed(f"the e-mail cannot be parsed: {e}") from e
    if not isinstance(message, EmailMessage) or not message.keys():
        raise LoadFailed("it is called .eml, but it has none of an e-mail's headers")
    return message


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts in order, without going into forwarded messages."""
    waiting: list[Any] = [message]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        if part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            waiting[:0] = [one for one in inner if isinstance(one, EmailMessage)] if isinstance(inner, list) else []
    raise LoadFailed(f"the e-mail has more than {_MOST_PARTS} parts")


def _body(message: EmailMessage) -> tuple[list[Section], str]:
    """Its text, else its HTML, and the encoding."""
    shown: dict[str, list[EmailMessage]] = {"text/plain": [], "text/html": []}
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in shown and not part.get_filename() and part.get_content_disposition() != "attachment":
            shown[kind].append(part)
    encodings: list[str] = []
    texts = []
    for part in shown["text/plain"] or shown["text/html"]:
        text, encoding = decode(_payload(part), str(part.get_content_charset() or ""))
        encodings.append(encoding)
        if text.strip():
            texts.append(text)
    encoding = next(filter(None, encodings), "")
    if shown["text/plain"]:
        return ([Section("", "\n\n".join(texts))] if texts else []), encoding
    return [section for text in texts for section in read_markdown(read_html(text).markdown).sections], encoding


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _bytes_of(inner: Any) -> bytes:
    try:
        return bytes(inner[0].as_bytes()) if isinstance(inner, list) and inner else b""
    except (ValueError, LookupError, TypeError, AttributeError, KeyError):  # as in _message
        return b""


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(cleaned(str(message.get(name, ""))).split())
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):  # as in _message
        return ""
