"""What ``[knowledge]`` in the settings may say about how passages are found: who embeds them, and who reranks them."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class FindingSettings(BaseModel):
    """Who makes vectors, and who looks at the best passages once more.  Times are seconds.

    ``embedder``: ``packaged`` (two small encoders, nothing to set), ``server`` (``embedder_url`` with OpenAI's
    /embeddings, ``embedder_model`` as it is served there, ``embedder_key`` where it wants one) or
    ``sentence-transformers`` (``embedder_model``: a name or a folder).  ``embedder_query`` and ``embedder_passage`` are
    put before questions and passages, as some models were trained with (``query: ``).  ``rerank_url`` with /rerank and
    ``rerank_model``: empty is off; a question waits ``rerank_s`` for it at most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    embedder: Literal["packaged", "server", "sentence-transformers"] = "packaged"
    embedder_url: str = ""
    embedder_model: str = ""
    embedder_key: SecretStr = SecretStr("")
    embedder_query: str = Field(default="", max_length=2_000)
    embedder_passage: str = Field(default="", max_length=2_000)
    rerank_url: str = ""
    rerank_model: str = ""
    rerank_key: SecretStr = SecretStr("")
    rerank_s: float = Field(default=1.0, gt=0, le=30)

    @field_validator("embedder_url", "rerank_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("write an address such as http://127.0.0.1:8001/v1")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.embedder == "server" and not self.embedder_url:
            raise ValueError('knowledge.embedder = "server" needs knowledge.embedder_url, up to /v1')
        if self.embedder != "packaged" and not self.embedder_model:
            raise ValueError(f'knowledge.embedder = "{self.embedder}" needs knowledge.embedder_model')
        if bool(self.rerank_url) != bool(self.rerank_model):
            raise ValueError("knowledge.rerank_url and knowledge.rerank_model go together: set both or none")
        return self
