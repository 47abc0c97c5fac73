"""Takes everything that people said or are called out of platform traffic, and keeps its shape: for recordings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

#: Where a platform's own words stand; anywhere else even these are taken for somebody's.
_VOCABULARY = frozenset(
    {"type", "subtype", "channel_type", "t", "op", "reason", "retry_reason", "error", "mode", "style", "locale",
     "event_type", "token_type", "warning"}
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}", re.ASCII)
#: Where a number that stands as text is a platform's: rights, as bits.
_BITS_AT = frozenset({"permissions", "allow", "deny"})
_BITS = re.compile(r"[0-9]{1,19}", re.ASCII)
#: Our own words, where they stand: buttons, forms, the command.
_OURS_AT = frozenset({"action_id", "callback_id", "custom_id", "command"})
_OURS = re.compile(r"fd[_:!][\w.:!]{1,80}|/frontdesk", re.ASCII)
_SLACK_ID = re.compile(r"(Ev|[TUWCDGBEAFS])(?=[A-Z0-9]*[0-9])[A-Z0-9]{3,20}", re.ASCII)
_SNOWFLAKE = re.compile(r"[0-9]{17,20}", re.ASCII)
_TS = re.compile(r"([0-9]{10})(\.[0-9]{6})", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)?", re.ASCII)
#: What stands in a text and is read by machines: mentions, links, addresses.
_MARK = re.compile(
    r"<(?P<kind>[@#]!?|@&)(?P<id>[A-Z0-9]+)(?P<label>\|[^<>]*)?>|<!(?P<all>here|channel|everyone)(?:\|[^<>]*)?>"
    r"|(?P<url>https?://[^\s<>|\"]+)|(?P<escape>&(?:lt|gt|amp);)|(?P<cjk>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"
)
#: Addresses that are the same for everybody: their host is kept, nothing of any other (acme.slack.com is a name).
_HOSTS = re.compile(r"https://(?:(?:files\.|hooks\.)?slack\.com|(?:cdn\.)?discord(?:app)?\.com)(?=/|$)")
#: Times are moved so that the first one is this (seconds since 1970).
_FIRST = 1_795_345_200
_TIMES = (1_200_000_000, 2_500_000_000)


class Redactor:
    """One recording: the same id becomes the same other id, so that what belongs together still does."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """``secrets``: values that must not stand in a recording, in no form."""
        self._secrets = [secret for secret in secrets if secret]
        self._ids: dict[str, str] = {}
        self._began = 0

    def redact(self, value: Any, key: str = "") -> Any:
        """The same shape with nobody's words in it."""
        if isinstance(value, dict):
            return {self._key(str(k)): self.redact(v, str(k)) for k, v in value.items()}
        if isinstance(value, list):
            return [self.redact(one, key) for one in value]
        if isinstance(value, str):
            return self._string(value, key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value)
        return value

    def leaks(self, line: str) -> bool:
        """Whether a secret stands in what is about to be written."""
        return any(secret in line for secret in self._secrets)

    def _key(self, key: str) -> str:
        """Names of fields are the platform's; but some tables are keyed by ids, or by what somebody chose."""
        return self._string(key, "") if not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", key) else key

    def _string(self, value: str, key: str) -> str:
        if key in _VOCABULARY and _WORD.fullmatch(value) and not _SLACK_ID.fullmatch(value):
            return value
        if (key in _OURS_AT and _OURS.fullmatch(value)) or (key in _BITS_AT and _BITS.fullmatch(value)):
            return value
        if found := _SLACK_ID.fullmatch(value):
            return self._id(value, found[1] + "0REC{:04}")
        if _SNOWFLAKE.fullmatch(value):
            return self._id(value, "10000000000000{:05}")
        if found := _TS.fullmatch(value):
            return f"{self._moved(int(found[1]))}{found[2]}"
        if _DATE.fullmatch(value):
            return "2026-01-01T00:00:00.000000+00:00"
        return self._words(value)

    def _words(self, text: str) -> str:
        """Marks stay marks; of everything else only the kind of each character stays."""
        parts, end = [], 0
        for mark in _MARK.finditer(text):
            parts += [_blanked(text[end : mark.start()]), self._mark(mark)]
            end = mark.end()
        return "".join([*parts, _blanked(text[end:])])

    def _mark(self, mark: re.Match[str]) -> str:
        if mark["id"]:
            label = f"|{_blanked(mark['label'][1:])}" if mark["label"] else ""
            return f"<{mark['kind']}{self._string(mark['id'], '')}{label}>"
        if mark["url"]:
            host = _HOSTS.match(mark["url"])
            return f"{host[0] if host else 'https://example.com'}/x"
        if mark["cjk"]:
            return "字"
        return mark["escape"] or f"<!{mark['all']}>"

    def _id(self, value: str, form: str) -> str:
        return self._ids.setdefault(value, form.format(len(self._ids) + 1))

    def _number(self, value: float) -> float:
        if _TIMES[0] < value < _TIMES[1]:
            return self._moved(int(value))
        if _TIMES[0] < value / 1000 < _TIMES[1]:
            return self._moved(int(value / 1000)) * 1000
        return 0 if abs(value) > 1_000_000_000 else value

    def _moved(self, seconds: int) -> int:
        self._began = self._began or seconds
        return seconds - self._began + _FIRST


def _blanked(text: str) -> str:
    """Letters become x, digits 0; blanks and punctuation stay."""
    return "".join(_kind(c) for c in text)


def _kind(character: str) -> str:
    match unicodedata.category(character)[0]:
        case "L" | "M":
            return "X" if character.isupper() else "x"
        case "N":
            return "0"
    return character
