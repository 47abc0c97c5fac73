"""What ``[model]`` in the settings may say about who writes the answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

#: What we set in every request ourselves; ``extra`` may not touch it.
OURS = frozenset(
    {"model", "messages", "max_tokens", "max_completion_tokens", "stream", "stream_options", "temperature", "n",
     "cache_salt", "tools", "tool_choice", "response_format", "stream_interval", "user"}
)  # fmt: skip


class ModelSettings(BaseModel):
    """Who writes the answers, and how long we wait for it.  Times are seconds.

    ``urls``: several servers of the same model instead of one ``url``; a conversation stays with one of them.
    ``tries``: how often a server is asked, at most, for an answer of which nothing has come yet.  ``stream_interval``:
    tokens in a piece; servers that do not know it send each by itself.  ``adapters``: the LoRA adapter that writes for
    a workspace, by the workspace's name; a plugin's own goes before.  ``at_once``: answers written at the same time;
    None: as many as the server takes without a queue, which its load tells, and one for the local model.  ``queue_s``:
    who would wait longer for the model is answered from the documents alone, where the search is sure.

    ``first_token_s``: None is 20 for a server and 90 for the local model, which reads about 60 tokens a second on two
    cores (FACTS 8b).  ``total_s``: None is 120 and 300.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    use: Literal["vllm", "local", "none"] = "local"
    url: str = "http://127.0.0.1:8000/v1"
    urls: tuple[str, ...] = ()
    name: str = ""
    api_key: SecretStr = SecretStr("")
    path: Path | None = None  # a GGUF file of one's own, for "local"
    max_tokens: int = Field(1500, ge=1, le=32_768)  # the longest answer, whatever a plugin asks for
    sees: bool = False  # pictures too: those beside a question are shown to it
    temperature: float = Field(0.0, ge=0.0, le=2.0)
    connect_s: float = Field(2.0, gt=0)
    first_token_s: float | None = Field(None, gt=0)
    idle_s: float = Field(10.0, gt=0)  # between two pieces of one answer
    total_s: float | None = Field(None, gt=0)
    tries: int = Field(3, ge=1, le=10)
    at_once: int | None = Field(None, ge=1, le=4096)
    queue_s: float = Field(30.0, gt=0)
    stream_interval: int = Field(4, ge=1, le=64)
    session_header: str = Field("", pattern=r"^[A-Za-z0-9-]{0,64}$")  # for routers in front of several servers
    cache_salt: bool = True  # vLLM's prefix cache is divided by workspace; false for servers that refuse the field
    extra: dict[str, Any] = Field(default_factory=dict)  # more parameters of every request, as they are
    adapters: dict[str, str] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        return _address(url)

    @field_validator("urls")
    @classmethod
    def _are_http(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_address(url) for url in urls))

    @field_validator("extra")
    @classmethod
    def _leaves_ours_alone(cls, extra: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(OURS & extra.keys()):
            raise ValueError(f"{', '.join(taken)} cannot be set here: Frontdesk sets it")
        return extra

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.path is not None and self.use != "local":
            raise ValueError('model.path is for model.use = "local": take one of them out')
        if self.sees and self.use != "vllm":
            raise ValueError('model.sees is for model.use = "vllm": take it out')
        if self.adapters and self.use == "local":
            raise ValueError('model.adapters are for model.use = "vllm": take one of them out')
        if self.urls and "url" in self.model_fields_set:
            raise ValueError("model.url is one server, model.urls are several: take one of them out")
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the servers are."""
        return self.urls or (self.url,)

    @property
    def wait_first_s(self) -> float:
        """How long the first token may take, seconds."""
        return self.first_token_s or (90.0 if self.use == "local" else 20.0)

    @property
    def wait_total_s(self) -> float:
        """How long a whole answer may take, seconds."""
        return self.total_s or (300.0 if self.use == "local" else 120.0)


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write an address such as http://127.0.0.1:8000/v1")
    return url.rstrip("/")
