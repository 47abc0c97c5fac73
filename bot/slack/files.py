"""Files that were sent along with a message: which of them can be read, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.downloads import MOST_BYTES, fetch, too_large
from bot.slack.api import Api
from engine.errors import Refused
from engine.types import File

Json = Mapping[str, Any]

_SIGN_IN: Final = "Slack does not let the app read files: add the scope files:read and install the app again"
#: In the place of an address: the file's id.  In rooms that are shared with another organisation Slack sends no more
#: than that (docs.slack.dev, "Using Slack Connect with the Slack API", ``check_file_info``).
_BY_ID: Final = "slack-file:"


def files_of(said: Json) -> tuple[File, ...]:
    """The files of a message or event, without those that are gone."""
    found = [row for row in said.get("files") or () if isinstance(row, Mapping)]
    return tuple(
        _file(row) for row in found if _address(row) and row.get("mode") not in ("tombstone", "hidden_by_limit")
    )


async def located(api: Api, file: File) -> File:
    """``Channel.located``."""
    if not file.url.startswith(_BY_ID):
        return file
    said = await api.call("files.info", patience_s=10.0, file=file.url.removeprefix(_BY_ID))
    found = next(iter(files_of({"files": [said.get("file")]})), None)
    if found is None or found.url.startswith(_BY_ID):
        raise Refused(f"{file.name} is gone from the chat platform: send it again")
    return found


async def download(api: Api, file: File) -> bytes:
    """``Channel.download``; the token goes to Slack's own hosts only."""
    if file.size > MOST_BYTES:
        raise too_large(file.name, file.size)
    data, media_type = await fetch(api.session, file.name, file.url, origins=api.file_hosts, headers=api.bearer)
    if media_type == "text/html" and not file.name.lower().endswith((".html", ".htm", ".xhtml")):
        raise Refused(_SIGN_IN)  # where a token is not enough, Slack shows the page where people sign in
    return data


def _address(file: Json) -> str:
    if file.get("file_access") == "check_file_info":
        return f"{_BY_ID}{file.get('id') or ''}"
    return str(file.get("url_private_download") or file.get("url_private") or "")


def _file(file: Json) -> File:
    return File(str(file.get("name") or file.get("title") or "file"), _address(file), int(file.get("size") or 0))
