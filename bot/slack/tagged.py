"""Files carry the workspace that they were sent in, so that they are read with its token and no other's.

A file's address says nothing of the kind: people can add a remote file with any address, also one of a file that
another workspace keeps at Slack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.types import File

_MARK = "#in="
_ADDRESSES = ("url_private", "url_private_download")
_BY_ID = "check_file_info"  # then a message tells a file's id alone


def tagged(body: Mapping[str, Any], team: str) -> dict[str, Any]:
    """The same payload; files in its message are marked as sent in this workspace.

    The mark stands at the end of their addresses, in a part that no server is sent.
    """
    marked = dict(body)
    for name in ("event", "message"):
        if isinstance(inner := marked.get(name), Mapping):
            marked[name] = tagged(inner, team)
    if isinstance(files := marked.get("files"), list):
        marked["files"] = [_marked(file, team) if isinstance(file, Mapping) else file for file in files]
    return marked


def untagged(file: File) -> tuple[str, File]:
    """The workspace that it was sent in (empty: not marked), and the file as Slack names it."""
    url, mark, team = file.url.rpartition(_MARK)
    return (team, replace(file, url=url)) if mark else ("", file)


def in_team(file: File, team: str) -> File:
    """The file, marked as sent in this workspace."""
    return replace(file, url=f"{file.url}{_MARK}{team}")


def _marked(file: Mapping[str, Any], team: str) -> dict[str, Any]:
    names = (*_ADDRESSES, "id") if file.get("file_access") == _BY_ID else _ADDRESSES
    return {**file, **{name: f"{file[name]}{_MARK}{team}" for name in names if file.get(name)}}
