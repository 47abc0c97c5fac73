"""What ``[[tools]]`` in the settings may say: a server of tools (MCP), and what of it may be used for what."""

from __future__ import annotations

import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from engine.tools.contract import Capability
from engine.types import WORKSPACE


class ToolServer(BaseModel):
    """A server of tools that speaks the Model Context Protocol; nothing of it is offered that ``allow`` does not name.

    ``command``: a program of this machine and its arguments, spoken to by its input and output; or ``url``: streamable
    HTTP, at exactly this address.  ``allow``: its tools by name, each with what it may do: ``read`` (looks something
    up, and runs while an answer is written), ``write`` or ``outside`` (each call waits for an admin's click).
    ``env`` and ``headers`` are given to the program and sent to the address.  ``audience``: who may be told what it
    finds; ``workspaces``: where it is offered (none: everywhere).  Times are seconds; ``most_chars`` of one result are
    read; ``cost``: of one call, of which an answer may spend 10.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    command: tuple[str, ...] = ()
    url: str = ""
    allow: dict[str, Capability] = Field(min_length=1, max_length=64)
    env: dict[str, SecretStr] = Field(default_factory=dict)
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    audience: str = WORKSPACE
    workspaces: tuple[str, ...] = ()
    connect_s: float = Field(default=10.0, gt=0, le=120)
    timeout_s: float = Field(default=20.0, gt=0, le=300)
    most_chars: int = Field(default=4_000, ge=100, le=50_000)
    cost: float = Field(default=1.0, ge=0, le=10)

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and not re.search(r"[\s\\]", url)
        if url and not (parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and plain):
            raise ValueError("write an address such as https://tools.example.com/mcp, without a login in it")
        return url

    @field_validator("audience")
    @classmethod
    def _is_a_grant(cls, audience: str) -> str:
        if not re.fullmatch(r"public|workspace|(?:room|user):\S+", audience):
            raise ValueError("write public, workspace, room:ID or user:ID")
        return audience

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("name either a command or a url")
        if (self.env and self.url) or (self.headers and self.command):
            raise ValueError("env is for a command, headers are for a url")
        if any(re.search(r"[\r\n]", name + value.get_secret_value()) for name, value in self.headers.items()):
            raise ValueError("a header is one line")
        return self
